// What only servers ask for, by clients that nobody here wrote: tokens on behalf of a user, and of the app on its own.

import { createHash, X509Certificate } from 'node:crypto'
import { ClientSecretCredential, OnBehalfOfCredential } from '@azure/identity'
import { ConfidentialClientApplication, type Configuration, InteractionRequiredAuthError } from '@azure/msal-node'
import { clientCredentialsGrant, discovery, genericGrantRequest, PrivateKeyJwt } from 'openid-client'
import { generate } from 'selfsigned'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createVerifier } from '../../src/server/index.js'
import { ADELE, CALLBACK, type EntraForClients, SECRET, startEntra } from './entra.js'

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const ROLE = 'read_all'

let world: EntraForClients
let pair: { readonly cert: string; readonly private: string }

beforeAll(async () => {
  pair = await generate([{ name: 'commonName', value: 'server' }], { keySize: 2048, algorithm: 'sha256' })
})
beforeEach(async () => {
  const web = { redirectUris: [CALLBACK], clientSecret: SECRET, certificates: [pair.cert] }
  world = await startEntra({ web, daemonRoles: [ROLE] })
})
afterEach(() => world.close())

const ownScope = () => world.scope.replace(/[^/]*$/, '.default')

/** The name of whoever the token is of, as the emulated Graph has it. */
async function nameAtGraph(token: string | undefined): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await world.entra.handleGraph(new Request('https://graph.microsoft.com/v1.0/me', { headers }))
  return ((await answer.json()) as { displayName?: unknown }).displayName
}

async function daemonOf(token: string | undefined) {
  return createVerifier({ ...world.entra.verifierOptions(), daemons: { roles: [ROLE] } }).verifyCaller(token)
}

describe('msal-node', () => {
  const appWith = (proof: Partial<Configuration['auth']>) =>
    new ConfidentialClientApplication({
      auth: { clientId: world.entra.clientId, authority: world.authority, knownAuthorities: [world.host], ...proof },
    })
  const certificate = () => ({
    clientCertificate: {
      thumbprintSha256: createHash('sha256').update(new X509Certificate(pair.cert).raw).digest('hex'),
      privateKey: pair.private,
    },
  })

  it.each([
    ['its secret', () => ({ clientSecret: SECRET })],
    ['its certificate', certificate],
  ])('gets a token on behalf of a user with %s, and another one from its cache', async (_, proof) => {
    const app = appWith(proof())
    const request = { oboAssertion: await world.entra.mint(ADELE), scopes: ['User.Read'] }
    const first = await app.acquireTokenOnBehalfOf(request)
    expect(await nameAtGraph(first?.accessToken)).toBe('Adele Vance')
    world.tokenRequests()
    const second = await app.acquireTokenOnBehalfOf(request)
    expect([second?.accessToken, second?.fromCache, world.tokenRequests()]).toEqual([first?.accessToken, true, 0])
  })

  it.each([
    ['its secret', () => ({ clientSecret: SECRET })],
    ['its certificate', certificate],
  ])('gets a token of its own with %s', async (_, proof) => {
    const result = await appWith(proof()).acquireTokenByClientCredential({ scopes: [ownScope()] })
    expect(await daemonOf(result?.accessToken)).toMatchObject({ kind: 'app', roles: [ROLE] })
  })

  it('is told that consent is missing, and which claims are', async () => {
    const app = appWith({ clientSecret: SECRET })
    const ask = async () =>
      app.acquireTokenOnBehalfOf({ oboAssertion: await world.entra.mint(ADELE), scopes: ['User.Read'] })
    world.entra.requireConsent(ADELE)
    const unconsented = await ask().catch((error: unknown) => error)
    expect(unconsented).toBeInstanceOf(InteractionRequiredAuthError)
    expect(unconsented).toMatchObject({ subError: 'consent_required', errorNo: 65001 })
    world.entra.requireMfa(ADELE)
    expect(await ask().catch((error: unknown) => error)).toMatchObject({
      errorNo: 50079,
      claims: expect.stringContaining('capolids'),
    })
  })
})

describe('@azure/identity', () => {
  const cloud = () => ({ authorityHost: world.entra.url, disableInstanceDiscovery: true })

  it('OnBehalfOfCredential gets a token for Graph', async () => {
    const { tenant: tenantId, clientId } = world.entra
    const userAssertionToken = await world.entra.mint(ADELE)
    const credential = new OnBehalfOfCredential({
      tenantId,
      clientId,
      clientSecret: SECRET,
      userAssertionToken,
      ...cloud(),
    })
    expect(await nameAtGraph((await credential.getToken('User.Read')).token)).toBe('Adele Vance')
  })

  it('ClientSecretCredential gets a token of the app on its own', async () => {
    const { tenant, clientId } = world.entra
    const credential = new ClientSecretCredential(tenant, clientId, SECRET, cloud())
    expect(await daemonOf((await credential.getToken(ownScope())).token)).toMatchObject({ kind: 'app' })
  })
})

describe('openid-client', () => {
  const discover = async (secret?: string) => {
    const issuer = new URL(`${world.authority}/v2.0`)
    if (secret !== undefined) return discovery(issuer, world.entra.clientId, secret)
    const key = await crypto.subtle.importKey(
      'pkcs8',
      Buffer.from(pair.private.replace(/-----.*?-----/g, ''), 'base64'),
      { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
      false,
      ['sign'],
    )
    return discovery(issuer, world.entra.clientId, undefined, PrivateKeyJwt(key))
  }

  it.each([
    ['client_secret_post', SECRET],
    ['private_key_jwt', undefined],
  ])('gets tokens of both kinds with %s', async (_, secret) => {
    const config = await discover(secret)
    const own = await clientCredentialsGrant(config, { scope: ownScope() })
    expect(await daemonOf(own.access_token)).toMatchObject({ kind: 'app' })
    const onBehalf = {
      requested_token_use: 'on_behalf_of',
      assertion: await world.entra.mint(ADELE),
      scope: 'User.Read',
    }
    const ofUser = await genericGrantRequest(config, JWT_BEARER, onBehalf)
    expect(await nameAtGraph(ofUser.access_token)).toBe('Adele Vance')
  })
})
