// The contract between the engine and whatever gives tokens. A source never throws: it answers with a Refusal, and only
// token-store.ts turns that into an AuthError.

import type { Account } from '../shared/claims.js'
import type { AuthErrorCode } from '../shared/errors.js'

/** An access token. Has the shape of Azure's `AccessToken`, so an `Auth` is a `TokenCredential`. */
export interface AccessToken {
  readonly token: string
  /** When the token expires, in milliseconds since the epoch. */
  readonly expiresOnTimestamp: number
  readonly scopes: string[]
  readonly account: Account
}

/** Why a source has no token. */
export interface Refusal {
  readonly refused: AuthErrorCode
  /** With `sign_in_required`: no account is known at all, rather than one whose sign-in has expired. */
  readonly noAccount?: true
  readonly message?: string
  readonly remedy?: string
  /** The claims challenge that a sign-in must satisfy. */
  readonly claims?: string
  /** There is no token for the scopes here, but now the user has consented to them. */
  readonly consented?: true
  /** What is known beyond the code: a keyword, or the digits of Entra ID's `AADSTS…`. messages.ts says what it means. */
  readonly why?: string
  /** The digits of `AADSTS…` as a number. */
  readonly aadsts?: number
  /** Where it differs from what the code implies. */
  readonly retryable?: boolean
  /** The error or message of the vendor. */
  readonly cause?: unknown
}

/** No account is known, and nothing went wrong. */
export const NO_ACCOUNT: Refusal = { refused: 'sign_in_required', noAccount: true }

/** A source never throws. If it does all the same, that is a bug, and trying again does not help. */
export function thrown(cause: unknown): Refusal {
  return { refused: 'unsupported', why: 'thrown', message: 'twodoor failed.', remedy: 'Report the `cause`.', cause }
}

/**
 * Whether the reason is inferred and can be wrong: a lost connection can look like a policy. A guess gives a message, and can
 * end the start; it never changes who is signed in.
 */
export function isGuess({ why = '' }: Refusal): boolean {
  return /^(csp|thrown|peer|part)/.test(why)
}

export function timedOut(): Refusal {
  return { refused: 'timed_out' }
}

export interface TokenRequest {
  readonly scopes: readonly string[]
  /** Do not answer from a cache: the token at hand is about to expire or was rejected. */
  readonly fresh: boolean
  /** The claims challenge of a server, as JSON text. */
  readonly claims?: string | undefined
}

export interface SignInRequest {
  readonly scopes: readonly string[]
  /** Where to be after the sign-in: path, query and fragment of this origin. */
  readonly returnTo?: string | undefined
  readonly claims?: string | undefined
  readonly prompt?: 'select_account' | 'login' | 'consent' | undefined
  /** In a browser: with a pop-up, so that the page stays. */
  readonly popup?: boolean | undefined
}

/** What a sign-in has beside its request. */
export interface SignInClick {
  /** The window that was opened while the click still counted. `null`: the browser blocked it. */
  readonly popup: Window | null | undefined
  /** Aborted by a sign-out, or by `dispose()`. */
  readonly interrupted: AbortSignal
  /** Somebody is signed in, and consent is asked for: that switches no account, whoever gives it. */
  readonly keepsAccount: boolean
}

export type SourceKind = 'teams-sso' | 'nested' | 'redirect'

export interface TokenSource {
  /** How tokens are obtained, once that is known. */
  readonly kind: SourceKind | undefined
  /**
   * Finds out without interaction who is signed in. With `announceOnly`, after a sign-out here, the host is only told that the
   * page has loaded. Called again after a failure that can pass.
   */
  start(options: { announceOnly: boolean }): Promise<AccessToken | Refusal>
  /** A token without any interaction. */
  acquire(request: TokenRequest): Promise<AccessToken | Refusal>
  /** Opens the window of a pop-up, if this sign-in takes one. Browsers allow it only before anything is awaited. */
  openPopup?(request: SignInRequest): Window | null | undefined
  /**
   * A token with interaction. Stays pending while the page is left for a redirect. Refused with `consented` where the user has
   * consented, and the host has no tokens but those for `AuthOptions.scopes`.
   */
  signIn(request: SignInRequest, click?: SignInClick): Promise<AccessToken | Refusal>
  /** Whether another tab or another app may have signed somebody in or out since the last token. */
  changed(): boolean
  /**
   * Forgets at once everything about the account, and a sign-in that is under way.
   *
   * @param signedOut where the user has signed out
   */
  forget(signedOut: 'here' | 'elsewhere'): void
  /** Called after `forget()`, for what takes time. With `entra` also ends the session at Entra ID. */
  signOut(options: { entra: boolean }): Promise<Refusal | undefined>
  /** Ends everything that the source has started. */
  dispose(): void
}

/** Nested app auth. Its own part of the code is loaded only where it is needed. */
export interface NestedSource extends Pick<TokenSource, 'acquire'> {
  signIn(request: SignInRequest): Promise<AccessToken | Refusal>
}

export function isRefusal(value: AccessToken | Refusal): value is Refusal {
  return 'refused' in value
}

/** Wraps a call that adds listeners for messages of the host. */
export type AroundHost = <T>(call: () => T) => T
