import { backoff, LONGEST_TIMEOUT_MS } from '../../shared/backoff.js'
import { abortable } from '../../shared/deadline.js'
import { isAuthError } from '../../shared/errors.js'
import { retryAfterMsOf } from './ask.js'

/** Runs attempts and what is scheduled, with one timer for whichever comes next. */
export interface RetryTimer {
  /** Aborted at the end. */
  readonly signal: AbortSignal
  /** Repeats an attempt that fails with a retryable error: 6 times, with a back-off, not before `Retry-After` is over. */
  retry<T>(attempt: () => Promise<T>): Promise<T>
  /** Ends the pause of a back-off now, but not one that the server has asked for. */
  skipPause(): void
  /** Runs `action` after `delayMs`, instead of what was scheduled before. */
  schedule(delayMs: number, action: () => void): void
  /** Stops the timer. What is pending rejects with `reason`. */
  end(reason: unknown): void
}

const MAX_TRIES = 6
const SESSION_RETRY = { first: 1_000, longest: 30_000 }
/** The longest that `Retry-After` can add to a pause: half of the time that there is to renew a session. */
const LONGEST_RETRY_AFTER_MS = 120_000

/** @param now - the clock, in milliseconds. Timers stand still while a machine sleeps, and the clock does not */
export function createRetryTimer(now: () => number): RetryTimer {
  const ended = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let skipPause: () => unknown = () => {}
  /** The end of what the server has asked for. */
  let notBefore = 0

  const remainingMs = () => Math.min(Math.max(0, notBefore - now()), LONGEST_RETRY_AFTER_MS)

  /** The back-off comes on top of `Retry-After`: the server says the same to everybody, and all would come back at once. */
  async function pause(delayMs: number): Promise<void> {
    const over = new Promise<void>((resolve) => {
      skipPause = () => remainingMs() > 0 || resolve()
      schedule(remainingMs() + delayMs, resolve)
    })
    await abortable(over, ended.signal)
    notBefore = 0
  }

  function schedule(delayMs: number, action: () => void): void {
    clearTimeout(timer)
    if (!ended.signal.aborted) timer = setTimeout(action, Math.min(delayMs, LONGEST_TIMEOUT_MS))
  }

  return {
    signal: ended.signal,
    schedule,
    skipPause: () => void skipPause(),
    async retry(attempt) {
      clearTimeout(timer)
      if (remainingMs() > 0) await pause(0)
      for (let tries = 1; ; tries += 1) {
        try {
          return await attempt()
        } catch (error) {
          if (!isAuthError(error) || !error.retryable) throw error
          notBefore = now() + retryAfterMsOf(error)
          if (tries === MAX_TRIES) throw error
          await pause(backoff(tries, SESSION_RETRY))
        }
      }
    },
    end(reason) {
      clearTimeout(timer)
      ended.abort(reason)
    },
  }
}
