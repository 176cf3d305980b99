// A frozen clock, and who has set a timer: what the copies of twodoor set is counted, what the world itself sets is not.

import { vi } from 'vitest'
import { randomFrom, START } from '../../sequences/sequence.js'

export type Clock = ReturnType<typeof startClock>

/** What the event loop has to do now. */
const tasks = () => new Promise((resolve) => setImmediate(resolve))

/** For one sequence. The timers are faked already. */
export function startClock(seed: number) {
  vi.clearAllTimers()
  vi.setSystemTime(START)
  const { setTimeout: set, clearTimeout: clear, setInterval: repeat, clearInterval: cease } = globalThis
  const { timeout } = AbortSignal
  const chance = vi.spyOn(Math, 'random').mockImplementation(randomFrom(seed))
  const waiting = new Map<unknown, number>()
  /** How far the clock of the machine is ahead of the true time. */
  let aheadMs = 0
  let sleptMs = 0
  let turns = 0

  function watchedSet(callback: () => void, ms?: number) {
    const timer = set(() => {
      waiting.delete(timer)
      callback()
    }, ms)
    waiting.set(timer, ms ?? 0)
    return timer
  }

  function watchedRepeat(callback: () => void, ms?: number) {
    const timer = repeat(callback, ms)
    waiting.set(timer, ms ?? 0)
    return timer
  }

  function watchedClear(timer: ReturnType<typeof set> | undefined): void {
    waiting.delete(timer)
    clear(timer)
  }

  function watchedCease(timer: ReturnType<typeof set> | undefined): void {
    waiting.delete(timer)
    cease(timer)
  }

  /** The platform's, which nobody can end before its time. */
  function signalAfter(ms: number): AbortSignal {
    const controller = new AbortController()
    set(() => controller.abort(new DOMException('signal timed out', 'TimeoutError')), ms)
    return controller.signal
  }

  Object.assign(globalThis, {
    setTimeout: watchedSet,
    clearTimeout: watchedClear,
    setInterval: watchedRepeat,
    clearInterval: watchedCease,
  })
  AbortSignal.timeout = signalAfter

  async function follow(): Promise<void> {
    turns += 1
    await tasks()
  }

  /** Fires what is due in the meantime, one timer after the other, with all that follows from each: as an event loop does. */
  async function pass(ms: number): Promise<void> {
    let over = false
    set(() => {
      over = true
    }, ms)
    await follow()
    while (!over) {
      vi.advanceTimersToNextTimer()
      await follow()
    }
  }

  return {
    pass,
    /** Sets a timer of the world. */
    set,
    clear,
    /** How many timers of twodoor wait. */
    count: () => waiting.size,
    delays: () => [...waiting.values()].join(),
    /** What happens within one turn happens at the same time. */
    turn: () => turns,
    /** The time of everybody else, in milliseconds since the epoch. */
    trueTime: () => Date.now() - aheadMs,
    /** The clock of the machine is set, and no timer with it. */
    adjust(ms: number): void {
      aheadMs += ms
      vi.setSystemTime(Date.now() + ms)
    },
    /** How long the machine has been awake, in milliseconds: what a timer measures. */
    awake: () => Date.now() - aheadMs - sleptMs,
    /** Time passes, and the timers stand still. */
    sleep(ms: number): void {
      sleptMs += ms
      vi.setSystemTime(Date.now() + ms)
    },
    stop(): void {
      Object.assign(globalThis, { setTimeout: set, clearTimeout: clear, setInterval: repeat, clearInterval: cease })
      AbortSignal.timeout = timeout
      chance.mockRestore()
    },
  }
}
