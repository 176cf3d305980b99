import { type EventSourceMessage, fetchEventSource } from '@microsoft/fetch-event-source'
import { isAuthError, tokenHooks } from 'twodoor'
import { auth } from './auth'

const PAUSE_MS = 1_000

/** Listens for the account that is signed in, and ends when it is not any more. */
export function listen(url: string, onmessage: (message: EventSourceMessage) => void): Promise<void> {
  const ended = new AbortController()
  const unsubscribe = tokenHooks(auth, url).onAccount(() => ended.abort())
  return fetchEventSource(url, {
    fetch: auth.fetch,
    signal: ended.signal,
    onmessage,
    async onopen({ ok, status }) {
      if (!ok) throw new Error(`The server answers ${status}.`)
    },
    onclose() {
      throw new Error('The server has ended the stream, with its token for example.')
    },
    onerror(error) {
      if (isAuthError(error) && !error.retryable) throw error
      return PAUSE_MS // then it asks again, with a fresh token
    },
  }).finally(unsubscribe)
}
