import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-browser'
import { retryAfterMs } from '../../shared/retry-after.js'
import { isObject } from '../../shared/validate.js'

/** MSAL sets no deadline on its requests. */
const MSAL_REQUEST_DEADLINE_MS = 20_000
const HTTP_REQUEST_TIMEOUT = 408
const HTTP_TOO_MANY_REQUESTS = 429
/** As long as MSAL waits at the most. */
const LONGEST_PAUSE_MS = 3_600_000

interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: object
}

/**
 * Sends MSAL's requests with the `fetch` that the page had before anybody patched it. With a patched one that waits for a
 * token, the request for that token would wait for itself.
 *
 * MSAL has one error for all network failures, drops the status, and takes a response without an error for one with a
 * token. So whatever the token endpoint sends that is not OAuth becomes an OAuth error (RFC 6749 §5.2) with a code of ours,
 * `endpoint_…`, which refusals.ts knows.
 */
export function createNetworkClient(nativeFetch: typeof fetch): INetworkModule {
  const pause = createPause()

  async function sendRequest<T>(method: 'GET' | 'POST', url: string, options: NetworkRequestOptions = {}) {
    const signal = AbortSignal.timeout(MSAL_REQUEST_DEADLINE_MS)
    const { headers, body } = options
    const paused = method === 'POST' && pause.answer()
    if (paused) return paused as NetworkResponse<T>
    const request = { method, signal, ...(headers && { headers }), ...(body !== undefined && { body }) }
    const unlessTimedOut = <F>(recover: () => F) => {
      return (error: unknown) => {
        if (signal.aborted) throw error
        return recover()
      }
    }
    try {
      // One more try where the connection broke, as MSAL's own client makes.
      const response = await nativeFetch(url, request).catch(unlessTimedOut(() => nativeFetch(url, request)))
      const { status } = response
      const received: unknown = await response.json().catch(unlessTimedOut(() => undefined))
      const responseBody = method === 'POST' ? oauthBody(status, received) : assertObject(received)
      const answer = { status, headers: Object.fromEntries(response.headers), body: responseBody }
      const isBusy = method === 'POST' && (status === HTTP_TOO_MANY_REQUESTS || status >= 500)
      return (isBusy ? pause.begin(answer, retryAfterMs(response.headers)) : answer) as NetworkResponse<T>
    } catch (error) {
      if (method === 'GET' || !signal.aborted) throw error
      return { status: HTTP_REQUEST_TIMEOUT, headers: {}, body: { error: 'endpoint_silent' } as T }
    }
  }

  return {
    sendGetRequestAsync: (url, options) => sendRequest('GET', url, options),
    sendPostRequestAsync: (url, options) => sendRequest('POST', url, options),
  }
}

/**
 * The pause that a busy token endpoint has asked for with `Retry-After`. Any other error is of one account and its scopes, and
 * never answers for another one. MSAL keeps a pause too, but for each set of scopes and claims, it does not read dates, and
 * loses it where storage is full.
 */
function createPause() {
  let last: Answer | undefined
  let since = 0
  let pauseMs = 0

  /** The last answer again, until the pause is over. A clock that was set back counts as time that has passed. */
  function answer(): Answer | undefined {
    const leftMs = since + pauseMs - Date.now()
    if (!last || leftMs <= 0 || leftMs > pauseMs) return undefined
    return { ...last, headers: { ...last.headers, 'retry-after': `${Math.ceil(leftMs / 1_000)}` } }
  }

  return {
    answer,
    begin(refusal: Answer, ms: number): Answer {
      last = refusal
      since = Date.now()
      pauseMs = Math.min(ms, LONGEST_PAUSE_MS) || 0
      return answer() ?? refusal
    },
  }
}

function oauthBody(status: number, received: unknown): object {
  const body = isObject(received) ? received : {}
  if (status < 400) return 'access_token' in body || 'error' in body ? body : { error: 'endpoint_empty' }
  const error = status === HTTP_TOO_MANY_REQUESTS ? 'endpoint_throttles' : 'endpoint_fails'
  // MSAL takes the status from the body, and repeats nothing but `error_codes` while it pauses after 429 and 5xx.
  return { error_codes: [status], ...('error' in body ? body : { error }), status }
}

/** MSAL writes into the body, and fails obscurely with anything but an object. */
function assertObject(received: unknown): object {
  if (!isObject(received)) throw new TypeError('The response is not a JSON object.')
  return received
}
