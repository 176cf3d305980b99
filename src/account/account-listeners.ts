// Whose page it is. Carriers are called at once: before any listener of the state, and from within what such a listener does.

import type { Account } from '../shared/claims.js'
import { notify } from '../shared/listeners.js'
import { type AuthState, type AuthStatus, isSignedOutByUser } from './state.js'

export type AccountListeners = ReadonlySet<(account: Account | undefined) => void>

/** Returns what must be called after each change of the state, before its listeners. */
export function followAccount(listeners: AccountListeners, current: () => AuthState): () => void {
  let account: Account | undefined

  return () => {
    const before = account
    const now = accountAfter(before, current())
    account = now
    if (now?.key === before?.key) return
    for (const listener of [...listeners]) {
      // If a listener made the next change, all have been called with that one already.
      if (account === now && listeners.has(listener)) notify(new Set([listener]), now)
    }
  }
}

/**
 * Whose page it is: the account that is signed in, or was the last one to be, until a sign-out or until the account is
 * gone. A sign-in that has expired keeps its account, and so does a failure.
 *
 * @param before - whose page it was until `status`
 */
export function accountAfter(before: Account | undefined, status: AuthStatus): Account | undefined {
  if ('account' in status) return status.account
  const isGone = isSignedOutByUser(status) || (status.status === 'signed-out' && status.reason === 'no-account')
  return isGone ? undefined : before
}
