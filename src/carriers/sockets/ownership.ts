// Whose socket this is. It belongs to the first account that it connects with, and to no other: what the page writes while
// nobody or somebody else is signed in must not be sent under that account.

import type { Internals } from '../internals.js'
import type { SocketLike } from './socket-like.js'
import { dropUnsent, unsentOf } from './unsent.js'

export interface Ownership {
  /** Whether the account of the socket is known. */
  isClaimed(): boolean
  /** Whether nobody is signed in now, after somebody was. */
  isSignedOut(): boolean
  /** Claims the socket for this account. `false` if it belongs to another one, or somebody else was signed in meanwhile. */
  claim(account: string | undefined): boolean
  /** The user signs out now: what waits to be sent is still the user's, and waits for the same account. */
  onSignOut(): void
  /** Catches up with who has been signed in since the last time. After a sign-in, drops what was written before it. */
  catchUp(): void
}

export function createOwnership(socket: SocketLike, internals: Internals | undefined): Ownership {
  const history = () => internals?.accounts() ?? []
  const lastIndex = () => Math.max(0, history().length - 1)
  /** The life of the socket begins with who is signed in now. Anybody since then may have written into it. */
  const first = lastIndex()
  let seen = first
  let owner: string | undefined
  /** After a sign-out: what of the unsent packets is still the user's. */
  let kept: readonly unknown[] | undefined

  return {
    isClaimed: () => owner !== undefined,
    isSignedOut: () => history().length > 0 && history().at(-1) === undefined,
    claim(account) {
      owner ??= account
      const writers = [owner, ...history().slice(first)]
      return !account || writers.every((each) => (each ?? account) === account)
    },
    onSignOut() {
      kept ??= unsentOf(socket)
      seen = lastIndex()
    },
    catchUp() {
      const since = history().slice(seen)
      seen = lastIndex()
      // The page may have written before the sign-out and after it: which of it is whose is unknown.
      if (since.includes(undefined)) kept ??= []
      if (!kept || since.at(-1) === undefined) return
      dropUnsent(socket, kept)
      kept = undefined
    },
  }
}
