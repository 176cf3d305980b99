// An authority small enough to see through: keys, the endpoint that publishes them, and tokens signed in every wrong way.

import { base64url, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { VerifierOptions } from '../../../src/server/index.js'

export const clientId = 'c0000000-0000-4000-8000-000000000001'
export const tenantId = '10000000-0000-4000-8000-000000000001'
export const otherTenantId = '20000000-0000-4000-8000-000000000002'
export const adele = 'aaaaaaaa-0000-4000-8000-000000000001'
export const bob = 'bbbbbbbb-0000-4000-8000-000000000002'
export const teamsWeb = '5e3ce6c0-2b1f-4285-8d4b-75ee78787346'
export const AUTHORITY = 'https://login.microsoftonline.com'
/** When the tokens of these tests are issued. */
export const NOW = Date.UTC(2030, 0, 1)

export type Claims = Record<string, unknown>

export interface SigningKey {
  readonly kid: string
  readonly jwk: JWK
  readonly privateKey: CryptoKey
}

export async function createSigningKey(kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig' } }
}

/** The claims of a version 2.0 token; `undefined` takes one out. */
export function claimsOf(changes: Claims = {}, now = NOW): Claims {
  const seconds = Math.floor(now / 1000)
  return withoutUndefined({
    aud: clientId,
    iss: `${AUTHORITY}/${tenantId}/v2.0`,
    iat: seconds,
    nbf: seconds,
    exp: seconds + 3600,
    azp: clientId,
    azpacr: '0',
    name: 'Adele Vance',
    oid: adele,
    scp: 'access_as_user',
    tid: tenantId,
    ver: '2.0',
    ...changes,
  })
}

/** The claims of a version 1.0 token. */
export function versionOneClaims(changes: Claims = {}): Claims {
  const issuer = `https://sts.windows.net/${tenantId}/`
  const own = { aud: `api://${clientId}`, iss: issuer, azp: undefined, azpacr: undefined, appid: clientId, ver: '1.0' }
  return claimsOf({ ...own, ...changes })
}

export function sign(key: SigningKey, claims: Claims = claimsOf(), header: Claims = {}): Promise<string> {
  const protectedHeader = withoutUndefined({ alg: 'RS256', typ: 'JWT', kid: key.kid, ...header })
  return new SignJWT(claims).setProtectedHeader(protectedHeader as { alg: string }).sign(key.privateKey)
}

/** A JWT of these parts whose signature is whatever is given. */
export function assemble(header: unknown, payload: unknown, signature = 'c2lnbmF0dXJl'): string {
  const encode = (part: unknown) => base64url.encode(typeof part === 'string' ? part : JSON.stringify(part))
  return `${encode(header)}.${encode(payload)}.${signature}`
}

/** A `fetch` that answers with the keys published at the moment, and counts. */
export function publish(...keys: readonly SigningKey[]) {
  const endpoint = {
    keys: keys.map(({ jwk }): unknown => jwk),
    status: 200,
    requests: [] as string[],
    async fetch(input: string | URL | Request): Promise<Response> {
      endpoint.requests.push(String(input))
      return Response.json({ keys: endpoint.keys }, { status: endpoint.status })
    },
  }
  return endpoint
}

/** The options of a verifier whose clock stands still, and which tells the console nothing. */
export function optionsFor(fetch: VerifierOptions['fetch'], changes: Partial<VerifierOptions> = {}): VerifierOptions {
  return { clientId, tenants: [tenantId], fetch, now: () => NOW, onRefused: () => {}, ...changes }
}

function withoutUndefined(value: Claims): Claims {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined))
}
