// Holds the state and calls its listeners. What follows what is in state.ts and changes.ts.

import type { AuthEvent } from '../events.js'
import type { Host } from '../page/host.js'
import { notify, subscribe } from '../shared/listeners.js'
import type { AuthState, AuthStatus } from './state.js'

export interface StateStore {
  readonly current: AuthState
  /** The first state after `starting`. */
  readonly ready: Promise<AuthState>
  /** Calls `listener` on every change. Returns an unsubscribe function. */
  subscribe(listener: (state: AuthState) => void): () => void
  /** Replaces the status. `prepare` runs when the new one stands, before any listener. */
  become(next: AuthStatus, prepare?: () => void): void
  /** Adds what became known of the host. */
  describe(host: Partial<Host>): void
}

export function createStateStore(host: Host, emit: (event: AuthEvent) => void): StateStore {
  const listeners = new Set<(state: AuthState) => void>()
  let current: AuthState = Object.freeze({ host, status: 'starting' })
  let settle: (state: AuthState) => void = () => {}
  const ready = new Promise<AuthState>((resolve) => {
    settle = resolve
  })

  /** States that listeners have yet to be called with. One that a listener makes waits for its turn. */
  const pending: AuthState[] = []

  function replace(next: AuthState, prepare?: () => void): void {
    current = Object.freeze(next)
    const isFirst = pending.push(next) === 1
    try {
      prepare?.()
      if (isFirst) for (const each of pending) announce(each)
    } finally {
      if (isFirst) pending.length = 0
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
