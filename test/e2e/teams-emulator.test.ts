// Unmodified teams-js and msal-browser in a frame, our emulator around it, on the origins that they have in production.

import type { BrowserContext, Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { readClaims } from '../../src/shared/claims.js'
import { createEntraEmulator, type EntraEmulator } from '../../src/testing/entra/entra.js'
import { entraMint, entraTeamsUser } from '../../src/testing/entra-mint.js'
import { createMintEndpoint } from '../../src/testing/teams/mint-endpoint.js'
import type { TeamsSettingsChanges } from '../../src/testing/teams/settings.js'
import { type NestedStatus, nestedStatuses, ssoFailures } from '../../src/testing/teams/settings.js'
import { bundlePage, html } from './bundle-page.js'
import { startWorld, type World } from './world.js'

const teamsOrigin = 'https://teams.microsoft.com'
const appOrigin = 'https://app.contoso.example'
const teamsOnTheWeb = '5e3ce6c0-2b1f-4285-8d4b-75ee78787346'

let entra: EntraEmulator
let world: World
let opened: BrowserContext | undefined

beforeAll(async () => {
  entra = await createEntraEmulator()
  const [host, app, phone] = await Promise.all([bundlePage('teams'), bundlePage('teams-js'), bundlePage('teams-phone')])
  const mint = createMintEndpoint(entraMint(entra))
  const site = (script: string) => (request: Request) => {
    const { pathname } = new URL(request.url)
    return pathname === '/mint'
      ? mint(request)
      : html(`<body><script>${pathname === '/phone' ? phone : ''}${script}</script>`)
  }
  world = await startWorld({
    'teams.microsoft.com': site(host),
    'outlook.office.com': site(host),
    'app.contoso.example': site(app),
    'evil.example': () => html(`<iframe src="${teamsOrigin}"></iframe>`),
    // teams-js asks for a newer list of hosts. The one that it brings is good enough.
    'res.cdn.office.net': () => new Response(null, { status: 404 }),
  })
})

afterEach(async () => {
  await opened?.close()
  opened = undefined
})

afterAll(async () => {
  await world?.close()
  entra?.dispose()
})

interface OpenedTab {
  readonly page: Page
  readonly frame: Frame
}

/** Opens the app as a tab of the host. With `initialize: false` teams-js is loaded and nothing more. */
async function openTab(
  settings: TeamsSettingsChanges = {},
  { origin = teamsOrigin, initialize = true } = {},
): Promise<OpenedTab> {
  const { context, page } = await world.newPage()
  opened = context
  const user = entraTeamsUser(entra, 'adele@contoso.example')
  const options = { appUrl: `${appOrigin}/tab`, appOrigin, clientId: entra.clientId, user, ...settings }
  await page.addInitScript((hostOptions) => Object.assign(window, { hostOptions }), options)
  await page.goto(origin)
  const frame = await (await page.waitForSelector('iframe')).contentFrame()
  if (!frame) throw new Error('There is no frame.')
  await frame.waitForFunction(() => 'vendor' in window)
  if (initialize) await frame.evaluate(() => window.vendor.app.initialize())
  return { page, frame }
}

const getToken = (frame: Frame, silent = true) =>
  frame.evaluate((silent) => window.vendor.outcome(() => window.vendor.authentication.getAuthToken({ silent })), silent)

/** What MSAL's nestable client comes to, with the scopes of the emulated API. */
const acquire = (frame: Frame, how: 'acquireTokenSilent' | 'acquireTokenPopup', forceRefresh = false) =>
  frame.evaluate(
    async ({ clientId, scopes, how, forceRefresh }) => {
      const client = await window.vendor.nestable(clientId)
      const account = client.getAllAccounts()[0]
      const request = { scopes: [...scopes], forceRefresh, ...(account && { account }) }
      return window.vendor.outcome(async () => {
        const { accessToken, account, fromCache, expiresOn } = await client[how](request)
        return { accessToken, username: account.username, fromCache, expiresOn: expiresOn?.getTime() }
      })
    },
    { clientId: entra.clientId, scopes: entra.scopes, how, forceRefresh },
  )

test('initializes teams-js in the host that it trusts by its own list', async () => {
  const { frame, page } = await openTab()
  const context = await frame.evaluate(() => window.vendor.app.getContext())
  expect(context).toMatchObject({
    app: { theme: 'default', host: { name: 'TeamsModern', clientType: 'web' } },
    page: { frameContext: 'content' },
    user: { id: entra.users[0]?.objectId, loginHint: 'adele@contoso.example', tenant: { id: entra.tenant } },
  })
  const bridge = await frame.evaluate(() => [
    window.vendor.nestedAppAuth.isNAAChannelRecommended(),
    'nestedAppAuthBridge' in window,
  ])
  expect(bridge).toEqual([true, true])
  const functions = await page.evaluate(() =>
    window.host.transcript.map(({ direction, func }) => `${direction} ${func}`),
  )
  expect(functions.slice(0, 2)).toEqual(['received initialize', 'answered initialize'])
})

test('is Outlook where the settings say so', async () => {
  const { frame } = await openTab({ hostName: 'Outlook' }, { origin: 'https://outlook.office.com' })
  const { app } = await frame.evaluate(() => window.vendor.app.getContext())
  expect(app.host.name).toBe('Outlook')
  expect(readClaims(await getToken(frame))?.['appid']).toBe('bc59ab01-8403-45c6-8796-ac3ef710b3e3')
})

test('gives a signed token of the emulated Entra ID, issued to the host, and the same one again', async () => {
  const { frame, page } = await openTab()
  const token = await getToken(frame)
  expect(readClaims(token)).toMatchObject({
    oid: entra.users[0]?.objectId,
    tid: entra.tenant,
    aud: `api://app.example/${entra.clientId}`,
    appid: teamsOnTheWeb,
  })
  expect(await getToken(frame)).toBe(token)
  await page.evaluate(() => window.host.clearTokenCache())
  expect(await getToken(frame)).not.toBe(token)
  const places = world.whereSent(String(token))
  expect(places).toEqual([])
  expect(JSON.stringify(await page.evaluate(() => window.host.transcript))).not.toContain(token)
})

test('gives the token of another user as soon as that one is signed in to the host', async () => {
  const { frame, page } = await openTab()
  await getToken(frame)
  await page.evaluate((user) => window.host.setUser(user), entraTeamsUser(entra, 'alex@contoso.example'))
  expect(readClaims(await getToken(frame))?.['oid']).toBe(entra.users[1]?.objectId)
})

test('refuses with each message that hosts are known to refuse with', async () => {
  const { frame, page } = await openTab()
  for (const failure of [...ssoFailures, 'a message that nobody knows']) {
    await page.evaluate((sso) => window.host.set({ sso }), failure)
    expect(await getToken(frame)).toEqual({ name: 'Error', message: failure, errorCode: undefined })
  }
})

test('asks for consent only where the call may show something', async () => {
  const { frame, page } = await openTab()
  await page.evaluate(() => window.host.requireConsent())
  expect(await getToken(frame)).toMatchObject({ message: 'resourceRequiresConsent' })
  await page.evaluate(() => window.host.set({ consent: 'cancel' }))
  expect(await getToken(frame, false)).toMatchObject({ message: 'CancelledByUser' })
  await page.evaluate(() => window.host.set({ consent: 'accept' }))
  expect(readClaims(await getToken(frame, false))).toBeDefined()
  expect(readClaims(await getToken(frame))).toBeDefined()
})

test('sends the theme to an app that has registered for it, and to no other', async () => {
  const { frame, page } = await openTab()
  await page.evaluate(() => window.host.setTheme('dark'))
  await frame.evaluate(() => {
    window.vendor.app.registerOnThemeChangeHandler((theme) => void window.vendor.themes.push(theme))
    return window.vendor.app.getContext()
  })
  await page.evaluate(() => window.host.setTheme('contrast'))
  await frame.waitForFunction(() => window.vendor.themes.length > 0)
  expect(await frame.evaluate(() => window.vendor.themes)).toEqual(['contrast'])
})

test('keeps what the app tells of its start', async () => {
  const { frame, page } = await openTab()
  await frame.evaluate(async () => {
    const { app } = window.vendor
    app.notifyAppLoaded()
    await app.notifySuccess()
    app.notifyFailure({ reason: 'AuthFailed' as never, message: 'no luck' })
    app.notifyExpectedFailure({ reason: 'PermissionError' as never })
    await app.getContext()
  })
  expect(await page.evaluate(() => window.host.notifications)).toEqual([
    { type: 'appLoaded' },
    { type: 'success' },
    { type: 'failure', reason: 'AuthFailed', message: 'no luck' },
    { type: 'expectedFailure', reason: 'PermissionError' },
  ])
})

test('answers notifySuccess where the host says that it does', async () => {
  const { frame } = await openTab({ notifySuccessResponse: true })
  expect(await frame.evaluate(() => window.vendor.app.notifySuccess())).toEqual({ hasFinishedSuccessfully: true })
})

test('makes teams-js fail with a runtime that is newer than it knows', async () => {
  const { frame } = await openTab({ apiVersion: 9 }, { initialize: false })
  const failure = await frame.evaluate(() => window.vendor.outcome(() => window.vendor.app.initialize()))
  expect(failure).toMatchObject({ message: expect.stringContaining('could not be upgraded') })
})

test('recommends nested app auth without a bridge, where the answer has the order of the types', async () => {
  const { frame } = await openTab({ replyOrder: 'typed' })
  const bridge = await frame.evaluate(() => [
    window.vendor.nestedAppAuth.isNAAChannelRecommended(),
    'nestedAppAuthBridge' in window,
  ])
  expect(bridge).toEqual([true, false])
})

test('is a host without a runtime', async () => {
  const { frame } = await openTab({ replyOrder: 'legacy', echoUuid: false })
  expect(await frame.evaluate(() => window.vendor.nestedAppAuth.isNAAChannelRecommended())).toBe(false)
  expect(readClaims(await getToken(frame))).toBeDefined()
})

test('gives MSAL a token over the bridge, which MSAL then keeps', async () => {
  const { frame } = await openTab()
  const first = await acquire(frame, 'acquireTokenSilent')
  expect(first).toMatchObject({ username: 'adele@contoso.example', fromCache: false })
  const { accessToken } = first as { accessToken: string }
  expect(readClaims(accessToken)).toMatchObject({ oid: entra.users[0]?.objectId, appid: entra.clientId })
  expect(await acquire(frame, 'acquireTokenSilent')).toMatchObject({ accessToken, fromCache: true })
  expect(await acquire(frame, 'acquireTokenSilent', true)).toMatchObject({ fromCache: false })
  expect(await acquire(frame, 'acquireTokenPopup')).toMatchObject({ username: 'adele@contoso.example' })
})

const errorCodes: Record<NestedStatus, string> = {
  USER_INTERACTION_REQUIRED: 'the_code',
  USER_CANCEL: 'user_canceled',
  NO_NETWORK: 'no_network_connectivity',
  TRANSIENT_ERROR: 'the_code',
  PERSISTENT_ERROR: 'the_code',
  DISABLED: 'nested_app_auth_bridge_disabled',
  ACCOUNT_UNAVAILABLE: 'no_account_found',
  NESTED_APP_AUTH_UNAVAILABLE: 'the_code',
}

test('refuses over the bridge with each status', async () => {
  const { frame, page } = await openTab()
  const seen: Record<string, unknown> = {}
  for (const status of nestedStatuses) {
    await page.evaluate((status) => window.host.set({ nestedFailure: { status, code: 'the_code' } }), status)
    const failure = (await acquire(frame, 'acquireTokenSilent')) as { errorCode: string }
    seen[status] = failure.errorCode
  }
  expect(seen).toEqual(errorCodes)
})

test('asks for consent over the bridge only with a popup', async () => {
  const { frame, page } = await openTab()
  await page.evaluate(() => window.host.requireConsent())
  expect(await acquire(frame, 'acquireTokenSilent')).toMatchObject({ name: 'InteractionRequiredAuthError' })
  await page.evaluate(() => window.host.set({ consent: 'cancel' }))
  expect(await acquire(frame, 'acquireTokenPopup')).toMatchObject({ errorCode: 'user_canceled' })
  await page.evaluate(() => window.host.set({ consent: undefined }))
  expect(await acquire(frame, 'acquireTokenPopup')).toMatchObject({ username: 'adele@contoso.example' })
})

/** What `authenticate` comes to. Begins it and leaves the answer in the page, so that the test can act meanwhile. */
const authenticate = (frame: Frame, path: string) =>
  frame.evaluate((url) => {
    const { outcome, authentication } = window.vendor
    Object.assign(window, { answer: outcome(() => authentication.authenticate({ url, width: 400, height: 300 })) })
  }, `${appOrigin}${path}`)
const answerOf = (frame: Frame) => frame.evaluate(() => (window as unknown as { answer: Promise<unknown> }).answer)

test('opens a window for authenticate and passes its result on', async () => {
  const { frame, page } = await openTab()
  for (const [notify, expected] of [
    ['notifySuccess', 'the result'],
    ['notifyFailure', { message: 'the result' }],
  ] as const) {
    const popup = page.waitForEvent('popup')
    await authenticate(frame, '/auth?state=s3cret')
    const window = await popup
    await window.waitForFunction(() => 'vendor' in globalThis)
    await window.evaluate(async (notify) => {
      await globalThis.window.vendor.app.initialize()
      globalThis.window.vendor.authentication[notify]('the result')
    }, notify)
    const answer = await answerOf(frame)
    if (typeof expected === 'string') expect(answer).toBe(expected)
    else expect(answer).toMatchObject(expected)
    if (!window.isClosed()) await window.waitForEvent('close')
  }
  const transcript = JSON.stringify(await page.evaluate(() => window.host.transcript))
  expect(transcript).toContain(`${appOrigin}/auth`)
  expect(transcript).not.toMatch(/s3cret|the result/)
})

test('answers CancelledByUser once the window is closed, and takes the next call', async () => {
  const { frame, page } = await openTab()
  const popup = page.waitForEvent('popup')
  await authenticate(frame, '/auth')
  const window = await popup
  const first = answerOf(frame)
  await authenticate(frame, '/auth')
  expect(await answerOf(frame)).toMatchObject({ message: 'FailedToOpenWindow' })
  await window.close()
  expect(await first).toMatchObject({ message: 'CancelledByUser' })
})

test('hears nothing from a frame on another origin, and gives it nothing', async () => {
  const { frame, page } = await openTab()
  await page.evaluate(() => window.host.set({ latencyMs: 0 }))
  await frame.goto('https://outlook.office.com/app').catch(() => undefined)
  const stranger = page.frames()[1] as Frame
  await stranger.evaluate(() => {
    const messages: unknown[] = []
    Object.assign(window, { messages })
    addEventListener('message', ({ data }) => messages.push(data))
    parent.postMessage({ id: 1, func: 'authentication.getAuthToken', args: [], secret: 's3cret' }, '*')
  })
  await page.waitForFunction(() => window.host.transcript.some(({ direction }) => direction === 'refused'))
  const refused = await page.evaluate(() => window.host.transcript.filter(({ direction }) => direction === 'refused'))
  expect(refused).toEqual([
    expect.objectContaining({ peer: 'app', func: '', summary: 'an unknown origin, https://outlook.office.com' }),
  ])
  expect(await stranger.evaluate(() => (window as unknown as { messages: unknown[] }).messages)).toEqual([])
})

test('plays the native shell of a phone for an app without a frame', async () => {
  const { context, page } = await world.newPage()
  opened = context
  const hostOptions = {
    clientId: entra.clientId,
    user: entraTeamsUser(entra, 'adele@contoso.example'),
    clientType: 'ios',
  }
  await page.addInitScript((hostOptions) => Object.assign(window, { hostOptions }), hostOptions)
  await page.goto(`${appOrigin}/phone`)
  const frame = page.mainFrame()
  await frame.evaluate(() => window.vendor.app.initialize())
  expect((await frame.evaluate(() => window.vendor.app.getContext())).app.host.clientType).toBe('ios')
  expect(readClaims(await getToken(frame))).toMatchObject({ appid: '1fec8e78-bce4-4aaf-ab1b-5451cc387264' })
  expect(await acquire(frame, 'acquireTokenSilent')).toMatchObject({ username: 'adele@contoso.example' })
})
