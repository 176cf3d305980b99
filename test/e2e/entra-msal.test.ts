// An unmodified msal-browser in a real browser, against the emulator on a port of this machine.

import { readFile } from 'node:fs/promises'
import type {
  AuthenticationResult,
  Configuration,
  IPublicClientApplication,
  RedirectRequest,
} from '@azure/msal-browser'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { findChromium } from '../../scripts/chromium.js'
import { readClaims } from '../../src/shared/claims.js'
import { type Listener, listen, type RunningEntraEmulator, startEntraEmulator } from '../../src/testing/node.js'

/** What the page of the app offers to the test. */
interface App {
  client: IPublicClientApplication
  landed: AuthenticationResult | null
  failed: { name: string; errorCode: string; subError: string; errorNo?: string } | undefined
}

declare global {
  interface Window {
    client: Promise<App>
  }
}

let browser: Browser
let site: Listener
let context: BrowserContext
let page: Page
let entra: RunningEntraEmulator
let foreignRequests: string[]

beforeAll(async () => {
  const library = await readFile('node_modules/@azure/msal-browser/lib/msal-browser.min.js', 'utf8')
  browser = await chromium.launch({ executablePath: findChromium() as string })
  site = await listen({ handle: async (request) => serve(request, library) })
})

afterAll(async () => {
  await browser?.close()
  await site?.close()
})

beforeEach(async () => {
  entra = await startEntraEmulator({ redirectUris: [`${site.url}/`] })
  context = await browser.newContext()
  page = await context.newPage()
  foreignRequests = []
  context.on('request', (request) => {
    if (new URL(request.url()).hostname !== 'localhost') foreignRequests.push(request.url())
  })
})

afterEach(async () => {
  await context.close()
  await entra.close()
  expect(foreignRequests).toEqual([])
})

it('signs in, renews by refresh token, silently redirects, and signs out', async () => {
  await page.goto(pageOf())
  expect(await redirect()).toBe('left')
  await page.getByRole('button', { name: 'Adele Vance' }).click()
  const first = await landed()
  expect(first?.account.username).toBe('adele@contoso.example')
  expect(first?.account.homeAccountId).toBe(`${entra.users[0]?.objectId}.${entra.tenant}`)
  expect(readClaims(first?.accessToken)).toMatchObject({
    ver: '1.0',
    aud: `api://app.example/${entra.clientId}`,
    scp: 'access_as_user',
  })

  expect(await silent({})).toBe(first?.accessToken)
  const renewed = await silent({ forceRefresh: true })
  expect(readClaims(renewed)?.['oid']).toBe(entra.users[0]?.objectId)
  expect(renewed).not.toBe(first?.accessToken)

  entra.expireRefreshTokens()
  expect(await silent({ forceRefresh: true })).toBe('invalid_grant')
  expect(await redirect({ prompt: 'none' })).toBe('left')
  expect((await landed())?.account.username).toBe('adele@contoso.example')

  await page.evaluate(async () => void (await window.client).client.logoutRedirect())
  await page.waitForURL(/state=/)
  await page.goto(pageOf())
  expect(await redirect({ prompt: 'none' })).toBe('left')
  expect(await failure()).toMatchObject({ name: 'InteractionRequiredAuthError', errorCode: 'login_required' })
})

it('lets MSAL tell consent, a second factor and a revocation apart', async () => {
  await signIn('Alex Wilber')
  entra.requireConsent('alex@contoso.example')
  expect(await silent({ forceRefresh: true })).toBe('InteractionRequiredAuthError consent_required')
  await redirect({ prompt: 'none' })
  expect(await failure()).toMatchObject({ name: 'InteractionRequiredAuthError', subError: 'consent_required' })
  await redirect()
  await page.getByRole('button', { name: 'Accept' }).click()
  expect((await landed())?.account.username).toBe('alex@contoso.example')

  entra.requireMfa()
  expect(await silent({ forceRefresh: true })).toBe('InteractionRequiredAuthError basic_action')
  await redirect()
  await page.getByRole('button', { name: 'Approve' }).click()
  expect((await landed())?.accessToken).toBeTruthy()

  entra.revoke('alex@contoso.example')
  expect(await silent({ forceRefresh: true })).toBe('invalid_grant')
  await redirect({ prompt: 'none' })
  expect(await failure()).toMatchObject({ errorCode: 'interaction_required' })
})

it('lets MSAL throttle itself after a fault with Retry-After', async () => {
  await signIn('Adele Vance')
  entra.faults.push({ at: 'token', retryAfterSeconds: 60 })
  expect(await silent({ forceRefresh: true })).toBe('temporarily_unavailable')
  const sent = entra.requests.length
  expect(await silent({ forceRefresh: true })).toMatch(/90033|temporarily_unavailable/)
  expect(entra.requests).toHaveLength(sent)
})

it('looks to MSAL like a lost connection where the connection is dropped', async () => {
  await signIn('Adele Vance')
  entra.faults.push({ at: 'token', drop: true, times: Number.POSITIVE_INFINITY })
  expect(await silent({ forceRefresh: true })).toMatch(/post_request_failed|network/)
})

function serve(request: Request, library: string): Response {
  const { pathname } = new URL(request.url)
  if (pathname === '/msal.js') return new Response(library, { headers: { 'content-type': 'text/javascript' } })
  const html = `<!doctype html><title>App</title><link rel="icon" href="data:,"><script src="/msal.js"></script><script>(${start})()</script>`
  return new Response(html, { headers: { 'content-type': 'text/html' } })
}

/** Runs in the page. */
function start(): void {
  const asked = new URLSearchParams(location.search).get('configuration')
  if (asked) sessionStorage.setItem('configuration', asked)
  const { msal } = window as unknown as { msal: typeof import('@azure/msal-browser') }
  window.client = (async () => {
    const configuration = JSON.parse(sessionStorage.getItem('configuration') ?? '{}') as Configuration
    const client: IPublicClientApplication = new msal.PublicClientApplication(configuration)
    await client.initialize()
    let failed: App['failed']
    const landed = await client.handleRedirectPromise({ navigateToLoginRequestUrl: false }).catch((error: unknown) => {
      const { name, errorCode, subError } = error as NonNullable<App['failed']>
      failed = { name, errorCode, subError }
      return null
    })
    return { client, landed, failed }
  })()
}

function pageOf(): string {
  const { clientId, tenant, authority, browser } = entra.authOptions()
  const own = { clientId, authority: `${authority}/${tenant}`, redirectUri: `${site.url}/` }
  const configuration = { auth: { ...own, ...browser.msal.auth } }
  return `${site.url}/?configuration=${encodeURIComponent(JSON.stringify(configuration))}`
}

/** Leaves the app for the emulator and waits until there is another document. */
async function redirect(changes: Partial<RedirectRequest> = {}): Promise<string> {
  const request: RedirectRequest = { scopes: entra.authOptions().scopes, ...changes }
  const left = page.waitForEvent('framenavigated')
  await page.evaluate(async (asked) => {
    const { client } = await window.client
    const account = client.getAllAccounts()[0]
    void client.acquireTokenRedirect({ ...asked, ...(account && { account }) })
  }, request)
  await left
  return 'left'
}

async function landed(): Promise<AuthenticationResult | null> {
  await page.waitForURL((url) => url.origin === site.url)
  return page.evaluate(async () => (await window.client).landed)
}

async function failure(): Promise<App['failed']> {
  await page.waitForURL((url) => url.origin === site.url)
  return page.evaluate(async () => (await window.client).failed)
}

async function signIn(name: string): Promise<void> {
  await page.goto(pageOf())
  await redirect()
  await page.getByRole('button', { name }).click()
  expect(await landed()).not.toBeNull()
}

/** The token, or how MSAL refused, without a hidden iframe. */
async function silent(changes: { forceRefresh?: boolean }): Promise<string> {
  const request = { scopes: entra.authOptions().scopes, ...changes }
  return page.evaluate(async (asked) => {
    const { client } = await window.client
    const account = client.getAllAccounts()[0]
    try {
      const result = await client.acquireTokenSilent({ ...asked, cacheLookupPolicy: 2, ...(account && { account }) })
      return result.accessToken
    } catch (error) {
      const { name, errorCode, subError } = error as NonNullable<App['failed']>
      return name === 'InteractionRequiredAuthError' ? `${name} ${subError}` : errorCode
    }
  }, request)
}
