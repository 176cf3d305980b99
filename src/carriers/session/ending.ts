// What this page may have begun at the server, and the end of that. A POST that has gone out cannot be taken back: it
// goes on, and what it begins is ended too.

import { abortable } from '../../shared/deadline.js'
import { createPacer, type Pacer } from './pacer.js'
import type { SessionRequests } from './requests.js'

export interface Ending {
  /** Begins a session for an account. The request goes on when `signal` aborts. */
  begin(
    account: string | undefined,
    ...request: Parameters<SessionRequests['begin']>
  ): ReturnType<SessionRequests['begin']>
  /** Whose session may be there. */
  readonly heldBy: string | undefined
  /** The session that is there is not one that this page began. */
  disown(): void
  /** Settles when nothing of an earlier session is under way any more. */
  over(): Promise<void>
  /** Ends the session. With `repeat`, what fails for now is tried again, until `cancel()`. */
  end(options: { repeat: boolean }): void
  /** Cuts the pause of a back-off short. */
  hurry(): void
  cancel(): void
  /** Begins nothing more. An end that is under way goes through. */
  stop(): void
}

export function createEnding(requests: SessionRequests, now: () => number, failed: (error: unknown) => void): Ending {
  const stopped = new AbortController()
  let heldBy: string | undefined
  let beginning: Promise<unknown> | undefined
  let ending: Promise<void> | undefined
  let repeating: Pacer | undefined

  /** At once, because the page may be left. And again after a POST that was faster, or slower. */
  async function tell(slow: Promise<unknown> | undefined): Promise<void> {
    const told = requests.end()
    if (slow === undefined) return told
    await Promise.allSettled([told, slow])
    return requests.end()
  }

  function endNow(): Promise<void> {
    ending = tell(beginning)
    return ending
  }

  function cancel(): void {
    repeating?.end(undefined)
    repeating = undefined
  }

  return {
    begin(account, token, signal) {
      heldBy = account
      const begun = requests.begin(token, stopped.signal)
      const settled = begun
        .catch(() => {})
        .finally(() => {
          if (beginning === settled) beginning = undefined
        })
      beginning = settled
      return abortable(begun, signal)
    },
    get heldBy() {
      return heldBy
    },
    disown() {
      heldBy = undefined
    },
    over: async () => ending?.catch(() => {}),
    end({ repeat }) {
      if (repeating) return
      heldBy = undefined
      if (repeat) repeating = createPacer(now)
      const told = repeating ? repeating.retry(endNow) : endNow()
      told.catch(failed)
    },
    hurry: () => repeating?.hurry(),
    cancel,
    stop() {
      cancel()
      stopped.abort()
    },
  }
}
