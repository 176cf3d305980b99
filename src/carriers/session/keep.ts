// The life of a session: begun for whoever signs in, renewed before it ends, ended by a sign-out.

import { type AuthState, errorOfState } from '../../account/state.js'
import type { Auth } from '../../auth.js'
import { AuthError, isAuthError } from '../../shared/errors.js'
import type { Internals } from '../internals.js'
import { createEnding } from './ending.js'
import { checkAccount, type ExchangeContext, exchange } from './exchange.js'
import { createPacer, type Pacer } from './pacer.js'
import { isUnauthorized, type ServerSession, type SessionRequests } from './requests.js'

/** A session as the server last told of it. */
export interface SessionInfo {
  /** Who the server takes the page for: `Account.key`, with `twodoor/server`. */
  readonly key: string
  /** When it ends unless it is renewed, in milliseconds since the epoch, by the clock of the page. */
  readonly expiresAt: number
}

export interface KeptSession {
  /**
   * The session of whoever is signed in now: read it anew after another sign-in. Settles once the server has answered
   * and the cookie came back. Nobody has to look at it.
   *
   * @throws {AuthError} see `keepSession`
   */
  readonly ready: Promise<SessionInfo>
  /** Begins the session anew, for example when the server says that it has ended. Concurrent calls join. */
  renew(): Promise<SessionInfo>
  /**
   * Ends timers, listeners and what is pending, which rejects with `disposed`. The cookie stays until it expires, but a
   * `DELETE` that is under way goes through.
   */
  stop(): void
}

export interface KeepContext extends Omit<ExchangeContext, 'begin'> {
  readonly requests: SessionRequests
  /** What tells who is signed in. A provider that is no `Auth` does not. */
  readonly auth: Pick<Auth, 'state' | 'subscribe'> | undefined
  readonly link: Internals | undefined
  now(): number
  /** Hears what `ready` settles with. */
  concluded?(result: SessionInfo | AuthError): void
}

/** The session of one account, from its sign-in to its end. */
interface Round {
  readonly account: string | undefined
  readonly pacer: Pacer
  session?: SessionInfo
  /** Why the last attempt failed. */
  error?: AuthError | undefined
  flight?: Promise<SessionInfo> | undefined
  checkedAt: number
  renewAt: number
}

type SignedOutReason = Extract<AuthState, { status: 'signed-out' }>['reason']

/** Renewal begins this long before the end, when the token has been renewed, or at this share if that is less. */
const LEAD_MS = 4 * 60_000
const LEAD_SHARE = 0.2
/** Never more often than this, whatever the server says. */
const MIN_PAUSE_MS = 10_000

export function keep(context: KeepContext): KeptSession {
  const { auth, link, requests, now } = context
  let ready = createOutcome()
  let round: Round | undefined
  const ending = createEnding(requests, now, (error) => isAuthError(error) && warn(error))
  let stopped = false

  const undos = [auth?.subscribe(follow), link?.onToken(onToken), link?.onWake(onWake)]
  if (auth) follow()
  else begin(undefined)

  // Who is signed in.

  function follow(): void {
    if (stopped || !auth) return
    const { state } = auth
    if (state.status === 'starting') return
    if (state.status === 'signed-in') begin(state.account.key)
    else if (state.status === 'failed' && state.error.code === 'disposed') stop()
    else signedOut(state)
  }

  function signedOut(state: AuthState): void {
    leave(errorOfState(state))
    if (state.status === 'signed-out' && isOver(state.reason, ending.heldBy)) ending.end({ repeat: true })
  }

  function begin(account: string | undefined): void {
    if (round && round.account === account) return
    if (round) leave(new AuthError('account_mismatch', { phase: 'session' }))
    ending.cancel()
    if (ending.heldBy !== undefined && ending.heldBy !== account) ending.end({ repeat: false })
    if (ready.isSettled()) ready = createOutcome()
    round = { account, pacer: createPacer(now), checkedAt: 0, renewAt: 0 }
    refresh(round)
  }

  function leave(error: AuthError): void {
    round?.pacer.end(error)
    round = undefined
    conclude(error)
  }

  function stop(): void {
    if (stopped) return
    stopped = true
    for (const undo of undos) undo?.()
    ending.stop()
    leave(new AuthError('disposed', { phase: 'session' }))
  }

  // What makes a session new.

  function onToken(): void {
    follow()
    if (round && !isAuthError(round.error, 'account_mismatch', 'session_refused')) refresh(round)
  }

  function onWake(): void {
    ending.hurry()
    if (!round) return
    const { error, checkedAt, flight } = round
    if (flight !== undefined) round.pacer.hurry()
    else if (error ? error.retryable : now() - checkedAt >= MIN_PAUSE_MS) refresh(round, false)
  }

  function refresh(of: Round, anew = true): void {
    fly(of, anew).catch(() => {}) // ready and the log tell
  }

  function fly(of: Round, anew: boolean): Promise<SessionInfo> {
    of.flight ??= of.pacer
      .retry(() => attempt(of, anew))
      .then(
        (answer) => succeed(of, answer),
        (error: unknown) => fail(of, error),
      )
    return of.flight
  }

  /** A page that has had its session looks first: it never replaces that of another account in another tab. */
  async function attempt({ account, session, pacer, renewAt }: Round, anew: boolean): Promise<ServerSession> {
    await ending.over()
    pacer.signal.throwIfAborted()
    const expected = account ?? session?.key
    const { begin } = ending
    const begun = () =>
      exchange({ ...context, begin: (...request) => begin(account, ...request) }, expected, pacer.signal)
    if (!session) return begun()
    const found = await requests.probe(pacer.signal)
    if (isUnauthorized(found)) return begun()
    if (found.key !== session.key) ending.disown()
    checkAccount(found.key, session.key)
    return anew || now() >= renewAt ? begun() : found
  }

  // What came of it.

  function succeed(of: Round, { key, expiresInMs }: ServerSession): SessionInfo {
    of.flight = undefined
    of.pacer.signal.throwIfAborted()
    const pause = Math.max(MIN_PAUSE_MS, expiresInMs - Math.min(LEAD_MS, expiresInMs * LEAD_SHARE))
    of.session = Object.freeze({ key, expiresAt: now() + expiresInMs })
    of.error = undefined
    of.checkedAt = now()
    of.renewAt = now() + pause
    of.pacer.schedule(pause, () => refresh(of))
    conclude(of.session)
    return of.session
  }

  /** While the session at hand is good, a renewal that failed for now is repeated, less and less far from its end. */
  function fail(of: Round, cause: unknown): never {
    const error = isAuthError(cause) ? cause : new AuthError('unavailable', { phase: 'session', cause })
    of.flight = undefined
    if (of.pacer.signal.aborted) throw error
    of.error = error
    const remaining = (of.session?.expiresAt ?? 0) - now()
    if (error.retryable && remaining > 2 * MIN_PAUSE_MS) of.pacer.schedule(remaining / 2, () => refresh(of))
    else {
      warn(error)
      conclude(error)
    }
    throw error
  }

  function conclude(result: SessionInfo | AuthError): void {
    if (ready.isSettled()) ready = createOutcome()
    ready.settle(result)
    context.concluded?.(result)
  }

  function warn({ message }: AuthError): void {
    link?.emit({ type: 'warning', message })
  }

  return {
    get ready() {
      return ready.promise
    },
    async renew() {
      round?.pacer.hurry()
      return round ? fly(round, true) : ready.promise
    },
    stop,
  }
}

/**
 * Whether the session is to be ended: by the choice of the user, also of an earlier page whose request may have failed,
 * and where the account is gone that this page has begun one for.
 */
function isOver(reason: SignedOutReason, heldBy: string | undefined): boolean {
  return reason === 'by-user' || (reason === 'no-account' && heldBy !== undefined)
}

/** A promise that is settled from outside, and that nobody has to look at. */
function createOutcome() {
  let settled = false
  let settle: (result: SessionInfo | AuthError) => void = () => {}
  const promise = new Promise<SessionInfo>((resolve, reject) => {
    settle = (result) => {
      settled = true
      if ('key' in result) resolve(result)
      else reject(result)
    }
  })
  promise.catch(() => {})
  return { promise, settle, isSettled: () => settled }
}
