// Whose page it is. Carriers hear of it at once: before anybody hears of the state, and within what a listener does.

import type { Account } from '../shared/claims.js'
import { notify } from '../shared/listeners.js'
import type { AuthState, AuthStatus } from './state.js'

export type AccountListeners = ReadonlySet<(account: Account | undefined) => void>

/** Makes what is to be called after each change of the state, before its listeners hear of it. */
export function followAccount(listeners: AccountListeners, current: () => AuthState): () => void {
  let account: Account | undefined

  return () => {
    const before = account
    const now = accountAfter(before, current())
    account = now
    if (now?.key === before?.key) return
    for (const listener of [...listeners]) {
      // One that makes the next change has told everybody of that.
      if (account === now && listeners.has(listener)) notify(new Set([listener]), now)
    }
  }
}

/**
 * Whose page it is: whoever is signed in, or was, until a sign-out or until the account is gone. A sign-in that has
 * expired keeps its account, and so does a failure.
 *
 * @param before - whose it was until `status`
 */
export function accountAfter(before: Account | undefined, status: AuthStatus): Account | undefined {
  if ('account' in status) return status.account
  const isNobody = status.status === 'signed-out' && (status.reason === 'by-user' || status.reason === 'no-account')
  return isNobody ? undefined : before
}
