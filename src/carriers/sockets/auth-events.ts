// Listens to the Auth of a socket: to sign-outs, new tokens and wake-ups.

import type { Account } from '../../shared/claims.js'
import type { AuthError } from '../../shared/errors.js'
import type { AccessToken } from '../../sources/source.js'
import type { Internals } from '../internals.js'
import { closeForGood } from './decisions.js'
import type { LazyLifetime } from './lazy-lifetime.js'
import type { Lifecycle } from './lifecycle.js'
import type { Ownership } from './ownership.js'
import type { RetryBudget } from './retry-budget.js'
import { socketError } from './socket-error.js'
import { toSocketToken } from './socket-token.js'

export interface SocketParts {
  readonly ownership: Ownership
  readonly budget: RetryBudget
  readonly lifecycle: Lifecycle
  readonly lifetime: LazyLifetime | undefined
}

/** Returns the unsubscribe functions. */
export function listenToAuth(
  { disposed, onToken, onWake, onAccount }: Internals,
  { ownership, budget, lifecycle, lifetime }: SocketParts,
): (() => void)[] {
  function followToken(token: AccessToken): void {
    if (!ownership.claim(token.account.key)) {
      lifecycle.follow(closeForGood())
      return
    }
    ownership.catchUp()
    if (lifecycle.status === 'paused') {
      lifecycle.emit('resumed')
      lifecycle.follow({ status: 'connecting' })
    } else if (lifecycle.status === 'connected') lifetime?.offer(toSocketToken(token))
  }

  function wake(): void {
    if (lifecycle.status === 'waiting') lifecycle.follow({ status: 'connecting' })
    lifetime?.wake()
  }

  function followAccount(account: Account | undefined): void {
    if (account) return
    ownership.onSignOut()
    pause(socketError('sign_in_required'))
  }

  /** From now on nothing would say that the user has signed out. */
  const onDisposed = () => pause(disposed.reason)

  /** The answer to a CONNECT that is taken back may be on its way here: connect() must not take it for its own. */
  function pause(error: AuthError): void {
    budget.countFailure()
    lifecycle.follow({ status: 'paused', error })
  }

  disposed.addEventListener('abort', onDisposed)
  const stopDisposed = () => disposed.removeEventListener('abort', onDisposed)
  return [onToken(followToken), onWake(wake), onAccount(followAccount), stopDisposed]
}
