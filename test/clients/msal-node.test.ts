import {
  ConfidentialClientApplication,
  type Configuration,
  CryptoProvider,
  InteractionRequiredAuthError,
  PublicClientApplication,
  ServerError,
} from '@azure/msal-node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createVerifier } from '../../src/server/index.js'
import { ADELE, CALLBACK, type EntraForClients, SECRET, startEntra } from './entra.js'

let world: EntraForClients

beforeEach(async () => {
  world = await startEntra()
})
afterEach(() => world.close())

const configuration = (changes: Partial<Configuration['auth']> = {}): Configuration => ({
  auth: { clientId: world.entra.clientId, authority: world.authority, knownAuthorities: [world.host], ...changes },
})

const openWebApp = (changes?: Partial<Configuration['auth']>) =>
  new ConfidentialClientApplication(configuration({ clientSecret: SECRET, ...changes }))

/** As the server of a web app signs in a user: the authorization code flow with PKCE. */
async function signIn(app: ConfidentialClientApplication, claims?: string) {
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes()
  const request = { scopes: [world.scope], redirectUri: CALLBACK, ...(claims && { claims }) }
  const pkce = { codeChallenge: challenge, codeChallengeMethod: 'S256' }
  const [state, nonce] = ['the state', 'the nonce']
  const url = await app.getAuthCodeUrl({ ...request, ...pkce, state, nonce, prompt: 'select_account' })
  const { fields } = await world.person.signIn(url, ADELE)
  const code = fields.get('code') ?? ''
  return app.acquireTokenByCode(
    { ...request, code, nonce, state, codeVerifier: verifier },
    { code, state: fields.get('state') ?? '' },
  )
}

describe('ConfidentialClientApplication of msal-node', () => {
  it('signs in a user with a code and PKCE, and the API takes the token', async () => {
    const { accessToken, account, scopes, idTokenClaims } = await signIn(openWebApp())
    expect(account).toMatchObject({ username: ADELE, tenantId: world.entra.tenant })
    expect(idTokenClaims).toMatchObject({ nonce: 'the nonce' })
    expect(scopes).toContain(world.scope)
    const identity = await createVerifier(world.entra.verifierOptions()).verify(accessToken)
    expect(identity.objectId).toBe(account?.localAccountId)
  })

  it('takes a token from its cache, without a request', async () => {
    const app = openWebApp()
    const { accessToken, account } = await signIn(app)
    world.tokenRequests()
    if (!account) throw new Error('There is no account.')
    const silent = await app.acquireTokenSilent({ account, scopes: [world.scope] })
    expect([silent.accessToken, silent.fromCache, world.tokenRequests()]).toEqual([accessToken, true, 0])
  })

  it('renews with the refresh token of its cache, in another process too', async () => {
    const app = openWebApp()
    const { accessToken, account } = await signIn(app)
    const later = openWebApp()
    later.getTokenCache().deserialize(app.getTokenCache().serialize())
    const [known] = await later.getTokenCache().getAllAccounts()
    if (!known) throw new Error('There is no account.')
    const renewed = await later.acquireTokenSilent({ account: known, scopes: [world.scope], forceRefresh: true })
    expect(known.homeAccountId).toBe(account?.homeAccountId)
    expect([renewed.fromCache, renewed.accessToken === accessToken]).toEqual([false, false])
  })

  it('is told to sign in again after a revocation, and what for after a challenge', async () => {
    const app = openWebApp()
    const { account } = await signIn(app)
    if (!account) throw new Error('There is no account.')
    const renew = () => app.acquireTokenSilent({ account, scopes: [world.scope], forceRefresh: true })
    world.entra.requireMfa(ADELE)
    const challenged = await renew().catch((error: unknown) => error)
    expect(challenged).toBeInstanceOf(InteractionRequiredAuthError)
    expect((challenged as InteractionRequiredAuthError).claims).toContain('access_token')
    world.entra.revoke(ADELE)
    await expect(renew()).rejects.toMatchObject({ errorNo: 50173 })
  })

  it('tells a wrong secret by its number', async () => {
    const refused = await signIn(openWebApp({ clientSecret: 'guess' })).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ServerError)
    expect(refused).toMatchObject({ errorCode: 'invalid_client', errorNo: 7000215 })
  })

  it('signs in with `organizations` as well as with the tenant', async () => {
    const app = openWebApp({ authority: `${world.entra.url}/organizations` })
    const { account, accessToken } = await signIn(app)
    expect(account?.tenantId).toBe(world.entra.tenant)
    if (!account) throw new Error('There is no account.')
    const silent = await app.acquireTokenSilent({ account, scopes: [world.scope] })
    expect(silent.accessToken).toBe(accessToken)
  })
})

describe('PublicClientApplication of msal-node', () => {
  it('signs in a user of a desktop app in the browser of the system, and renews', async () => {
    const app = new PublicClientApplication(configuration())
    const openBrowser = async (url: string) => {
      await world.person.open(await world.person.signIn(url, ADELE))
    }
    const { account, accessToken } = await app.acquireTokenInteractive({ scopes: [world.scope], openBrowser })
    expect(account?.username).toBe(ADELE)
    if (!account) throw new Error('There is no account.')
    const renewed = await app.acquireTokenSilent({ account, scopes: [world.scope], forceRefresh: true })
    expect(renewed.accessToken).not.toBe(accessToken)
  })
})
