import { type EventSourceMessage, fetchEventSource } from '@microsoft/fetch-event-source'
import { isAuthError, tokenHooks } from 'twodoor'
import { auth } from './auth'

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
/** They stay when one asks again: `auth.fetch` has tried a fresh token already. */
const REFUSED = [401, 403]

/**
 * Listens for the account that is signed in, until it is not any more, or `ended` is aborted. Rejects where the server refuses a
 * fresh token.
 */
export function listen(
  url: string,
  onmessage: (message: EventSourceMessage) => void,
  ended = new AbortController(),
): Promise<void> {
  const unsubscribe = tokenHooks(auth, url).onAccount(() => ended.abort())
  let pause = FIRST_PAUSE_MS
  let isRefused = false

  return fetchEventSource(url, {
    fetch: auth.fetch,
    signal: ended.signal,
    openWhenHidden: true, // else a tab that is shown again during a pause has two streams, and only one can be ended
    onmessage(message) {
      if (ended.signal.aborted) return
      pause = FIRST_PAUSE_MS
      onmessage(message)
    },
    async onopen({ ok, status }) {
      isRefused = REFUSED.includes(status)
      if (!ok) throw new Error(`The server answers ${status}.`)
    },
    onclose() {
      throw new Error('The server has ended the stream, with its token for example.')
    },
    onerror(error) {
      if (isRefused || (isAuthError(error) && !error.retryable)) throw error
      const now = pause
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
      return now // then it asks again, with a fresh token
    },
  }).finally(unsubscribe)
}
