// The token that all cases begin with, and how one that differs from it is made.

import { constants, createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { KeyAnswer, KeyName, Recipe, TokenCase, VerifierChanges } from './token-case.js'

export const clientId = 'c0000000-0000-4000-8000-000000000001'
export const otherClientId = 'c0000000-0000-4000-8000-000000000002'
export const tenantId = '10000000-0000-4000-8000-00000000000a'
export const otherTenantId = '20000000-0000-4000-8000-00000000000b'
export const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad'
export const adele = 'aaaaaaaa-0000-4000-8000-000000000001'
export const AUTHORITY = 'https://login.microsoftonline.com'
export const identity = `entra:${tenantId}:${adele}`

/** In the tokens that are finished here: the years 2024 and 2100. */
const BEGIN_S = 1_704_067_200
export const END_S = 4_102_444_800

export type Members = Readonly<Record<string, unknown>>
const secrets = JSON.parse(readFileSync(new URL('../keys.json', import.meta.url), 'utf8')) as Record<KeyName, Members>

export const header: Members = { alg: 'RS256', typ: 'JWT', kid: 'key-1' }
export const claims: Members = {
  aud: clientId,
  iss: `${AUTHORITY}/${tenantId}/v2.0`,
  iat: '<now+0>',
  nbf: '<now+0>',
  exp: '<now+3600>',
  azp: clientId,
  azpacr: '0',
  name: 'Adele Vance',
  oid: adele,
  scp: 'access_as_user',
  sub: 'a-subject',
  tid: tenantId,
  ver: '2.0',
}
/** What a version 1.0 token has instead. */
export const versionOne: Members = {
  aud: `api://${clientId}`,
  iss: `https://sts.windows.net/${tenantId}/`,
  azp: undefined,
  azpacr: undefined,
  appid: clientId,
  ver: '1.0',
}
const lasting: Members = { ...claims, iat: BEGIN_S, nbf: BEGIN_S, exp: END_S }

interface Difference {
  /** Members to set; `undefined` takes one out. A text is taken as it is. */
  readonly header?: Members | string
  readonly claims?: Members | string
  readonly key?: KeyName
  readonly form?: string
}

/** A token that is signed when the case runs. */
export function token(difference: Difference = {}): { readonly recipe: Recipe } {
  const { key = 'signing', form } = difference
  const parts = { header: textOf(header, difference.header), claims: textOf(claims, difference.claims), key }
  return { recipe: form === undefined ? parts : { ...parts, form } }
}

/** A token that is what it is, whenever the case runs. */
export function finished(value: unknown): { readonly finished: unknown } {
  return { finished: value }
}

/** The parts of a token for {@link finished}: the first two encoded, the third one the right signature. */
export function lastingParts(difference: Difference = {}): [header: string, claims: string, signature: string] {
  const encoded = [textOf(header, difference.header), textOf(lasting, difference.claims)].map(encode) as [
    string,
    string,
  ]
  return [...encoded, signed(encoded.join('.'), difference.key)]
}

/** The RS256 signature of a text. */
export function signed(text: string, key: KeyName = 'signing', hash = 'sha256'): string {
  return sign(hash, Buffer.from(text), privateKey(key)).toString('base64url')
}

/** PS256, with no salt, so that it is always the same. */
export function signedWithPss(text: string): string {
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return sign('sha256', Buffer.from(text), { key: privateKey('signing'), padding, saltLength: 0 }).toString('base64url')
}

/** HS256 with the public key as the secret, which everybody has (RFC 8725 §2.1). */
export function authenticatedWithPublicKey(text: string): string {
  const secret = createPublicKey(privateKey('signing')).export({ type: 'spki', format: 'pem' })
  return createHmac('sha256', secret).update(text).digest('base64url')
}

/** A public key as the authority publishes it. */
export function published(key: KeyName, kid: unknown, more: Members = {}): Members {
  const { kty, n, e } = secrets[key]
  return { kty, use: 'sig', kid, n, e, ...more }
}

export function secretOf(key: KeyName): Members {
  return secrets[key]
}

export function keys(...list: readonly unknown[]): KeyAnswer {
  return { status: 200, body: JSON.stringify({ keys: list }) }
}

export function encode(text: string | Buffer): string {
  return Buffer.from(text).toString('base64url')
}

/** A group of cases that differ in one claim. */
export function claimCases(
  expected: TokenCase['expected'],
  rows: readonly (readonly [sentence: string, claims: Members])[],
  verifier?: VerifierChanges,
): TokenCase[] {
  return rows.map(([sentence, changes]) => ({
    sentence,
    token: token({ claims: changes }),
    expected,
    ...(verifier && { verifier }),
  }))
}

/** The same for the header. */
export function headerCases(
  expected: TokenCase['expected'],
  rows: readonly (readonly [sentence: string, header: Members])[],
): TokenCase[] {
  return rows.map(([sentence, changes]) => ({ sentence, token: token({ header: changes }), expected }))
}

function textOf(members: Members, difference: Members | string = {}): string {
  return typeof difference === 'string' ? difference : JSON.stringify({ ...members, ...difference })
}

function privateKey(name: KeyName): KeyObject {
  return createPrivateKey({ key: secrets[name] as never, format: 'jwk' })
}
