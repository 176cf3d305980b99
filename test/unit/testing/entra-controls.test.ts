// @vitest-environment node
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isAuthError } from '../../../src/shared/errors.js'
import { createEntraEmulator, type EntraEmulator, type EntraEmulatorOptions } from '../../../src/testing/entra/entra.js'
import { ORIGIN, openBrowser, REDIRECT_URI } from './entra-browser.js'

const ADELE = 'adele@contoso.example'
const OTHER_APP = 'c2222222-2222-4333-8444-555555555555'
const TEAMS_WEB = '5e3ce6c0-2b1f-4285-8d4b-75ee78787346'

let entra: EntraEmulator
let browser: ReturnType<typeof openBrowser>

beforeEach(async () => {
  entra = await createEntraEmulator({ url: 'http://localhost:4400' })
  browser = openBrowser(entra)
})

afterEach(() => {
  entra.dispose()
  vi.useRealTimers()
})

const keysOf = async () =>
  (await (await entra.fetch(`${entra.url}/${entra.tenant}/discovery/v2.0/keys`)).json()) as JSONWebKeySet
const verified = async (token: string) => (await jwtVerify(token, createLocalJWKSet(await keysOf()))).payload

describe('mint', () => {
  it('gives the token that Teams SSO gives, of version 1 unless asked otherwise', async () => {
    const claims = await verified(await entra.mint(ADELE, { authorizedParty: TEAMS_WEB }))
    expect(claims).toMatchObject({ ver: '1.0', appid: TEAMS_WEB, scp: 'access_as_user', tid: entra.tenant })
    expect(claims.aud).toBe(`api://app.example/${entra.clientId}`)
    expect(claims).not.toHaveProperty('azp')
  })

  it('gives version 2 tokens', async () => {
    const claims = decodeJwt(await entra.mint(ADELE, { version: 2, authorizedParty: TEAMS_WEB }))
    expect(claims).toMatchObject({ ver: '2.0', azp: TEAMS_WEB, aud: entra.clientId })
    expect(claims).not.toHaveProperty('appid')
  })

  it.each([
    [1, [], `api://app.example/${OTHER_APP}`],
    [1, ['User.Read'], 'https://graph.microsoft.com'],
    [2, [], OTHER_APP],
    [2, ['User.Read'], '00000003-0000-0000-c000-000000000000'],
  ] as const)('gives no token of another app the audience of this one: version %i, scopes %o', async (...given) => {
    const [version, scopes, aud] = given
    const options = { version, clientId: OTHER_APP, ...(scopes.length > 0 && { scopes }) }
    expect(decodeJwt(await entra.mint(ADELE, options)).aud).toBe(aud)
  })

  it('never gives the same token twice', async () => {
    const tokens = await Promise.all([entra.mint(ADELE), entra.mint(ADELE), entra.mint(ADELE)])
    expect(new Set(tokens).size).toBe(3)
  })

  it('gives a token of an app without a user', async () => {
    const claims = decodeJwt(await entra.mint(ADELE, { kind: 'app-only' }))
    expect(claims).toMatchObject({ idtyp: 'app', roles: ['access_as_application'] })
    expect(claims).not.toHaveProperty('scp')
    expect(claims).not.toHaveProperty('preferred_username')
  })

  it('gives an ID token', async () => {
    const claims = decodeJwt(await entra.mint(ADELE, { kind: 'id' }))
    expect(claims).toMatchObject({ aud: entra.clientId, preferred_username: ADELE })
    expect(claims).not.toHaveProperty('scp')
  })

  it('gives a token that has expired', async () => {
    const { exp = 0, nbf = 0 } = decodeJwt(await entra.mint(ADELE, { expiresInSeconds: -60 }))
    expect(exp).toBeLessThan(Date.now() / 1000)
    expect(nbf).toBeLessThan(exp)
  })

  it('overwrites and takes out claims', async () => {
    const claims = decodeJwt(
      await entra.mint(ADELE, { audience: 'api://other', claims: { tid: 'x', oid: undefined, extra: [1] } }),
    )
    expect(claims).toMatchObject({ aud: 'api://other', tid: 'x', extra: [1] })
    expect(claims).not.toHaveProperty('oid')
  })

  it('forges: the name of a key that is published, the signature of another', async () => {
    const forged = await entra.mintForged(ADELE)
    expect(decodeProtectedHeader(forged).kid).toBe((await keysOf()).keys[0]?.kid)
    await expect(verified(forged)).rejects.toThrow('signature verification failed')
  })

  it.each([
    ['no-account', () => entra.mint('nobody@contoso.example')],
    ['no user', () => entra.mint(undefined as unknown as string)],
    ['an unknown option', () => entra.mint(ADELE, { scope: 'x' } as object)],
    ['an unknown kind', () => entra.mint(ADELE, { kind: 'saml' } as object)],
    ['scopes of another API', () => entra.mint(ADELE, { scopes: ['api://other.example/read'] })],
  ])('refuses %s', async (_name, mint) => {
    expect(isAuthError(await mint().catch((error: unknown) => error), 'config_invalid')).toBe(true)
  })
})

describe('keys', () => {
  it('are published without their private part', async () => {
    for (const key of (await keysOf()).keys)
      expect(Object.keys(key).sort()).toEqual(['e', 'kid', 'kty', 'n', 'use', 'x5t'])
  })

  it('can be rotated; what was signed before stays valid', async () => {
    const before = await entra.mint(ADELE)
    await entra.rotateKeys()
    const after = await entra.mint(ADELE)
    expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid)
    await verified(before)
    await verified(after)
  })

  it('of another emulator do not fit', async () => {
    const token = await (await createEntraEmulator({ url: 'http://localhost:4400' })).mint(ADELE)
    await expect(verified(token)).rejects.toThrow('no applicable key')
  })
})

describe('faults', () => {
  const token = () => browser.post({ grant_type: 'refresh_token' })

  it('hit one request, in line, each at its endpoint', async () => {
    entra.faults.push({ at: 'token', status: 503 })
    entra.faults.push({ at: 'token', code: 50058, error: 'mine', suberror: 'sub', claims: '{}' })
    entra.faults.push({ at: 'keys', status: 500 })
    const first = await token()
    expect([first.response.status, first.body.error]).toEqual([503, 'temporarily_unavailable'])
    const second = await token()
    expect(second.response.status).toBe(400)
    expect(second.body).toMatchObject({ error: 'mine', suberror: 'sub', claims: '{}', error_codes: [50058] })
    expect((await token()).body.error_codes).toEqual([9002313])
    expect(entra.faults.pending).toBe(1)
  })

  it('hit several requests, until they are taken back', async () => {
    const undo = entra.faults.push({ at: 'token', status: 500, times: Number.POSITIVE_INFINITY })
    expect((await token()).response.status).toBe(500)
    expect((await token()).response.status).toBe(500)
    undo()
    undo()
    expect((await token()).response.status).toBe(400)
  })

  it('ask for fewer requests', async () => {
    entra.faults.push({ at: 'token', retryAfterSeconds: 7 })
    const { response } = await token()
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7'])
    expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN)
  })

  it('answer with any body', async () => {
    entra.faults.push({ at: 'token', raw: '"a string"' })
    const { response, body } = await token()
    expect([response.status, body]).toEqual([200, 'a string'])
  })

  it('break the connection', async () => {
    entra.faults.push({ at: 'token', drop: true, times: 2 })
    expect((await token()).response.type).toBe('error')
    await expect(entra.fetch(`${browser.base}/token`, { method: 'POST' })).rejects.toThrow(TypeError)
    expect(entra.requests.map(({ status }) => status)).toEqual([0, 0])
  })

  it('go back to the app from the authorize endpoint, or show a page', async () => {
    entra.faults.push({ at: 'authorize', code: 50196, error: 'server_error' })
    expect((await browser.authorize()).fields).toMatchObject({ error: 'server_error', state: 'c3RhdGU=|mine & yours' })
    entra.faults.push({ at: 'authorize', status: 500 })
    const { status, html } = await browser.authorize()
    expect(status).toBe(500)
    expect(html).toContain('AADSTS90033')
  })

  it('delay the answer and leave it as it is', async () => {
    vi.useFakeTimers()
    entra.faults.push({ at: 'discovery', delayMs: 5_000 })
    let answered: number | undefined
    const url = `${entra.url}/${entra.tenant}/v2.0/.well-known/openid-configuration`
    const pending = entra.fetch(url).then(({ status }) => {
      answered = status
    })
    await vi.advanceTimersByTimeAsync(4_999)
    expect(answered).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    await pending
    expect(answered).toBe(200)
  })

  it('end their delay when the caller gives up', async () => {
    vi.useFakeTimers()
    entra.faults.push({ at: 'keys', delayMs: 60_000 })
    const caller = new AbortController()
    const url = `${entra.url}/${entra.tenant}/discovery/v2.0/keys`
    const pending = entra.fetch(url, { signal: caller.signal })
    await vi.advanceTimersByTimeAsync(1)
    caller.abort(new Error('gave up'))
    await expect(pending).rejects.toThrow('gave up')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('end their delay when the emulator is disposed', async () => {
    vi.useFakeTimers()
    entra.faults.push({ at: 'keys', delayMs: 60_000 })
    const pending = entra.handle(new Request(`${entra.url}/${entra.tenant}/discovery/v2.0/keys`))
    await vi.advanceTimersByTimeAsync(1)
    entra.dispose()
    expect((await pending).type).toBe('error')
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    [{ at: 'nowhere' }, 'fault.at'],
    [{ at: 'token', times: 0 }, 'fault.times'],
    [{ at: 'token', delayMs: Number.NaN }, 'fault.delayMs'],
    [{ at: 'token', delayMs: 2 ** 31 }, 'fault.delayMs'],
    [{ at: 'token', status: 99 }, 'fault.status'],
    [{ at: 'token', retryAfterSeconds: -1 }, 'fault.retryAfterSeconds'],
    [{ at: 'token', delay: 5 }, 'fault.delay'],
    [null, 'fault'],
  ])('are checked: %o', (fault, option) => {
    expect(() => entra.faults.push(fault as never)).toThrow(`\`${option}\``)
  })
})

describe('the request log', () => {
  it('holds what was asked and what came of it', async () => {
    await browser.authorize({ prompt: 'none' })
    expect(entra.requests).toMatchObject([
      { endpoint: 'authorize', method: 'GET', status: 302, aadsts: 50058, parameters: { prompt: 'none' } },
    ])
    entra.clearRequests()
    expect(entra.requests).toEqual([])
  })

  it('never holds a code, a verifier, a token or the value of a cookie', async () => {
    const { fields } = await browser.pick(await browser.authorize(), ADELE)
    const { body } = await browser.redeem(fields['code'])
    await browser.refresh(body.refresh_token, { id_token_hint: body.id_token, assertion: body.access_token })
    const log = JSON.stringify(entra.requests)
    const [session = ''] = [...browser.cookies.values()]
    for (const secret of [fields['code'], body.refresh_token, body.access_token, body.id_token, session])
      expect(log).not.toContain(secret)
    expect(entra.requests.at(-1)).toMatchObject({
      endpoint: 'token',
      origin: ORIGIN,
      cookies: ['ESTSAUTH-4400'],
      status: 200,
      parameters: { grant_type: 'refresh_token', refresh_token: 'hidden', assertion: 'hidden' },
    })
  })

  it('keeps the last thousand', async () => {
    for (let i = 0; i < 1_005; i += 1) await entra.handle(new Request(`${entra.url}/${i}`))
    expect(entra.requests).toHaveLength(1_000)
    expect(entra.requests[0]?.path).toBe('/5')
  })
})

describe('discovery', () => {
  const discover = async (authority: string, version = '/v2.0') =>
    (await entra.fetch(`${entra.url}/${authority}${version}/.well-known/openid-configuration`)).json()

  it('names the endpoints and the issuer of the tenant', async () => {
    const base = `${entra.url}/${entra.tenant}`
    expect(await discover(entra.tenant)).toMatchObject({
      issuer: `${base}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
    })
    expect(await discover(entra.tenant, '')).toMatchObject({ issuer: `${base}/` })
  })

  it('leaves the issuer open for common and organizations', async () => {
    expect(await discover('common')).toMatchObject({ issuer: `${entra.url}/{tenantid}/v2.0` })
    expect(await discover('organizations')).toMatchObject({ issuer: `${entra.url}/{tenantid}/v2.0` })
  })

  it('answers 404 elsewhere, and 400 for a tenant that is not there', async () => {
    expect((await entra.fetch(`${entra.url}/`)).status).toBe(404)
    expect((await entra.fetch(`${entra.url}/${entra.tenant}/oauth2/token`)).status).toBe(404)
    expect(await discover('evil.example')).toMatchObject({ error_codes: [90002] })
  })
})

describe('authOptions', () => {
  it('tells MSAL the endpoints where there is no https', () => {
    const { authority, browser, ...rest } = entra.authOptions()
    expect(rest).toEqual({ clientId: entra.clientId, tenant: entra.tenant, scopes: entra.scopes })
    expect(authority).toBe('https://login.localhost')
    expect(browser.msal.auth.knownAuthorities).toEqual(['login.localhost'])
    const metadata = JSON.parse(browser.msal.auth.authorityMetadata ?? '') as { token_endpoint: string }
    expect(metadata.token_endpoint).toBe(`http://localhost:4400/${entra.tenant}/oauth2/v2.0/token`)
  })

  it('changes nothing under the name of production', async () => {
    const { authority, browser } = (await createEntraEmulator()).authOptions()
    expect(authority).toBe('https://login.microsoftonline.com')
    expect(browser.msal.auth).toEqual({ knownAuthorities: [] })
  })

  it('makes another https authority known', async () => {
    const { authority, browser } = (await createEntraEmulator({ url: 'https://login.contoso.example' })).authOptions()
    expect(authority).toBe('https://login.contoso.example')
    expect(browser.msal.auth).toEqual({ knownAuthorities: ['login.contoso.example'] })
  })
})

it('tells the server whom to trust, and nothing that a real app would not have to say', () => {
  expect(entra.verifierOptions()).toEqual({
    clientId: entra.clientId,
    tenants: [entra.tenant],
    authority: entra.url,
    fetch: entra.fetch,
  })
})

describe('the options', () => {
  it.each([
    [{ url: 'http://login.example' }, 'url'],
    [{ url: 'https://login.example/path' }, 'url'],
    [{ url: 'login' }, 'url'],
    [{ url: 5 }, 'url'],
    [{ tenant: 'contoso.example' }, 'tenant'],
    [{ clientId: 'app' }, 'clientId'],
    [{ domain: 'localhost' }, 'domain'],
    [{ scopes: [] }, 'scopes'],
    [{ scopes: ['access_as_user'] }, 'scopes'],
    [{ redirectUris: ['app.example'] }, 'redirectUris'],
    [{ redirectUris: 'https://app.example/' }, 'redirectUris'],
    [{ users: [] }, 'users'],
    [{ users: [null] }, 'users[0]'],
    [{ users: [{ username: 'a', name: 'A', objectId: '1' }] }, 'users[0].objectId'],
    [{ accessTokenVersion: 3 }, 'accessTokenVersion'],
    [{ lifetimes: { accessToken: 0 } }, 'lifetimes.accessToken'],
    [{ lifetimes: { idToken: 5 } }, 'lifetimes.idToken'],
    [{ now: 5 }, 'now'],
    [{ port: 4400 }, 'options.port'],
    [null, 'options'],
  ])('are checked: %o', async (options, option) => {
    const error = await createEntraEmulator(options as EntraEmulatorOptions).catch((reason: unknown) => reason)
    expect(isAuthError(error, 'config_invalid') && error.message).toContain(`\`${option}\``)
  })

  it('can decide on redirect URIs by a rule; a rule that throws is told', async () => {
    const choosy = await createEntraEmulator({ redirectUris: ({ pathname }) => pathname === '/in' })
    const { authorize } = openBrowser(choosy)
    expect((await authorize({ redirect_uri: 'https://any.example/in' })).status).toBe(200)
    expect((await authorize({ redirect_uri: REDIRECT_URI })).status).toBe(400)
    const broken = await createEntraEmulator({
      redirectUris: () => {
        throw new Error('a mistake')
      },
    })
    const { status, html } = await openBrowser(broken).authorize()
    expect(status).toBe(500)
    expect(html).toContain('a mistake')
  })
})

it('drops every request once it is disposed', async () => {
  entra.dispose()
  entra.dispose()
  expect((await browser.send('/')).type).toBe('error')
  expect(entra.requests).toEqual([])
})
