// Holds the state and tells who listens. What follows what is in state.ts.

import type { Account } from './claims.js'
import { AuthError } from './errors.js'
import type { AuthEvent } from './events.js'
import type { Host } from './host.js'
import { subscribe, tell } from './listeners.js'
import type { AuthState, AuthStatus } from './state.js'

export interface StateStore {
  readonly current: AuthState
  /** The first state after `starting`. */
  readonly ready: Promise<AuthState>
  subscribe(listener: (state: AuthState) => void): () => void
  /** Hears each change of `accountAfter`, at once: before any other listener, and within a change that one of those makes. */
  onAccount(listener: (account: Account | undefined) => void): () => void
  /** Replaces the status. `prepare` runs once the new one stands and before anybody hears of it. */
  become(next: AuthStatus, prepare?: () => void): void
  describe(host: Partial<Host>): void
}

export function createStateStore(host: Host, emit: (event: AuthEvent) => void): StateStore {
  const listeners = new Set<(state: AuthState) => void>()
  const accountListeners = new Set<() => void>()
  let account: Account | undefined
  let current: AuthState = Object.freeze({ host, status: 'starting' })
  let settle: (state: AuthState) => void = () => {}
  const ready = new Promise<AuthState>((resolve) => {
    settle = resolve
  })

  /** Changes to tell of. One that a listener makes waits until everybody has heard of the one before. */
  const unheard: AuthState[] = []

  function replace(next: AuthState, prepare?: () => void): void {
    current = Object.freeze(next)
    const isFirst = unheard.push(next) === 1
    try {
      prepare?.()
      follow(next)
      if (isFirst) for (const each of unheard) announce(each)
    } finally {
      if (isFirst) unheard.length = 0
    }
  }

  function follow(state: AuthState): void {
    const before = account
    account = accountAfter(before, state)
    if (account?.key !== before?.key) tell(accountListeners)
  }

  function announce(state: AuthState): void {
    if (state.status !== 'starting') settle(state)
    emit({ type: 'state', state })
    tell(listeners, state)
  }

  return {
    get current() {
      return current
    },
    ready,
    subscribe: (listener) => subscribe(listeners, listener),
    // One that changes it again has told everybody already.
    onAccount: (listener) => subscribe(accountListeners, () => listener(account)),
    become: (next, prepare) => replace({ ...next, host: current.host }, prepare),
    describe: (known) => replace({ ...current, host: Object.freeze({ ...current.host, ...known }) }),
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
  const isNobody = status.status === 'signed-out' && (status.reason === 'chosen' || status.reason === 'nobody')
  return isNobody ? undefined : before
}

/** What a call is told that needs somebody signed in. */
export function errorOfState(state: AuthState): AuthError {
  if (state.status === 'failed') return state.error
  const { reason, error } = state as Extract<AuthState, { status: 'signed-out' }>
  const code = reason === 'consent' ? 'consent_required' : 'sign_in_required'
  return new AuthError(code, { phase: 'source', cause: error, claims: error?.claims })
}
