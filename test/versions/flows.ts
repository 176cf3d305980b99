// What an app does with twodoor from the first visit to the sign-out, at both doors. Each flow is played with every pair of
// versions, and is a line of docs/versions.md.

import type { Frame, Page } from 'playwright'
import { expect } from 'vitest'
import { appOrigin, type Doors, signIn, statusOf, until } from '../e2e/doors.js'
import { openedBy, outcomeOf, POPUP_PATH, withFocus } from '../e2e/popup-page.js'

export type Flow = (doors: Doors) => Promise<void>

const GRAPH = 'User.Read'
/** Of a router that works by the fragment, in the very document that Entra ID leads back to. */
const ROUTE = '/?a=1#/room/7'

const me = (door: Page | Frame) => door.evaluate(() => window.app.me())
const stateOf = (door: Page | Frame) => door.evaluate(() => window.app.state)
const sourceOf = (door: Page | Frame) => door.evaluate(() => window.app.auth.explain().source)
const outcomeOfToken = (door: Page | Frame, scopes?: string) =>
  door.evaluate((each) => window.app.outcome(async ({ auth }) => (await auth.getToken(each)).scopes), scopes)
const atServer = (doors: Doors, user = doors.adele) => ({ status: 200, body: { key: doors.keyOf(user) } })

async function signedInTab(doors: Doors, user = doors.adele): Promise<Page> {
  const page = await doors.openTab()
  await signIn(page, user)
  doors.entra.clearRequests()
  return page
}

/** What the page of Entra ID asks for beside the account. */
async function agree(page: Page): Promise<void> {
  await page.click('button[value="accept"]')
  await page.waitForURL(`${appOrigin}/**`)
}

/** As a router does. Returns what asks for the address, and whether the router has heard of another one meanwhile. */
async function enterRoom(page: Page) {
  await page.evaluate(() => {
    history.replaceState({ room: 7 }, '')
    addEventListener('hashchange', () => Object.assign(window, { hasChanged: true }))
  })
  return () =>
    page.evaluate(() => ({
      path: location.pathname + location.search + location.hash,
      state: history.state as unknown,
      hasChanged: 'hasChanged' in window,
    }))
}

/** As at the start: what Entra ID demands of a user it goes on to demand. */
const giveConsent = ({ entra, adele }: Doors) => entra.consent(adele, [...entra.authOptions().scopes, GRAPH])

export const flows: Readonly<Record<string, Flow>> = {
  'Sign-in by redirect, with a call of the API': async (doors) => {
    const page = await doors.openTab()
    expect(await statusOf(page)).toBe('signed-out')
    await signIn(page, doors.adele)
    expect(await me(page)).toEqual(atServer(doors))
  },

  'Return to the page, query and fragment that the user was at': async (doors) => {
    for (const path of ['/chat/7?prompt=hi#last', ROUTE]) {
      const page = await doors.openTab({}, { path })
      await signIn(page, doors.adele)
      await page.waitForURL(appOrigin + path)
      await until(page, 'signed-in')
      await page.reload()
      expect(await statusOf(page)).toBe('signed-in')
      expect(page.url()).toBe(appOrigin + path)
    }
  },

  'Renewal by the refresh token, after a 401 and before the end': async (doors) => {
    const page = await doors.openTab()
    await page.clock.install()
    await signIn(page, doors.adele)
    await me(page)
    doors.expireTokens()
    expect(await me(page)).toEqual(atServer(doors))
    expect(doors.calls.map(({ code }) => code ?? 'ok')).toEqual(['ok', 'token_expired', 'ok'])
    doors.entra.clearRequests()
    await page.clock.fastForward('57:00')
    await page.waitForFunction(() => window.app.events.filter(({ type }) => type === 'token').length > 2)
    expect(doors.entra.requests.map(({ endpoint }) => endpoint)).toEqual(['token'])
  },

  'Expiry: the session ends, and a sign-in begins a new one': async (doors) => {
    const page = await signedInTab(doors)
    await me(page)
    doors.entra.revoke(doors.adele)
    doors.expireTokens()
    await page.evaluate(() => window.app.outcome((app) => app.me()))
    await until(page, 'signed-out')
    expect(await stateOf(page)).toMatchObject({ reason: 'expired' })
    await signIn(page, doors.adele)
    expect(await me(page)).toEqual(atServer(doors))
  },

  'Sign-out, which a reload does not undo': async (doors) => {
    const page = await signedInTab(doors)
    await page.evaluate(() => window.app.auth.signOut())
    expect(JSON.stringify(await page.evaluate(() => window.app.storage()))).not.toMatch(/eyJ|secret|accesstoken/i)
    await page.reload()
    expect(await statusOf(page)).toBe('signed-out')
    expect(await stateOf(page)).toMatchObject({ reason: 'by-user' })
    await page.evaluate(() => void window.app.auth.signIn())
    await page.waitForURL(`${appOrigin}/`)
    await until(page, 'signed-in')
    await page.reload()
    expect(await statusOf(page)).toBe('signed-in')
  },

  'Sign-out at Entra ID too': async (doors) => {
    const page = await signedInTab(doors)
    await page.evaluate(() => void window.app.auth.signOut({ entra: true }))
    await expect.poll(() => doors.entra.requests.map(({ endpoint }) => endpoint)).toContain('logout')
    await page.waitForURL(`${appOrigin}/`)
    await until(page, 'signed-out')
  },

  'Tabs that share localStorage: sign-in, switch and sign-out': async (doors) => {
    const shared = { browser: { cacheLocation: 'localStorage' as const } }
    const page = await doors.openTab(shared)
    const other = await page.context().newPage()
    await doors.configure(other, shared)
    await other.goto(appOrigin)
    expect(await statusOf(other)).toBe('signed-out')
    await signIn(page, doors.adele)
    await until(other, 'signed-in')
    expect(await me(other)).toEqual(atServer(doors))
    await page.evaluate(() => void window.app.auth.signIn({ prompt: 'select_account' }))
    await page.click(`button[data-user="${doors.bob.username}"]`)
    await page.waitForURL(`${appOrigin}/**`)
    await until(page, 'signed-in')
    await other.waitForFunction(
      (key) => 'account' in window.app.state && window.app.state.account?.key === key,
      doors.keyOf(doors.bob),
    )
    expect(await me(other)).toEqual(atServer(doors, doors.bob))
    await other.evaluate(() => window.app.auth.signOut())
    await until(page, 'signed-out')
  },

  // What the emulator demands of a user from here on it goes on to demand, so these two come after the others.

  'Claims challenge: a second factor, asked for at Entra ID': async (doors) => {
    const page = await signedInTab(doors, doors.megan)
    doors.entra.requireMfa(doors.megan)
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    const outcome = await page.evaluate(
      (wanted) => window.app.outcome(({ auth }) => auth.getToken(undefined, { claims: wanted })),
      claims,
    )
    expect(outcome).toMatchObject({ code: 'sign_in_required' })
    expect(await page.evaluate(() => window.app.auth.state.status)).toBe('signed-in')
    await page.evaluate((wanted) => void window.app.auth.signIn({ claims: wanted }), claims)
    await page.waitForURL(/login\.microsoftonline/)
    expect(new URL(page.url()).searchParams.get('claims')).toContain('"acrs"')
    await page.click('button[value="approve"]')
    await page.waitForURL(`${appOrigin}/**`)
    await until(page, 'signed-in')
    expect(await me(page)).toEqual(atServer(doors, doors.megan))
  },

  'Consent for Microsoft Graph, in a browser': async (doors) => {
    const page = await signedInTab(doors, doors.bob)
    doors.entra.requireConsent(doors.bob)
    expect(await outcomeOfToken(page, GRAPH)).toMatchObject({ code: 'consent_required' })
    await page.evaluate((scopes) => void window.app.auth.signIn({ scopes }), GRAPH)
    await agree(page)
    await until(page, 'signed-in')
    expect(await outcomeOfToken(page, GRAPH)).toMatchObject({ value: expect.arrayContaining([GRAPH]) })
  },

  'Sign-in in a pop-up, which leaves the address alone, and consent in one': async (doors) => {
    const page = await doors.openTab({ popupPage: POPUP_PATH }, { path: ROUTE, prepare: withFocus })
    const addressOf = await enterRoom(page)
    const popup = await openedBy(page)
    await popup.click(`button[data-user="${doors.adele.username}"]`)
    expect(await outcomeOf(page)).toEqual({ value: undefined })
    expect(await me(page)).toEqual(atServer(doors))
    expect(await addressOf()).toEqual({ path: ROUTE, state: { room: 7 }, hasChanged: false })
    doors.entra.requireConsent(doors.adele)
    const next = await openedBy(page, { scopes: GRAPH, popup: true })
    await next.click('button[value="accept"]')
    expect(await outcomeOf(page)).toEqual({ value: undefined })
    expect(await outcomeOfToken(page, GRAPH)).toMatchObject({ value: expect.arrayContaining([GRAPH]) })
    expect(await me(page)).toEqual(atServer(doors))
    await page.reload()
    expect(await statusOf(page)).toBe('signed-in')
    giveConsent(doors)
  },

  'Consent in a pop-up of Teams': async (doors) => {
    doors.entraHeaders = { 'cross-origin-opener-policy': 'unsafe-none' }
    doors.entra.requireConsent(doors.adele)
    const { frame } = await doors.openTeams(
      { popupPage: POPUP_PATH },
      { nested: { recommended: false, bridge: false }, prepare: withFocus },
    )
    expect(await statusOf(frame)).toBe('signed-in')
    const popup = await openedBy(frame, { scopes: GRAPH })
    await popup.click(`button[data-user="${doors.adele.username}"]`)
    await popup.click('button[value="accept"]')
    expect(await outcomeOf(frame)).toEqual({ value: undefined })
    expect(doors.entra.hasConsented(doors.adele, [GRAPH])).toBe(true)
    expect(await me(frame)).toEqual(atServer(doors))
    giveConsent(doors)
  },

  'Teams SSO, and renewal after a 401': async (doors) => {
    const { page, frame } = await doors.openTeams()
    expect(await statusOf(frame)).toBe('signed-in')
    expect(await me(frame)).toEqual(atServer(doors))
    expect(await sourceOf(frame)).toBe('teams-sso')
    await page.waitForFunction(() => window.host.notifications.some(({ type }) => type === 'success'))
    doors.expireTokens()
    await page.evaluate(() => window.host.clearTokenCache())
    expect(await me(frame)).toEqual(atServer(doors))
  },

  'Nested app auth, with renewal and a token for Microsoft Graph': async (doors) => {
    const { page, frame } = await doors.openTeams({ teams: { method: 'nested' } })
    expect(await statusOf(frame)).toBe('signed-in')
    expect(await sourceOf(frame)).toBe('nested')
    expect(await me(frame)).toEqual(atServer(doors))
    doors.expireTokens()
    await page.evaluate(() => window.host.clearTokenCache())
    expect(await me(frame)).toEqual(atServer(doors))
    expect(await outcomeOfToken(frame, GRAPH)).toHaveProperty('value')
  },

  'Consent, in Teams: SSO and nested app auth': async (doors) => {
    for (const method of ['sso', 'nested'] as const) {
      const failures = {
        sso: 'resourceRequiresConsent',
        nestedFailure: { status: 'USER_INTERACTION_REQUIRED' },
      } as const
      const { page, frame } = await doors.openTeams({ teams: { method } }, failures)
      expect(await statusOf(frame)).toBe('signed-out')
      await page.evaluate(() => window.host.set({ sso: undefined, nestedFailure: undefined }))
      await frame.evaluate(() => window.app.auth.signIn())
      await until(frame, 'signed-in')
      expect(await me(frame)).toEqual(atServer(doors))
    }
  },

  'Theme, name and client type of the host': async (doors) => {
    const { page, frame } = await doors.openTeams({}, { theme: 'dark' })
    await frame.waitForFunction(() => window.app.auth.state.host.theme === 'dark')
    expect((await stateOf(frame)).host).toMatchObject({ kind: 'teams', name: 'TeamsModern', clientType: 'web' })
    await page.evaluate(() => window.host.setTheme('contrast'))
    await frame.waitForFunction(() => window.app.auth.state.host.theme === 'contrast')
  },

  'Teams on a phone': async (doors) => {
    const page = await doors.openPhone()
    expect(await statusOf(page)).toBe('signed-in')
    expect(await me(page)).toEqual(atServer(doors))
    expect(await sourceOf(page)).toBe('teams-sso')
  },
}
