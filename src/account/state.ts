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

/**
 * The user signs out, or had signed out before. `error` says why a sign-in since then came to nothing: it lasts until the
 * next sign-out.
 */
export function afterSignOut(current: AuthStatus, error?: AuthError): AuthStatus {
  if (isSignedOutByUser(current) && (error || !('error' in current))) return current
  return { status: 'signed-out', reason: 'by-user', ...(error && { error }) }
}

/** The engine could not be loaded: only a start fails with that. */
export function afterLoadFailure(current: AuthStatus, error: AuthError): AuthStatus {
  return current.status === 'starting' ? { status: 'failed', error } : current
}

/** After `signOut()` only the user's own `signIn()` counts. */
export function isSignedOutByUser(status: AuthStatus): boolean {
  return status.status === 'signed-out' && status.reason === 'by-user'
}

/** Whether nobody is signed in, and waiting brings nobody back. After `dispose()` nothing is known. */
export function isNobody(state: AuthStatus): boolean {
  if (state.status !== 'failed') return state.status === 'signed-out'
  return !state.error.retryable && state.error.code !== 'disposed'
}

/** What a call rejects with that needs somebody signed in. */
export function errorOfState(state: AuthStatus): AuthError {
  if (state.status === 'failed') return state.error
  const { reason, error } = state as Extract<AuthStatus, { status: 'signed-out' }>
  const code = reason === 'consent' ? 'consent_required' : 'sign_in_required'
  return new AuthError(code, { phase: 'source', cause: error, claims: error?.claims })
}
