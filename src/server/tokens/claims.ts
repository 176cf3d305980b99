import type { Claims } from '../../shared/claims.js'
import { isGuid, isNonBlank } from '../../shared/validate.js'
import { type RefusalCode, TokenRefusedError } from '../refusal.js'
import { isForThisApp, whyNotForThisApp } from './audience.js'
import { clientIn, textsIn } from './identity.js'
import type { VerifierSettings } from './options.js'

interface Rule {
  readonly code: RefusalCode
  readonly reason: (settings: VerifierSettings) => string
  readonly isKept: (claims: Claims, settings: VerifierSettings) => boolean
}

/** Personal Microsoft accounts. Source: Microsoft Learn, "Access token claims reference", `tid`. */
const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad'
/** The end of the year 9999, in seconds. What comes after is no date to most libraries, and can overflow. */
const LAST_DATE_S = 253_402_300_799
/** How far the clock here may differ from that of Entra ID, for `exp` and `nbf`. */
const CLOCK_TOLERANCE_S = 60

const HOW_APPS_SAY_SO =
  ' For apps on their own, add the optional claim `idtyp` to the access tokens in the registration of this API.'

const isUnbound: Rule = {
  code: 'not_an_access_token',
  reason: () => 'It is bound to a key (`cnf`), and the sender has not proved to have that key.',
  isKept: (claims) => !('cnf' in claims),
}
const isNoIdToken: Rule = {
  code: 'not_an_access_token',
  reason: () => 'It is an ID token: send the access token for a scope of this API.',
  isKept: (claims) => !('nonce' in claims || 'at_hash' in claims || 'c_hash' in claims),
}
const isForThisApi: Rule = {
  code: 'wrong_audience',
  reason: whyNotForThisApp,
  isKept: ({ aud }, settings) => isForThisApp(aud, settings),
}
const hasObjectId: Rule = {
  code: 'token_invalid',
  reason: () => '`oid` is not a GUID.',
  isKept: ({ oid }) => isId(oid),
}

/** The first broken one decides the code. The signature, `exp`, `nbf`, `iat`, `tid` and `iss` are checked before. */
const userRules: readonly Rule[] = [
  isUnbound,
  isNoIdToken,
  {
    code: 'not_an_access_token',
    reason: () => 'It is a token of an app on its own (`idtyp`): it has no user.',
    isKept: ({ idtyp }) => idtyp === undefined || idtyp === 'user',
  },
  {
    code: 'not_an_access_token',
    reason: ({ daemons }) =>
      `It has no \`scp\`: it is an ID token or one of an app on its own. Send the access token for a scope of this API.${daemons ? HOW_APPS_SAY_SO : ''}`,
    isKept: ({ scp }) => isNonBlank(scp),
  },
  isForThisApi,
  {
    code: 'wrong_client',
    reason: ({ clients }) =>
      `\`azp\` or \`appid\` is none of ${clients.join(', ')}. If that app may call this API, name it in \`clients\`, with those of Microsoft that you need.`,
    isKept: (claims, { clients }) => isOneOf(clientIn(claims), clients),
  },
  {
    code: 'wrong_scope',
    reason: ({ scopes }) =>
      `\`scp\` has none of ${scopes.join(', ')}. If this API has another scope, give its name in \`scopes\`; if not, correct the \`scopes\` of the page.`,
    isKept: ({ scp }, { scopes }) => `${scp}`.split(' ').some((each) => scopes.includes(each)),
  },
  hasObjectId,
]

/** The same for a token that says of itself that it is one of an app on its own. */
const appRules: readonly Rule[] = [
  isUnbound,
  isNoIdToken,
  {
    code: 'not_an_access_token',
    reason: () => 'It is a token of an app on its own (`idtyp`), and has the scopes of a user (`scp`).',
    isKept: (claims) => !('scp' in claims),
  },
  isForThisApi,
  {
    code: 'wrong_client',
    reason: () =>
      '`azp` or `appid` is no client ID, or none of `daemons.clients`. If that app may call this API, name it there.',
    isKept: (claims, { daemons }) =>
      isId(clientIn(claims)) && (daemons?.clients?.includes(`${clientIn(claims)}`) ?? true),
  },
  {
    code: 'wrong_role',
    reason: ({ daemons }) =>
      `\`roles\` has none of ${daemons?.roles.join(', ')}. Give the app one of these roles in its registration, under "API permissions", and have an administrator consent.`,
    isKept: ({ roles }, { daemons }) => textsIn(roles)?.some((each) => daemons?.roles.includes(each)) === true,
  },
  hasObjectId,
]

/**
 * Entra ID writes all three (Microsoft Learn, "Access token claims reference").
 *
 * @param now - in milliseconds since the epoch
 * @throws {TokenRefusedError} `token_invalid` or `token_expired`
 */
export function checkTimes({ exp, nbf, iat }: Claims, now: number): void {
  if (!isDate(exp) || !isDate(nbf) || !isDate(iat))
    throw new TokenRefusedError('token_invalid', '`exp`, `nbf` or `iat` is missing or no date.')
  if (exp <= now / 1000 - CLOCK_TOLERANCE_S)
    throw new TokenRefusedError('token_expired', 'The token has expired. If it is new, compare the clocks.')
  if (nbf > now / 1000 + CLOCK_TOLERANCE_S)
    throw new TokenRefusedError('token_invalid', 'The token is not valid yet: compare the clocks.')
}

/** Whether the token says of itself that no user is behind it. One without `idtyp` does not say it. */
export function isOfApp({ idtyp }: Claims): boolean {
  return idtyp === 'app'
}

/** @throws {TokenRefusedError} for the first rule that the claims of a user break */
export function checkClaims(claims: Claims, settings: VerifierSettings): void {
  checkRules(userRules, claims, settings)
}

/** @throws {TokenRefusedError} for the first rule that the claims of an app on its own break */
export function checkAppClaims(claims: Claims, settings: VerifierSettings): void {
  checkRules(appRules, claims, settings)
}

function checkRules(rules: readonly Rule[], claims: Claims, settings: VerifierSettings): void {
  const broken = rules.find((rule) => !rule.isKept(claims, settings))
  if (broken) throw new TokenRefusedError(broken.code, broken.reason(settings))
}

/** Personal accounts are no organization: their tenant has to be named. */
export function isAcceptedTenant(tenantId: string, tenants: readonly string[] | 'any-organization'): boolean {
  return tenants === 'any-organization' ? tenantId !== PERSONAL_TENANT : tenants.includes(tenantId)
}

/** A GUID as Entra ID writes it, in lower case. No other spelling passes, so that a user has one key. */
export function isId(value: unknown): value is string {
  return isGuid(value) && value === value.toLowerCase()
}

/** A NumericDate (RFC 7519 §2). */
function isDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LAST_DATE_S
}

function isOneOf(value: unknown, list: readonly string[]): boolean {
  return typeof value === 'string' && list.includes(value)
}
