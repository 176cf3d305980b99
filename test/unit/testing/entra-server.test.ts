// @vitest-environment node
// What a server gets with a secret or a certificate: tokens on behalf of a user, tokens of its own, and what Graph does with them.
import { createPrivateKey, createSign, type KeyObject } from 'node:crypto'
import { generate } from 'selfsigned'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readClaims } from '../../../src/shared/claims.js'
import { createEntraEmulator, type EntraEmulator, type EntraUser } from '../../../src/testing/index.js'
import { ORIGIN, openBrowser } from './entra-browser.js'

const GRAPH = 'https://graph.microsoft.com'
const SECRET = 'the-secret'
const CALLBACK = 'http://localhost:8000/callback'
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const PHOTO = 'data:image/png;base64,iVBORw0KGgo='
const groups = Array.from({ length: 201 }, (_, i) => `60000000-0000-4000-8000-${String(i).padStart(12, '0')}`)

const adele: EntraUser = {
  username: 'adele@contoso.example',
  name: 'Adele Vance',
  objectId: 'a0000000-0000-4000-8000-000000000001',
  roles: ['Admin'],
  groups: groups.slice(0, 2),
  photo: PHOTO,
}
const alex: EntraUser = {
  username: 'alex@contoso.example',
  name: 'Alex Wilber',
  objectId: 'a0000000-0000-4000-8000-000000000002',
  groups,
}

let entra: EntraEmulator
let browser: ReturnType<typeof openBrowser>
let time: number
let key: KeyObject
let certificate: string

beforeAll(async () => {
  const made = await generate([{ name: 'commonName', value: 'server' }], { keySize: 2048, algorithm: 'sha256' })
  certificate = made.cert
  key = createPrivateKey(made.private)
})

beforeEach(async () => {
  time = Date.UTC(2026, 0, 1)
  entra = await createEntraEmulator({
    url: 'http://localhost:4400',
    now: () => time,
    users: [adele, alex],
    daemonRoles: ['read_all'],
    web: { redirectUris: [CALLBACK], clientSecret: SECRET, certificates: [certificate] },
  })
  browser = openBrowser(entra)
})

afterEach(() => entra.dispose())

const onBehalf = {
  grant_type: JWT_BEARER,
  requested_token_use: 'on_behalf_of',
  client_secret: SECRET,
  scope: 'User.Read',
}

async function onBehalfOf(assertion: string, changes: Record<string, string | undefined> = {}) {
  return (await browser.post({ ...onBehalf, assertion, ...changes }, {})).body
}

const graph = (token: string, path = '/v1.0/me') =>
  entra.handleGraph(new Request(GRAPH + path, { headers: { authorization: `Bearer ${token}` } }))

/** What a server signs with the key of its certificate (RFC 7523 §3). */
function clientAssertion(changes: Record<string, unknown> = {}, by = key): string {
  const [iat, endpoint] = [time / 1000, `${entra.url}/${entra.tenant}/oauth2/v2.0/token`]
  const claims = {
    iss: entra.clientId,
    sub: entra.clientId,
    aud: endpoint,
    nbf: iat,
    exp: iat + 600,
    jti: '1',
    ...changes,
  }
  const text = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  const signature = createSign('RSA-SHA256').update(text.join('.')).sign(by, 'base64url')
  return [...text, signature].join('.')
}

describe('on-behalf-of', () => {
  it.each([1, 2] as const)('gives a token for Graph, of the user of a token of version %i', async (version) => {
    const body = await onBehalfOf(await entra.mint(adele, { version }))
    expect(readClaims(body.access_token)).toMatchObject({
      oid: adele.objectId,
      scp: 'User.Read',
      appid: entra.clientId,
    })
    expect(await (await graph(body.access_token)).json()).toMatchObject({ id: adele.objectId, mail: adele.username })
  })

  it('is refused without the consent of the user, until they give it', async () => {
    const assertion = await entra.mint(adele)
    entra.requireConsent(adele)
    const refused = await onBehalfOf(assertion)
    expect(refused).toMatchObject({ error: 'invalid_grant', error_codes: [65001], suberror: 'consent_required' })
    expect((await onBehalfOf(await entra.mint(alex))).access_token).toBeTypeOf('string')
    const asked = { redirect_uri: `${ORIGIN}/`, scope: `${GRAPH}/User.Read`, prompt: 'select_account' }
    const shown = await browser.pick(await browser.authorize(asked), adele.username)
    await browser.click(shown, 'emulator_step', 'accept')
    expect((await onBehalfOf(assertion)).access_token).toBeTypeOf('string')
    expect((await onBehalfOf(assertion, { scope: 'Mail.Read' })).error_codes).toEqual([65001])
  })

  it('is refused where a second factor is missing, with the claims to ask for', async () => {
    entra.requireMfa(adele)
    const body = await onBehalfOf(await entra.mint(adele))
    expect(body).toMatchObject({ error: 'interaction_required', error_codes: [50079] })
    expect(JSON.parse(body.claims ?? '')).toHaveProperty('access_token.capolids.essential', true)
  })

  it('is refused for an authentication context that the token has not, and not for one that it has', async () => {
    const claims = JSON.stringify({ access_token: { acrs: { essential: true, value: 'c1' } } })
    const without = await onBehalfOf(await entra.mint(adele), { claims })
    expect([without.error_codes, without.claims]).toEqual([[50079], claims])
    const assertion = await entra.mint(adele, { claims: { acrs: ['c1'] } })
    expect(readClaims((await onBehalfOf(assertion, { claims })).access_token)).toMatchObject({ acrs: ['c1'] })
  })
})

describe('a server with a certificate', () => {
  const proof = () => ({
    client_secret: undefined,
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: clientAssertion(),
  })

  it('proves itself by what it has signed', async () => {
    const body = await onBehalfOf(await entra.mint(adele), proof())
    expect(readClaims(body.access_token)).toMatchObject({ oid: adele.objectId })
  })

  it.each([
    ['for another endpoint', { aud: 'https://login.example/' }, 700023],
    ['of another app', { iss: 'c2222222-2222-4333-8444-555555555555' }, 700021],
    ['about another app', { sub: 'c2222222-2222-4333-8444-555555555555' }, 700021],
    ['that has expired', { exp: Date.UTC(2026, 0, 1) / 1000 }, 700024],
    ['that is not valid yet', { nbf: Date.UTC(2026, 0, 1) / 1000 + 61 }, 700024],
    ['without an end', { exp: undefined }, 700024],
  ] as const)('is refused with an assertion %s', async (_, changes, number) => {
    const assertion = { ...proof(), client_assertion: clientAssertion(changes) }
    expect((await onBehalfOf(await entra.mint(adele), assertion)).error_codes).toEqual([number])
  })

  it('is refused with the key of somebody else', async () => {
    const { private: stranger } = await generate([{ name: 'commonName', value: 'stranger' }], { algorithm: 'sha256' })
    const assertion = { ...proof(), client_assertion: clientAssertion({}, createPrivateKey(stranger)) }
    expect((await onBehalfOf(await entra.mint(adele), assertion)).error_codes).toEqual([700027])
  })
})

describe('client credentials', () => {
  it('give a token of the app on its own, for its own API', async () => {
    const scope = (entra.scopes[0] ?? '').replace(/[^/]*$/, '.default')
    const { body } = await browser.post({ grant_type: 'client_credentials', client_secret: SECRET, scope }, {})
    expect(readClaims(body.access_token)).toMatchObject({ idtyp: 'app', roles: ['read_all'] })
    expect(readClaims(body.access_token)).not.toHaveProperty('scp')
    expect(body).not.toHaveProperty('refresh_token')
  })
})

describe('the claims of a user', () => {
  it('have the roles and the groups, and a pointer where there are too many', async () => {
    expect(readClaims(await entra.mint(adele))).toMatchObject({ roles: ['Admin'], groups: groups.slice(0, 2) })
    const many = readClaims(await entra.mint(alex))
    expect(many).not.toHaveProperty('groups')
    expect(many).toMatchObject({ _claim_names: { groups: 'src1' } })
  })
})

describe('Microsoft Graph', () => {
  const token = (...scopes: string[]) => entra.mint(adele, { scopes: scopes.map((each) => `${GRAPH}/${each}`) })

  it('has the photo of the user, if there is one', async () => {
    const photo = await graph(await token('User.Read'), '/v1.0/me/photo/$value')
    expect([photo.status, photo.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(Buffer.from(await photo.arrayBuffer()).toString('base64')).toBe(PHOTO.split(',')[1])
    const others = await graph(await token('User.ReadBasic.All'), `/v1.0/users/${alex.objectId}/photo/$value`)
    expect(others.status).toBe(404)
  })

  it.each([
    ['themselves', ['User.Read'], adele.objectId, 200],
    ['another one, without the permission', ['User.Read'], alex.objectId, 403],
    ['another one', ['User.ReadBasic.All'], alex.objectId, 200],
    ['another one by the sign-in name', ['User.Read.All'], 'alex%40contoso.example', 200],
    ['nobody', ['User.Read.All'], 'nobody', 404],
    ['a name that cannot be read', ['User.Read.All'], '%E0%A4%A', 404],
  ] as const)('asked for %s', async (_, scopes, id, status) => {
    expect((await graph(await token(...scopes), `/v1.0/users/${id}`)).status).toBe(status)
  })
})

it.each([
  ['daemonRoles', { daemonRoles: 'read_all' }],
  ['web.certificates', { web: { redirectUris: [CALLBACK], clientSecret: SECRET, certificates: 'PEM' } }],
  ['users[0].groups', { users: [{ ...adele, groups: ['staff'] }] }],
  ['users[0].roles', { users: [{ ...adele, roles: [7] }] }],
  ['users[0].photo', { users: [{ ...adele, photo: 'https://photo.example/' }] }],
])('a wrong `%s` is refused by name', async (name, options) => {
  await expect(createEntraEmulator(options as never)).rejects.toThrow(`\`${name}\``)
})
