// How MSAL reaches Entra ID: with the `fetch` of the app, never past a redirect, and never for longer than a deadline.

const DEADLINE_MS = 10_000

interface NetworkOptions {
  readonly headers?: Record<string, string>
  readonly body?: string
}

interface NetworkAnswer {
  readonly headers: Record<string, string>
  readonly body: unknown
  readonly status: number
}

/** The `networkClient` of MSAL's configuration. */
export function createNetwork(send: typeof fetch) {
  async function request(method: 'GET' | 'POST', url: string, options: NetworkOptions = {}): Promise<NetworkAnswer> {
    const { headers = {}, body } = options
    // A secret is in the body, and must not follow a redirect elsewhere.
    const init: RequestInit = { method, headers, redirect: 'error', signal: AbortSignal.timeout(DEADLINE_MS) }
    const answer = await send(url, body === undefined ? init : { ...init, body })
    if (answer.status >= 500 || answer.status === 429) throw new TypeError(`Entra ID answered ${answer.status}.`)
    return { headers: Object.fromEntries(answer.headers), body: await answer.json(), status: answer.status }
  }
  return {
    sendGetRequestAsync: (url: string, options?: NetworkOptions) => request('GET', url, options),
    sendPostRequestAsync: (url: string, options?: NetworkOptions) => request('POST', url, options),
  }
}
