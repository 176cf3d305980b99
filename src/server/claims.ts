import type { JWTPayload } from 'jose'
import { isText } from '../check.js'
import type { Claims } from '../claims.js'
import type { VerifierSettings } from './options.js'
import { type RefusalCode, TokenRefusedError } from './refusal.js'

/** Who a token speaks of. */
export interface Identity {
  /** `entra:<tenant id>:<object id>`: the same in both doors, and the same as `Account.key` in the page. */
  readonly key: `entra:${string}:${string}`
  readonly tenantId: string
  readonly objectId: string
  /** When the token expires, in milliseconds since the epoch. */
  readonly expiresAt: number
  /** All claims of the token. */
  readonly claims: Claims
}

interface Rule {
  readonly code: RefusalCode
  readonly reason: (settings: VerifierSettings) => string
  readonly isKept: (claims: Claims, settings: VerifierSettings) => boolean
}

/** Entra ID writes them in lower case. No other spelling passes, so that a user has one key. */
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The first that is broken names the refusal. The signature, `exp`, `nbf`, `tid` and `iss` are checked before. */
const rules: readonly Rule[] = [
  {
    code: 'not_an_access_token',
    reason: () => 'It is an ID token: send the access token for a scope of this API.',
    isKept: (claims) => !('nonce' in claims || 'at_hash' in claims || 'c_hash' in claims),
  },
  {
    code: 'not_an_access_token',
    reason: () => 'It is a token of an app on its own (`idtyp`): no user is behind it.',
    isKept: ({ idtyp }) => idtyp === undefined || idtyp === 'user',
  },
  {
    code: 'not_an_access_token',
    reason: () => 'It has no `scp`: it is an ID token or a token of an app on its own.',
    isKept: ({ scp }) => isText(scp),
  },
  {
    code: 'wrong_audience',
    reason: ({ audiences }) =>
      `\`aud\` is none of ${audiences.join(', ')}. Name your Application ID URI in \`audiences\`.`,
    isKept: ({ aud }, { audiences }) => isOneOf(aud, audiences),
  },
  {
    code: 'wrong_client',
    reason: ({ clients }) => `\`azp\` or \`appid\` is none of ${clients.join(', ')}.`,
    isKept: ({ ver, azp, appid }, { clients }) => isOneOf(ver === '1.0' ? appid : azp, clients),
  },
  {
    code: 'wrong_scope',
    reason: ({ scopes }) => `\`scp\` has none of ${scopes.join(', ')}.`,
    isKept: ({ scp }, { scopes }) => `${scp}`.split(' ').some((each) => scopes.includes(each)),
  },
  {
    code: 'token_invalid',
    reason: () => '`oid` is not a GUID.',
    isKept: ({ oid }) => isGuid(oid),
  },
]

/** @throws {TokenRefusedError} for the first rule that the claims break */
export function checkClaims(claims: Claims, settings: VerifierSettings): void {
  const broken = rules.find((rule) => !rule.isKept(claims, settings))
  if (broken) throw new TokenRefusedError(broken.code, broken.reason(settings))
}

/** The identity in claims that have been checked. */
export function identityOf(claims: JWTPayload & Claims): Identity {
  const [tenantId, objectId] = [`${claims['tid']}`, `${claims['oid']}`]
  const expiresAt = Number(claims.exp) * 1000
  return Object.freeze({ key: `entra:${tenantId}:${objectId}` as const, tenantId, objectId, expiresAt, claims })
}

export function isGuid(value: unknown): value is string {
  return typeof value === 'string' && guid.test(value)
}

function isOneOf(value: unknown, list: readonly string[]): boolean {
  return typeof value === 'string' && list.includes(value)
}
