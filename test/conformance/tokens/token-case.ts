// What a case about a token is, in a form that any language can read: test/conformance/tokens.json has them all.

import type { RefusalCode } from '../../../src/server/index.js'

/** The keys of keys.json. */
export type KeyName = 'signing' | 'next' | 'stranger' | 'weak'

/**
 * A token that is signed with RS256 when the case runs, because its times count from then. In `header` and `claims`, which
 * are the very texts to encode, `"<now+60>"` with its quotes stands for a number, and `<x*60>` for 60 times x.
 */
export interface Recipe {
  readonly header: string
  readonly claims: string
  readonly key: KeyName
  /** Of `{header}`, `{claims}` and `{signature}`. Default: `{header}.{claims}.{signature}`. */
  readonly form?: string
}

/** How the verifier is set, beside what all share. */
export interface VerifierChanges {
  readonly tenants?: readonly string[] | 'any-organization'
  readonly audiences?: readonly string[]
  readonly origins?: readonly string[]
  readonly scopes?: readonly string[]
  readonly clients?: readonly string[]
  readonly authority?: string
  readonly daemons?: { readonly roles: readonly string[]; readonly clients?: readonly string[] }
}

/** What an identity has beside its key. `null`: it is not known. */
export interface Details {
  readonly scopes?: readonly string[]
  readonly roles?: readonly string[]
  readonly groups?: readonly string[] | null
  readonly groupsOverage?: boolean
  readonly username?: string | null
}

/** What the authority answers when its keys are asked for. */
export interface KeyAnswer {
  readonly status: number
  readonly body: string
  readonly location?: string
}

export interface TokenCase {
  /** What is sent, and what is to come of it. */
  readonly sentence: string
  /** Signed when the case runs, or here as it is: then it can be anything that JSON has. */
  readonly token: { readonly recipe: Recipe } | { readonly finished: unknown }
  readonly expected: 'accepted' | RefusalCode
  /** Of the user in a token that is accepted. Default: the one that all share. Of an app: `app:<tenant id>:<client ID>`. */
  readonly identity?: string
  /** Whether an app on its own may be the caller as well. Default: it is asked for a user. */
  readonly caller?: true
  readonly details?: Details
  readonly verifier?: VerifierChanges
  readonly keys?: KeyAnswer
}

export interface NumberedCase extends TokenCase {
  /** It stays: new cases come at the end of their group. */
  readonly number: string
}
