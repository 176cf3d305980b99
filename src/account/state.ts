// The state of the sign-in, and the table of what follows what. The rows for what can happen before the engine is loaded
// are here; changes.ts has the others, and is loaded with the engine.

import type { Host } from '../page/host.js'
import type { Account } from '../shared/claims.js'
import { AuthError } from '../shared/errors.js'

/** Where the sign-in stands. An immutable snapshot, replaced at every change. */
export type AuthState = { readonly host: Host } & AuthStatus

export type AuthStatus =
  /** Who is signed in is not known yet. */
  | { readonly status: 'starting' }
  | { readonly status: 'signed-in'; readonly account: Account }
  | {
      readonly status: 'signed-out'
      /**
       * - `no-account`: nobody was signed in.
       * - `expired`: the sign-in has ended, and `account` is still known.
       * - `consent`: consent to `AuthOptions.scopes` is missing.
       * - `by-user`: the user signed out with `signOut()`, here or in another tab. Only `signIn()` ends this.
       */
      readonly reason: 'no-account' | 'expired' | 'consent' | 'by-user'
      readonly account?: Account
      readonly error?: AuthError
    }
  | { readonly status: 'failed'; readonly error: AuthError }

/** What can happen before the engine is loaded, and afterwards. */
export type EarlyChange =
  /** `signOut()` was called. */
  | { readonly type: 'sign-out' }
  /** The user signed out before, and it sticks. `error` says why a sign-in since then came to nothing. */
  | { readonly type: 'still-signed-out'; readonly error?: AuthError | undefined }
  /** The engine could not be loaded. */
  | { readonly type: 'load-failed'; readonly error: AuthError }
  /** `dispose()` was called. */
  | { readonly type: 'disposed'; readonly error: AuthError }

/** The status after `change`, or `current` itself where nothing changes. */
export function afterEarlyChange(current: AuthStatus, change: EarlyChange): AuthStatus {
  if (isDisposed(current)) return current
  if (change.type === 'disposed') return { status: 'failed', error: change.error }
  if (change.type === 'load-failed')
    return current.status === 'starting' ? { status: 'failed', error: change.error } : current
  const error = change.type === 'still-signed-out' ? change.error : undefined
  if (isSignedOutByUser(current) && (change.type === 'still-signed-out' || !current.error)) return current
  return { status: 'signed-out', reason: 'by-user', ...(error && { error }) }
}

/** After `signOut()` only the user's own `signIn()` counts. */
export function isSignedOutByUser(
  status: AuthStatus,
): status is Extract<AuthStatus, { status: 'signed-out' }> & { readonly reason: 'by-user' } {
  return status.status === 'signed-out' && status.reason === 'by-user'
}

/** Nothing follows on `dispose()`. */
export function isDisposed(status: AuthStatus): boolean {
  return status.status === 'failed' && status.error.code === 'disposed'
}

/** What a call rejects with that needs somebody signed in. */
export function errorOfState(state: AuthStatus): AuthError {
  if (state.status === 'failed') return state.error
  const { reason, error } = state as Extract<AuthStatus, { status: 'signed-out' }>
  const code = reason === 'consent' ? 'consent_required' : 'sign_in_required'
  return new AuthError(code, { phase: 'source', cause: error, claims: error?.claims })
}
