// Holds the state and tells who listens. What follows what is in state.ts.

import type { AuthEvent } from '../events.js'
import type { Host } from '../page/host.js'
import { AuthError } from '../shared/errors.js'
import { notify, subscribe } from '../shared/listeners.js'
import type { AuthState, AuthStatus } from './state.js'

export interface StateStore {
  readonly current: AuthState
  /** The first state after `starting`. */
  readonly ready: Promise<AuthState>
  subscribe(listener: (state: AuthState) => void): () => void
  /** Replaces the status. `prepare` runs once the new one stands and before anybody hears of it. */
  become(next: AuthStatus, prepare?: () => void): void
  describe(host: Partial<Host>): void
}

export function createStateStore(host: Host, emit: (event: AuthEvent) => void): StateStore {
  const listeners = new Set<(state: AuthState) => void>()
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
      if (isFirst) for (const each of unheard) announce(each)
    } finally {
      if (isFirst) unheard.length = 0
    }
  }

  function announce(state: AuthState): void {
    if (state.status !== 'starting') settle(state)
    emit({ type: 'state', state })
    notify(listeners, state)
  }

  return {
    get current() {
      return current
    },
    ready,
    subscribe: (listener) => subscribe(listeners, listener),
    become: (next, prepare) => replace({ ...next, host: current.host }, prepare),
    describe: (known) => replace({ ...current, host: Object.freeze({ ...current.host, ...known }) }),
  }
}

/** What a call is told that needs somebody signed in. */
export function errorOfState(state: AuthState): AuthError {
  if (state.status === 'failed') return state.error
  const { reason, error } = state as Extract<AuthState, { status: 'signed-out' }>
  const code = reason === 'consent' ? 'consent_required' : 'sign_in_required'
  return new AuthError(code, { phase: 'source', cause: error, claims: error?.claims })
}
