// Tabs take turns to use what MSAL keeps in localStorage. With a Web Lock rather than a note with a time limit: a lock is
// taken atomically, and the browser releases it when a tab crashes or is closed. Browsers do not freeze a tab that holds
// one; from a tab that hangs all the same it is taken away.

import { createNote } from '../../page/notes.js'

/** Far longer than a renewal takes: a tab that keeps its turn for longer hangs, or waits for a request that may be lost. */
const TURN_TIMEOUT_MS = 8_000
/** So that waiting tabs do not give up all at once. */
const TURN_TIMEOUT_JITTER_MS = 4_000
/**
 * A tab can get a lock before it sees what was stored under it: of 300 increments of a number in six tabs Chromium lost 27, on a
 * busy machine 79, and none where each tab kept its turn for 5 ms longer.
 */
const VISIBLE_AFTER_MS = 50
/** By then all tabs see that a turn was taken away, those in the background too. */
const STOLEN_VISIBLE_AFTER_MS = 500
/** A tab that takes a turn away can hang as well, or be in the background, where its timers are slow. */
const STEAL_TIMEOUT_MS = 5_000

/** @param hasStored - asked after `use`: then the next tab has to see what this one has stored before it has its turn */
export type Lock = <T>(use: () => Promise<T>, hasStored: () => boolean) => Promise<T>

/** A call when its turn has come. Says later whether the turn has been taken away meanwhile. */
type Run = (isMine: () => boolean) => Promise<void>

export function createLock(window: Window, clientId: string): Lock {
  const { locks } = window.navigator as Partial<Pick<Navigator, 'locks'>>
  if (!locks) return (use) => use()
  const name = `twodoor.${clientId}`
  /** Changes with every turn of any tab. */
  const turn = createNote(window, clientId, 'turn', ['localStorage'])
  /** The turn of this tab that is kept only for the others to see what was stored in it: its next call begins at once. */
  let kept: { isMine(): boolean; goOn(run: Run): void } | undefined
  /** Whether something was stored in this turn that the others may not see yet. */
  let isUnseen = false

  async function waitForTurn(run: Run): Promise<void> {
    const before = turn.read()
    let hasBegun = false
    let isMine = true
    const beginTurn = () => {
      hasBegun = true
      return begin(run, () => isMine)
    }
    try {
      await locks?.request(name, { signal: AbortSignal.timeout(turnTimeoutMs(Math.random())) }, beginTurn)
    } catch (error) {
      isMine = !hasBegun
      const next = afterWaiting({ hasBegun, isTimeout: isTimeout(error), hasQueueMoved: turn.read() !== before })
      const onStolen = () => {
        isMine = false
      }
      const isTooEarly = next === 'wait' || (next === 'steal' && (await steal(before, beginTurn, onStolen)) === 'moved')
      if (isTooEarly) await waitForTurn(run)
      else if (!hasBegun) await beginTurn()
    }
  }

  function begin(run: Run, isMine: () => boolean): Promise<void> {
    turn.write(`${Math.random()}`)
    return run(isMine)
  }

  /** Only one tab at a time, and not where another one has just done so: those that wait give up in the same moment. */
  async function steal(
    before: string | undefined,
    beginTurn: () => Promise<void>,
    onStolen: () => void,
  ): Promise<'moved' | 'taken'> {
    let stolen: Promise<unknown> | undefined
    const stealOnce = async () => {
      if (turn.read() !== before) return 'moved'
      stolen = locks?.request(name, { steal: true }, beginTurn).catch(onStolen)
      await wait(STOLEN_VISIBLE_AFTER_MS)
      return 'taken'
    }
    const signal = AbortSignal.timeout(STEAL_TIMEOUT_MS)
    const takeTurnToSteal = async () => locks?.request(`${name}.steal`, { signal }, stealOnce)
    const result = await takeTurnToSteal().catch(() => undefined)
    await stolen
    return result ?? 'taken'
  }

  function keepTurn(isMine: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        kept = undefined
        isUnseen = false
        resolve()
      }
      const timer = setTimeout(end, VISIBLE_AFTER_MS)
      kept = {
        isMine,
        goOn(run) {
          clearTimeout(timer)
          kept = undefined
          void begin(run, isMine).then(resolve)
        },
      }
    })
  }

  return (use, hasStored) =>
    new Promise((resolve, reject) => {
      const run: Run = async (isMine) => {
        const answer = use()
        await answer.catch(() => {})
        // The timer of a hidden tab can be late by seconds, and the others would wait for it.
        isUnseen = isMine() && (isUnseen || hasStored()) && !window.document.hidden
        const keeping = isUnseen ? keepTurn(isMine) : undefined
        // Not before: the caller's next call is to find the turn kept.
        answer.then(resolve, reject)
        await keeping
      }
      if (kept?.isMine()) kept.goOn(run)
      else void waitForTurn(run)
    })
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** How long a tab waits for its turn before it checks whether other tabs still get theirs. `random`: from 0 to 1. */
export function turnTimeoutMs(random: number): number {
  return TURN_TIMEOUT_MS + random * TURN_TIMEOUT_JITTER_MS
}

export interface WaitResult {
  /** The turn was taken away in the middle: what has begun goes on. */
  readonly hasBegun: boolean
  readonly isTimeout: boolean
  /** Other tabs got their turn meanwhile. */
  readonly hasQueueMoved: boolean
}

/** What to do where the turn did not come. In a browser that refuses locks each tab runs on its own. */
export function afterWaiting({ hasBegun, isTimeout, hasQueueMoved }: WaitResult): 'done' | 'wait' | 'steal' | 'run' {
  if (hasBegun) return 'done'
  if (!isTimeout) return 'run'
  return hasQueueMoved ? 'wait' : 'steal'
}

function isTimeout(error: unknown): boolean {
  return (error as { name?: unknown } | null)?.name === 'TimeoutError'
}
