// The workers of one Chainlit: each is a process, and they share the secret and the threads.

import { randomBytes } from 'node:crypto'
import type { DoorName } from '../server/journal.js'
import { type Chainlit, type ChainlitOptions, startChainlit } from './chainlit.js'

export interface Workers {
  /** The one that a door goes to: the one that has served it last, as a sticky session has it, while that is there. */
  of(door: DoorName): Pick<Chainlit, 'port' | 'key'>
  /** Ends all sessions, as time does. */
  expire(): Promise<void>
  /** Ends each in turn and starts it anew. With several there is always one. */
  restart(): Promise<void>
  /** Ends all. */
  end(): Promise<void>
}

const newSecret = () => randomBytes(32).toString('hex')

export async function startWorkers(count: number, options: Omit<ChainlitOptions, 'secret'>): Promise<Workers> {
  const workers: Chainlit[] = []
  const places: Record<DoorName, number> = { browser: 0, teams: count - 1 }
  let secret = newSecret()
  let restarted = Promise.resolve()

  const start = () => startChainlit({ ...options, secret })
  const end = async () => {
    await restarted
    await Promise.all(workers.map((worker) => worker.end()))
  }

  async function restart(): Promise<void> {
    for (const [index, worker] of workers.entries()) {
      for (const door of ['browser', 'teams'] as const) if (places[door] === index) places[door] = (index + 1) % count
      await worker.end()
      workers[index] = await start()
    }
  }

  function of(door: DoorName): Chainlit {
    const worker = workers[places[door]]
    if (!worker) throw new Error(`There is no worker ${places[door]}.`)
    return worker
  }

  try {
    while (workers.length < count) workers.push(await start())
  } catch (error) {
    await end()
    throw error
  }
  return {
    of,
    end,
    async expire() {
      await restarted
      secret = newSecret()
      await Promise.all(workers.map((worker) => worker.expire(secret)))
    },
    restart() {
      const done = restarted.then(restart)
      restarted = done.catch(() => {})
      return done
    },
  }
}
