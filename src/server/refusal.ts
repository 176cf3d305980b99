/**
 * Why a token is refused, on a request, a socket or a session alike. The set is closed.
 *
 * - `token_missing` (401): there is none.
 * - `request_malformed` (400): the `Authorization` header is not one `Bearer` token.
 * - `token_malformed` (401): it is not a JWT that can be read in one way only, or it is longer than 16 KB.
 * - `token_invalid` (401): the signature, the algorithm, the key or a claim is wrong, or the token is not valid yet.
 * - `token_expired` (401): its `exp` is more than a minute ago.
 * - `wrong_issuer` (401): another authority issued it. If it is yours, name it in `authority`.
 * - `wrong_tenant` (401): its user is of a tenant that is not in `tenants`.
 * - `wrong_audience` (401): it is for another API.
 * - `wrong_client` (403): it was issued to an app that is not in `clients`.
 * - `wrong_scope` (403): it has none of the `scopes`.
 * - `wrong_role` (403): it has none of the app roles that are needed.
 * - `insufficient_claims` (401): it lacks a claim, such as an authentication context. Another token can have it.
 * - `not_an_access_token` (401): it is an ID token, a token of an app on its own, or bound to a key (`cnf`).
 * - `keys_unavailable` (503): the keys of the authority cannot be fetched now.
 * - `temporarily_unavailable` (503): the check itself failed, or took too long.
 */
export type RefusalCode = keyof typeof refusals

interface RefusalAnswer {
  readonly status: 400 | 401 | 403 | 503
  /** Whether another token, or the same one later, can succeed. */
  readonly retry: boolean
}

const refusals = {
  token_missing: { status: 401, retry: true },
  request_malformed: { status: 400, retry: false },
  token_malformed: { status: 401, retry: false },
  token_invalid: { status: 401, retry: true },
  token_expired: { status: 401, retry: true },
  wrong_issuer: { status: 401, retry: false },
  wrong_tenant: { status: 401, retry: false },
  wrong_audience: { status: 401, retry: false },
  wrong_client: { status: 403, retry: false },
  wrong_scope: { status: 403, retry: false },
  wrong_role: { status: 403, retry: false },
  insufficient_claims: { status: 401, retry: true },
  not_an_access_token: { status: 401, retry: false },
  keys_unavailable: { status: 503, retry: true },
  temporarily_unavailable: { status: 503, retry: true },
} as const satisfies Record<string, RefusalAnswer>

/** What `verify()` rejects with. Neither its message nor anything else in it has the token or a part of it. */
export class TokenRefusedError extends Error {
  override readonly name = 'TokenRefusedError'
  readonly code: RefusalCode
  /** The HTTP status that fits (RFC 6750 §3.1). */
  readonly status: 400 | 401 | 403 | 503
  /** Whether another token, or the same one later, can succeed. */
  readonly retry: boolean
  /** Where the documentation explains the code, as page and heading: `refusals#wrong_audience`. */
  readonly anchor: `refusals#${RefusalCode}`

  /** The claims challenge of `insufficient_claims`, as JSON text: what the next token has to have. */
  readonly claims?: string | undefined

  /** @param reason - for the log of the server: it can name what the server expects */
  constructor(code: RefusalCode, reason: string, claims?: string) {
    super(reason)
    this.claims = claims
    this.code = code
    this.anchor = `refusals#${code}`
    this.status = refusals[code].status
    this.retry = refusals[code].retry
  }
}

/** What a verifier threw, as a refusal. Any other error means that the check itself failed. */
export function toTokenRefused(error: unknown): TokenRefusedError {
  if (isTokenRefused(error)) return withItsAnswer(error)
  // The name of the error alone: its message could have the token in it.
  const kind = error instanceof Error ? error.constructor.name : typeof error
  return new TokenRefusedError('temporarily_unavailable', `The check of the token failed (${kind}).`)
}

/** What is refused is answered as such, even where another copy of this module says otherwise, or nothing. */
function withItsAnswer(error: TokenRefusedError): TokenRefusedError {
  const { code, message, claims } = error
  const { status, retry } = refusals[code]
  if (error.status === status && error.retry === retry) return error
  return new TokenRefusedError(code, String(message), typeof claims === 'string' ? claims : undefined)
}

/** By its name, not its constructor: an app can have two copies of this module, one of ES and one of CommonJS. */
export function isTokenRefused(error: unknown): error is TokenRefusedError {
  const { name, code } = Object(error) as { name?: unknown; code?: unknown }
  return name === 'TokenRefusedError' && typeof code === 'string' && Object.hasOwn(refusals, code)
}
