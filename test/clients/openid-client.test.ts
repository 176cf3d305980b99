import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  type ClientAuth,
  ClientSecretBasic,
  type Configuration,
  type CustomFetch,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
} from 'openid-client'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createVerifier } from '../../src/server/index.js'
import { createEntraEmulator } from '../../src/testing/index.js'
import { ADELE, CALLBACK, type EntraForClients, SECRET, startEntra } from './entra.js'
import { createPerson } from './person.js'

let world: EntraForClients

beforeEach(async () => {
  world = await startEntra()
})
afterEach(() => world.close())

const discover = (...rest: [secret?: string, authentication?: ClientAuth]) =>
  discovery(new URL(`${world.authority}/v2.0`), world.entra.clientId, ...rest)

/** As the README of openid-client has it. */
async function signIn(config: Configuration, person = world.person) {
  const pkceCodeVerifier = randomPKCECodeVerifier()
  const [expectedState, expectedNonce] = [randomState(), randomNonce()]
  const url = buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: `openid profile offline_access ${world.scope}`,
    code_challenge: await calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
  })
  const landing = await person.signIn(url, ADELE)
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
  return authorizationCodeGrant(config, landing.url, checks)
}

it('discovers the tenant, signs in with a code and PKCE, and accepts the ID token', async () => {
  const tokens = await signIn(await discover(SECRET))
  expect(tokens.claims()).toMatchObject({
    aud: world.entra.clientId,
    tid: world.entra.tenant,
    preferred_username: ADELE,
  })
  const identity = await createVerifier(world.entra.verifierOptions()).verify(tokens.access_token)
  expect(identity.objectId).toBe(tokens.claims()?.['oid'])
})

// It takes the issuer of many tenants, which the standard does not know, from Microsoft's own host alone.
it.each(['common', 'organizations'])('signs in with %s under the name of Entra ID', async (authority) => {
  const entra = await createEntraEmulator({ web: { redirectUris: [CALLBACK], clientSecret: SECRET } })
  const url = new URL(`${entra.url}/${authority}/v2.0`)
  const send: CustomFetch = (href, init) => entra.fetch(href, init as RequestInit)
  const config = await discovery(url, entra.clientId, SECRET, undefined, { [customFetch]: send })
  const tokens = await signIn(config, createPerson(entra.url, entra.fetch))
  expect(tokens.claims()).toMatchObject({ iss: `${entra.url}/${entra.tenant}/v2.0`, tid: entra.tenant })
  entra.dispose()
})

it('renews, and accepts the ID token that comes with it', async () => {
  const config = await discover(SECRET)
  const first = await signIn(config)
  const renewed = await refreshTokenGrant(config, first.refresh_token ?? '', { scope: world.scope })
  expect(renewed.access_token).not.toBe(first.access_token)
  expect(renewed.claims()?.sub).toBe(first.claims()?.sub)
})

it('proves itself in the header just as well, as RFC 6749 prefers', async () => {
  const config = await discover(undefined, ClientSecretBasic(SECRET))
  expect((await signIn(config)).access_token).toBeTruthy()
})

it('is told why a refresh token is refused', async () => {
  const config = await discover(SECRET)
  const { refresh_token = '' } = await signIn(config)
  world.entra.revoke(ADELE)
  const refused = refreshTokenGrant(config, refresh_token)
  await expect(refused).rejects.toMatchObject({ error: 'invalid_grant', status: 400 })
  await expect(refused).rejects.toMatchObject({ error_description: expect.stringContaining('AADSTS50173') })
})

it('signs out at the address that it discovers', async () => {
  const config = await discover(SECRET)
  await signIn(config)
  await world.person.open(buildEndSessionUrl(config, { post_logout_redirect_uri: 'https://elsewhere.example/' }))
  // The browser is asked to pick an account again.
  expect((await signIn(config)).claims()?.['preferred_username']).toBe(ADELE)
})
