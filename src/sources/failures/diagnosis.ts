// What a failure comes from, where its error alone could mean anything: the code that it gets instead, and the entry of
// own-messages.ts that describes it.

import type { AuthErrorCode } from '../../shared/errors.js'
import { type Evidence, originOf } from './evidence.js'

export interface Diagnosis {
  readonly refused?: AuthErrorCode
  readonly why: string
  readonly retryable?: boolean
  /** For the placeholders of the message. */
  readonly values?: Readonly<Record<string, string>>
}

/** What is supported, as in `peerDependencies`. */
export const PEER_RANGES: Readonly<Record<string, string>> = {
  '@microsoft/teams-js': '^2.31',
  '@azure/msal-browser': '^4.9.1 || ^5',
}

/** How engines describe a bug in code. Errors of `fetch` have the same names, so the text has to tell. */
export const BUG =
  /^(Reference|Range|Syntax|Internal)Error|^TypeError:.*(undefined|null|propert|not (a|an|iterable|defined)\b|illegal|constant)/is

export const CODE_THREW: Diagnosis = { refused: 'unsupported', why: 'thrown', retryable: false }

export function blockedByPolicy({ url, directive }: Evidence['blocked'][number]): Diagnosis {
  const values = { url: url.replace(/[?#].*/s, ''), blocked: originOf(url), directive: directive.replace('-elem', '') }
  return { refused: 'config_invalid', why: 'csp', retryable: false, values }
}

export function unusablePeer(peer: string, cause?: string): Diagnosis {
  const values = { peer, range: PEER_RANGES[peer] ?? '', ...(cause && { cause }) }
  return { refused: 'unsupported', why: 'peer', retryable: false, values }
}
