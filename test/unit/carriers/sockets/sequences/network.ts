// A network inside the process: real HTTP and WebSocket over pairs of streams instead of ports. What is written arrives
// one turn of the event loop later, so that the same sequence always takes the same course, and nobody waits for a clock.

import { Agent, type Server } from 'node:http'
import { Duplex } from 'node:stream'

type Item = Buffer | 'end' | 'reset'

export interface Network {
  /** What the client connects with. */
  readonly agent: Agent
  online: boolean
  /** Whether something is on its way. */
  busy(): boolean
  /** Ends every connection, at both ends and with what is on its way. */
  cut(): void
}

export function createNetwork(server: Server): Network {
  const open = new Set<End>()
  let onTheWay = 0

  function later(arrive: () => void): void {
    onTheWay += 1
    setImmediate(() => {
      onTheWay -= 1
      arrive()
    })
  }

  class End extends Duplex {
    other: End | undefined
    /** One delivery after the other, in the order of the writes. */
    readonly inbox: Item[] = []

    deliver(item: Item): void {
      this.inbox.push(item)
      later(() => {
        const next = this.inbox.shift()
        if (this.destroyed || next === undefined) return
        if (next === 'reset') this.destroy()
        else this.push(next === 'end' ? null : next)
      })
    }

    override _read(): void {}

    override _write(chunk: Buffer, _encoding: string, done: () => void): void {
      this.other?.deliver(chunk)
      done()
    }

    override _final(done: () => void): void {
      this.other?.deliver('end')
      done()
    }

    override _destroy(error: Error | null, done: (error: Error | null) => void): void {
      open.delete(this)
      this.other?.deliver('reset')
      done(error)
    }
  }

  class LocalAgent extends Agent {
    override createConnection(): Duplex {
      const near = new End()
      if (!network.online) {
        later(() => near.destroy(new Error('offline')))
        return near
      }
      const far = new End()
      near.other = far
      far.other = near
      open.add(near).add(far)
      later(() => server.emit('connection', far))
      return near
    }
  }

  const network: Network = {
    agent: new LocalAgent(),
    online: true,
    busy: () => onTheWay > 0,
    cut() {
      for (const end of [...open]) {
        end.inbox.length = 0
        end.on('error', () => {})
        end.destroy(new Error('cut'))
      }
    },
  }
  return network
}
