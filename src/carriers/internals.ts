// How carriers reach what an Auth keeps to itself: a valid cached token without waiting, wake-ups, events.
// One non-enumerable property under a global symbol, so that a second copy of twodoor in the page finds it too.

import type { AuthEvent } from '../events.js'
import type { Account } from '../shared/claims.js'
import type { AccessToken } from '../sources/source.js'

/** The least that a carrier needs. Azure's `TokenCredential` objects have it too. */
export interface TokenProvider {
  getToken(
    scopes?: string | string[],
    options?: { rejectedToken?: string; claims?: string; abortSignal?: AbortSignal },
  ): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>
}

export interface Internals {
  /** A cached token that is past neither expiry nor hard window, without waiting for anything. */
  peek(): AccessToken | undefined
  /** The keys of all accounts that have been signed in, in order: `undefined` for a time without one. The last is the current. */
  accounts(): readonly (string | undefined)[]
  /** Calls `listener` with every new token for `AuthOptions.scopes`. Returns an unsubscribe function. */
  onToken(listener: (token: AccessToken) => void): () => void
  /** Calls `listener` when the page wakes: back online, shown again, after sleep. Returns an unsubscribe function. */
  onWake(listener: () => void): () => void
  /**
   * Calls `listener` at once when another account signs in: `undefined` after a sign-out, here or in another tab, and where
   * the account is gone. A sign-in that has expired keeps its account. Returns an unsubscribe function.
   */
  onAccount(listener: (account: Account | undefined) => void): () => void
  /** Whether the page was opened with the response to a redirect. */
  readonly hasResponse: boolean
  /** Aborted by `dispose()`, before any listener of the state runs. The reason is the error that calls reject with. */
  readonly disposed: AbortSignal
  /** Makes `auth.fetch` send the token to this URL and the paths below it. */
  protect(url: string): void
  /** Whose token this URL gets: the scopes of its entry in `protectedResources`. `undefined`: those of `AuthOptions.scopes`. */
  scopesFor(url: string): readonly string[] | undefined
  emit(event: AuthEvent): void
}

const key = Symbol.for('twodoor')

export function attachInternals(auth: object, internals: Internals): void {
  Object.defineProperty(auth, key, { value: internals })
}

/** The internals of an `Auth`, or `undefined` for a foreign token provider. */
export function internalsOf(auth: object): Internals | undefined {
  return (auth as { [key]?: Internals })[key]
}
