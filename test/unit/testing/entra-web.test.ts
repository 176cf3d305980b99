// @vitest-environment node
import { createHash } from 'node:crypto'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEntraEmulator, type EntraEmulator } from '../../../src/testing/entra/entra.js'
import { ORIGIN, openBrowser } from './entra-browser.js'

const ADELE = 'adele@contoso.example'
const MEGAN = 'megan@fabrikam.example'
const CALLBACK = 'http://localhost:8000/auth/oauth/azure-ad/callback'
const SECRET = 'the-secret'
const GRAPH = 'https://graph.microsoft.com'

let entra: EntraEmulator
let browser: ReturnType<typeof openBrowser>
let time: number

beforeEach(async () => {
  time = Date.UTC(2026, 0, 1)
  const web = { redirectUris: [CALLBACK], clientSecret: SECRET }
  entra = await createEntraEmulator({ url: 'http://localhost:4400', now: () => time, web })
  browser = openBrowser(entra)
})

afterEach(() => entra.dispose())

/** As a server asks for a code: without PKCE. */
const asked = (changes: Record<string, string | undefined> = {}) => ({
  redirect_uri: CALLBACK,
  response_mode: 'query',
  prompt: 'select_account',
  code_challenge: undefined,
  code_challenge_method: undefined,
  client_info: undefined,
  nonce: undefined,
  scope: `${GRAPH}/User.Read offline_access`,
  ...changes,
})

async function codeFor(username: string, changes?: Record<string, string | undefined>): Promise<string> {
  const { location } = await browser.pick(await browser.authorize(asked(changes)), username)
  return new URL(location).searchParams.get('code') ?? ''
}

/** As a server redeems it: with the secret, and without an Origin. */
const redeem = (code: string, changes: Record<string, string | undefined> = {}, headers = {}) =>
  browser.post(
    { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, client_secret: SECRET, ...changes },
    headers,
  )

async function verified(token: string) {
  const keys = await (await entra.fetch(`${entra.url}/${entra.tenant}/discovery/v2.0/keys`)).json()
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys as JSONWebKeySet), { currentDate: new Date(time) })
  return payload
}

const me = (token: string, path = '/v1.0/me', method = 'GET') =>
  entra.handleGraph(new Request(GRAPH + path, { method, headers: { authorization: `Bearer ${token}` } }))

describe('the server of a web app', () => {
  it('redeems a code with its secret, without PKCE and without an Origin', async () => {
    const { response, body } = await redeem(await codeFor(ADELE))
    expect(response.status).toBe(200)
    expect(await verified(body.access_token)).toMatchObject({ appid: entra.clientId, appidacr: '1', scp: 'User.Read' })
    expect(body).not.toHaveProperty('refresh_token_expires_in')
  })

  it('may use PKCE all the same, and must then know the verifier', async () => {
    const challenge = { code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' }
    expect((await redeem(await codeFor(ADELE, challenge))).body.error_codes).toEqual([501481])
  })

  it.each([
    ['another secret', { client_secret: 'guess' }, {}, 401, 7000215],
    ['no secret', { client_secret: undefined }, {}, 401, 7000218],
    ['an Origin, as a page has one', {}, { origin: ORIGIN }, 400, 9002326],
    ['another redirect URI', { redirect_uri: 'http://localhost:4000/' }, {}, 400, 500112],
  ])('is refused with %s', async (_name, changes, headers, status, number) => {
    const { response, body } = await redeem(await codeFor(ADELE), changes, headers)
    expect([response.status, body.error_codes]).toEqual([status, [number]])
    expect(body.access_token).toBeUndefined()
  })

  it('names the error of a wrong secret as Entra ID does', async () => {
    const { body } = await redeem(await codeFor(ADELE), { client_secret: 'guess' })
    expect(body.error).toBe('invalid_client')
    expect(body.error_description).toContain('AADSTS7000215: Invalid client secret provided.')
    expect(JSON.stringify(entra.requests)).not.toContain('guess')
  })

  it('cannot redeem what a page was given', async () => {
    const { fields } = await browser.pick(await browser.authorize({ prompt: 'select_account' }), ADELE)
    const { body } = await redeem(fields['code'] ?? '', { redirect_uri: 'http://localhost:4000/' })
    expect(body.error_codes).toEqual([9002327])
  })

  it('renews with its secret, for ever 90 days more', async () => {
    const { refresh_token } = (await redeem(await codeFor(ADELE))).body
    const renew = (token: string, changes = {}) =>
      browser.post({ grant_type: 'refresh_token', refresh_token: token, client_secret: SECRET, ...changes }, {})
    time += 89 * 86_400_000
    const renewed = (await renew(refresh_token)).body
    time += 89 * 86_400_000
    expect((await renew(renewed.refresh_token)).response.status).toBe(200)
    expect((await renew(renewed.refresh_token, { client_secret: undefined })).body.error_codes).toEqual([7000218])
  })

  it('gets codes at its own address alone: elsewhere it is a page, which needs PKCE', async () => {
    const { location } = await browser.authorize(asked({ redirect_uri: `${CALLBACK}/other` }))
    expect(location).toContain('AADSTS9002325')
    expect((await browser.authorize(asked({ redirect_uri: 'https://evil.example/' }))).status).toBe(400)
  })
})

describe('the header of a client that proves itself there', () => {
  const basic = (id: string, secret: string) => ({ authorization: `Basic ${btoa(`${id}:${secret}`)}` })
  const inHeader = { client_id: undefined, client_secret: undefined }

  it.each([
    ['as they are', (text: string) => text],
    ['encoded as in a form, as RFC 6749 has it', (text: string) => text.replaceAll('-', '%2D')],
  ])('has its ID and its secret, %s', async (_name, encode) => {
    const header = basic(encode(entra.clientId), encode(SECRET))
    expect((await redeem(await codeFor(ADELE), inHeader, header)).response.status).toBe(200)
  })

  it.each([
    ['another secret', () => basic(entra.clientId, 'guess'), 7000215],
    ['no base64', () => ({ authorization: 'Basic ???' }), 900144],
    ['nothing that can be decoded', () => basic('%', '%'), 900144],
    ['a token', () => ({ authorization: 'Bearer abc' }), 900144],
  ])('is refused with %s', async (_name, header, number) => {
    const { body } = await redeem(await codeFor(ADELE), inHeader, header())
    expect(body.error_codes).toEqual([number])
  })
})

describe('the hybrid flow', () => {
  const hybrid = { response_type: 'code id_token', response_mode: 'form_post', nonce: 'the-nonce' }

  it('posts a code and an ID token that belongs to it', async () => {
    const { html } = await browser.pick(await browser.authorize(asked(hybrid)), ADELE)
    const value = (name: string) => html.match(new RegExp(`name="${name}" value="([^"]*)"`))?.[1] ?? ''
    const half = createHash('sha256').update(value('code')).digest().subarray(0, 16)
    expect(html).toContain(`action="${CALLBACK}"`)
    expect(await verified(value('id_token'))).toMatchObject({
      aud: entra.clientId,
      nonce: 'the-nonce',
      oid: entra.users[0]?.objectId,
      c_hash: half.toString('base64url'),
    })
    expect((await redeem(value('code'))).response.status).toBe(200)
  })

  it.each([
    ['the query as the way back', { ...hybrid, response_mode: 'query' }, 70007],
    ['no nonce', { ...hybrid, nonce: undefined, response_mode: 'fragment' }, 900144],
    ['an access token from the front', { response_type: 'code token' }, 700054],
  ])('is refused with %s', async (_name, changes, number) => {
    const { location } = await browser.authorize(asked(changes))
    expect(location).toContain(`AADSTS${number}`)
  })

  it('is not for single-page apps', async () => {
    const { fields } = await browser.authorize({ response_type: 'code id_token' })
    expect(fields['error_description']).toContain('AADSTS700054')
  })
})

describe('Microsoft Graph', () => {
  it('says who has signed in', async () => {
    const { access_token } = (await redeem(await codeFor(ADELE))).body
    const response = await me(access_token)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      id: entra.users[0]?.objectId,
      displayName: 'Adele Vance',
      userPrincipalName: ADELE,
      mail: ADELE,
    })
  })

  it('knows a guest by the identity of the tenant that signs', async () => {
    const here = (await redeem(await codeFor(MEGAN))).body.access_token
    browser = openBrowser(entra, 'common')
    const atHome = (await redeem(await codeFor(MEGAN))).body.access_token
    const [, , guest] = entra.users
    expect(await (await me(here)).json()).toMatchObject({
      id: guest?.objectId,
      userPrincipalName: 'megan_fabrikam.example#EXT#@contoso.example',
    })
    expect(await (await me(atHome)).json()).toMatchObject({ id: guest?.home?.objectId, userPrincipalName: MEGAN })
  })

  it.each([
    ['no token', async () => '', 401],
    ['a token for the app', () => entra.mint(ADELE), 401],
    ['a forged token', () => entra.mintForged(ADELE, { scopes: [`${GRAPH}/User.Read`] }), 401],
    ['a token of yesterday', () => entra.mint(ADELE, { scopes: [`${GRAPH}/User.Read`], expiresInSeconds: -1 }), 401],
    ['a token with another scope', () => entra.mint(ADELE, { scopes: [`${GRAPH}/Mail.Read`] }), 403],
  ])('tells nothing to %s', async (_name, token, status) => {
    const response = await me(await token())
    expect(response.status).toBe(status)
    expect(await response.text()).not.toContain('Adele')
  })

  it('has no photo of anybody, and nothing else', async () => {
    const token = await entra.mint(ADELE, { scopes: [`${GRAPH}/User.Read`] })
    expect((await me(token, '/v1.0/me/photos/48x48/$value')).status).toBe(404)
    expect((await me(token, '/v1.0/users')).status).toBe(404)
    expect((await me(token, '/v1.0/me', 'DELETE')).status).toBe(405)
  })

  it('is gone with the emulator', async () => {
    const token = await entra.mint(ADELE, { scopes: [`${GRAPH}/User.Read`] })
    entra.dispose()
    expect((await me(token)).type).toBe('error')
  })
})

describe('what only a server asks for', () => {
  const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
  const ofItself = { grant_type: 'client_credentials', client_secret: SECRET, scope: `${GRAPH}/.default` }
  const onBehalf = {
    grant_type: JWT_BEARER,
    requested_token_use: 'on_behalf_of',
    client_secret: SECRET,
    scope: 'User.Read',
  }

  it.each([
    ['without a secret', { client_secret: undefined }, {}, 401, 'invalid_client', 7000216],
    ['with another secret', { client_secret: 'guess' }, {}, 401, 'invalid_client', 7000215],
    ['with a certificate', { client_assertion: 'x.y.z' }, {}, 401, 'invalid_client', 700027],
    ['from a page', {}, { origin: ORIGIN }, 400, 'invalid_request', 9002326],
    ['without a scope', { scope: undefined }, {}, 400, 'invalid_request', 900144],
    ['with the scope of a user', { scope: 'User.Read' }, {}, 400, 'invalid_scope', 1002012],
    ['as it should be, but without a role', {}, {}, 400, 'invalid_grant', 501051],
  ] as const)('client credentials %s', async (_name, changes, headers, status, error, number) => {
    const { response, body } = await browser.post({ ...ofItself, ...changes }, headers)
    expect([response.status, body.error, body.error_codes]).toEqual([status, error, [number]])
    expect(body).not.toHaveProperty('access_token')
  })

  it('client credentials of an app without a secret', async () => {
    const page = await createEntraEmulator({ url: 'http://localhost:4400' })
    const { response, body } = await openBrowser(page).post(ofItself, {})
    expect([response.status, body.error_codes]).toEqual([401, [7000215]])
  })

  it.each([
    ['without a secret', { client_secret: undefined }, {}, 401, 'invalid_client', 7000218],
    ['with another secret', { client_secret: 'guess' }, {}, 401, 'invalid_client', 7000215],
    ['with a certificate', { client_assertion: 'x.y.z' }, {}, 401, 'invalid_client', 700027],
    ['from a page', {}, { origin: ORIGIN }, 400, 'invalid_request', 9002326],
    ['without a token', { assertion: undefined }, {}, 400, 'invalid_request', 900144],
    ['with rubbish for a token', { assertion: 'x.y.z' }, {}, 400, 'invalid_grant', 50013],
    ['without a scope', { scope: undefined }, {}, 400, 'invalid_request', 900144],
    ['without saying so', { requested_token_use: undefined }, {}, 400, 'invalid_request', 900144],
    [
      'for two APIs',
      { scope: `User.Read ${'api://app.example/c1111111-2222-4333-8444-555555555555/access_as_user'}` },
      {},
      400,
      'invalid_request',
      28000,
    ],
    ['for an API that does not exist', { scope: 'api://another/read' }, {}, 400, 'invalid_resource', 500011],
    ['as it should be, but without the consent', {}, {}, 400, 'invalid_grant', 65001],
  ] as const)('on-behalf-of %s', async (_name, changes, headers, status, error, number) => {
    const assertion = await entra.mint(ADELE)
    entra.requireConsent(ADELE)
    const { response, body } = await browser.post({ ...onBehalf, assertion, ...changes }, headers)
    expect([response.status, body.error, body.error_codes]).toEqual([status, error, [number]])
    expect(body).not.toHaveProperty('access_token')
    if (number === 65001) expect(body.suberror).toBe('consent_required')
  })

  it.each([
    ['of an app on its own', { kind: 'app-only' }, 50013],
    ['of another app', { audience: 'api://another' }, 500131],
    ['for Microsoft Graph', { scopes: [`${GRAPH}/User.Read`] }, 500131],
    ['that has expired', { expiresInSeconds: -60 }, 500133],
  ] as const)('on-behalf-of with a token %s', async (_name, options, number) => {
    const assertion = await entra.mint(ADELE, options)
    expect((await browser.post({ ...onBehalf, assertion }, {})).body.error_codes).toEqual([number])
  })

  it('on-behalf-of with a forged token', async () => {
    const assertion = await entra.mint(ADELE)
    const forged = assertion.replace(/\.[^.]*$/, '.AAAA')
    expect((await browser.post({ ...onBehalf, assertion: forged }, {})).body.error_codes).toEqual([50013])
  })

  it.each(['password', 'urn:ietf:params:oauth:grant-type:device_code'])('%s, which is not supported', async (grant) => {
    const { response, body } = await browser.post({ grant_type: grant }, {})
    expect([response.status, body.error, body.error_codes]).toEqual([400, 'unsupported_grant_type', [70003]])
    expect(body.error_description).toContain(`'${grant}'`)
  })
})

describe('the options of a web app', () => {
  it.each([
    ['no list', { redirectUris: CALLBACK, clientSecret: SECRET }, '`web.redirectUris`'],
    ['no URL', { redirectUris: ['callback'], clientSecret: SECRET }, '`web.redirectUris`'],
    ['an empty secret', { redirectUris: [CALLBACK], clientSecret: '' }, '`web.clientSecret`'],
    ['a name that does not exist', { redirectUris: [CALLBACK], clientSecret: SECRET, secret: '' }, '`web.secret`'],
  ])('are refused with %s', async (_name, web, option) => {
    const options = { web } as unknown as Parameters<typeof createEntraEmulator>[0]
    await expect(createEntraEmulator(options)).rejects.toThrow(option)
  })
})
