import type { AuthEvent } from '../../events.js'
import { AuthError } from '../../shared/errors.js'
import { findResource, type Resource } from '../../shared/resources.js'
import { isStepUp } from '../../shared/step-up.js'
import { toUrl } from '../../shared/url.js'
import type { AccessToken } from '../../sources/source.js'
import { claimsChallengeOf } from '../claims-challenge.js'
import { type Call, isRequest } from './call.js'
import { isStream, replayCopy } from './request-copy.js'

export interface FetchContext {
  /** The `fetch` that requests go out with. */
  readonly fetch: typeof fetch
  readonly resources: readonly Resource[]
  /** The token that is at hand, where nothing has to be waited for. */
  freshToken?(scopes: readonly string[] | undefined): AccessToken | undefined
  getToken(
    scopes: readonly string[] | undefined,
    options: { abortSignal: AbortSignal | undefined; rejectedToken?: string; claims?: string | undefined },
  ): Promise<AccessToken>
  emit(event: AuthEvent): void
}

const bearers = new WeakMap<AccessToken, string>()

type TokenOptions = Parameters<FetchContext['getToken']>[1]

/**
 * Sends a call to its protected resource, with the token of the account that it was made under, and of no other.
 *
 * After a 401 of that resource the token is renewed, unless somebody else did that already, and the call is made once
 * more. If that asks for a step up which takes the user, it rejects with the claims for `signIn()`.
 *
 * @param account - the key of the account that was signed in when the call was made
 * @throws {AuthError} `account_mismatch` if somebody else is signed in meanwhile
 */
export async function fetchWithToken(context: FetchContext, call: Call, account: string): Promise<Response> {
  const abortSignal = call.signal ?? undefined
  const first = tokenAtHand(context, call, account) ?? (await tokenForCall(context, call, account, { abortSignal }))
  const again = isStream(call.body) ? undefined : replayCopy(call.input)
  const response = await send(context, first, call)
  if (response.status !== 401 || again === undefined || !isAnswerOf(context, call, response)) return response

  const claims = claimsChallengeOf(response.headers)
  const rejected = { abortSignal, rejectedToken: first.token, claims }
  const second = await tokenForCall(context, call, account, rejected).catch((error) => unrenewed(error, claims))
  if (abortSignal?.aborted) throw abortSignal.reason
  if (!second || ('token' in second && second.token === first.token)) return response
  await response.body?.cancel().catch(() => {}) // a wrapper of `fetch` may be reading it
  if (!('token' in second)) throw second
  context.emit({ type: 'replay', origin: call.resource.origin, challenged: claims !== undefined })
  return send(context, second, { ...call, input: again, headers: new Headers(call.headers) })
}

/** Without an `await`: most calls find their token here, and each one costs them time. */
function tokenAtHand(context: FetchContext, { resource, signal }: Call, account: string): AccessToken | undefined {
  const token = signal?.aborted ? undefined : context.freshToken?.(resource.scopes)
  return token?.account.key === account ? token : undefined
}

async function tokenForCall(
  context: FetchContext,
  { resource }: Call,
  account: string,
  how: TokenOptions,
): Promise<AccessToken> {
  const token = await context.getToken(resource.scopes, how)
  if (token.account.key !== account) throw new AuthError('account_mismatch', { phase: 'fetch' })
  return token
}

function send(context: FetchContext, token: AccessToken, { input, init, headers }: Call) {
  headers.set('authorization', bearerOf(token))
  return context.fetch(input, { ...(isRequest(input) ? referrerOf(input) : init), headers })
}

/** Made once for each token: a browser reads a text that is new to it letter by letter. */
function bearerOf(token: AccessToken): string {
  const known = bearers.get(token)
  if (known) return known
  const value = `Bearer ${token.token}`
  bearers.set(token, value)
  return value
}

/** It is not taken over from a `Request` that is sent with anything else (Fetch, `new Request()`). */
function referrerOf({ referrer, referrerPolicy }: Request): RequestInit {
  return { referrer, referrerPolicy }
}

/** A redirect or a service worker may have led elsewhere: who refuses there has not been asked with our token. */
export function isAnswerOf(
  { resources }: Pick<FetchContext, 'resources'>,
  { resource }: Call,
  { url }: Response,
): boolean {
  const answered = toUrl(url)
  return !url || (!!answered && findResource(resources, answered) === resource)
}

/**
 * Without another token the first answer stands: the caller sees the 401 itself. Where a step up is refused, the error is the
 * answer: it has the claims that `signIn()` takes.
 */
function unrenewed(error: unknown, claims: string | undefined): AuthError | undefined {
  if (!(error instanceof AuthError) || error.code === 'account_mismatch') throw error
  return !error.retryable && isStepUp(claims) && error.claims === claims ? error : undefined
}
