// A session follows the sign-in: begun for the account that is signed in, ended by a sign-out.

import { type AuthState, errorOfState } from '../../account/state.js'
import type { Auth } from '../../auth.js'
import { AuthError, isAuthError } from '../../shared/errors.js'
import type { Internals } from '../internals.js'
import {
  type AccountSession,
  type AccountSessionContext,
  openAccountSession,
  type SessionInfo,
} from './account-session.js'
import { createHeldSession } from './server-session.js'

export interface KeptSession {
  /**
   * The session of the account that is signed in now: read it anew after another sign-in. Settles once the server has
   * answered and the cookie came back. A rejection that nobody handles is not reported.
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

export interface KeepContext extends Omit<AccountSessionContext, 'held' | 'onResult'> {
  /** What tells who is signed in. A provider that is no `Auth` does not. */
  readonly auth: Pick<Auth, 'state' | 'subscribe'> | undefined
  readonly internals: Internals | undefined
  /** Called with each result that `ready` settles with. */
  onResult?(result: SessionInfo | AuthError): void
}

type SignedOutReason = Extract<AuthState, { status: 'signed-out' }>['reason']

export function keep(context: KeepContext): KeptSession {
  const { auth, internals, requests, now } = context
  const held = createHeldSession(requests, now, (error) => isAuthError(error) && warn(error))
  let ready = createOutcome()
  let current: AccountSession | undefined
  let stopped = false

  const undos = [auth?.subscribe(follow), internals?.onToken(onToken), internals?.onWake(onWake)]
  if (auth) follow()
  else begin(undefined)

  function follow(): void {
    if (stopped || !auth) return
    const { state } = auth
    if (state.status === 'starting') return
    if (state.status === 'signed-in') begin(state.account.key)
    else if (state.status === 'failed' && state.error.code === 'disposed') stop()
    else onSignedOut(state)
  }

  function onSignedOut(state: AuthState): void {
    endCurrent(errorOfState(state))
    if (state.status === 'signed-out' && mustEndSession(state.reason, held.account)) held.end({ repeat: true })
  }

  function begin(account: string | undefined): void {
    if (current && current.account === account) return
    if (current) endCurrent(new AuthError('account_mismatch', { phase: 'session' }))
    held.cancel()
    if (held.account !== undefined && held.account !== account) held.end({ repeat: false })
    if (ready.isSettled()) ready = createOutcome()
    current = openAccountSession(account, { ...context, held, onResult })
  }

  function endCurrent(error: AuthError): void {
    current?.end(error)
    current = undefined
    settle(error)
  }

  function stop(): void {
    if (stopped) return
    stopped = true
    for (const undo of undos) undo?.()
    held.stop()
    endCurrent(new AuthError('disposed', { phase: 'session' }))
  }

  function onToken(): void {
    follow()
    current?.onToken()
  }

  function onWake(): void {
    held.skipPause()
    current?.onWake()
  }

  function onResult(result: SessionInfo | AuthError): void {
    if (isAuthError(result)) warn(result)
    settle(result)
  }

  function settle(result: SessionInfo | AuthError): void {
    if (ready.isSettled()) ready = createOutcome()
    ready.settle(result)
    context.onResult?.(result)
  }

  function warn({ message }: AuthError): void {
    internals?.emit({ type: 'warning', message })
  }

  return {
    get ready() {
      return ready.promise
    },
    renew: async () => current?.renew() ?? ready.promise,
    stop,
  }
}

/**
 * Whether a sign-out ends the session: one by the user, also on an earlier page whose request may have failed, and one
 * where the account is gone that this page has begun a session for.
 */
function mustEndSession(reason: SignedOutReason, holder: string | undefined): boolean {
  return reason === 'by-user' || (reason === 'no-account' && holder !== undefined)
}

/** A promise that is settled from outside. */
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
