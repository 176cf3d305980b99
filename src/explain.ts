import type { AuthState } from './account/state.js'
import type { Host } from './page/host.js'
import { readClaims } from './shared/claims.js'
import type { AuthError } from './shared/errors.js'
import type { AccessToken, SourceKind } from './sources/source.js'

/** What is known of the sign-in, for a support page or a bug report. Never holds a token. */
export interface Explanation {
  readonly host: Host
  readonly status: AuthState['status']
  /** Where tokens come from, once that is known. */
  readonly source?: SourceKind | undefined
  readonly token?:
    | {
        readonly scopes: readonly string[]
        /** Since the token came, in milliseconds. */
        readonly ageMs: number
        /** Until it expires, in milliseconds; negative afterwards. */
        readonly expiresInMs: number
        /** The claims that a server checks. */
        readonly claims: Readonly<Record<string, unknown>>
      }
    | undefined
  readonly lastError?: Pick<AuthError, 'code' | 'phase' | 'message' | 'remedy' | 'retryable' | 'aadsts'> | undefined
}

/** What a server compares: no names, no addresses, and nothing that can be used as a credential. */
const explainedClaims = ['aud', 'iss', 'azp', 'appid', 'scp', 'tid', 'oid', 'ver', 'iat', 'exp', 'acrs']

export function explain(facts: {
  state: AuthState
  source: SourceKind | undefined
  token: { readonly token: AccessToken; readonly receivedAt: number } | undefined
  lastError: AuthError | undefined
  now: number
}): Explanation {
  const { state, source, lastError, now } = facts
  const { token, receivedAt = now } = facts.token ?? {}
  return {
    host: state.host,
    status: state.status,
    source,
    token: token && {
      scopes: [...token.scopes],
      ageMs: now - receivedAt,
      expiresInMs: token.expiresOnTimestamp - now,
      claims: pick(readClaims(token.token) ?? {}, explainedClaims),
    },
    lastError: lastError && pick(lastError, ['code', 'phase', 'message', 'remedy', 'retryable', 'aadsts']),
  }
}

function pick<T extends object, K extends keyof T>(value: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.filter((name) => name in value).map((name) => [name, value[name]])) as Pick<T, K>
}
