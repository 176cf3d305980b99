// @vitest-environment node
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, importJWK, SignJWT } from 'jose'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  createVerifier,
  microsoftClients,
  TokenRefusedError,
  type VerifierOptions,
} from '../../../../src/server/index.js'
import {
  AUTHORITY,
  adele,
  assemble,
  type Claims,
  claimsOf,
  clientId,
  createSigningKey,
  NOW,
  optionsFor,
  otherTenantId,
  publish,
  type SigningKey,
  sign,
  teamsWeb,
  tenantId,
  versionOneClaims,
} from '../authority.js'

const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad'

let key: SigningKey
let stranger: SigningKey

beforeAll(async () => {
  key = await createSigningKey('key-1')
  stranger = await createSigningKey('key-1')
})

afterEach(() => {
  vi.useRealTimers()
})

function setUp(changes: Partial<VerifierOptions> = {}) {
  const endpoint = publish(key)
  const onRefused = vi.fn()
  const verifier = createVerifier(optionsFor(endpoint.fetch, { onRefused, ...changes }))
  const refusalOf = (token: unknown) => verifier.verify(token).then(failUnexpectedly, (error: unknown) => error)
  return { endpoint, verifier, onRefused, refusalOf }
}

function failUnexpectedly(): never {
  throw new Error('The token was accepted.')
}

describe('a token that is what it should be', () => {
  it('tells who it speaks of', async () => {
    const { verifier } = setUp()
    const claims = claimsOf()
    expect(await verifier.verify(await sign(key, claims))).toEqual({
      key: `entra:${tenantId}:${adele}`,
      kind: 'user',
      roles: [],
      groups: [],
      groupsOverage: false,
      username: undefined,
      tenantId,
      objectId: adele,
      expiresAt: Number(claims['exp']) * 1000,
      scopes: ['access_as_user'],
      claims,
    })
  })

  it.each([
    ['version 1.0, with `appid` and the issuer on another host', () => versionOneClaims()],
    ['version 1.0 for the client ID', () => versionOneClaims({ aud: clientId })],
    ['Teams SSO, with the client ID of Teams', () => claimsOf({ azp: teamsWeb })],
    ['several scopes', () => claimsOf({ scp: 'files access_as_user' })],
    ['`idtyp` user', () => claimsOf({ idtyp: 'user' })],
    ['roles beside the scope', () => claimsOf({ roles: ['admin'] })],
    ['expiry half a minute ago', () => claimsOf({ exp: NOW / 1000 - 30 })],
    ['validity from half a minute hence', () => claimsOf({ nbf: NOW / 1000 + 30 })],
  ])('is accepted: %s', async (_, claims) => {
    const { verifier } = setUp()
    expect((await verifier.verify(await sign(key, claims()))).objectId).toBe(adele)
  })

  it('has the same key in version 1.0 and 2.0', async () => {
    const { verifier } = setUp()
    const [one, two] = [await sign(key, versionOneClaims()), await sign(key)]
    expect((await verifier.verify(one)).key).toBe((await verifier.verify(two)).key)
  })

  it.each([...microsoftClients])('may come through the Microsoft client %s', async (azp) => {
    const { verifier } = setUp()
    await expect(verifier.verify(await sign(key, claimsOf({ azp })))).resolves.toBeDefined()
  })

  it('may be of any tenant on the list', async () => {
    const { verifier, endpoint } = setUp({ tenants: [otherTenantId.toUpperCase(), tenantId] })
    const claims = claimsOf({ tid: otherTenantId, iss: `${AUTHORITY}/${otherTenantId}/v2.0` })
    expect((await verifier.verify(await sign(key, claims))).tenantId).toBe(otherTenantId)
    expect(endpoint.requests).toEqual([`${AUTHORITY}/${otherTenantId}/discovery/v2.0/keys`])
  })

  it('may be of any organization only where the options say so, with the keys of all', async () => {
    const { verifier, endpoint } = setUp({ tenants: 'any-organization' })
    const claims = claimsOf({ tid: otherTenantId, iss: `${AUTHORITY}/${otherTenantId}/v2.0` })
    expect((await verifier.verify(await sign(key, claims))).tenantId).toBe(otherTenantId)
    expect(endpoint.requests).toEqual([`${AUTHORITY}/organizations/discovery/v2.0/keys`])
  })

  it('has the issuer of a local authority in both versions', async () => {
    const authority = 'http://localhost:4400'
    const { verifier, refusalOf } = setUp({ authority: `${authority}/` })
    await verifier.verify(await sign(key, claimsOf({ iss: `${authority}/${tenantId}/v2.0` })))
    await verifier.verify(await sign(key, versionOneClaims({ iss: `${authority}/${tenantId}/` })))
    expect(await refusalOf(await sign(key))).toMatchObject({ code: 'wrong_issuer' })
    expect(await refusalOf(await sign(key, versionOneClaims()))).toMatchObject({ code: 'wrong_issuer' })
  })

  it.each([
    ['https://login.microsoftonline.us', 'https://sts.windows.net'],
    ['https://login.partner.microsoftonline.cn', 'https://sts.chinacloudapi.cn'],
  ])('has the issuer of its cloud in version 1.0: %s', async (authority, issuer) => {
    const { verifier } = setUp({ authority })
    const claims = versionOneClaims({ iss: `${issuer}/${tenantId}/` })
    await expect(verifier.verify(await sign(key, claims))).resolves.toBeDefined()
  })
})

type Bad = readonly [name: string, code: string, token: () => unknown]

const later = NOW / 1000 + 3600

const badTokens: readonly Bad[] = [
  ['undefined', 'token_missing', () => undefined],
  ['null', 'token_missing', () => null],
  ['empty', 'token_missing', () => ''],
  ['a number', 'token_malformed', () => 42],
  ['an object', 'token_malformed', () => ({ token: 'x' })],
  ['an object that throws when it is read', 'token_malformed', () => hostile],
  ['an array with a good token', 'token_malformed', async () => [await sign(key)]],
  ['20 KB', 'token_malformed', () => 'a'.repeat(20_000)],
  ['20 KB, well signed', 'token_malformed', () => sign(key, claimsOf({ filler: 'a'.repeat(20_000) }))],
  ['garbage', 'token_malformed', () => 'garbage'],
  ['two dots', 'token_malformed', () => '..'],
  ['three dots', 'token_malformed', async () => `${await sign(key)}.x`],
  ['an encrypted token', 'token_malformed', () => 'a.b.c.d.e'],
  ['a line break at the end', 'token_malformed', async () => `${await sign(key)}\n`],
  ['a header that is not JSON', 'token_malformed', () => assemble('no json', claimsOf())],
  ['claims that are not JSON', 'token_malformed', () => assemble({ alg: 'RS256', kid: 'key-1' }, 'no json')],
  ['claims that are a list', 'token_malformed', () => assemble({ alg: 'RS256', kid: 'key-1' }, [claimsOf()])],
  ['algorithm none, unsigned', 'token_malformed', () => assemble({ alg: 'none', kid: 'key-1' }, claimsOf(), '')],
  ['algorithm none', 'token_invalid', () => assemble({ alg: 'none', kid: 'key-1' }, claimsOf())],
  ['algorithm None', 'token_invalid', () => assemble({ alg: 'None', kid: 'key-1' }, claimsOf())],
  ['no algorithm', 'token_invalid', () => assemble({ kid: 'key-1' }, claimsOf())],
  ['HS256 with the public key as the secret', 'token_invalid', () => signWithPublicKey()],
  ['PS256 with the right key', 'token_invalid', () => signWithPss()],
  ['critical extensions', 'token_invalid', () => assemble(headerWith({ crit: ['b64'], b64: false }), claimsOf())],
  ['another type', 'token_invalid', () => sign(key, claimsOf(), { typ: 'logout+jwt' })],
  ['no key ID', 'token_invalid', () => sign(key, claimsOf(), { kid: undefined })],
  ['a key ID that is a list', 'token_invalid', () => assemble(headerWith({ kid: ['key-1'] }), claimsOf())],
  ['a header that names its algorithm twice', 'token_malformed', () => signRaw('{"alg":"none",', undefined)],
  ['a header with an escaped name twice', 'token_malformed', () => signRaw('{"\\u0061lg":"RS256",', undefined)],
  ['claims that name the user twice', 'token_malformed', () => signRaw(undefined, `{"oid":"${otherTenantId}",`)],
  ['claims with an escaped name twice', 'token_malformed', () => signRaw(undefined, '{"\\u0074id":"x",')],
  ['claims with a name twice inside', 'token_malformed', () => signRaw(undefined, '{"x":[{"a":{"b":1,"b":1}}],')],
  ['claims after a byte order mark', 'token_malformed', () => signRaw(undefined, '\ufeff{')],
  ['claims that are not UTF-8', 'token_malformed', async () => withBytes(await sign(key), 1)],
  ['a signature whose last character is another spelling', 'token_malformed', async () => respell(await sign(key), 2)],
  ['claims whose last character is another spelling', 'token_malformed', async () => respell(await signOdd(), 1)],
  ['a header whose last character is another spelling', 'token_malformed', async () => respell(await signOdd(), 0)],
  ['a signature that is a character too long', 'token_malformed', async () => `${await sign(key)}AAA`],
  ['a token bound to a key', 'not_an_access_token', () => sign(key, claimsOf({ cnf: { jkt: 'x' } }))],
  ['a token bound to no key', 'not_an_access_token', () => sign(key, claimsOf({ cnf: null }))],
  ['expiry beyond all dates', 'token_invalid', () => signRaw(undefined, '{"exp":1e300,', { exp: undefined })],
  ['expiry at infinity', 'token_invalid', () => signRaw(undefined, '{"exp":1e400,', { exp: undefined })],
  ['expiry after the year 9999', 'token_invalid', () => sign(key, claimsOf({ exp: 253_402_300_800 }))],
  ['issued beyond all dates', 'token_invalid', () => signRaw(undefined, '{"iat":1e300,', { iat: undefined })],
  ['issued before all dates', 'token_invalid', () => sign(key, claimsOf({ iat: -1 }))],
  ['validity from before all dates', 'token_invalid', () => signRaw(undefined, '{"nbf":-1e300,', { nbf: undefined })],
  ['an unknown key ID', 'token_invalid', () => sign(key, claimsOf(), { kid: 'key-9' })],
  ['a key ID from the prototype', 'token_invalid', () => sign(key, claimsOf(), { kid: '__proto__' })],
  ['the key of a stranger under a known ID', 'token_invalid', () => sign(stranger)],
  ['a public key of its own in the header', 'token_invalid', () => sign(stranger, claimsOf(), { jwk: stranger.jwk })],
  ['a signature of another token', 'token_invalid', () => swapSignature()],
  ['expired two minutes ago', 'token_expired', () => sign(key, claimsOf({ exp: NOW / 1000 - 120 }))],
  ['no expiry', 'token_invalid', () => sign(key, claimsOf({ exp: undefined }))],
  ['an expiry that is text', 'token_invalid', () => sign(key, claimsOf({ exp: `${later}` }))],
  ['valid only in two minutes', 'token_invalid', () => sign(key, claimsOf({ nbf: NOW / 1000 + 120 }))],
  ['a start that is text', 'token_invalid', () => sign(key, claimsOf({ nbf: 'now' }))],
  ['another tenant', 'wrong_tenant', () => sign(key, claimsOf(tenantClaims(otherTenantId)))],
  ['personal accounts', 'wrong_tenant', () => sign(key, claimsOf(tenantClaims(PERSONAL_TENANT)))],
  ['no tenant', 'wrong_tenant', () => sign(key, claimsOf({ tid: undefined }))],
  ['a tenant that is a list', 'wrong_tenant', () => sign(key, claimsOf({ tid: [tenantId] }))],
  ['a tenant with a path', 'wrong_tenant', () => sign(key, claimsOf({ tid: `${tenantId}/../common` }))],
  ['the issuer of another tenant', 'wrong_issuer', () => sign(key, claimsOf({ iss: issuer(otherTenantId) }))],
  ['a tenant let in, with an issuer that is not', 'wrong_issuer', () => sign(key, claimsOf({ iss: 'https://evil' }))],
  ['an issuer that is a list', 'wrong_issuer', () => sign(key, claimsOf({ iss: [issuer(tenantId)] }))],
  [
    'an issuer that cannot be made a text',
    'wrong_issuer',
    () => sign(key, claimsOf({ iss: { toString: 0 } as never })),
  ],
  ['no issuer', 'wrong_issuer', () => sign(key, claimsOf({ iss: undefined }))],
  ['version 2.0 with the issuer of 1.0', 'wrong_issuer', () => sign(key, versionOneClaims({ ver: '2.0' }))],
  ['version 1.0 with the issuer of 2.0', 'wrong_issuer', () => sign(key, versionOneClaims({ iss: issuer(tenantId) }))],
  ['no version', 'token_invalid', () => sign(key, claimsOf({ ver: undefined }))],
  ['version 3.0', 'token_invalid', () => sign(key, claimsOf({ ver: '3.0' }))],
  ['an ID token', 'not_an_access_token', () => sign(key, claimsOf({ scp: undefined, azp: undefined, nonce: 'n' }))],
  ['an ID token that names a scope', 'not_an_access_token', () => sign(key, claimsOf({ nonce: 'n' }))],
  ['an app on its own', 'not_an_access_token', () => sign(key, claimsOf({ scp: undefined, roles: ['a'] }))],
  ['an app on its own that names a scope', 'not_an_access_token', () => sign(key, claimsOf({ idtyp: 'app' }))],
  ['no scope', 'not_an_access_token', () => sign(key, claimsOf({ scp: undefined }))],
  ['an empty scope', 'not_an_access_token', () => sign(key, claimsOf({ scp: ' ' }))],
  ['a scope that is a list', 'not_an_access_token', () => sign(key, claimsOf({ scp: ['access_as_user'] }))],
  ['another scope', 'wrong_scope', () => sign(key, claimsOf({ scp: 'access_as_user_too files' }))],
  ['Microsoft Graph', 'wrong_audience', () => sign(key, claimsOf({ aud: '00000003-0000-0000-c000-000000000000' }))],
  ['an audience that is a list', 'wrong_audience', () => sign(key, claimsOf({ aud: [clientId] }))],
  ['no audience', 'wrong_audience', () => sign(key, claimsOf({ aud: undefined }))],
  ['another client', 'wrong_client', () => sign(key, claimsOf({ azp: otherTenantId }))],
  ['no client', 'wrong_client', () => sign(key, claimsOf({ azp: undefined }))],
  ['the client of version 1.0 in 2.0', 'wrong_client', () => sign(key, claimsOf({ azp: undefined, appid: clientId }))],
  ['the client of version 2.0 in 1.0', 'wrong_client', () => sign(key, versionOneClaims({ appid: '', azp: clientId }))],
  ['no object ID', 'token_invalid', () => sign(key, claimsOf({ oid: undefined }))],
  ['an object ID that is no GUID', 'token_invalid', () => sign(key, claimsOf({ oid: 'adele' }))],
  ['an object ID in capitals', 'token_invalid', () => sign(key, claimsOf({ oid: adele.toUpperCase() }))],
]

describe('a token that is refused', () => {
  it.each(badTokens)('%s: %s', async (_, code, token) => {
    const { refusalOf, onRefused } = setUp()
    const bad = await token()
    const refusal = await refusalOf(bad)
    expect(refusal).toBeInstanceOf(TokenRefusedError)
    expect(refusal).toMatchObject({ code })
    expect(onRefused.mock.calls).toEqual([[{ code, reason: (refusal as Error).message }]])
    expect(partsOf(bad).filter((part) => tellsOf(refusal as Error).includes(part))).toEqual([])
  })

  it('does not stop the next one from being accepted', async () => {
    const { verifier, refusalOf } = setUp()
    for (const [, , token] of badTokens) await refusalOf(await token())
    await expect(verifier.verify(await sign(key))).resolves.toBeDefined()
  })

  it.each([
    ['token_missing', 401, true, ''],
    ['token_malformed', 401, false, 'x'],
    ['wrong_scope', 403, false, () => sign(key, claimsOf({ scp: 'other' }))],
    ['wrong_client', 403, false, () => sign(key, claimsOf({ azp: adele }))],
    ['token_expired', 401, true, () => sign(key, claimsOf({ exp: 1 }))],
  ])('tells what to do: %s is %i, retry %s', async (code, status, retry, token) => {
    const { refusalOf } = setUp()
    const given = typeof token === 'string' ? token : await token()
    expect(await refusalOf(given)).toMatchObject({ code, status, retry })
  })

  it('leads to no fetch for a tenant that is not let in, nor for one of a bad form or algorithm', async () => {
    const { endpoint, refusalOf } = setUp()
    await refusalOf(await sign(key, claimsOf(tenantClaims(otherTenantId))))
    await refusalOf('garbage')
    await refusalOf(assemble(headerWith({ alg: 'none' }), claimsOf()))
    await refusalOf(await signWithPublicKey())
    await refusalOf(await sign(key, claimsOf({ iss: 'https://evil' })))
    expect(endpoint.requests).toEqual([])
  })

  it('is refused the same when the log throws', async () => {
    const onRefused = () => {
      throw new Error('disk full')
    }
    expect(await setUp({ onRefused }).refusalOf('x')).toMatchObject({ code: 'token_malformed' })
  })

  it('is one of a personal account even where any organization is let in', async () => {
    const { refusalOf } = setUp({ tenants: 'any-organization' })
    expect(await refusalOf(await sign(key, claimsOf(tenantClaims(PERSONAL_TENANT))))).toMatchObject({
      code: 'wrong_tenant',
    })
  })

  it('is one of Teams where the options name other clients', async () => {
    const { refusalOf } = setUp({ clients: [clientId] })
    expect(await refusalOf(await sign(key, claimsOf({ azp: teamsWeb })))).toMatchObject({ code: 'wrong_client' })
  })

  it('is one whose audience or scope the options do not name', async () => {
    const uri = `api://app.contoso.com/${clientId}`
    const { verifier, refusalOf } = setUp({ audiences: [uri], scopes: ['Chat.Read', 'Chat.Write'] })
    await verifier.verify(await sign(key, versionOneClaims({ aud: uri, scp: 'Chat.Write' })))
    expect(await refusalOf(await sign(key, claimsOf()))).toMatchObject({ code: 'wrong_scope' })
  })
})

describe('the keys', () => {
  it('are fetched when the first token needs them, once for many', async () => {
    const { endpoint, verifier } = setUp()
    expect(endpoint.requests).toEqual([])
    const token = await sign(key)
    await Promise.all(Array.from({ length: 50 }, () => verifier.verify(token)))
    await verifier.verify(token)
    expect(endpoint.requests).toEqual([`${AUTHORITY}/${tenantId}/discovery/v2.0/keys`])
  })

  it('cost one fetch in 30 s, however many tokens name keys that are unknown', async () => {
    let now = NOW
    const { endpoint, verifier, refusalOf } = setUp({ now: () => now })
    await verifier.verify(await sign(key))
    now += 29_000
    for (let i = 0; i < 100; i += 1) await refusalOf(await sign(key, claimsOf(), { kid: `made-up-${i}` }))
    expect(endpoint.requests).toHaveLength(1)
    now += 2_000
    const flood = Array.from({ length: 100 }, async (_, i) => refusalOf(await sign(key, claimsOf(), { kid: `m-${i}` })))
    for (const refusal of await Promise.all(flood))
      expect(refusal).toMatchObject({ code: 'token_invalid', retry: true })
    expect(endpoint.requests).toHaveLength(2)
    await verifier.verify(await sign(key))
  })

  it('are fetched again when the authority signs with a new one', async () => {
    let now = NOW
    const { endpoint, verifier } = setUp({ now: () => now })
    await verifier.verify(await sign(key))
    const next = await createSigningKey('key-2')
    endpoint.keys.push(next.jwk)
    now += 31_000
    await verifier.verify(await sign(next))
    await verifier.verify(await sign(key))
    expect(endpoint.requests).toHaveLength(2)
  })

  it('are refreshed after an hour in the background, so that a withdrawn one is refused', async () => {
    let now = NOW
    const { endpoint, verifier, refusalOf } = setUp({ now: () => now })
    const token = await sign(key, claimsOf({ exp: later + 10_000 }))
    await verifier.verify(token)
    endpoint.keys = [stranger.jwk]
    now += 3_600_000
    await verifier.verify(token)
    await vi.waitFor(async () => expect(await refusalOf(token)).toMatchObject({ code: 'token_invalid' }))
    expect(endpoint.requests).toHaveLength(2)
  })

  it('serve on for a day while the authority is down, and not longer', async () => {
    let now = NOW
    const { endpoint, verifier, refusalOf } = setUp({ now: () => now })
    const token = await sign(key, claimsOf({ exp: later + 200_000 }))
    await verifier.verify(token)
    endpoint.status = 500
    now += 86_000_000
    await verifier.verify(token)
    now += 500_000
    expect(await refusalOf(token)).toMatchObject({ code: 'keys_unavailable', status: 503, retry: true })
  })

  it.each([
    ['an error', async () => Promise.reject(new TypeError('fetch failed'))],
    ['a throw', () => crash()],
    ['status 404', async () => new Response('no', { status: 404 })],
    ['no JSON', async () => new Response('<html>')],
    ['JSON null', async () => Response.json(null)],
    ['no list', async () => Response.json({ keys: 'none' })],
  ])('are unavailable after %s, and asked for again after 5 s, not before', async (_, answer) => {
    let now = NOW
    const endpoint = publish(key)
    const fetch = vi.fn<typeof globalThis.fetch>(answer)
    const verifier = createVerifier(optionsFor(fetch, { now: () => now }))
    const token = await sign(key)
    for (let i = 0; i < 10; i += 1) {
      await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'keys_unavailable', status: 503, retry: true })
    }
    expect(fetch).toHaveBeenCalledTimes(1)
    fetch.mockImplementation(endpoint.fetch)
    now += 5_000
    await expect(verifier.verify(token)).resolves.toBeDefined()
  })

  it('are unavailable after 5 s when fetch ignores its signal', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const verifier = createVerifier(optionsFor(() => new Promise(() => {})))
    const refusal = verifier.verify(await sign(key)).catch((error: unknown) => error)
    await vi.waitUntil(() => vi.getTimerCount() === 1)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await refusal).toMatchObject({ code: 'keys_unavailable' })
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    ['says nothing', () => {}],
    ['stops in the middle', (response: ServerResponse) => response.writeHead(200).write('{"keys":[')],
  ])('are unavailable after 5 s when the server %s, whose connection is then closed', async (_, answer) => {
    const server = createServer((__, response) => void answer(response)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const authority = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const verifier = createVerifier({ clientId, tenants: [tenantId], authority, now: () => NOW })
    const requested = once(server, 'request') as Promise<[IncomingMessage]>
    const claims = claimsOf({ iss: `${authority}/${tenantId}/v2.0` })
    const refusal = verifier.verify(await sign(key, claims)).catch((error: unknown) => error)
    const [request] = await requested
    const closed = new Promise((resolve) => request.socket.on('error', () => {}).on('close', resolve))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await refusal).toMatchObject({ code: 'keys_unavailable', retry: true })
    await closed
    server.close()
  })

  it('leave out what is not for signing, or signs for personal accounts only', async () => {
    const { endpoint, refusalOf, verifier } = setUp()
    const personal = await createSigningKey('personal')
    const encryption = await createSigningKey('encryption')
    endpoint.keys = [
      ...[null, 'x', { kid: 'broken', kty: 'RSA' }, { kid: 'secret', kty: 'oct', k: 'c2VjcmV0' }, { kty: 'RSA' }],
      { ...personal.jwk, issuer: `${AUTHORITY}/${PERSONAL_TENANT}/v2.0` },
      { ...encryption.jwk, use: 'enc' },
      { ...key.jwk, issuer: `${AUTHORITY}/{tenantid}/v2.0` },
    ]
    await expect(verifier.verify(await sign(key))).resolves.toBeDefined()
    expect(await refusalOf(await sign(personal))).toMatchObject({ code: 'token_invalid' })
    expect(await refusalOf(await sign(encryption))).toMatchObject({ code: 'token_invalid' })
  })
})

describe('the options', () => {
  const mistakes: readonly [string, unknown, RegExp][] = [
    ['no options', undefined, /`options` must be an object/],
    ['no client ID', { tenants: [tenantId] }, /`clientId` must be a GUID.*0000/],
    ['no tenants', { clientId }, /`tenants` must be a list of tenant GUIDs.*1111/],
    ['an empty list of tenants', { clientId, tenants: [] }, /`tenants`/],
    ['a star', { clientId, tenants: '*' }, /`tenants`.*any-organization.*'\*'/],
    ['common', { clientId, tenants: 'common' }, /`tenants`.*'common'/],
    ['common in a list', { clientId, tenants: [tenantId, 'common'] }, /`tenants`.*'common'/],
    ['any in a list', { clientId, tenants: ['any-organization'] }, /`tenants`/],
    ['a domain', { clientId, tenants: ['contoso.com'] }, /`tenants`.*'contoso.com'/],
    ['one audience as text', { clientId, tenants: [tenantId], audiences: 'api://x' }, /`audiences` must be a list/],
    ['no scope', { clientId, tenants: [tenantId], scopes: [] }, /`scopes`.*access_as_user/],
    ['a long scope', { clientId, tenants: [tenantId], scopes: ['api://x/y'] }, /`scopes`.*'api:\/\/x\/y'/],
    ['no client', { clientId, tenants: [tenantId], clients: [] }, /`clients`/],
    ['a client that is no GUID', { clientId, tenants: [tenantId], clients: ['teams'] }, /`clients`.*'teams'/],
    ['http', { clientId, tenants: [tenantId], authority: 'http://login.example' }, /`authority`.*https/],
    [
      'a tenant in the authority',
      { clientId, tenants: [tenantId], authority: `${AUTHORITY}/${tenantId}` },
      /`authority`/,
    ],
    [
      'a blank audience',
      { clientId, tenants: [tenantId], audiences: [' '] },
      /`audiences`.*'api:\/\/app\.contoso\.com\/c0/,
    ],
    ['an audience that is a number', { clientId, tenants: [tenantId], audiences: [7] }, /`audiences`.*not number/],
    ['a scope with a space', { clientId, tenants: [tenantId], scopes: ['a b'] }, /`scopes`.*'a b'/],
    ['a scope with a quote', { clientId, tenants: [tenantId], scopes: ['a"'] }, /`scopes`/],
    ['a blank scope', { clientId, tenants: [tenantId], scopes: [' '] }, /`scopes`/],
    ['a scope that is a number', { clientId, tenants: [tenantId], scopes: [7] }, /`scopes`.*not number/],
    ['a clock that is none', { clientId, tenants: [tenantId], now: NOW }, /`now` must be a function/],
    ['a log that is none', { clientId, tenants: [tenantId], onRefused: 'console' }, /`onRefused` must be a function/],
    ['one client as text', { clientId, tenants: [tenantId], clients: clientId }, /`clients` must be a list of GUIDs/],
    ['fetch that is none', { clientId, tenants: [tenantId], fetch: {} }, /`fetch` must be a function/],
    ['a misspelt option', { clientId, tenants: [tenantId], audience: 'x' }, /`audience` must be one of/],
  ]

  it('take GUIDs in capitals for what they are', async () => {
    const { verifier } = setUp({
      clientId: clientId.toUpperCase(),
      tenants: [tenantId.toUpperCase()],
      clients: [teamsWeb.toUpperCase()],
    })
    await expect(verifier.verify(await sign(key, claimsOf({ azp: teamsWeb })))).resolves.toBeDefined()
    expect(verifier.policy).toEqual({ clientId, authority: AUTHORITY, tenants: [tenantId], scopes: ['access_as_user'] })
  })

  it('are copied, and so is what they tell of themselves', () => {
    const tenants = [tenantId]
    const { policy } = setUp({ tenants }).verifier
    tenants.push(otherTenantId)
    expect(policy?.tenants).toEqual([tenantId])
    expect([policy, policy?.tenants, policy?.scopes].map((each) => Object.isFrozen(each))).toEqual([true, true, true])
  })

  it('go by the clock of the machine where they name none', async () => {
    const { fetch } = publish(key)
    const verifier = createVerifier({ clientId, tenants: [tenantId], fetch, onRefused: () => {} })
    await expect(verifier.verify(await sign(key, claimsOf({}, Date.now())))).resolves.toBeDefined()
    const old = await sign(key, claimsOf({}, Date.now() - 7_200_000))
    await expect(verifier.verify(old)).rejects.toMatchObject({ code: 'token_expired' })
  })

  it.each(mistakes)('are refused at once: %s', (_, options, message) => {
    expect(() => createVerifier(options as VerifierOptions)).toThrow(
      expect.objectContaining({ name: 'AuthError', code: 'config_invalid', message: expect.stringMatching(message) }),
    )
  })
})

function tenantClaims(tid: string) {
  return { tid, iss: issuer(tid) }
}

function issuer(tid: string): string {
  return `${AUTHORITY}/${tid}/v2.0`
}

function headerWith(changes: object) {
  return { alg: 'RS256', typ: 'JWT', kid: 'key-1', ...changes }
}

async function signWithPublicKey(): Promise<string> {
  const secret = await exportSPKI((await importJWK(key.jwk, 'RS256', { extractable: true })) as CryptoKey)
  const [header, payload] = assemble(headerWith({ alg: 'HS256' }), claimsOf()).split('.')
  return `${header}.${payload}.${createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url')}`
}

async function signWithPss(): Promise<string> {
  const privateKey = await importJWK({ ...(await exportJWK(key.privateKey)), alg: 'PS256' }, 'PS256')
  return new SignJWT(claimsOf()).setProtectedHeader({ alg: 'PS256', kid: 'key-1' }).sign(privateKey)
}

/** A well-signed token of these texts, in place of the brace that its JSON begins with. */
async function signRaw(header = '{', payload = '{', changes: Claims = {}): Promise<string> {
  const texts = [header + JSON.stringify(headerWith({})).slice(1), payload + JSON.stringify(claimsOf(changes)).slice(1)]
  const signed = texts.map((text) => Buffer.from(text).toString('base64url')).join('.')
  const bytes = new TextEncoder().encode(signed)
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key.privateKey, bytes)
  return `${signed}.${Buffer.from(signature).toString('base64url')}`
}

/** One whose header and claims end within a group of base64url, so that their last characters have bits to spare. */
async function signOdd(): Promise<string> {
  for (let length = 0; ; length += 1) {
    const token = await sign(key, claimsOf({ filler: 'a'.repeat(length) }), { filler: 'a'.repeat(length) })
    const [header = '', payload = ''] = token.split('.')
    if (header.length % 4 !== 0 && payload.length % 4 !== 0) return token
  }
}

/** The same bytes with other bits in what the last character of a part has to spare. */
function respell(token: string, part: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const parts = token.split('.')
  const text = parts[part] ?? ''
  const other = text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1) ?? '') + 1]
  expect(Buffer.from(other, 'base64url')).toEqual(Buffer.from(text, 'base64url'))
  parts[part] = other
  return parts.join('.')
}

/** A byte in a text that no UTF-8 has. */
function withBytes(token: string, part: number): string {
  const parts = token.split('.')
  const bytes = Buffer.from(parts[part] ?? '', 'base64url')
  bytes[bytes.indexOf('Adele')] = 0xff
  parts[part] = bytes.toString('base64url')
  return parts.join('.')
}

async function swapSignature(): Promise<string> {
  const [header, payload] = (await sign(key, claimsOf({ name: 'Eve' }))).split('.')
  return `${header}.${payload}.${(await sign(key)).split('.')[2]}`
}

function crash(): never {
  throw new Error('crash')
}

const hostile = {
  toString: crash,
  get token(): never {
    return crash()
  },
}

/** What must not show up in an error: the parts of a token that are long enough to be recognized. */
function partsOf(token: unknown): readonly string[] {
  return typeof token === 'string' ? [token, ...token.split('.')].filter((part) => part.length > 8) : []
}

function tellsOf(error: Error): string {
  return `${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`
}
