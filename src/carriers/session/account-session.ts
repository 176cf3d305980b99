// The session of one account, from its sign-in to its end: begun, renewed before it runs out, looked at after a sleep.

import { AuthError, isAuthError } from '../../shared/errors.js'
import { checkAccount, type ExchangeContext, exchangeToken } from './exchange.js'
import { isUnauthorized, type ServerSession, type SessionRequests } from './requests.js'
import { createRetryTimer } from './retry-timer.js'
import type { HeldSession } from './server-session.js'

/** A session, by the last answer of the server. */
export interface SessionInfo {
  /** Who the server takes the page for: `Account.key`, with `twodoor/server`. */
  readonly key: string
  /** When it ends unless it is renewed, in milliseconds since the epoch, by the clock of the page. */
  readonly expiresAt: number
}

export interface AccountSession {
  /** `undefined`: the provider does not tell. */
  readonly account: string | undefined
  /** Begins the session, or renews it, without a pause. Concurrent calls join. */
  renew(): Promise<SessionInfo>
  /** Renews it with a new token, unless a token can mend nothing. */
  onToken(): void
  /** Looks whether it is still there. */
  onWake(): void
  /** Ends the timer and what is pending, which rejects with `reason`. */
  end(reason: AuthError): void
}

export interface AccountSessionContext extends Omit<ExchangeContext, 'begin'> {
  readonly requests: SessionRequests
  readonly held: HeldSession
  now(): number
  /** Called with each session, and with a failure that is not going to be repeated by itself. */
  onResult(result: SessionInfo | AuthError): void
}

/** Renewal begins this long before the end, when the token has been renewed, or at this share if that is less. */
const RENEWAL_LEAD_MS = 4 * 60_000
const RENEWAL_LEAD_SHARE = 0.2
/** Never more often than this, whatever the server says. */
const MIN_RENEWAL_PAUSE_MS = 10_000

export function openAccountSession(account: string | undefined, context: AccountSessionContext): AccountSession {
  const { requests, held, now, onResult } = context
  const timer = createRetryTimer(now)
  let session: SessionInfo | undefined
  /** Why the last attempt failed. */
  let error: AuthError | undefined
  let flight: Promise<SessionInfo> | undefined
  let checkedAt = 0
  let renewAt = 0

  function refreshInBackground(anew: boolean): void {
    refresh(anew).catch(() => {}) // `onResult` tells
  }

  function refresh(anew: boolean): Promise<SessionInfo> {
    flight ??= timer.retry(() => attempt(anew)).then(succeed, fail)
    return flight
  }

  /** A page that has had its session looks first: it never replaces that of another account in another tab. */
  async function attempt(anew: boolean): Promise<ServerSession> {
    await held.ended()
    timer.signal.throwIfAborted()
    if (!session) return begin()
    const found = await requests.probe(timer.signal)
    if (isUnauthorized(found)) return begin()
    if (found.key !== session.key) held.disown()
    checkAccount(found.key, session.key)
    return anew || now() >= renewAt ? begin() : found
  }

  function begin(): Promise<ServerSession> {
    const exchangeContext = { ...context, begin: held.begin.bind(undefined, account) }
    return exchangeToken(exchangeContext, account ?? session?.key, timer.signal)
  }

  function succeed({ key, expiresInMs }: ServerSession): SessionInfo {
    flight = undefined
    timer.signal.throwIfAborted()
    const pauseMs = renewalPauseMs(expiresInMs)
    session = Object.freeze({ key, expiresAt: now() + expiresInMs })
    error = undefined
    checkedAt = now()
    renewAt = now() + pauseMs
    timer.schedule(pauseMs, () => refreshInBackground(true))
    onResult(session)
    return session
  }

  function fail(cause: unknown): never {
    flight = undefined
    const failure = isAuthError(cause) ? cause : new AuthError('unavailable', { phase: 'session', cause })
    if (timer.signal.aborted) throw failure
    error = failure
    const pauseMs = repeatPauseMs(failure, (session?.expiresAt ?? 0) - now())
    if (pauseMs === undefined) onResult(failure)
    else timer.schedule(pauseMs, () => refreshInBackground(true))
    throw failure
  }

  refreshInBackground(true)

  return {
    account,
    renew() {
      timer.skipPause()
      return refresh(true)
    },
    onToken() {
      if (!isAuthError(error, 'account_mismatch', 'session_refused')) refreshInBackground(true)
    },
    onWake() {
      if (flight !== undefined) timer.skipPause()
      else if (error ? error.retryable : now() - checkedAt >= MIN_RENEWAL_PAUSE_MS) refreshInBackground(false)
    },
    end: timer.end,
  }
}

/** How long to wait before the renewal of a session that ends in `expiresInMs`. */
export function renewalPauseMs(expiresInMs: number): number {
  return Math.max(MIN_RENEWAL_PAUSE_MS, expiresInMs - Math.min(RENEWAL_LEAD_MS, expiresInMs * RENEWAL_LEAD_SHARE))
}

/**
 * How long to wait before a failed renewal is repeated: half of what is left of the session. `undefined`: not at all,
 * because the failure is final or the session is about to end.
 */
export function repeatPauseMs({ retryable }: AuthError, remainingMs: number): number | undefined {
  return retryable && remainingMs > 2 * MIN_RENEWAL_PAUSE_MS ? remainingMs / 2 : undefined
}
