// How a request is refused: the status, and the headers that tell a client what would help.

import { LONGEST_CHALLENGE } from '../../shared/challenge-length.js'
import { AuthError } from '../../shared/errors.js'
import { isScopeList } from '../../shared/scope-list.js'
import { isObject } from '../../shared/validate.js'
import type { RefusalCode, TokenRefusedError } from '../refusal.js'

/** How to answer a request that is refused. */
export interface RequestRefusal<Code extends string = RefusalCode> {
  readonly status: 400 | 401 | 403 | 500 | 503
  readonly code: Code
  /** Whether another token, or the same one later, can succeed. */
  readonly retry: boolean
  /** `WWW-Authenticate` as in RFC 6750 §3, or `Retry-After`. They name no option of the verifier and no claim of the token. */
  readonly headers: Readonly<Record<string, string>>
}

const RETRY_AFTER_S = 5
const REALM = 'Bearer realm="api"'

const challenges: Partial<Record<RequestRefusal['status'], string>> = {
  400: 'invalid_request',
  401: 'invalid_token',
  403: 'insufficient_scope',
}

export function requestRefusalOf({ status, code, retry, claims }: TokenRefusedError): RequestRefusal {
  const challenge = code === 'insufficient_claims' ? challengeFor(claims) : undefined
  return challenge ?? { status, code, retry, headers: headersOf(status, code) }
}

/**
 * Asks the page for a token with these claims: `auth.fetch` gets one, if that takes no more than a request, and repeats the
 * call.
 *
 * Source: Microsoft Learn, "Claims challenges, claims requests and client capabilities".
 *
 * @param claims - JSON text, or the object that it stands for
 * @throws {AuthError} `config_invalid` for anything else, and for more than a page reads: about 6 KB
 */
export function claimsRefusal(claims: unknown): RequestRefusal<'insufficient_claims'> {
  const challenge = challengeFor(claims)
  if (challenge) return challenge
  throw invalid(
    '`claims` must be a claims challenge of 6 KB at most, for example {"access_token":{"acrs":{"essential":true,"value":"c1"}}}.',
  )
}

/** `undefined` for what is no claims challenge, and for one that no page would read. */
export function challengeFor(claims: unknown): RequestRefusal<'insufficient_claims'> | undefined {
  const json = jsonOf(claims)
  if (json === undefined || json.length > LONGEST_CHALLENGE) return undefined
  const encoded = btoa(String.fromCharCode(...new TextEncoder().encode(json)))
  const value = `${REALM}, error="insufficient_claims", claims="${encoded}"`
  if (value.length > LONGEST_CHALLENGE) return undefined
  return { status: 401, code: 'insufficient_claims', retry: true, headers: { 'WWW-Authenticate': value } }
}

/**
 * Asks the page to have the user consent to these scopes, in the form that Microsoft.Identity.Web has for it. `auth.fetch` calls
 * `onConsent` of the page, and repeats the call.
 *
 * @throws {AuthError} `config_invalid` for what is no scope
 */
export function consentRefusal(scopes: readonly string[]): RequestRefusal<'consent_required'> {
  const refusal = consentFor(scopes)
  if (refusal) return refusal
  throw invalid('`scopes` must be a list of scopes, for example ["User.Read"].')
}

/** `undefined` for what is no list of scopes. */
export function consentFor(scopes: unknown): RequestRefusal<'consent_required'> | undefined {
  if (!isScopeList(scopes)) return undefined
  const value = `${REALM}, error="interaction_required", error_description="consent_required", scopes="${scopes.join(',')}", proposedAction="consent"`
  return { status: 403, code: 'consent_required', retry: false, headers: { 'WWW-Authenticate': value } }
}

/** RFC 6750 §3.1: the answer to a request without any token has the scheme and no error. */
export function headersOf(status: RequestRefusal['status'], code: string): Record<string, string> {
  if (status === 500) return {}
  if (status === 503) return { 'Retry-After': `${RETRY_AFTER_S}` }
  const error = code === 'token_missing' ? '' : `, error="${challenges[status]}", error_description="${code}"`
  return { 'WWW-Authenticate': `${REALM}${error}` }
}

/** The answer that frameworks on the web platform send. */
export function responseOf({ status, code, headers }: RequestRefusal<string>): Response {
  return Response.json({ code }, { status, headers })
}

/** `undefined` for what is no object. */
export function jsonOf(claims: unknown): string | undefined {
  try {
    const value: unknown = typeof claims === 'string' ? JSON.parse(claims) : claims
    return isObject(value) ? JSON.stringify(value) : undefined
  } catch {
    return undefined // no JSON
  }
}

function invalid(message: string): AuthError {
  return new AuthError('config_invalid', { phase: 'config', message })
}
