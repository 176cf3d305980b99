import { abortable, withDeadline } from '../../shared/deadline.js'
import { AuthError, isAuthError } from '../../shared/errors.js'
import type { TokenProvider } from '../internals.js'
import { type BegunSession, isUnauthorized, type ServerSession, type SessionRequests } from './requests.js'

export interface ExchangeContext {
  readonly provider: TokenProvider
  readonly requests: Pick<SessionRequests, 'probe'>
  readonly begin: SessionRequests['begin']
  /** What a cookie needs here to stick, for the error that says that it did not. */
  readonly cookieAttributes: string
}

interface SessionToken {
  readonly token: string
  /** A provider that is no `Auth` does not tell it. */
  readonly account: string | undefined
}

/** No source takes longer without interaction, but a provider of somebody else's could. */
const TOKEN_DEADLINE_MS = 15_000
const COOKIE_TRIES = 2

/** What goes into a header: RFC 6750's `b64token` and nothing that an error of `fetch` would have to quote. */
const bearerTokenPattern = /^[\w.~+/-]+=*$/

/**
 * Turns a token into a session cookie, and looks whether it came back.
 *
 * @param expected - the account that it must be of, if that is known
 */
export async function exchangeToken(
  context: ExchangeContext,
  expected: string | undefined,
  signal: AbortSignal,
): Promise<ServerSession> {
  for (let tries = 0; tries < COOKIE_TRIES; tries += 1) {
    const begun = await begin(context, expected, signal)
    const probed = await context.requests.probe(signal)
    if (isUnauthorized(probed)) continue
    checkAccount(probed.key, begun.key)
    return probed
  }
  const message = `The session cookie did not come back: here it needs \`${context.cookieAttributes}\`.`
  const remedy = 'Have the server set these attributes, and the browser accept the cookie.'
  throw new AuthError('session_refused', { phase: 'session', message, remedy })
}

/** @throws {AuthError} `account_mismatch`, unless both are the same or one is not known */
export function checkAccount(key: string | undefined, expected: string | undefined): void {
  if (key === expected || key === undefined || expected === undefined) return
  const message = 'The session is of another account than the page.'
  throw new AuthError('account_mismatch', { phase: 'session', message })
}

/** Begins the session. A token that the server refuses is replaced once, and none goes out that is of another account. */
async function begin(
  context: ExchangeContext,
  expected: string | undefined,
  signal: AbortSignal,
): Promise<BegunSession> {
  const first = await askSessionToken(context, expected, signal, {})
  let token = first
  let answer = await context.begin(token.token, signal)
  if (isUnauthorized(answer)) {
    const { claims } = answer
    const rejected = { rejectedToken: first.token, ...(claims && { claims }) }
    token = await askSessionToken(context, expected ?? first.account, signal, rejected)
    if (token.token !== first.token) answer = await context.begin(token.token, signal)
  }
  if (isUnauthorized(answer)) throw new AuthError('token_rejected', { phase: 'session', claims: answer.claims })
  checkAccount(answer.key, token.account ?? expected)
  return answer
}

async function askSessionToken(
  { provider }: ExchangeContext,
  expected: string | undefined,
  abortSignal: AbortSignal,
  options: { rejectedToken?: string; claims?: string },
): Promise<SessionToken> {
  const tooLate = () => {
    throw new AuthError('timed_out', { phase: 'session', message: 'getToken() did not answer.' })
  }
  const asked = Promise.resolve(provider.getToken(undefined, { abortSignal, ...options }))
  const answer = await withDeadline(abortable(asked, abortSignal), TOKEN_DEADLINE_MS, tooLate).catch(
    (cause: unknown) => {
      throw isAuthError(cause) ? cause : new AuthError('unavailable', { phase: 'session', cause })
    },
  )
  const { token, account } = Object(answer) as { token?: unknown; account?: { key?: unknown } }
  if (typeof token !== 'string' || !bearerTokenPattern.test(token)) {
    throw new AuthError('unavailable', { phase: 'session', message: 'getToken() gave no token.' })
  }
  const key = typeof account?.key === 'string' ? account.key : undefined
  checkAccount(key, expected)
  return { token, account: key }
}
