// Which timers are twodoor's. Socket.IO has some of its own, which may outlive a connection.

const OURS = /[\\/](carriers|server)[\\/]sockets[\\/]/
/** What a library of others sets is theirs, whoever called it: engine.io's wait for a last poll, for one. */
const OTHERS = /[\\/]node_modules[\\/](engine|socket)\.io/
const FRAMES = 8

export interface TimerWatch {
  /** How many of ours are waiting. */
  count(): number
  /** Sets one that is not looked at, which is quicker. */
  readonly set: typeof setTimeout
  stop(): void
}

/** Looks at who sets a timer from now on. The timers are faked already. */
export function watchTimers(): TimerWatch {
  const { setTimeout: set, clearTimeout: clear } = globalThis
  const waiting = new Set<unknown>()

  function watchedSet(callback: () => void, delay?: number): ReturnType<typeof set> {
    if (!isOurs()) return set(callback, delay)
    const timer = set(() => {
      waiting.delete(timer)
      callback()
    }, delay)
    waiting.add(timer)
    return timer
  }

  function watchedClear(timer: ReturnType<typeof set> | undefined): void {
    waiting.delete(timer)
    clear(timer)
  }

  globalThis.setTimeout = watchedSet as typeof set
  globalThis.clearTimeout = watchedClear as typeof clear
  return {
    count: () => waiting.size,
    set,
    stop() {
      globalThis.setTimeout = set
      globalThis.clearTimeout = clear
    },
  }
}

/** Asks for the bare call sites: a stack as text, with the lines of the sources, takes longer than all the rest. */
function isOurs(): boolean {
  const { stackTraceLimit, prepareStackTrace } = Error
  Error.stackTraceLimit = FRAMES
  Error.prepareStackTrace = (_error, sites) => sites.map((site) => site.getFileName())
  const { stack } = new Error('who sets it')
  Object.assign(Error, { stackTraceLimit, prepareStackTrace })
  const [, , setter, ...callers] = (stack as unknown as (string | null)[]).map(String)
  return !OTHERS.test(`${setter}`) && [setter, ...callers].some((file) => OURS.test(`${file}`))
}
