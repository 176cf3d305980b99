import type { Host } from '../page/host.js'
import type { Account } from '../shared/claims.js'
import { AuthError } from '../shared/errors.js'

/** Where the sign-in stands. An immutable snapshot, replaced at every change. */
export type AuthState = { readonly host: Host } & AuthStatus

export type AuthStatus =
  | { readonly status: 'starting' }
  | { readonly status: 'signed-in'; readonly account: Account }
  | {
      readonly status: 'signed-out'
      /** Nobody was signed in; the sign-in has ended; consent is missing; the user signed out here. */
      readonly reason: 'no-account' | 'expired' | 'consent' | 'by-user'
      readonly account?: Account
      readonly error?: AuthError
    }
  | { readonly status: 'failed'; readonly error: AuthError }

/** What can happen to the sign-in. */
export type StateChange =
  /** A token came; `asked` if the user signed in just now. */
  | { readonly type: 'token'; readonly account: Account; readonly asked: boolean }
  /** No token for `AuthOptions.scopes`; `no-account` if no account is known at all; `guessed` if the reason may be wrong. */
  | { readonly type: 'refused'; readonly error: AuthError; readonly noAccount: boolean; readonly guessed: boolean }
  /** The user has signed out here; `error` says why a sign-in since did not come to anything. */
  | { readonly type: 'signed-out'; readonly error?: AuthError | undefined }
  /** The account is no longer there; `flagged` if the user signed out in another tab. */
  | { readonly type: 'gone'; readonly flagged: boolean }
  | { readonly type: 'disposed' }

/** The state table: the status after `change`, or `current` itself where nothing changes. */
export function nextStatus(current: AuthStatus, change: StateChange): AuthStatus {
  if (isDisposed(current)) return current
  if (change.type === 'disposed') return { status: 'failed', error: new AuthError('disposed', { phase: 'source' }) }
  if (isChosen(current) && !(change.type === 'token' && change.asked)) return current
  if (change.type === 'signed-out') return afterSignOut(change.error)
  if (change.type === 'token') return afterToken(current, change.account)
  if (change.type === 'gone') return afterGone(current, change.flagged)
  return afterRefusal(current, change)
}

/** Whether tokens from before the change are of no use after it. */
export function isLeft(next: AuthStatus, previous: AuthStatus): boolean {
  if (next === previous) return false
  if (next.status !== 'signed-in') return true
  return previous.status === 'signed-in' && previous.account.key !== next.account.key
}

/** The account is still known: its next tokens are expected. */
export function keepsAccount(status: AuthStatus): boolean {
  return status.status === 'failed' || 'account' in status
}

function afterToken(current: AuthStatus, account: Account): AuthStatus {
  if (current.status === 'signed-in' && current.account.key === account.key) return current
  return { status: 'signed-in', account }
}

function afterSignOut(error: AuthError | undefined): AuthStatus {
  return { status: 'signed-out', reason: 'by-user', ...(error && { error }) }
}

/** Also after a sign-in that has expired: its account and its session are still there. */
function afterGone(current: AuthStatus, flagged: boolean): AuthStatus {
  if (!('account' in current)) return current
  return { status: 'signed-out', reason: flagged ? 'by-user' : 'no-account' }
}

type Refused = Extract<StateChange, { type: 'refused' }>

function afterRefusal(current: AuthStatus, { error, noAccount, guessed }: Refused): AuthStatus {
  const account = 'account' in current ? current.account : undefined
  if (isTransient(error)) return current.status === 'starting' ? { status: 'failed', error } : current
  // A frame keeps people from signing in; it does not sign anybody out. Nor does what we only suppose.
  if (account && (guessed || error.code === 'framed')) return current
  if (!needsInteraction(error)) return { status: 'failed', error }
  if (noAccount) return { status: 'signed-out', reason: 'no-account', error }
  const reason = error.code === 'consent_required' ? 'consent' : account ? 'expired' : 'no-account'
  return { status: 'signed-out', reason, error, ...(account && { account }) }
}

/** Waiting or trying again can mend it, so it changes nothing about who is signed in. */
function isTransient(error: AuthError): boolean {
  return error.retryable && error.code !== 'cancelled'
}

function needsInteraction(error: AuthError): boolean {
  return ['sign_in_required', 'consent_required', 'cancelled', 'denied'].includes(error.code)
}

/** After `signOut()` only the user's own `signIn()` counts. */
function isChosen(status: AuthStatus): boolean {
  return status.status === 'signed-out' && status.reason === 'by-user'
}

function isDisposed(status: AuthStatus): boolean {
  return status.status === 'failed' && status.error.code === 'disposed'
}
