// A page may not set its Origin header; this is the other end.
// @vitest-environment node

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readClaims } from '../../../src/shared/claims.js'
import { createEntraEmulator, type EntraEmulator } from '../../../src/testing/entra/entra.js'
import { entraMint, entraTeamsUser } from '../../../src/testing/entra-mint.js'
import {
  fetchMint,
  type MintedToken,
  type MintRefusal,
  type TokenMintRequest,
} from '../../../src/testing/teams/mint.js'
import { createMintEndpoint } from '../../../src/testing/teams/mint-endpoint.js'

const hostPage = 'https://teams.example'
const clientId = 'c1111111-2222-4333-8444-555555555555'
let entra: EntraEmulator

beforeEach(async () => {
  entra = await createEntraEmulator({ clientId })
})

afterEach(() => entra.dispose())

const request = (more: Partial<TokenMintRequest> = {}): TokenMintRequest => ({
  user: entraTeamsUser(entra, 'adele@contoso.example'),
  clientId,
  authorizedParty: '5e3ce6c0-2b1f-4285-8d4b-75ee78787346',
  purpose: 'sso',
  ...more,
})

const claimsOf = (answer: MintedToken | MintRefusal) => readClaims('token' in answer ? answer.token : undefined)

test('gets the token of Teams SSO from the emulated Entra ID', async () => {
  const answer = await entraMint(entra)(request())
  expect(answer).toMatchObject({ expiresInSeconds: 3600 })
  expect(answer).not.toHaveProperty('idToken')
  expect(claimsOf(answer)).toMatchObject({
    aud: `api://app.example/${clientId}`,
    appid: '5e3ce6c0-2b1f-4285-8d4b-75ee78787346',
    scp: 'access_as_user',
  })
})

test('gets a token and an ID token for nested app auth, with the scopes of OpenID Connect too', async () => {
  const scopes = ['openid', 'profile', ...entra.scopes]
  const answer = await entraMint(entra)(request({ purpose: 'nested', authorizedParty: clientId, scopes }))
  expect(claimsOf(answer)).toMatchObject({ appid: clientId, aud: `api://app.example/${clientId}` })
  expect(readClaims((answer as MintedToken).idToken)).toMatchObject({ aud: clientId, tid: entra.tenant })
})

test('gets a token for Microsoft Graph over the bridge', async () => {
  const answer = await entraMint(entra)(request({ purpose: 'nested', scopes: ['User.Read'] }))
  expect(claimsOf(answer)).toMatchObject({ scp: 'User.Read' })
})

test('gets nothing for nested app auth without the consent of the user, who can give it in a dialog of the host', async () => {
  entra.requireConsent('adele@contoso.example')
  const asked = request({ purpose: 'nested', scopes: ['User.Read'] })
  const endpoint = createMintEndpoint(entraMint(entra))
  const mint = fetchMint(`${hostPage}/mint`, async (url, init) => endpoint(new Request(url as string, init)))
  expect(await mint(asked)).toEqual({ error: 'invalid_grant', subError: 'consent_required' })
  expect(claimsOf(await mint(request()))).toBeDefined()
  expect(claimsOf(await mint({ ...asked, consented: true }))).toMatchObject({ scp: 'User.Read' })
  expect(claimsOf(await mint(asked))).toBeDefined()
  expect(entra.hasConsented('adele@contoso.example', ['https://graph.microsoft.com/User.Read'])).toBe(true)
})

const acrs = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
const policies = '{"access_token":{"capolids":{"essential":true,"values":["d0000000-0000-4000-8000-000000000001"]}}}'
const CP1 = '{"access_token":{"xms_cc":{"values":["CP1"]}}}'

test.each([
  ['sso', acrs],
  ['nested', acrs],
  ['sso', policies],
  ['nested', policies],
] as const)(
  'gets what claims ask for once the user has given a second factor in the host: %s, %s',
  async (purpose, claims) => {
    const scopes = { ...(purpose === 'nested' && { scopes: [...entra.scopes] }) }
    const asked = request({ purpose, claims, ...scopes })
    const mint = entraMint(entra)
    expect(await mint(asked)).toEqual({ error: 'interaction_required', subError: 'basic_action' })
    expect(claimsOf(await mint({ ...asked, claims: '' }))).not.toHaveProperty('acrs')
    expect(claimsOf(await mint({ ...asked, secondFactor: true }))?.['acrs']).toEqual(
      claims === acrs ? ['c1'] : undefined,
    )
    expect(claimsOf(await mint(asked))).toHaveProperty('sid')
    entra.requireMfa('adele@contoso.example')
    expect(await mint(asked)).toHaveProperty('error', 'interaction_required')
  },
)

test('gets a token that lives long for an app that says CP1, and none for claims that are no JSON object', async () => {
  const answer = await entraMint(entra)(request({ claims: CP1 }))
  expect(answer).toMatchObject({ expiresInSeconds: entra.lifetimes.continuousAccessToken })
  const { xms_cc, exp, iat } = claimsOf(answer) ?? {}
  expect([xms_cc, Number(exp) - Number(iat)]).toEqual([['CP1'], entra.lifetimes.continuousAccessToken])
  expect(await entraMint(entra)(request({ claims: `${acrs} ${CP1}` }))).toHaveProperty('error', 'invalid_request')
})

test('is refused scopes that nobody offers, and users that Entra ID does not know', async () => {
  const mint = entraMint(entra)
  expect(await mint(request({ purpose: 'nested', scopes: ['api://other/x'] }))).toMatchObject({
    error: 'invalid_scope',
  })
  const adele = entraTeamsUser(entra, 'adele@contoso.example')
  for (const user of [
    { ...adele, username: 'x' },
    { ...adele, objectId: 'x' },
    { ...adele, tenantId: 'x' },
  ])
    expect(await mint(request({ user }))).toMatchObject({ error: 'invalid_grant' })
  expect(() => entraTeamsUser(entra, 'no-account')).toThrow(TypeError)
})

/** Both ends of the wire, without one. */
function wire(origins: string[] = [], origin?: string) {
  const endpoint = createMintEndpoint(entraMint(entra), origins)
  const send = vi.fn(async (url: RequestInfo | URL, init?: RequestInit) => {
    const headers = { ...(init?.headers as Record<string, string>), ...(origin && { origin }) }
    return endpoint(new Request(url, { ...init, headers }))
  })
  return { endpoint, send, mint: fetchMint('https://control.example/mint', send as typeof fetch) }
}

test('goes over a wire', async () => {
  const { mint, send } = wire()
  expect(claimsOf(await mint(request()))).toMatchObject({ aud: `api://app.example/${clientId}` })
  expect(await mint(request({ purpose: 'nested', scopes: ['api://other/x'] }))).toMatchObject({
    error: 'invalid_scope',
  })
  expect(send.mock.calls[0]?.[0]).toBe('https://control.example/mint')
})

test('answers pages of listed origins only', async () => {
  expect(claimsOf(await wire([hostPage], hostPage).mint(request()))).toBeDefined()
  await expect(wire([hostPage], 'https://evil.example').mint(request())).rejects.toThrow()
  await expect(wire([], hostPage).mint(request())).rejects.toThrow()
  const { endpoint } = wire([hostPage])
  const headers = { origin: hostPage, 'access-control-request-method': 'POST' }
  const preflight = await endpoint(new Request('https://control.example/mint', { method: 'OPTIONS', headers }))
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, hostPage])
})

test.each(['', 'x', 'null', '[]', '{}', '{"user":null}', '{"user":{},"purpose":"sso"}', '{"user":7}'])(
  'refuses %o as a request',
  async (body) => {
    const { endpoint } = wire()
    const response = await endpoint(new Request('https://control.example/mint', { method: 'POST', body }))
    expect([response.status, await response.json()]).toEqual([400, { error: 'invalid_request' }])
  },
)

test('takes no other method', async () => {
  const { endpoint } = wire()
  expect((await endpoint(new Request('https://control.example/mint'))).status).toBe(405)
})

test.each(['[]', '{}', 'null', '"token"', '{"token":7,"expiresInSeconds":1}', '<html>'])(
  'rejects %s as an answer',
  async (body) => {
    const mint = fetchMint('https://control.example/mint', async () => new Response(body))
    await expect(mint(request())).rejects.toThrow()
  },
)
