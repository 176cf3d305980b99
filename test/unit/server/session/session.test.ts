// @vitest-environment node
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, request as send } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { EncryptJWT, jwtDecrypt } from 'jose'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  createSessions,
  createVerifier,
  type SessionsOptions,
  type Verifier,
  type VerifierOptions,
} from '../../../../src/server/index.js'
import { isIsolated } from '../../../../src/server/session/fetch-metadata.js'
import {
  adele,
  claimsOf,
  clientId,
  createSigningKey,
  NOW,
  optionsFor,
  otherTenantId,
  publish,
  type SigningKey,
  sign,
  tenantId,
} from '../authority.js'

const secret = 'a secret of these tests that is long enough'
const url = 'https://app.example/session'
const ELSEWHERE = 'https://portal.example'
const key = `entra:${tenantId}:${adele}`

let signer: SigningKey
let token: string
let verifier: Verifier
let time = NOW

beforeAll(async () => {
  // What it tells a developer is in development.test.ts.
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  signer = await createSigningKey('key-1')
  token = await sign(signer)
  verifier = createVerifier(optionsFor(publish(signer).fetch, { now: () => time }))
})
afterEach(() => {
  time = NOW
  vi.useRealTimers()
})

const open = (changes: Partial<SessionsOptions> = {}) =>
  createSessions({ verifier, secret, now: () => time, ...changes })

/** What no verifier with the policy of that one gives. */
const noScopes = { key, tenantId, objectId: adele, expiresAt: NOW + 60_000 }

const request = (method: string, headers: Record<string, string> = {}, at = url) => new Request(at, { method, headers })
const post = (headers: Record<string, string> = {}, at = url) =>
  request('POST', { authorization: `Bearer ${token}`, ...headers }, at)

/** The cookies that a browser would keep, as it sends them. */
function jarOf(response: Response): string {
  const kept = new Map<string, string>()
  for (const cookie of response.headers.getSetCookie()) {
    const [pair = ''] = cookie.split(';')
    const [name = '', value = ''] = pair.split('=')
    if (cookie.includes('Max-Age=0')) kept.delete(name)
    else kept.set(name, value)
  }
  return [...kept].map((pair) => pair.join('=')).join('; ')
}

async function cookieFrom(sessions = open(), headers: Record<string, string> = {}): Promise<string> {
  return jarOf(await sessions.handle(post(headers)))
}

async function codeOf(response: Response): Promise<[number, unknown]> {
  return [response.status, ((await response.json()) as { code?: unknown }).code]
}

describe('POST with a token', () => {
  it('begins a session that ends with the token', async () => {
    const sessions = open()
    const response = await sessions.handle(post())
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ key, expiresInMs: 3_600_000 })
    expect(await sessions.read(request('GET', { cookie: jarOf(response) }))).toEqual({
      key,
      tenantId,
      objectId: adele,
      scopes: ['access_as_user'],
      expiresAt: NOW + 3_600_000,
    })
  })

  it('ends it sooner if the options say so, and never later than the token', async () => {
    const sooner = await open({ lifetimeMs: 600_000 }).handle(post())
    expect(await sooner.json()).toMatchObject({ expiresInMs: 600_000 })
    expect(sooner.headers.getSetCookie()[1]).toMatch(/; Max-Age=600$/)
    const later = await open({ lifetimeMs: 86_400_000 }).handle(post())
    expect(await later.json()).toMatchObject({ expiresInMs: 3_600_000 })
  })

  it('ends the session, its cookie and what it tells at the same whole second', async () => {
    time = NOW + 700
    const response = await open().handle(post())
    const { expiresInMs } = (await response.json()) as { expiresInMs: number }
    expect((time + expiresInMs) % 1000).toBe(0)
    expect(time + expiresInMs).toBeLessThanOrEqual(NOW + 3_600_000)
  })

  it('sets a cookie for a page at the top that no other site can send', async () => {
    const cookies = (await open().handle(post({ 'x-twodoor-context': 'top' }))).headers.getSetCookie()
    expect(cookies.at(-1)).toMatch(/^__Host-session=[\w.-]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=3600$/)
  })

  it('sets a partitioned cookie for a framed page only', async () => {
    const cookies = (await open().handle(post({ 'x-twodoor-context': 'framed' }))).headers.getSetCookie()
    const attributes = 'Path=/; Secure; HttpOnly; SameSite=None; Partitioned; Max-Age=3600'
    expect(cookies.at(-1)?.replace(/=[^;]+/, '')).toBe(`__Host-session; ${attributes}`)
  })

  it.each([
    ['cross-site', 'cors', 'SameSite=None; Partitioned'],
    ['same-site', 'cors', 'SameSite=Lax'],
    ['same-origin', 'cors', 'SameSite=Lax'],
    ['cross-site', 'navigate', 'SameSite=Lax'],
  ])('sets one that browsers keep for a page that calls from elsewhere: %s, %s', async (site, mode, attributes) => {
    const headers = { origin: ELSEWHERE, 'sec-fetch-site': site, 'sec-fetch-mode': mode }
    const cookies = (await open({ origins: [ELSEWHERE] }).handle(post(headers))).headers.getSetCookie()
    expect(cookies.at(-1)).toContain(attributes)
  })

  it('first removes the cookie of the other jar, which a frame of the same site shares', async () => {
    const [top, framed] = await Promise.all(
      ['top', 'framed'].map((context) => open().handle(post({ 'x-twodoor-context': context }))),
    )
    expect(top?.headers.getSetCookie()[0]).toMatch(/^__Host-session=;.*Partitioned; Max-Age=0$/)
    expect(framed?.headers.getSetCookie()[0]).toMatch(/^__Host-session=;.*SameSite=Lax; Max-Age=0$/)
  })

  it('sets the attribute Secure although a proxy has ended TLS', async () => {
    const response = await open().handle(post({ origin: 'https://app.example' }, 'http://app.example/session'))
    expect(response.headers.getSetCookie().at(-1)).toContain('; Secure;')
  })

  it('puts neither the token nor the name of anybody into the cookie in a readable form', async () => {
    const cookie = await cookieFrom()
    const text = cookie.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))
    for (const secretText of [token, token.split('.')[2], adele, tenantId]) {
      expect(`${cookie} ${text}`).not.toContain(secretText)
    }
  })

  it.each([
    ['there is no token', {}, 401, 'token_missing'],
    ['the token is no JWT', { authorization: 'Bearer abc' }, 401, 'token_malformed'],
    ['the header is malformed', { authorization: 'Bearer a b' }, 400, 'request_malformed'],
    ['the context is unknown', { 'x-twodoor-context': 'popup' }, 400, 'wrong_context'],
  ])('is refused without a cookie if %s', async (_, headers, status, code) => {
    const response = await open().handle(request('POST', headers))
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await codeOf(response)).toEqual([status, code])
  })

  it('tells the client about a refused token what RFC 6750 wants', async () => {
    const response = await open().handle(request('POST', { authorization: 'Bearer abc' }))
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"')
  })

  it('begins no session with a token of the last minute, which the verifier lets pass', async () => {
    time = NOW + 3_600_000 + 30_000
    const response = await open().handle(post())
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer realm="api", error="invalid_token", error_description="token_expired"',
    )
    expect(await codeOf(response)).toEqual([401, 'token_expired'])
  })

  it('begins one with a token that has a whole second left, and none with less', async () => {
    time = NOW + 3_599_000
    expect(await (await open().handle(post())).json()).toEqual({ key, expiresInMs: 1_000 })
    time += 1
    expect(await codeOf(await open().handle(post()))).toEqual([401, 'token_expired'])
  })

  it('is answered with 503 if a verifier of the app’s own never answers', async () => {
    vi.useFakeTimers()
    const handled = open({ verifier: { verify: () => new Promise(() => {}) } }).handle(post())
    await vi.advanceTimersByTimeAsync(8_000)
    expect(await codeOf(await handled)).toEqual([503, 'temporarily_unavailable'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    ...[undefined, null, 'x', {}, { key }, noScopes],
    ...[{ key: undefined }, { tenantId: 7 }, { objectId: undefined }, { expiresAt: Number.NaN }].map((wrong) => ({
      ...noScopes,
      scopes: ['access_as_user'],
      ...wrong,
    })),
    { ...noScopes, scopes: ['access_as_user', 7] },
  ])('is answered with 503 if such a verifier gives %j for an identity', async (identity) => {
    const own = { ...verifier, verify: async () => identity } as unknown as Verifier
    expect(await codeOf(await open({ verifier: own }).handle(post()))).toEqual([503, 'temporarily_unavailable'])
  })

  it('does not read the body', async () => {
    const body = new ReadableStream({ pull: () => expect.unreachable() }, { highWaterMark: 0 })
    const init = { method: 'POST', headers: { authorization: `Bearer ${token}` }, body, duplex: 'half' }
    expect((await open().handle(new Request(url, init as RequestInit))).status).toBe(200)
  })
})

describe('GET', () => {
  it('tells of the session and how long it lasts yet', async () => {
    const cookie = await cookieFrom()
    time += 600_000
    const response = await open().handle(request('GET', { cookie }))
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ key, expiresInMs: 3_000_000 })
  })

  it('is answered with 401 without a session, and names the scheme', async () => {
    const response = await open().handle(request('GET'))
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="api"')
    expect(await codeOf(response)).toEqual([401, 'session_missing'])
  })
})

describe('DELETE', () => {
  it('removes the cookie from both jars', async () => {
    const response = await open().handle(request('DELETE'))
    expect(response.status).toBe(204)
    expect(response.headers.getSetCookie()).toEqual([
      '__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0',
      '__Host-session=; Path=/; Secure; HttpOnly; SameSite=None; Partitioned; Max-Age=0',
    ])
  })
})

describe('any answer', () => {
  it.each(['PUT', 'PATCH', 'HEAD', 'OPTIONS'])('to %s is 405 and says what is allowed', async (method) => {
    const response = await open().handle(request(method))
    expect(await codeOf(response)).toEqual([405, 'method_not_allowed'])
    expect(response.headers.get('allow')).toBe('GET, POST, DELETE')
  })

  it.each(['GET', 'POST', 'DELETE', 'PUT'])('to %s is stored by nobody', async (method) => {
    const { headers } = await open().handle(request(method))
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('vary')).toBe('Origin')
  })
})

describe('the session of a request', () => {
  it.each([
    ['among other cookies', (cookie: string) => `a=b; ${cookie}; c="d=e"; ; =`],
    ['without spaces', (cookie: string) => `a=b;${cookie};c=d`],
  ])('is found %s', async (_, around) => {
    expect(await open().read(request('GET', { cookie: around(await cookieFrom()) }))).toMatchObject({ key })
  })

  it('is found in a request of Node', async () => {
    const cookie = await cookieFrom()
    expect(await open().read({ headers: { cookie } })).toMatchObject({ key })
    expect(await open().read({ headers: {}, headersDistinct: { cookie: ['a=b', cookie] } })).toMatchObject({ key })
  })

  it('ends when it says', async () => {
    const cookie = await cookieFrom()
    time = NOW + 3_599_999
    expect(await open().read(request('GET', { cookie }))).toMatchObject({ key })
    time = NOW + 3_600_000
    expect(await open().read(request('GET', { cookie }))).toBeUndefined()
  })

  it.each<[string, (cookie: string) => string]>([
    ['two cookies of the name', (cookie) => `${cookie}; ${cookie}`],
    ['a second, empty one', (cookie) => `${cookie}; __Host-session=`],
    ['another name', (cookie) => cookie.replace('session', 'sessions')],
    ['another case', (cookie) => cookie.toLowerCase()],
    ['no prefix', (cookie) => cookie.replace('__Host-', '')],
    ['a space in the middle', (cookie) => `${cookie.slice(0, 40)} ${cookie.slice(40)}`],
    ['quotes', (cookie) => cookie.replace(/=(.*)/, '="$1"')],
    ['one character changed', (cookie) => cookie.slice(0, -2) + (cookie.at(-2) === 'A' ? 'B' : 'A') + cookie.at(-1)],
    ['a part left out', (cookie) => cookie.slice(0, cookie.lastIndexOf('.'))],
    ['half of it', (cookie) => cookie.slice(0, cookie.length / 2)],
    ['a cookie longer than a browser keeps', (cookie) => `${cookie}${'A'.repeat(5_000)}`],
    ['a megabyte', (cookie) => `${'a'.repeat(1_000_000)}; ${cookie}`],
    ['a megabyte of semicolons', (cookie) => `${';'.repeat(1_000_000)}${cookie}`],
    ['nothing in it', () => '__Host-session='],
    ['the name alone', () => '__Host-session'],
    ['other things', () => '__Host-session=null; x'],
    ['the access token', () => `__Host-session=${token}`],
    ['an unsigned JWT', () => '__Host-session=eyJhbGciOiJub25lIn0.e30.'],
  ])('is not found in %s', async (_, change) => {
    const headers = { cookie: change(await cookieFrom()) }
    expect(await open().read({ headers })).toBeUndefined()
    expect((await open().handle({ method: 'GET', url: '/session', headers })).status).toBe(401)
  })

  it.each<unknown>([{}, { headers: null }, { headers: { cookie: 7 } }, { headers: { cookie: [null] } }, null])(
    'is not found in %j, and nothing is thrown',
    async (given) => {
      expect(await open().read(given as Request)).toBeUndefined()
    },
  )

  it('is not found under another secret, or another name', async () => {
    const cookie = await cookieFrom()
    const other = open({ secret: 'another secret of these tests, long enough too' })
    expect(await other.read(request('GET', { cookie }))).toBeUndefined()
    const renamed = { cookie: cookie.replace('session', 'other') }
    expect(await open({ name: 'other' }).read(request('GET', renamed))).toBeUndefined()
  })

  it('is not found in what somebody sealed with the secret itself', async () => {
    const bytes = new TextEncoder().encode('0123456789abcdef0123456789abcdef')
    const forged = await new EncryptJWT({ key, tid: tenantId, oid: adele, scp: 'access_as_user' })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(NOW / 1000 + 3600)
      .encrypt(bytes)
    expect((await jwtDecrypt(forged, bytes, { currentDate: new Date(NOW) })).payload).toMatchObject({ key })
    expect(await open({ secret: bytes }).read({ headers: { cookie: `__Host-session=${forged}` } })).toBeUndefined()
  })

  it('survives the rotation of the secret: the first seals, all open', async () => {
    const next = 'the next secret of these tests, long enough too'
    const old = await cookieFrom()
    const rotated = open({ secret: [next, secret] })
    expect(await rotated.read({ headers: { cookie: old } })).toMatchObject({ key })
    const fresh = await cookieFrom(rotated)
    expect(await open({ secret: next }).read({ headers: { cookie: fresh } })).toMatchObject({ key })
    expect(await open().read({ headers: { cookie: fresh } })).toBeUndefined()
  })
})

describe('the origin of a request', () => {
  const own = 'https://app.example'
  const cases: [string, Record<string, string>, boolean][] = [
    ['the own origin', { origin: own }, true],
    ['another site', { origin: 'https://evil.example' }, false],
    ['a subdomain', { origin: 'https://x.app.example' }, false],
    ['a longer name', { origin: 'https://app.example.evil.example' }, false],
    ['another port', { origin: 'https://app.example:8443' }, false],
    ['the own host without encryption', { origin: 'http://app.example' }, false],
    ['a sandboxed page', { origin: 'null' }, false],
    ['a sandboxed page, whose browser tells', { origin: 'null', 'sec-fetch-site': 'cross-site' }, false],
    ['a page that hides its origin, from the same site', { origin: 'null', 'sec-fetch-site': 'same-site' }, false],
    ['none that is told twice', { origin: 'null', 'sec-fetch-site': 'same-origin, same-origin' }, false],
    ['a page of this origin with no-referrer', { origin: 'null', 'sec-fetch-site': 'same-origin' }, true],
    ['a page that hides its origin, from the address bar', { origin: 'null', 'sec-fetch-site': 'none' }, false],
    ['an empty one', { origin: '' }, false],
    ['a malformed one', { origin: 'app.example' }, false],
    ['two', { origin: `${own}, https://evil.example` }, false],
    ['none at all', {}, true],
    ['none, from this origin', { 'sec-fetch-site': 'same-origin' }, true],
    ['none, from the address bar', { 'sec-fetch-site': 'none' }, true],
    ['none, from the same site', { 'sec-fetch-site': 'same-site' }, false],
    ['none, from another site', { 'sec-fetch-site': 'cross-site' }, false],
    ['none, from nowhere known', { 'sec-fetch-site': 'x' }, false],
    ['the own one, whatever the browser says of the site', { origin: own, 'sec-fetch-site': 'cross-site' }, true],
  ]

  it.each(cases)('%s', async (_, headers, allowed) => {
    const sessions = open()
    expect((await sessions.handle(post(headers))).status).toBe(allowed ? 200 : 403)
    expect((await sessions.handle(request('DELETE', headers))).status).toBe(allowed ? 204 : 403)
    expect(sessions.isAllowedOrigin(request('GET', headers))).toBe(allowed)
    const ofNode = { method: 'GET', url: '/socket', headers: { host: 'app.example', ...headers } }
    expect(sessions.isAllowedOrigin(ofNode)).toBe(allowed)
  })

  it('is told by a code, without a cookie', async () => {
    const response = await open().handle(post({ origin: 'https://evil.example' }))
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await codeOf(response)).toEqual([403, 'wrong_origin'])
  })

  it('matters to GET as well', async () => {
    const headers = { cookie: await cookieFrom(), origin: 'https://evil.example' }
    expect(await codeOf(await open().handle(request('GET', headers)))).toEqual([403, 'wrong_origin'])
  })

  it('is one of the list, if there is one, and then no longer the own', () => {
    const { isAllowedOrigin } = open({ origins: ['https://www.example', 'http://localhost:5173/'] })
    const from = (origin: string) => isAllowedOrigin(request('POST', { origin }))
    expect(from('https://www.example')).toBe(true)
    expect(from('http://localhost:5173')).toBe(true)
    expect(from(own)).toBe(false)
  })

  it('is the own also where a proxy adds the port that needs no telling', () => {
    const of = (host: string, origin: string) =>
      open().isAllowedOrigin({ method: 'POST', url: '/', headers: { host, origin } })
    expect(of('app.example:443', own)).toBe(true)
    expect(of('app.example:80', own)).toBe(true)
    expect(of('app.example:8443', own)).toBe(false)
    expect(of('app.example:443', 'https://app.example:8443')).toBe(false)
  })

  it('may be http on loopback', () => {
    const local = 'http://localhost:3000'
    expect(open().isAllowedOrigin(request('POST', { origin: local }, `${local}/session`))).toBe(true)
  })

  it('has to be allowed each time that it is told, as has the site', () => {
    const of = (headersDistinct: Record<string, string[]>) =>
      open().isAllowedOrigin({ url, headers: {}, headersDistinct: { host: ['app.example'], ...headersDistinct } })
    expect(of({ origin: [own, own] })).toBe(true)
    expect(of({ origin: [own, 'https://evil.example'] })).toBe(false)
    expect(of({ 'sec-fetch-site': ['same-origin', 'none'] })).toBe(true)
    expect(of({ 'sec-fetch-site': ['same-origin', 'cross-site'] })).toBe(false)
  })

  it.each(['app.example', 'a b', '', '://'])('is not the own where it is none: %j', (origin) => {
    expect(open().isAllowedOrigin({ url, headers: { host: 'app.example', origin } })).toBe(false)
  })

  it.each([{}, { host: ['app.example', 'evil.example'] }, { host: ':::' }, { host: '' }])(
    'is not the own where the host is not known: %j',
    (headers) => {
      expect(open().isAllowedOrigin({ url: '/', headers: { origin: own, ...headers } })).toBe(false)
    },
  )
})

describe('resource isolation', () => {
  const own = 'https://app.example'
  const evil = 'https://evil.example'
  const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  const image = { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }
  const fetched = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
  const from = (site: string, more: object = {}) => ({ 'sec-fetch-site': site, ...more })
  type Case = [name: string, headers: Record<string, string>, passes: boolean, method?: string]

  const cases: Case[] = [
    ['a client that is no browser', {}, true],
    ['a page of this origin fetches', from('same-origin', fetched), true],
    ['a page of this origin shows an image', from('same-origin', image), true],
    ['a page of this origin opens a socket', from('same-origin', { origin: own, 'sec-fetch-mode': 'websocket' }), true],
    ['the address bar', from('none', navigation), true],
    ['a link in a mail', from('cross-site', navigation), true],
    ['a link of a sibling', from('same-site', navigation), true],
    ['a form of another page, by GET', from('cross-site', navigation), true],
    ['a form of this origin', from('same-origin', { ...navigation, origin: own }), true, 'POST'],
    [
      'a form of this origin, on a page with no-referrer',
      from('same-origin', { ...navigation, origin: 'null' }),
      true,
      'POST',
    ],
    ['a form of another page', from('cross-site', { ...navigation, origin: evil }), false, 'POST'],
    [
      'a form of another page that hides its origin',
      from('cross-site', { ...navigation, origin: 'null' }),
      false,
      'POST',
    ],
    ['a navigation by another method', from('cross-site', navigation), false, 'POST'],
    ['a navigation of no known method', from('cross-site', navigation), false, ''],
    ['a navigation with an origin', from('cross-site', { ...navigation, origin: evil }), false],
    ['a neighbour in the same host fetches', from('cross-site', { ...fetched, origin: evil }), false],
    ['a neighbour that hides its origin fetches', from('cross-site', { ...fetched, origin: 'null' }), false],
    ['a neighbour fetches without CORS', from('cross-site', { ...fetched, 'sec-fetch-mode': 'no-cors' }), false],
    ['a neighbour shows an image', from('cross-site', image), false],
    ['a sibling shows an image', from('same-site', image), false],
    ['a neighbour loads a script', from('cross-site', { ...image, 'sec-fetch-dest': 'script' }), false],
    ['a neighbour frames the page', from('cross-site', { ...navigation, 'sec-fetch-dest': 'iframe' }), false],
    ['a neighbour embeds the page', from('cross-site', { ...navigation, 'sec-fetch-dest': 'object' }), false],
    ['a neighbour opens a socket', from('cross-site', { origin: evil, 'sec-fetch-mode': 'websocket' }), false],
    ['an old browser that tells the origin alone', { origin: evil }, false],
    ['a site that is not known', from('x', fetched), false],
    ['two sites', from('same-origin, cross-site', fetched), false],
    ['a mode that is written otherwise', from('cross-site', { ...navigation, 'sec-fetch-mode': 'Navigate' }), false],
  ]

  it.each(cases)('%s', async (_, headers, passes, method = 'GET') => {
    const sessions = open()
    const cookie = await cookieFrom(sessions)
    const given = { method, url: '/session', headers: { host: 'app.example', cookie, ...headers } }
    expect(isIsolated(given, undefined)).toBe(passes)
    expect(await sessions.read(given)).toEqual(passes ? expect.objectContaining({ key }) : undefined)
    if (method) expect((await sessions.handle(given)).status === 403).toBe(!passes)
  })

  it('lets those pass that are named, where the browser tells who they are', async () => {
    const sessions = open({ origins: ['https://www.example', own] })
    const cookie = await cookieFrom(sessions)
    const of = (headers: Record<string, string>) => sessions.read(request('GET', { cookie, ...headers }))
    expect(await of(from('cross-site', { ...fetched, origin: 'https://www.example' }))).toMatchObject({ key })
    expect(await of(from('cross-site', image))).toBeUndefined()
    expect(await of(from('cross-site', { ...image, origin: evil }))).toBeUndefined()
  })
})

describe('a session of another app with the same secret', () => {
  const otherClient = 'c0000000-0000-4000-8000-000000000002'
  const verifierWith = (changes: Partial<VerifierOptions>) =>
    createVerifier(optionsFor(publish(signer).fetch, { now: () => time, ...changes }))

  it.each<[string, Partial<VerifierOptions>]>([
    ['for another client ID', { clientId: otherClient, audiences: [clientId] }],
    ['at another authority', { authority: 'https://login.microsoftonline.us' }],
    ['without this tenant', { tenants: [otherTenantId] }],
    ['that needs another scope', { scopes: ['admin'] }],
  ])('is none %s', async (_, changes) => {
    const cookie = await cookieFrom()
    expect(await open().read(request('GET', { cookie }))).toMatchObject({ key })
    expect(await open({ verifier: verifierWith(changes) }).read(request('GET', { cookie }))).toBeUndefined()
  })

  it.each<[string, Partial<VerifierOptions>]>([
    ['one more tenant', { tenants: [otherTenantId, tenantId] }],
    ['any organization', { tenants: 'any-organization' }],
    ['one more scope', { scopes: ['admin', 'access_as_user'] }],
  ])('is one for the same app with %s', async (_, changes) => {
    const cookie = await cookieFrom()
    expect(await open({ verifier: verifierWith(changes) }).read(request('GET', { cookie }))).toMatchObject({ key })
  })

  it('keeps the scopes of its token', async () => {
    const scp = 'access_as_user files.read'
    const headers = { authorization: `Bearer ${await sign(signer, claimsOf({ scp }))}` }
    const cookie = await cookieFrom(open(), headers)
    expect(await open().read(request('GET', { cookie }))).toMatchObject({ scopes: scp.split(' ') })
  })

  it('is bound to the secret and the name alone where a verifier of the app’s own says no more', async () => {
    const own = {
      verify: async () => ({ key, tenantId, objectId: adele, expiresAt: NOW + 60_000, claims: {} }),
    } as Verifier
    const cookie = await cookieFrom(open({ verifier: own }))
    expect(await open({ verifier: own }).read(request('GET', { cookie }))).toMatchObject({ key, scopes: [] })
    expect(await open().read(request('GET', { cookie }))).toBeUndefined()
  })
})

describe('a cookie that a sibling subdomain has set', () => {
  // Browsers see no `__Host-` at the beginning of such a name, and let anybody set it for the whole domain.
  it.each(['\u00a0', '\ufeff', '\u000b', '\u000c', '\u2028', '\u3000', '\r', '\n', '\u0000', '\u0085'])(
    'is not taken for the session: %j before the name',
    async (space) => {
      const cookie = await cookieFrom()
      expect(await open().read({ headers: { cookie: `${space}${cookie}` } })).toBeUndefined()
      const both = { headers: { cookie: `${space}__Host-session=planted; ${cookie}` } }
      expect(await open().read(both)).toMatchObject({ key })
      expect(await open().read({ headers: { cookie: `a=b; ${cookie}${space}` } })).toBeUndefined()
    },
  )

  it.each([' ', '\t', ' \t '])('is another matter with what servers have to ignore: %j', async (space) => {
    expect(await open().read({ headers: { cookie: `a=b;${space}${await cookieFrom()}` } })).toMatchObject({ key })
  })

  it('is looked for in linear time', async () => {
    const cookie = await cookieFrom()
    const headers = { cookie: `a${' '.repeat(60_000)}b; ${cookie}` }
    expect(await open().read({ headers })).toMatchObject({ key })
  })
})

describe('Express', () => {
  it('lets a page begin, use and end a session', async () => {
    const app = express()
    const sessions = open()
    app.use('/session', sessions.listener)
    app.get('/me', async (incoming, outgoing) => {
      const session = await sessions.read(incoming)
      outgoing.json({ key: session?.key })
    })
    const server = createServer(app).listen(0, '127.0.0.1')
    await new Promise((done) => server.once('listening', done))
    try {
      const ask = (method: string, path: string, headers: Record<string, string>) =>
        askOverHttp((server.address() as AddressInfo).port, method, path, headers)
      const headers = { host: 'app.example', origin: 'https://app.example', authorization: `Bearer ${token}` }
      const begun = await ask('POST', '/session', headers)
      expect(begun).toMatchObject({ status: 200, body: { key, expiresInMs: 3_600_000 } })
      expect(begun.cookies).toHaveLength(2)
      const cookie = String(begun.cookies[1]).split(';')[0] as string
      expect(await ask('GET', '/me', { cookie })).toMatchObject({ body: { key } })
      expect(await ask('GET', '/session', { cookie })).toMatchObject({ status: 200, body: { key } })
      expect(await ask('DELETE', '/session', { host: 'app.example' })).toMatchObject({ status: 204, body: '' })
      expect(await ask('POST', '/session', { ...headers, host: 'evil.example' })).toMatchObject({ status: 403 })
      expect(await ask('TRACE', '/session', {})).toMatchObject({ status: 405 })
    } finally {
      await new Promise((done) => server.close(done))
    }
  })
})

describe('a listener', () => {
  it('answers nothing more where the response was sent meanwhile, and does not reject', async () => {
    let goOn = () => {}
    const isAnswered = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const slow: Verifier = { ...verifier, verify: (given) => isAnswered.then(() => verifier.verify(given)) }
    const { listener } = open({ verifier: slow })
    const listened = vi.fn<(outcome: unknown) => void>()
    const answer: RequestListener = (incoming, outgoing) => {
      void listener(incoming, outgoing).then(() => listened('resolved'), listened)
      outgoing.writeHead(503).end('too late', goOn)
    }
    const server = createServer(answer).listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const headers = { host: 'app.example', origin: 'https://app.example', authorization: `Bearer ${token}` }
      const { port } = server.address() as AddressInfo
      expect(await askOverHttp(port, 'POST', '/session', headers)).toMatchObject({ status: 503, body: 'too late' })
      await vi.waitFor(() => expect(listened).toHaveBeenCalledExactlyOnceWith('resolved'))
    } finally {
      await new Promise((done) => server.close(done))
    }
  })

  it.each([
    ['of its own origin', 'app.example', 200],
    ['of another one', 'evil.example', 403],
  ])('takes over HTTP/2 the POST of a page %s for that', async (_which, authority, status) => {
    const server = createHttp2Server(open().listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    try {
      const path = { ':method': 'POST', ':path': '/session', ':authority': authority }
      const asked = client.request({ ...path, origin: 'https://app.example', authorization: `Bearer ${token}` })
      asked.resume()
      const [answered] = await once(asked, 'response')
      expect(answered).toMatchObject({ ':status': status })
    } finally {
      client.destroy()
      await new Promise((done) => server.close(done))
    }
  })
})

describe('the options of sessions', () => {
  it.each<[string, object, RegExp]>([
    ['no verifier', { verifier: undefined }, /`verifier` must be a verifier/],
    ['a verifier that cannot verify', { verifier: {} }, /`verifier`/],
    ['no secret', { secret: undefined }, /`secret` must be 32 random bytes/],
    ['an empty list of secrets', { secret: [] }, /`secret`/],
    ['a short secret', { secret: 'hunter2' }, /`secret`.*not 'a shorter one'/],
    ['a short one in a list', { secret: [secret, 'hunter2'] }, /`secret`/],
    ['short bytes', { secret: new Uint8Array(31) }, /`secret`/],
    ['a number for a secret', { secret: 7 }, /`secret`.*not number/],
    ['a name with a space', { name: 'a b' }, /`name` must be letters/],
    ['a name that ends the cookie', { name: 'a=b; Domain=x' }, /`name`/],
    ['an empty name', { name: '' }, /`name`/],
    ['a number for a name', { name: 7 }, /`name`/],
    ['a name of 65 letters', { name: 'a'.repeat(65) }, /`name`/],
    ['a lifetime in text', { lifetimeMs: '3600000' }, /`lifetimeMs` must be milliseconds/],
    ['a lifetime too short to renew', { lifetimeMs: 59_999 }, /`lifetimeMs`/],
    ['a lifetime of more than a day', { lifetimeMs: 86_400_001 }, /`lifetimeMs`/],
    ['no lifetime', { lifetimeMs: Number.NaN }, /`lifetimeMs`/],
    ['a clock that stands', { now: 7 }, /`now`/],
    ['one origin', { origins: 'https://app.example' }, /`origins` must be a list/],
    ['no origins', { origins: [] }, /`origins`/],
    ['a path', { origins: ['https://app.example/x'] }, /`origins\[0\]` must be an https origin/],
    ['plain http', { origins: ['https://a.example', 'http://app.example'] }, /`origins\[1\]`/],
    ['a wildcard', { origins: ['*'] }, /`origins\[0\]`/],
    ['a misspelt option', { lifetime: 1 }, /must be one of/],
  ])('are refused by name: %s', (_, changes, message) => {
    const attempt = () => open(changes as Partial<SessionsOptions>)
    expect(attempt).toThrow(expect.objectContaining({ name: 'AuthError', code: 'config_invalid' }))
    expect(attempt).toThrow(message)
    expect(attempt).not.toThrow(/hunter2/)
  })

  it('may be left out with undefined', async () => {
    const changes = { name: undefined, lifetimeMs: undefined, origins: undefined }
    expect((await open(changes).handle(post())).status).toBe(200)
  })

  it('may be as long as they say', () => {
    for (const changes of [{ name: 'a'.repeat(64) }, { lifetimeMs: 60_000 }, { secret: 'a'.repeat(32) }])
      expect(() => open(changes)).not.toThrow()
  })

  it('take the clock of the moment by default', async () => {
    const fresh = await sign(signer, claimsOf({}, Date.now()))
    const live = createVerifier({ clientId, tenants: [tenantId], fetch: publish(signer).fetch })
    const sessions = createSessions({ verifier: live, secret })
    expect((await sessions.handle(request('POST', { authorization: `Bearer ${fresh}` }))).status).toBe(200)
  })
})

interface Answer {
  readonly status: number | undefined
  readonly cookies: readonly string[]
  readonly body: unknown
}

/** `fetch` would not let a test choose these headers. */
function askOverHttp(port: number, method: string, path: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = send({ port, method, path, headers, agent: false }, (incoming) => {
      readText(incoming).then((text) => {
        const body: unknown = text.startsWith('{') ? JSON.parse(text) : text
        resolve({ status: incoming.statusCode, cookies: incoming.headers['set-cookie'] ?? [], body })
      }, reject)
    })
    outgoing.on('error', reject).end()
  })
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
