// Who is signed in. The only writer of the state: every change goes through the table of state.ts and changes.ts. This
// part is in the first download, so that signOut() and dispose() work at once; the engine extends it once it is loaded.

import type { AuthEvent } from '../events.js'
import type { Host } from '../page/host.js'
import type { SignedOutFlag } from '../page/signed-out-flag.js'
import { AuthError } from '../shared/errors.js'
import { type AuthState, type AuthStatus, afterLoadFailure, afterSignOut } from './state.js'
import { createStateStore, type StateStore } from './store.js'

export interface AccountContext {
  readonly host: Host
  readonly signedOutFlag: SignedOutFlag
  /** Removes all that keeps the account signed in, wherever it is kept. */
  forget(): void
  emit(event: AuthEvent): void
}

/** Runs once a status stands, before any listener of the state. Also where `next` is `previous`. */
export type ChangeListener = (next: AuthStatus, previous: AuthStatus) => void

export interface AccountOwner extends Pick<StateStore, 'ready' | 'subscribe' | 'describe'> {
  readonly state: AuthState
  /** Aborts at `dispose()`, with the error that everything pending rejects with. */
  readonly disposed: AbortSignal
  /** Signs out, and remembers it. @throws {AuthError} `disposed` */
  signOut(): void
  /** The user signed out before. `error` says why a sign-in since then came to nothing. */
  staySignedOut(error?: AuthError): void
  /** The engine could not be loaded. */
  fail(error: AuthError): void
  dispose(): void
  /**
   * Adds the rest of the table, and what follows a change. Returns what makes the changes that the engine finds out;
   * its second argument runs after `onChange`, and before any listener of the state.
   */
  extend<C>(
    nextStatus: (current: AuthStatus, change: C) => AuthStatus,
    onChange: ChangeListener,
  ): (change: C, finish?: () => void) => void
}

export function createAccountOwner({ host, signedOutFlag, forget, emit }: AccountContext): AccountOwner {
  const store = createStateStore(host, emit)
  const disposal = new AbortController()
  const { signal: disposed } = disposal
  let onChange: ChangeListener | undefined

  function become(next: AuthStatus, finish?: () => void): void {
    const previous = store.current
    const prepare = () => {
      onChange?.(next, previous)
      finish?.()
    }
    if (disposed.aborted) return
    if (next === previous) prepare()
    else store.become(next, prepare)
  }

  return {
    get state() {
      return store.current
    },
    ready: store.ready,
    subscribe: store.subscribe,
    describe: store.describe,
    disposed,
    signOut() {
      disposed.throwIfAborted()
      signedOutFlag.set()
      try {
        forget()
        // Where storage was full, there is room now.
        if (!signedOutFlag.isLasting()) signedOutFlag.set()
      } finally {
        become(afterSignOut(store.current))
      }
    },
    staySignedOut: (error) => become(afterSignOut(store.current, error)),
    fail: (error) => become(afterLoadFailure(store.current, error)),
    dispose() {
      const error = new AuthError('disposed', { phase: 'source' })
      become({ status: 'failed', error }, () => disposal.abort(error))
    },
    extend(nextStatus, listener) {
      onChange = listener
      return (change, finish) => become(nextStatus(store.current, change), finish)
    },
  }
}
