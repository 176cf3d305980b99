import { AuthError } from '../errors.js'
import type { AuthEvent } from '../events.js'
import type { AccessToken } from '../sources/source.js'
import { claimsChallengeOf } from './challenge.js'
import { headersOf, isRequest, type Target } from './target.js'

export interface FetchContext {
  /** The `fetch` that requests go out with. */
  readonly fetch: typeof fetch
  getToken(
    scopes: readonly string[] | undefined,
    options: { abortSignal?: AbortSignal | undefined; rejectedToken?: string; claims?: string | undefined },
  ): Promise<AccessToken>
  emit(event: AuthEvent): void
}

/**
 * Sends a request to a protected resource, with the token.
 *
 * A call with nobody signed in rejects instead of being sent. After a 401 the token is renewed, unless somebody else
 * did that already, and the call is made once more.
 */
export async function fetchWithToken(
  context: FetchContext,
  { origin, scopes }: Target,
  input: RequestInfo | URL,
  init: RequestInit | undefined,
): Promise<Response> {
  const abortSignal = init?.signal ?? (isRequest(input) ? input.signal : undefined)
  const again = canReplay(input, init) ? copyOf(input) : undefined
  const first = await context.getToken(scopes, { abortSignal })
  const response = await send(context, first, input, init)
  if (response.status !== 401 || again === undefined) return response

  const claims = claimsChallengeOf(response.headers)
  const second = await context.getToken(scopes, { abortSignal, rejectedToken: first.token, claims }).catch(unrenewed)
  if (abortSignal?.aborted) throw abortSignal.reason
  if (!second || second.token === first.token) return response
  context.emit({ type: 'replay', origin, challenged: claims !== undefined })
  await response.body?.cancel().catch(() => {}) // whoever wraps `fetch` may be reading it
  return send(context, second, again, init)
}

function send(context: FetchContext, { token }: AccessToken, input: RequestInfo | URL, init?: RequestInit) {
  const headers = headersOf(input, init)
  headers.set('authorization', `Bearer ${token}`)
  return context.fetch(input, { ...init, headers })
}

/** Without another token the first answer stands: the caller sees the 401 itself. */
function unrenewed(error: unknown): undefined {
  if (error instanceof AuthError) return undefined
  throw error
}

/** A stream that the caller gave can be read only once. The body of a `Request` is copied before it is sent. */
export function canReplay(input: RequestInfo | URL, init?: RequestInit): boolean {
  if (init?.body != null) return !isStream(init.body)
  return !isRequest(input) || !input.bodyUsed
}

/** What is left to send once more: a `Request` can be sent only once. */
export function copyOf(input: RequestInfo | URL): RequestInfo | URL {
  return isRequest(input) && input.body !== null ? input.clone() : input
}

/** Told by shape, as a `Request` is. */
function isStream(body: BodyInit): boolean {
  return typeof body === 'object' && 'getReader' in body
}
