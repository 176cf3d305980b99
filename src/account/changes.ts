// The rows of the state table for what only the engine can find out.

import type { Account } from '../shared/claims.js'
import type { AuthError } from '../shared/errors.js'
import { type AuthStatus, isSignedOutByUser } from './state.js'

/** What the engine can find out. */
export type StateChange =
  /** A token for `AuthOptions.scopes` came. `isAsked`: the user has just signed in. */
  | { readonly type: 'token'; readonly account: Account; readonly isAsked: boolean }
  /**
   * No token for `AuthOptions.scopes`. `noAccount`: no account is known at all. `isGuess`: the reason may be wrong. `isStepUp`:
   * one endpoint has asked for more than the token at hand.
   */
  | {
      readonly type: 'refused'
      readonly error: AuthError
      readonly noAccount: boolean
      readonly isGuess: boolean
      readonly isStepUp: boolean
    }
  /** The account is no longer there. `isByUser`: the user signed out in another tab. */
  | { readonly type: 'account-gone'; readonly isByUser: boolean }

/** The state table: the status after `change`, or `current` itself where nothing changes. */
export function nextStatus(current: AuthStatus, change: StateChange): AuthStatus {
  if (isSignedOutByUser(current) && !(change.type === 'token' && change.isAsked)) return current
  if (change.type === 'token') return afterToken(current, change.account)
  if (change.type === 'account-gone') return afterAccountGone(current, change.isByUser)
  return afterSourceRefusal(current, change)
}

/** Whether tokens from before the change must not be used after it. */
export function endsTokens(next: AuthStatus, previous: AuthStatus): boolean {
  if (next === previous) return false
  if (next.status !== 'signed-in') return true
  return previous.status === 'signed-in' && previous.account.key !== next.account.key
}

/** Whether the account is still known, so that the next tokens are expected to be for it. */
export function keepsAccount(status: AuthStatus): boolean {
  return 'account' in status || (status.status === 'failed' && status.error.code !== 'disposed')
}

function afterToken(current: AuthStatus, account: Account): AuthStatus {
  if (current.status === 'signed-in' && current.account.key === account.key) return current
  return { status: 'signed-in', account }
}

/** Also after a sign-in that has expired: its account and its session are still there. */
function afterAccountGone(current: AuthStatus, isByUser: boolean): AuthStatus {
  if (!('account' in current)) return current
  return { status: 'signed-out', reason: isByUser ? 'by-user' : 'no-account' }
}

type Refused = Extract<StateChange, { type: 'refused' }>

function afterSourceRefusal(current: AuthStatus, { error, noAccount, isGuess, isStepUp }: Refused): AuthStatus {
  const account = 'account' in current ? current.account : undefined
  // The other endpoints still take the token.
  if (isStepUp && current.status === 'signed-in') return current
  if (isTransient(error)) return current.status === 'starting' ? { status: 'failed', error } : current
  // A frame keeps people from signing in; it does not sign anybody out. Nor does a guess.
  if (account && (isGuess || error.code === 'framed')) return current
  if (!needsInteraction(error)) return { status: 'failed', error }
  if (noAccount) return { status: 'signed-out', reason: 'no-account', error }
  const reason = error.code === 'consent_required' ? 'consent' : reasonOfEnd(account)
  return { status: 'signed-out', reason, error, ...(account && { account }) }
}

function reasonOfEnd(account: Account | undefined) {
  return account ? 'expired' : 'no-account'
}

/** Waiting or trying again can mend it, so it changes nothing about who is signed in. */
function isTransient(error: AuthError): boolean {
  return error.retryable && error.code !== 'cancelled'
}

function needsInteraction(error: AuthError): boolean {
  return ['sign_in_required', 'consent_required', 'cancelled', 'denied'].includes(error.code)
}
