// Tabs take turns at what MSAL keeps in localStorage. A Web Lock rather than a note with a time limit: taking it is
// atomic, and the browser gives it free where a tab crashes or is closed. Browsers do not freeze a tab that holds one;
// from a tab that hangs all the same it is taken away.

import { createNote } from '../../page/notes.js'

/** Far longer than a renewal takes. A tab that keeps its turn for longer hangs, or waits for a request that may be lost. */
const PATIENCE_MS = 8_000
/** Waiting tabs lose their patience one after the other. */
const PATIENCE_JITTER_MS = 4_000

export type Lock = <T>(use: () => Promise<T>) => Promise<T>

export function createLock(window: Window, clientId: string): Lock {
  const { locks } = window.navigator as Partial<Pick<Navigator, 'locks'>>
  if (!locks) return (use) => use()
  const name = `twodoor.${clientId}`
  const turn = createNote(window, clientId, 'turn', ['localStorage'])

  async function wait(run: () => Promise<void>): Promise<void> {
    const before = turn.read()
    let hasBegun = false
    const begin = () => {
      hasBegun = true
      turn.write(`${Math.random()}`)
      return run()
    }
    try {
      await locks?.request(name, { signal: AbortSignal.timeout(patience(Math.random())) }, begin)
    } catch (error) {
      const next = afterWaiting({ hasBegun, isTimeout: isTimeout(error), hasMoved: turn.read() !== before })
      if (next === 'wait') await wait(run)
      if (next === 'steal') await steal(begin).catch(() => {})
      if (next === 'go' || (next === 'steal' && !hasBegun)) await begin()
    }
  }

  const steal = async (begin: () => Promise<void>) => locks.request(name, { steal: true }, begin)

  return (use) =>
    new Promise((resolve, reject) => {
      void wait(() => use().then(resolve, reject))
    })
}

/** How long a tab waits for its turn, in milliseconds, before it looks whether others still get theirs. */
export function patience(random: number): number {
  return PATIENCE_MS + random * PATIENCE_JITTER_MS
}

export interface Waited {
  /** The turn was taken away meanwhile: what has begun goes on. */
  readonly hasBegun: boolean
  readonly isTimeout: boolean
  /** Other tabs got their turn meanwhile. */
  readonly hasMoved: boolean
}

/** What to do where the turn did not come. A browser that refuses locks altogether leaves each tab on its own. */
export function afterWaiting({ hasBegun, isTimeout, hasMoved }: Waited): 'done' | 'wait' | 'steal' | 'go' {
  if (hasBegun) return 'done'
  if (!isTimeout) return 'go'
  return hasMoved ? 'wait' : 'steal'
}

function isTimeout(error: unknown): boolean {
  return (error as { name?: unknown } | null)?.name === 'TimeoutError'
}
