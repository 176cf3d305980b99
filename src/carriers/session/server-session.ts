// The session that this page may hold at the server, and its end. A POST that has gone out cannot be taken back: it goes
// on, and the session that it begins is ended too.

import { abortable } from '../../shared/deadline.js'
import type { SessionRequests } from './requests.js'
import { createRetryTimer, type RetryTimer } from './retry-timer.js'

export interface HeldSession {
  /** Begins a session for an account. The request goes on when `signal` aborts. */
  begin(
    account: string | undefined,
    ...request: Parameters<SessionRequests['begin']>
  ): ReturnType<SessionRequests['begin']>
  /** The account that this page began a session for. */
  readonly account: string | undefined
  /** The session at the server is not the one that this page began. */
  disown(): void
  /** Settles when no DELETE is under way any more. */
  ended(): Promise<void>
  /** Ends the session. With `repeat`, a DELETE that fails is tried again, until `cancel()`. */
  end(options: { repeat: boolean }): void
  /** Ends the pause before the next DELETE now. */
  skipPause(): void
  /** Repeats no DELETE any more. */
  cancel(): void
  /** Sends nothing more. A DELETE that is under way goes through. */
  stop(): void
}

export function createHeldSession(
  requests: SessionRequests,
  now: () => number,
  onFailure: (error: unknown) => void,
): HeldSession {
  const stopped = new AbortController()
  let holder: string | undefined
  let beginning: Promise<unknown> | undefined
  let ending: Promise<void> | undefined
  let repeating: RetryTimer | undefined

  /** At once, because the page may be left, and again after a POST that was under way. */
  async function endAfter(begun: Promise<unknown> | undefined): Promise<void> {
    const first = requests.end()
    if (begun === undefined) return first
    await Promise.allSettled([first, begun])
    return requests.end()
  }

  function endNow(): Promise<void> {
    ending = endAfter(beginning)
    return ending
  }

  function cancel(): void {
    repeating?.end(undefined)
    repeating = undefined
  }

  return {
    begin(account, token, signal) {
      holder = account
      const begun = requests.begin(token, stopped.signal)
      const settled = begun
        .catch(() => {})
        .finally(() => {
          if (beginning === settled) beginning = undefined
        })
      beginning = settled
      return abortable(begun, signal)
    },
    get account() {
      return holder
    },
    disown() {
      holder = undefined
    },
    ended: async () => ending?.catch(() => {}),
    end({ repeat }) {
      if (repeating) return
      holder = undefined
      if (repeat) repeating = createRetryTimer(now)
      const ended = repeating ? repeating.retry(endNow) : endNow()
      ended.catch(onFailure)
    },
    skipPause: () => repeating?.skipPause(),
    cancel,
    stop() {
      cancel()
      stopped.abort()
    },
  }
}
