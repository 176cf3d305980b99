import { backoff, LONGEST_TIMEOUT_MS } from '../../shared/backoff.js'
import { abortable } from '../../shared/deadline.js'
import { isAuthError } from '../../shared/errors.js'
import { retryAfterMsOf } from './ask.js'

/** What is done over a time, with one timer for whatever comes next. */
export interface Pacer {
  /** Aborted at the end. */
  readonly signal: AbortSignal
  /** Repeats what fails for now, with a back-off, a few times, and not before `Retry-After` is over. */
  retry<T>(attempt: () => Promise<T>): Promise<T>
  /** Cuts the pause of a back-off short, but not what the server has asked for. */
  hurry(): void
  /** Does it after that many milliseconds, instead of what was to be done next. */
  schedule(delay: number, action: () => void): void
  /** Nothing is done any more: what is pending rejects with this. */
  end(reason: unknown): void
}

const MAX_TRIES = 6
const RETRY = { first: 1_000, longest: 30_000 }
/** The longest that `Retry-After` can add to a pause: half of the time that there is to renew a session. */
const LONGEST_HOLD_MS = 120_000

/** @param now - the clock, in milliseconds. After a sleep it has gone on, and timers have not */
export function createPacer(now: () => number): Pacer {
  const ended = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let hurry: () => unknown = () => {}
  /** The end of what the server has asked for. */
  let notBefore = 0

  const heldMs = () => Math.min(Math.max(0, notBefore - now()), LONGEST_HOLD_MS)

  /** What the server asks for comes on top: it says the same to everybody, and they must not all come back at once. */
  async function pause(delay: number): Promise<void> {
    const over = new Promise<void>((resolve) => {
      hurry = () => heldMs() > 0 || resolve()
      schedule(heldMs() + delay, resolve)
    })
    await abortable(over, ended.signal)
    notBefore = 0
  }

  function schedule(delay: number, action: () => void): void {
    clearTimeout(timer)
    if (!ended.signal.aborted) timer = setTimeout(action, Math.min(delay, LONGEST_TIMEOUT_MS))
  }

  return {
    ...{ signal: ended.signal, schedule, hurry: () => void hurry() },
    async retry(attempt) {
      clearTimeout(timer)
      if (heldMs() > 0) await pause(0)
      for (let tries = 1; ; tries += 1) {
        try {
          return await attempt()
        } catch (error) {
          if (!isAuthError(error) || !error.retryable) throw error
          notBefore = now() + retryAfterMsOf(error)
          if (tries === MAX_TRIES) throw error
          await pause(backoff(tries, RETRY))
        }
      }
    },
    end(reason) {
      clearTimeout(timer)
      ended.abort(reason)
    },
  }
}
