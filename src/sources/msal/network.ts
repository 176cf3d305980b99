import type { INetworkModule, NetworkRequestOptions } from '@azure/msal-browser'

/** MSAL sets no deadline on its requests. */
const REQUEST_DEADLINE_MS = 20_000
const REQUEST_TIMEOUT = 408
const TOO_MANY_REQUESTS = 429

/**
 * Sends MSAL's requests by the `fetch` that the page had before anybody patched it. Through a patched one that waits
 * for a token, the request for that token would wait for itself.
 *
 * MSAL has one word for all that goes wrong below it, drops the status, and takes an answer without an error for one
 * with a token. So what the token endpoint gives that is not of OAuth is made an error of it (RFC 6749 §5.2): the
 * words `endpoint_…`, which refusals.ts knows.
 */
export function createNetworkClient(nativeFetch: typeof fetch): INetworkModule {
  async function send<T>(method: 'GET' | 'POST', url: string, options: NetworkRequestOptions = {}) {
    const signal = AbortSignal.timeout(REQUEST_DEADLINE_MS)
    const { headers, body } = options
    const request = { method, signal, ...(headers && { headers }), ...(body !== undefined && { body }) }
    /** What is as good as not there, unless the time was up. */
    const unless = <F>(failed: () => F) => {
      return (error: unknown) => {
        if (signal.aborted) throw error
        return failed()
      }
    }
    try {
      // One more try, as MSAL's own client makes, where the connection broke.
      const response = await nativeFetch(url, request).catch(unless(() => nativeFetch(url, request)))
      const { status } = response
      const given: unknown = await response.json().catch(unless(() => undefined))
      const answer = method === 'POST' ? oauthAnswer(status, given) : mustBeObject(given)
      return { status, headers: Object.fromEntries(response.headers), body: answer as T }
    } catch (error) {
      if (method === 'GET' || !signal.aborted) throw error
      return { status: REQUEST_TIMEOUT, headers: {}, body: { error: 'endpoint_silent' } as T }
    }
  }

  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options),
  }
}

function oauthAnswer(status: number, given: unknown): object {
  const body = isObject(given) ? given : {}
  if (status < 400) return 'access_token' in body || 'error' in body ? body : { error: 'endpoint_empty' }
  const error = status === TOO_MANY_REQUESTS ? 'endpoint_throttles' : 'endpoint_fails'
  // MSAL takes the status from the body. While it does not ask again after 429 and 5xx it says these numbers alone.
  return { error_codes: [status], ...('error' in body ? body : { error }), status }
}

/** MSAL writes into the body it is given and fails obscurely with anything but an object. */
function mustBeObject(given: unknown): object {
  if (!isObject(given)) throw new TypeError('The answer is not a JSON object.')
  return given
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
