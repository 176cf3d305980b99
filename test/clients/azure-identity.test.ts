import {
  AuthenticationRequiredError,
  AuthorizationCodeCredential,
  InteractiveBrowserCredential,
  type TokenCredential,
} from '@azure/identity'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createVerifier } from '../../src/server/index.js'
import { ADELE, CALLBACK, DESKTOP, type EntraForClients, SECRET, startEntra } from './entra.js'
import { installSystemBrowser } from './system-browser.js'

let world: EntraForClients

beforeEach(async () => {
  world = await startEntra()
})
afterEach(() => world.close())

/** What a cloud of its own needs: where it is, and that Microsoft's is not asked about it. */
const cloud = () => ({ authorityHost: world.entra.url, disableInstanceDiscovery: true })

async function identityOf(credential: TokenCredential) {
  const token = await credential.getToken(world.scope)
  const identity = await createVerifier(world.entra.verifierOptions()).verify(token?.token)
  return { token, identity }
}

async function codeFor(): Promise<string> {
  const { tenant, clientId, url } = world.entra
  const query = { client_id: clientId, response_type: 'code', redirect_uri: CALLBACK, scope: world.scope }
  const { fields } = await world.person.signIn(
    `${url}/${tenant}/oauth2/v2.0/authorize?${new URLSearchParams(query)}`,
    ADELE,
  )
  return fields.get('code') ?? ''
}

it('AuthorizationCodeCredential redeems the code of a web app once, and answers from its cache after that', async () => {
  const { tenant, clientId } = world.entra
  const credential = new AuthorizationCodeCredential(tenant, clientId, SECRET, await codeFor(), CALLBACK, cloud())
  const { token, identity } = await identityOf(credential)
  expect(identity.tenantId).toBe(tenant)
  expect(world.tokenRequests()).toBe(1)
  expect((await credential.getToken(world.scope))?.token).toBe(token?.token)
  expect(world.tokenRequests()).toBe(0)
})

it('InteractiveBrowserCredential signs in a user with PKCE in the browser of the system, and renews without it', async () => {
  const browser = installSystemBrowser()
  try {
    const { tenant: tenantId, clientId } = world.entra
    const credential = new InteractiveBrowserCredential({ tenantId, clientId, redirectUri: DESKTOP, ...cloud() })
    const record = await credential.authenticate(world.scope)
    expect(record).toMatchObject({ username: ADELE, tenantId })
    const { token, identity } = await identityOf(credential)
    expect(identity.claims['azp'] ?? identity.claims['appid']).toBe(clientId)
    expect(world.tokenRequests()).toBe(1)
    // A challenge is what makes it ask for another one before the first has expired.
    const claims = JSON.stringify({ access_token: { nbf: { essential: true, value: '1' } } })
    expect((await credential.getToken(world.scope, { claims }))?.token).not.toBe(token?.token)
  } finally {
    browser.remove()
  }
})

it('a credential that may not ask says that somebody has to sign in', async () => {
  const { tenant: tenantId, clientId } = world.entra
  const own = { tenantId, clientId, redirectUri: DESKTOP, disableAutomaticAuthentication: true }
  const credential = new InteractiveBrowserCredential({ ...own, ...cloud() })
  await expect(credential.getToken(world.scope)).rejects.toBeInstanceOf(AuthenticationRequiredError)
})
