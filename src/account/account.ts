// Who is signed in. The only writer of the state: every change goes through the table of state.ts and changes.ts. This
// part is in the first download, so that signOut() and dispose() work at once; the engine extends it once it is loaded.

import type { AuthEvent } from '../events.js'
import type { Host } from '../page/host.js'
import { AuthError } from '../shared/errors.js'
import type { StateChange } from './changes.js'
import type { SignedOutFlag } from './signed-out-flag.js'
import { type AuthState, type AuthStatus, afterEarlyChange, type EarlyChange } from './state.js'
import { createStateStore, type StateStore } from './store.js'

export interface AccountContext {
  readonly host: Host
  readonly signedOutFlag: SignedOutFlag
  /** Removes from storage what keeps the account signed in. */
  removeStored(): void
  emit(event: AuthEvent): void
}

/** What the engine adds once it is loaded. */
export interface AccountExtension {
  /** The whole table. */
  nextStatus(current: AuthStatus, change: StateChange): AuthStatus
  /** Runs when the new status stands, before any listener of the state. Also where `next` is `previous`. */
  onChange(change: StateChange, next: AuthStatus, previous: AuthStatus): void
}

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
  /** Extends the table. Returns what makes the changes that the engine finds out. */
  extend(extension: AccountExtension): (change: StateChange) => void
}

export function createAccountOwner({ host, signedOutFlag, removeStored, emit }: AccountContext): AccountOwner {
  const store = createStateStore(host, emit)
  const disposal = new AbortController()
  let extension: AccountExtension | undefined

  function change(what: StateChange): void {
    const previous = store.current
    const next = extension ? extension.nextStatus(previous, what) : afterEarlyChange(previous, what as EarlyChange)
    const prepare = () => {
      if (what.type === 'disposed') disposal.abort(what.error)
      extension?.onChange(what, next, previous)
    }
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
    disposed: disposal.signal,
    signOut() {
      disposal.signal.throwIfAborted()
      signedOutFlag.set()
      removeStored()
      change({ type: 'sign-out' })
    },
    staySignedOut: (error) => change({ type: 'still-signed-out', error }),
    fail: (error) => change({ type: 'load-failed', error }),
    dispose: () => change({ type: 'disposed', error: new AuthError('disposed', { phase: 'source' }) }),
    extend(added) {
      extension = added
      return change
    },
  }
}
