// The contract between the flow and whatever gives tokens. A source never throws: it answers with a Refusal, which says
// what is known, and only tokens.ts makes an AuthError of it.

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
  /** With `sign_in_required`: nobody is known at all, rather than somebody whose sign-in has ended. */
  readonly noAccount?: true
  readonly message?: string
  readonly remedy?: string
  /** The claims challenge that a sign-in must satisfy. */
  readonly claims?: string
  /** What is known beside the code: a word, or the digits of Entra ID's `AADSTS…`. messages.ts says what it means. */
  readonly why?: string
  /** The number of Entra ID's error, once `why` is in words. */
  readonly aadsts?: number
  /** Where it is not as with most refusals of this code. */
  readonly retryable?: boolean
  /** The evidence: the error or message that the vendor gave. */
  readonly cause?: unknown
}

/** Nobody is known, and nothing went wrong. */
export const NO_ACCOUNT: Refusal = { refused: 'sign_in_required', noAccount: true }

/** A source never throws; what is thrown all the same is a mistake in the code, which no second try mends. */
export function thrown(cause: unknown): Refusal {
  return { refused: 'unsupported', why: 'thrown', message: 'twodoor failed.', remedy: 'Report the `cause`.', cause }
}

/**
 * Whether we infer the reason from what the page has seen, so that it can be wrong: a lost connection looks like a policy.
 * A guess gives words, and at the start an end; it never changes who is signed in.
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
}

export type SourceKind = 'teams-sso' | 'nested' | 'redirect'

export interface TokenSource {
  /** Which way tokens come, once that is known. */
  readonly kind: SourceKind | undefined
  /**
   * Finds out, without any interaction, who is signed in. With `announceOnly` the host is only told that the page has loaded:
   * the user signed out here. Called again after a failure that can pass.
   */
  start(options: { announceOnly: boolean }): Promise<AccessToken | Refusal>
  /** A token without any interaction. */
  acquire(request: TokenRequest): Promise<AccessToken | Refusal>
  /** A token with interaction. Stays pending while the page is left for a redirect. */
  signIn(request: SignInRequest): Promise<AccessToken | Refusal>
  /** Whether somebody else may have signed in, or out, since the last token: another tab, or another app. */
  changed(): boolean
  /** Forgets, at once, all that is kept of the account, and a sign-in that is on its way. */
  forget(): void
  /** Ends, after `forget()`, what takes time: with `entra` the session at Entra ID too. */
  signOut(options: { entra: boolean }): Promise<Refusal | undefined>
  /** Ends everything the source has started. */
  dispose(): void
}

export function isRefusal(value: AccessToken | Refusal): value is Refusal {
  return 'refused' in value
}

/** Makes a call that adds listeners for the messages of the host. */
export type AroundHost = <T>(call: () => T) => T
