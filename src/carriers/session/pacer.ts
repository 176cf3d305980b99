import { backoff, LONGEST_TIMEOUT_MS } from '../../backoff.js'
import { abortable } from '../../deadline.js'
import { isAuthError } from '../../errors.js'

/** What is done over a time, with one timer for whatever comes next. */
export interface Pacer {
  /** Aborted at the end. */
  readonly signal: AbortSignal
  /** Repeats what fails for now, with a back-off, a few times. */
  retry<T>(attempt: () => Promise<T>): Promise<T>
  /** Cuts the pause of a back-off short. */
  hurry(): void
  /** Does it after that many milliseconds, instead of what was to be done next. */
  schedule(delay: number, action: () => void): void
  /** Nothing is done any more: what is pending rejects with this. */
  end(reason: unknown): void
}

const MAX_TRIES = 6
const RETRY = { first: 1_000, longest: 30_000 }

export function createPacer(): Pacer {
  const ended = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let hurry = () => {}

  function pause(delay: number): Promise<void> {
    const over = new Promise<void>((resolve) => {
      hurry = resolve
      schedule(delay, resolve)
    })
    return abortable(over, ended.signal)
  }

  function schedule(delay: number, action: () => void): void {
    clearTimeout(timer)
    if (!ended.signal.aborted) timer = setTimeout(action, Math.min(delay, LONGEST_TIMEOUT_MS))
  }

  return {
    ...{ signal: ended.signal, schedule, hurry: () => hurry() },
    async retry(attempt) {
      clearTimeout(timer)
      for (let tries = 1; ; tries += 1) {
        try {
          return await attempt()
        } catch (error) {
          if (!isAuthError(error) || !error.retryable || tries === MAX_TRIES) throw error
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
