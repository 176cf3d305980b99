// What a failure that could be anything comes from, where the refusal itself does not know: the code that it has after
// all, and what explanations.ts has words for.

import type { AuthErrorCode } from '../../shared/errors.js'
import { type Evidence, originOf } from './evidence.js'

export interface Reason {
  readonly refused?: AuthErrorCode
  readonly why: string
  readonly retryable?: boolean
  readonly values?: Readonly<Record<string, string>>
}

/** What is supported, as in `peerDependencies`. */
export const ranges: Readonly<Record<string, string>> = {
  '@microsoft/teams-js': '^2.58.0',
  '@azure/msal-browser': '^5.29.0',
}

/** As engines say that code does what cannot be done. Errors of `fetch` have the same names. */
export const mistake =
  /^(Reference|Range|Syntax|Internal)Error|^TypeError:.*(undefined|null|propert|not (a|an|iterable|defined)\b|illegal|constant)/is

export const THROWN: Reason = { refused: 'unsupported', why: 'thrown', retryable: false }

export function blockedBy({ url, directive }: Evidence['blocked'][number]): Reason {
  const values = { url: url.replace(/[?#].*/s, ''), blocked: originOf(url), directive: directive.replace('-elem', '') }
  return { refused: 'config_invalid', why: 'csp', retryable: false, values }
}

export function missing(peer: string, cause?: string): Reason {
  const values = { peer, range: ranges[peer] ?? '', ...(cause && { cause }) }
  return { refused: 'unsupported', why: 'peer', retryable: false, values }
}
