// @vitest-environment node
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEntraEmulator, type EntraEmulator, type EntraEmulatorOptions } from '../../../src/testing/entra/entra.js'
import { ORIGIN, openBrowser } from './entra-browser.js'

const ADELE = 'adele@contoso.example'
const MEGAN = 'megan@fabrikam.example'
const CP1 = JSON.stringify({ access_token: { xms_cc: { values: ['cp1'] } } })

let entra: EntraEmulator
let browser: ReturnType<typeof openBrowser>
let time: number

async function start(options: EntraEmulatorOptions = {}): Promise<void> {
  time = Date.UTC(2026, 0, 1)
  entra = await createEntraEmulator({ url: 'http://localhost:4400', now: () => time, ...options })
  browser = openBrowser(entra)
}

beforeEach(() => start())
afterEach(() => entra.dispose())

async function verified(token: string) {
  const keys = await (await entra.fetch(`${entra.url}/${entra.tenant}/discovery/v2.0/keys`)).json()
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys as JSONWebKeySet), { currentDate: new Date(time) })
  return payload
}

const codeOf = async (changes = {}) =>
  (await browser.pick(await browser.authorize({ prompt: 'select_account', ...changes }), ADELE)).fields['code']

describe('an authorization code', () => {
  it('gives everything that MSAL needs', async () => {
    const { response, body } = await browser.redeem(await codeOf())
    expect(response.status).toBe(200)
    expect(body).toMatchObject({
      token_type: 'Bearer',
      expires_in: 3600,
      ext_expires_in: 3600,
      refresh_token_expires_in: 86_400,
      scope: `${entra.scopes[0]} openid profile email`,
    })
    expect(await verified(body.id_token)).toMatchObject({
      nonce: 'the-nonce',
      aud: entra.clientId,
      tid: entra.tenant,
      ver: '2.0',
      preferred_username: ADELE,
      iss: `${entra.url}/${entra.tenant}/v2.0`,
      oid: entra.users[0]?.objectId,
      name: 'Adele Vance',
    })
  })

  it.each([
    ['another verifier', { code_verifier: 'x'.repeat(43) }, 501481],
    ['no verifier', { code_verifier: undefined }, 501481],
    ['another redirect URI', { redirect_uri: 'http://localhost:4000/other' }, 500112],
    ['a code that was never issued', { code: '1.code.guess' }, 70008],
    ['no code', { code: undefined }, 70008],
    [
      'two APIs at once',
      { scope: 'api://app.example/c1111111-2222-4333-8444-555555555555/access_as_user User.Read' },
      28000,
    ],
  ])('gives nothing for %s', async (_name, changes, code) => {
    const { response, body } = await browser.redeem(await codeOf(), changes)
    expect(response.status).toBe(400)
    expect(body.error_codes).toEqual([code])
    expect(body.access_token).toBeUndefined()
  })

  it('can be redeemed once', async () => {
    const code = await codeOf()
    await browser.redeem(code)
    expect((await browser.redeem(code)).body.error_codes).toEqual([54005])
  })

  it('expires', async () => {
    const code = await codeOf()
    time += 600_000
    expect((await browser.redeem(code)).body).toMatchObject({ error: 'invalid_grant', error_codes: [70008] })
  })
})

describe('a refresh token', () => {
  it('gives new tokens, never the same ones', async () => {
    const first = await browser.signIn(ADELE)
    const { body } = await browser.refresh(first.refresh_token)
    expect(body.access_token).not.toBe(first.access_token)
    expect(body.refresh_token).not.toBe(first.refresh_token)
    expect(await verified(body.id_token)).not.toHaveProperty('nonce')
  })

  it('does not gain time by being used', async () => {
    let { refresh_token } = await browser.signIn(ADELE)
    time += 23 * 3_600_000
    const renewed = (await browser.refresh(refresh_token)).body
    expect(renewed.refresh_token_expires_in).toBe(3600)
    refresh_token = renewed.refresh_token
    time += 3_600_000
    expect((await browser.refresh(refresh_token)).body).toMatchObject({ error: 'invalid_grant', error_codes: [700084] })
  })

  it('can be used for Microsoft Graph too', async () => {
    const { refresh_token } = await browser.signIn(ADELE)
    const { body } = await browser.refresh(refresh_token, { scope: 'User.Read Mail.Read offline_access' })
    expect(body.scope).toBe('User.Read Mail.Read openid profile email')
    expect(await verified(body.access_token)).toMatchObject({
      aud: 'https://graph.microsoft.com',
      scp: 'User.Read Mail.Read',
    })
  })

  it('gives all that the API offers for .default', async () => {
    const { refresh_token } = await browser.signIn(ADELE)
    const scope = `${entra.scopes[0]?.replace('access_as_user', '.default')}`
    const { body } = await browser.refresh(refresh_token, { scope })
    expect(body.scope).toContain(scope)
    expect(await verified(body.access_token)).toMatchObject({ scp: 'access_as_user' })
  })

  it.each([undefined, '', 'guess'])('that is %s is malformed', async (token) => {
    const { body } = await browser.post({ grant_type: 'refresh_token', refresh_token: token })
    expect(body).toMatchObject({ error: 'invalid_grant', suberror: 'bad_token', error_codes: [9002313] })
  })

  it.each([
    ['revoked', 50173, 'invalid_grant', () => entra.revoke(ADELE)],
    ['ended', 700084, 'invalid_grant', () => entra.expireRefreshTokens(ADELE)],
    ['without consent', 65001, 'interaction_required', () => entra.requireConsent()],
    ['without a second factor', 50076, 'interaction_required', () => entra.requireMfa(ADELE)],
  ] as const)('is refused if it is %s', async (_name, code, error, control) => {
    const { refresh_token } = await browser.signIn(ADELE)
    control()
    expect((await browser.refresh(refresh_token)).body).toMatchObject({ error, error_codes: [code] })
  })

  it('of another user is not touched by a revocation', async () => {
    const { refresh_token } = await browser.signIn('alex@contoso.example')
    entra.revoke(ADELE)
    expect((await browser.refresh(refresh_token)).response.status).toBe(200)
  })

  it('outlives the session', async () => {
    const { refresh_token } = await browser.signIn(ADELE)
    entra.signOutEverywhere()
    expect((await browser.refresh(refresh_token)).response.status).toBe(200)
  })

  it('is refused with the claims that the sign-in page must satisfy', async () => {
    const { refresh_token } = await browser.signIn(ADELE)
    const claims = JSON.stringify({ access_token: { acrs: { essential: true, value: 'c1' } } })
    const refusal = (await browser.refresh(refresh_token, { claims })).body
    expect(refusal).toMatchObject({ error_codes: [50076], suberror: 'basic_action', claims })
    const { fields } = await browser.step(await browser.authorize({ claims: refusal.claims }), 'approve')
    const { body } = await browser.redeem(fields['code'], { claims })
    expect(await verified(body.access_token)).toMatchObject({ acrs: ['c1'] })
  })
})

describe('an access token', () => {
  it('of version 2 names the API by its client ID', async () => {
    await start({ accessTokenVersion: 2 })
    const { access_token } = await browser.signIn(ADELE)
    expect(await verified(access_token)).toMatchObject({
      ver: '2.0',
      aud: entra.clientId,
      azp: entra.clientId,
      azpacr: '0',
      scp: 'access_as_user',
      iss: `${entra.url}/${entra.tenant}/v2.0`,
      preferred_username: ADELE,
      iat: time / 1000,
      exp: time / 1000 + 3600,
    })
  })

  it('is of version 1 unless the registration says otherwise, and names the API by its URI', async () => {
    const { access_token } = await browser.signIn(ADELE)
    expect(await verified(access_token)).toMatchObject({
      ver: '1.0',
      aud: `api://app.example/${entra.clientId}`,
      appid: entra.clientId,
      appidacr: '0',
      iss: `${entra.url}/${entra.tenant}/`,
      upn: ADELE,
      unique_name: ADELE,
    })
  })

  it('of version 1 has the issuer of production where the emulator has its name', async () => {
    const token = await (await createEntraEmulator()).mint(ADELE)
    expect(token.split('.')[1] && atob(token.split('.')[1] ?? '')).toContain('"https://sts.windows.net/')
  })

  it('of a guest is of this tenant and names the one at home', async () => {
    const { access_token, client_info } = await browser.signIn(MEGAN)
    const { home, objectId } = entra.users[2] ?? {}
    expect(await verified(access_token)).toMatchObject({
      tid: entra.tenant,
      oid: objectId,
      idp: `https://sts.windows.net/${home?.tenantId}/`,
    })
    expect(JSON.parse(atob(client_info))).toEqual({ uid: home?.objectId, utid: home?.tenantId })
  })

  it.each(['organizations', 'common'])('of a guest is of the tenant at home with %s', async (authority) => {
    browser = openBrowser(entra, authority)
    const { access_token } = await browser.signIn(MEGAN)
    const { home } = entra.users[2] ?? {}
    const claims = await verified(access_token)
    expect(claims).toMatchObject({ tid: home?.tenantId, oid: home?.objectId })
    expect(claims.iss).toBe(`${entra.url}/${home?.tenantId}/`)
    expect(claims).not.toHaveProperty('idp')
  })

  it('lives long for a client with CP1, and says when to renew', async () => {
    const { body } = await browser.redeem(await codeOf({ claims: CP1 }))
    expect(body).toMatchObject({ expires_in: 86_400, refresh_in: 43_200 })
    expect(await verified(body.access_token)).toMatchObject({ xms_cc: ['CP1'] })
  })

  it('lives as long as the lifetime says at the time', async () => {
    entra.lifetimes.accessToken = 4
    const { expires_in, access_token } = await browser.signIn(ADELE)
    expect(expires_in).toBe(4)
    expect((await verified(access_token)).exp).toBe(time / 1000 + 4)
  })
})

describe('the endpoint', () => {
  it.each([
    ['no Origin', { grant_type: 'refresh_token' }, {}, 9002327],
    ['another client', { client_id: crypto.randomUUID() }, { origin: ORIGIN }, 700016],
    ['no client', { client_id: undefined }, { origin: ORIGIN }, 900144],
    ['no grant type', {}, { origin: ORIGIN }, 900144],
    ['the password grant', { grant_type: 'password' }, { origin: ORIGIN }, 70003],
    ['claims that are no JSON', { grant_type: 'refresh_token', claims: 'x' }, { origin: ORIGIN }, 9000410],
  ] as const)('refuses %s', async (_name, parameters, headers, code) => {
    const { response, body } = await browser.post(parameters, headers)
    expect(response.status).toBe(400)
    expect(body.error_codes).toEqual([code])
  })

  it('refuses GET, JSON and rubbish', async () => {
    const url = `${entra.url}/${entra.tenant}/oauth2/v2.0/token`
    const send = async (init?: RequestInit) => (await entra.fetch(url, { headers: { origin: ORIGIN }, ...init })).status
    expect(await send()).toBe(400)
    expect(await send({ method: 'POST', body: '{"grant_type":"refresh_token"}' })).toBe(400)
    expect(await send({ method: 'POST', body: new Uint8Array([0xff, 0xfe, 0x00]) })).toBe(400)
    expect(await send({ method: 'PUT', body: 'x' })).toBe(400)
  })

  it('lets every page read its errors, the request ID and Retry-After', async () => {
    const { response, body } = await browser.post({ 'client-request-id': 'mine' })
    expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN)
    expect(response.headers.get('access-control-expose-headers')).toMatch(/Retry-After.*x-ms-request-id/)
    expect(response.headers.get('x-ms-request-id')).toBeTruthy()
    expect(response.headers.get('cache-control')).toContain('no-store')
    expect(body.correlation_id).toBe('mine')
  })

  it('answers a preflight', async () => {
    const headers = { origin: ORIGIN, 'access-control-request-headers': 'x-mine' }
    const response = await entra.fetch(`${browser.base}/token`, { method: 'OPTIONS', headers })
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-headers')).toBe('x-mine')
  })
})
