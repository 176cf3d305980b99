// The browser door at panva's oidc-provider: an OpenID Connect authority that nobody here wrote. It stands where Entra ID
// does, at the addresses that MSAL and the server derive from `authority` and `tenant`, and puts the claims into its tokens
// that twodoor asks for. All the rest is its own: pages, grants, rotation of refresh tokens, errors.

import { createServer } from 'node:http'
import express, { type RequestHandler } from 'express'
import { exportJWK, generateKeyPair } from 'jose'
import Provider, { type Configuration, type RefreshToken } from 'oidc-provider'
import type { BrowserContext, Page } from 'playwright'
import { authenticateRequest, createVerifier } from '../../../src/server/index.js'
import { appOrigin, bundle, html, until } from '../doors.js'
import { sendWebResponse } from '../node-web.js'
import { startWorld } from '../world.js'
import { createClock } from './clock.js'
import { type Opened, type OpenOptions, observe, playable } from './playable.js'
import type { DoorName } from './row.js'

export type ProviderStage = Awaited<ReturnType<typeof openProviderStage>>

const AUTHORITY_HOST = 'login.provider.example'
const AUTHORITY = `https://${AUTHORITY_HOST}`
const TENANT = '99999999-2222-4333-8444-555555555555'
const CLIENT = 'c9999999-2222-4333-8444-555555555555'
const USER = 'a9999999-2222-4333-8444-555555555555'
const SCOPE = `api://app.contoso.example/${CLIENT}/access_as_user`
const ISSUER_PATH = `/${TENANT}/v2.0`

const authOptions = {
  clientId: CLIENT,
  tenant: TENANT,
  scopes: [SCOPE],
  authority: AUTHORITY,
}

/** What stands between the page and the token endpoint. */
export interface ProviderFault {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

function configurationOf(jwk: object): Configuration {
  const identity = { tid: TENANT, oid: USER, preferred_username: 'adele@provider.example', name: 'Adele' }
  return {
    jwks: { keys: [jwk as never] },
    clients: [
      {
        client_id: CLIENT,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [`${appOrigin}/`],
      },
    ],
    claims: { openid: ['sub'], profile: Object.keys(identity) },
    conformIdTokenClaims: false,
    clientBasedCORS: () => true,
    cookies: { keys: ['of these tests'] },
    findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ sub: id, ...identity }) }),
    features: {
      resourceIndicators: {
        enabled: true,
        defaultResource: () => SCOPE.slice(0, SCOPE.lastIndexOf('/')),
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: SCOPE,
          audience: CLIENT,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 3_600,
        }),
      },
    },
    extraTokenClaims: () => ({
      ...identity,
      ver: '2.0',
      azp: CLIENT,
      scp: 'access_as_user',
      nbf: Math.floor(Date.now() / 1_000),
    }),
    issueRefreshToken: async (_context, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    ttl: { AccessToken: 3_600, RefreshToken: 86_400, IdToken: 3_600, Grant: 86_400, Session: 86_400, Interaction: 600 },
  }
}

export async function openProviderStage() {
  const clock = createClock()
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const name = { kid: 'the key', alg: 'RS256', use: 'sig' }
  const provider = new Provider(AUTHORITY + ISSUER_PATH, configurationOf({ ...(await exportJWK(privateKey)), ...name }))
  provider.proxy = true
  const publicKeys = { keys: [{ ...(await exportJWK(publicKey)), ...name }] }
  const verifier = createVerifier({
    clientId: CLIENT,
    tenants: [TENANT],
    authority: AUTHORITY,
    fetch: async () => Response.json(publicKeys),
  })

  const times: number[] = []
  const front: { fault?: ProviderFault | 'drop' | undefined; refreshToken?: RefreshToken } = {}
  provider.on('refresh_token.saved', (token: RefreshToken) => {
    front.refreshToken = token
  })

  const inFront: RequestHandler = (request, response, next) => {
    request.headers['x-forwarded-proto'] = 'https'
    // On a connection that it has used before, Chromium itself sends a request again that was dropped.
    response.setHeader('connection', 'close')
    if (request.method !== 'POST' || !request.path.endsWith('/token')) return next()
    times.push(clock.now())
    const { fault } = front
    if (fault === 'drop') return void request.socket.destroy()
    if (!fault) return next()
    const allowed = { 'access-control-allow-origin': appOrigin, 'access-control-expose-headers': 'Retry-After' }
    response.writeHead(fault.status, { ...allowed, ...fault.headers }).end(fault.body)
  }
  const authority = express().use(inFront).use(ISSUER_PATH, provider.callback())

  const script = await bundle('app')
  const app = createServer(async (request, response) => {
    if (!request.url?.startsWith('/api/'))
      return sendWebResponse(html(`<title>App</title><body><script>${script}</script>`), response)
    const { refused } = await authenticateRequest(verifier, request)
    const { status = 200, headers = {}, code } = refused ?? {}
    response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify({ code }))
  })
  const world = await startWorld({
    'app.contoso.example': app,
    [AUTHORITY_HOST]: createServer(authority),
    // The pages of the provider would like to have a font.
    'fonts.googleapis.com': () => new Response(''),
  })
  const contexts: BrowserContext[] = []

  async function open(door: DoorName, { options = {} }: OpenOptions = {}): Promise<Opened> {
    const { context, page } = await world.newPage()
    contexts.push(context)
    page.setDefaultTimeout(15_000)
    page.on('pageerror', (error) => world.failures.push(error))
    await page.clock.install({ time: clock.now() })
    await page.addInitScript((config) => Object.assign(window, { config }), { options: { ...authOptions, ...options } })
    await page.goto(`${appOrigin}/`)
    return observe(door, page, page)
  }

  /** The pages that oidc-provider has for development: a name and a password, whatever they are, and consent. */
  async function passSignIn({ page }: Opened): Promise<void> {
    for (;;) {
      const isBack = page.waitForFunction(() => window.app?.auth.state.status === 'signed-in').then(() => 'back')
      const button = page.locator('button[type=submit]')
      const isAsked = button.waitFor().then(() => 'asked')
      if ((await Promise.any([isBack, isAsked])) === 'back') return
      if ((await page.locator('input[name=login]').count()) > 0) await fillIn(page)
      // Each button leads to another page. Until that is there, the old one would be found once more.
      const isLeft = page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame())
      await button.click()
      await isLeft
    }
  }

  async function openSignedIn(door: DoorName, how: OpenOptions = {}): Promise<Opened> {
    const opened = await open(door, how)
    const { page } = opened
    // By OpenID Connect Core §11 there is no `offline_access`, which MSAL asks each renewal for, without it.
    await page.evaluate(() => void window.app.auth.signIn({ prompt: 'consent' }))
    await page.waitForURL(`${AUTHORITY}/**`)
    await passSignIn(opened)
    await until(page, 'signed-in')
    const { status } = await page.evaluate(() => window.app.me())
    if (status !== 200) throw new Error(`The app's server answers ${status} to a token of the provider.`)
    times.length = 0
    return opened
  }

  async function awaitUser(opened: Opened): Promise<() => Promise<unknown>> {
    await opened.page.locator('button[type=submit]').waitFor()
    return () => passSignIn(opened)
  }

  async function reset(): Promise<void> {
    await Promise.all(contexts.splice(0).map((context) => context.close()))
    front.fault = undefined
    clock.reset()
    world.requests.length = 0
    world.frames.length = 0
  }

  const own = { clock, provider, front, open, openSignedIn, passSignIn, awaitUser, tokenTimes: () => times, reset }
  return playable({ ...own, close: world.close }, world)
}

async function fillIn(page: Page): Promise<void> {
  await page.fill('input[name=login]', 'adele')
  await page.fill('input[name=password]', 'any')
}
