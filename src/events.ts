import type { AuthState } from './account/state.js'
import type { AuthError } from './shared/errors.js'

/** What happened, for logs and metrics. No event carries a token, a code or a claim. */
export type AuthEvent =
  /** The state was replaced. */
  | { readonly type: 'state'; readonly state: AuthState }
  /** A token came. `unchanged`: the source gave the one that was already here. */
  | {
      readonly type: 'token'
      readonly scopes: readonly string[]
      readonly expiresInMs: number
      readonly unchanged: boolean
    }
  /** A renewal failed; the next one follows after `retryInMs`. */
  | {
      readonly type: 'renewal-failed'
      readonly scopes: readonly string[]
      readonly error: AuthError
      readonly retryInMs: number
    }
  /** The page is being left for Entra ID. */
  | { readonly type: 'redirect'; readonly automatic: boolean; readonly to: 'sign-in' | 'sign-out' }
  /** A protected call was answered with 401 and is replayed once. */
  | { readonly type: 'replay'; readonly origin: string; readonly challenged: boolean }
  /** A socket: its CONNECT was refused, it gave up, it renewed its token, it waits for a sign-in. */
  | {
      readonly type: 'socket'
      readonly action: 'refused' | 'gave-up' | 'renewed' | 'paused' | 'resumed'
      readonly namespace: string
      readonly error?: AuthError
    }
  /** Something in the page is not as it should be, with what to do about it. */
  | { readonly type: 'warning'; readonly message: string }
