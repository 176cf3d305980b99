import { challengeFor, consentFor, headersOf, type RequestRefusal, responseOf } from '../fetch/refusals.js'

/**
 * Why there is no token on behalf of a user. The set is closed.
 *
 * - `consent_required` (403): the user has not consented to the scopes. `auth.fetch` calls `onConsent` of the page.
 * - `insufficient_claims` (401): Entra ID wants more of the user, such as a second factor: a claims challenge for the page.
 * - `sign_in_required` (401): there is no token of the user here, or Entra ID takes it no more. The page sends a new one.
 * - `config_invalid` (500): somebody has to change something: `remedy` says what.
 * - `temporarily_unavailable` (503): Entra ID did not answer, or not in time.
 */
export type OnBehalfOfCode =
  | 'consent_required'
  | 'insufficient_claims'
  | 'sign_in_required'
  | 'config_invalid'
  | 'temporarily_unavailable'

export interface OnBehalfOfDetails {
  /** What somebody can do about it. */
  readonly remedy: string
  /** The scopes that were asked for. */
  readonly scopes?: readonly string[]
  /** The claims challenge, as JSON text. */
  readonly claims?: string | undefined
  /** The number that Entra ID refused with, after `AADSTS`. */
  readonly aadsts?: number | undefined
}

const statuses = {
  consent_required: 403,
  insufficient_claims: 401,
  sign_in_required: 401,
  config_invalid: 500,
  temporarily_unavailable: 503,
} as const

/**
 * What `onBehalfOf.token()` rejects with. Nothing in it is a token, a secret or a text of Entra ID's, and it has no cause: a log
 * may show all of it. The answer to the client is {@link refusal}`.of(error)`, which names no `remedy`. Nor does `message`, which
 * some frameworks answer with by themselves.
 */
export class OnBehalfOfError extends Error {
  override readonly name = 'OnBehalfOfError'
  readonly code: OnBehalfOfCode
  /** For whoever reads the log of the server. */
  readonly remedy: string
  /** Where the documentation explains the code, as page and heading: `refusals#consent_required`. */
  readonly anchor: `refusals#${OnBehalfOfCode}`
  readonly aadsts?: number
  /** How to answer the request. */
  readonly status: RequestRefusal['status']
  readonly headers: Readonly<Record<string, string>>

  constructor(code: OnBehalfOfCode, { remedy, scopes = [], claims, aadsts }: OnBehalfOfDetails) {
    super(aadsts === undefined ? code : `${code} (AADSTS${aadsts})`)
    const { status, headers } = answerFor(code, scopes, claims)
    this.code = code
    this.remedy = remedy
    this.anchor = `refusals#${code}`
    if (aadsts !== undefined) this.aadsts = aadsts
    this.status = status
    this.headers = headers
  }

  /** For Hono, which answers with what this gives. */
  getResponse(): Response {
    return responseOf({ ...this, retry: false })
  }

  /** What a log may show. */
  toJSON(): object {
    const { name, code, message, remedy, anchor, aadsts, status } = this
    return { name, code, message, remedy, anchor, aadsts, status }
  }
}

/** By its name, not its constructor: an app can have two copies of this module. */
export function isOnBehalfOfError(error: unknown): error is OnBehalfOfError {
  return error instanceof Error && error.name === 'OnBehalfOfError' && 'headers' in error && 'status' in error
}

function answerFor(code: OnBehalfOfCode, scopes: readonly string[], claims: string | undefined) {
  const challenge = challengeOf(code, scopes, claims)
  if (challenge) return challenge
  const status = statuses[code]
  return { status, headers: headersOf(status, code) }
}

/** What the page has to get. `undefined` where nobody has said it, or not in a form that a page reads. */
function challengeOf(code: OnBehalfOfCode, scopes: readonly string[], claims: string | undefined) {
  if (code === 'consent_required') return consentFor(scopes)
  if (code === 'insufficient_claims') return challengeFor(claims)
  return undefined
}
