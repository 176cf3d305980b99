// Pop-ups at both doors, with the real libraries: for an app that cannot leave its page, and for a host that cannot ask for
// consent by itself.

import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { appOrigin, type Doors, statusOf, until } from './doors.js'
import {
  click,
  comesBack,
  openDoorsWithPopup,
  openedBy,
  outcomeOf,
  POPUP_PATH,
  type PopupSite,
  withFocus,
} from './popup-page.js'

let doors: Doors
let site: PopupSite

beforeAll(async () => {
  ;({ doors, site } = await openDoorsWithPopup())
})
afterEach(() => {
  site.headers = {}
  doors.entra.consent(doors.adele, [...doors.entra.authOptions().scopes, GRAPH])
  return doors.reset()
})
afterAll(() => doors.close())

const popupPage = POPUP_PATH
const GRAPH = 'User.Read'

const withFocusAndClock = async (page: Page) => {
  await withFocus(page)
  await page.clock.install()
}
const openTab = (options = {}) => doors.openTab({ popupPage, ...options }, { prepare: withFocus })

/** Entra ID cuts pop-ups off from the page, unless a test says otherwise. */
function leaveUncut(): void {
  doors.entraHeaders = { 'cross-origin-opener-policy': 'unsafe-none' }
}

const stay = (door: Page | Frame) => door.evaluate(() => void Object.assign(window, { notReloaded: true }))
const hasStayed = (door: Page | Frame) => door.evaluate(() => 'notReloaded' in window)
const me = (door: Page | Frame) => door.evaluate(() => window.app.me())
const atServer = () => ({ status: 200, body: { key: doors.keyOf(doors.adele) } })
const pick = (popup: Page, user = doors.adele) => popup.click(`button[data-user="${user.username}"]`)
const closedOf = (popup: Page) => popup.isClosed() || popup.waitForEvent('close')

async function signedIn(): Promise<Page> {
  const page = await openTab()
  const popup = await openedBy(page)
  await pick(popup)
  expect(await outcomeOf(page)).toEqual({ value: undefined })
  await until(page, 'signed-in')
  return page
}

const CLOSED = { code: 'cancelled', remedy: expect.stringContaining('`Cross-Origin-Opener-Policy`') }
describe('a browser that must not leave the page', () => {
  it.each(['sessionStorage', 'localStorage'] as const)('signs in with a pop-up: %s', async (cacheLocation) => {
    const page = await openTab({ browser: { cacheLocation } })
    await stay(page)
    const popup = await openedBy(page)
    await pick(popup)
    await closedOf(popup)
    expect(await outcomeOf(page)).toEqual({ value: undefined })
    expect(await me(page)).toEqual(atServer())
    expect(await hasStayed(page)).toBe(true)
    const stored = await page.evaluate(() => window.app.storage().map(([key]) => key))
    expect(stored.filter((key) => /interaction|verifier|request/.test(key))).toEqual([])
    await page.reload()
    expect(await statusOf(page)).toBe('signed-in')
  })

  it('has the code in no URL of the app, and redeems it in the page alone', async () => {
    const page = await openTab()
    const urls: string[] = []
    const popup = await openedBy(page)
    popup.on('framenavigated', (frame) => urls.push(frame.url()))
    await pick(popup)
    await outcomeOf(page)
    const redeemed = doors.entra.requests.filter(({ endpoint }) => endpoint === 'token')
    expect(redeemed).toHaveLength(1)
    expect(urls.at(-1)).not.toContain('code=')
    expect(doors.world.requests.filter(({ url }) => url.includes(appOrigin) && url.includes('code='))).toEqual([])
  })

  it('consents with a pop-up, and goes on as it was', async () => {
    const page = await signedIn()
    await stay(page)
    doors.entra.requireConsent(doors.adele)
    const popup = await openedBy(page, { scopes: GRAPH, popup: true })
    await popup.click('button[value="accept"]')
    expect(await outcomeOf(page)).toEqual({ value: undefined })
    const granted = await page.evaluate(async () => (await window.app.auth.getToken('User.Read')).scopes)
    expect(granted).toContain(GRAPH)
    expect(await me(page)).toEqual(atServer())
    expect(await hasStayed(page)).toBe(true)
    expect(await page.evaluate(() => window.app.states)).toEqual(['signed-out', 'signed-in'])
  })

  it('is not switched to another account that consents', async () => {
    const page = await signedIn()
    const popup = await openedBy(page, { scopes: GRAPH, prompt: 'select_account', popup: true })
    await pick(popup, doors.bob)
    expect(await outcomeOf(page)).toMatchObject({ code: 'account_mismatch' })
    expect(await me(page)).toEqual(atServer())
    await page.reload()
    expect(await statusOf(page)).toBe('signed-in')
    expect(await me(page)).toEqual(atServer())
  })

  it('switches the account where that is what was asked for', async () => {
    const page = await signedIn()
    const popup = await openedBy(page, { prompt: 'select_account', popup: true })
    await pick(popup, doors.bob)
    expect(await outcomeOf(page)).toEqual({ value: undefined })
    expect(await me(page)).toEqual({ status: 200, body: { key: doors.keyOf(doors.bob) } })
  })

  it('says that the user declined', async () => {
    const page = await signedIn()
    doors.entra.requireConsent(doors.adele)
    const popup = await openedBy(page, { scopes: GRAPH, popup: true })
    await popup.click('button[value="cancel"]')
    expect(await outcomeOf(page)).toMatchObject({ code: 'denied' })
    await closedOf(popup)
    expect(await page.evaluate(() => window.app.state.status)).toBe('signed-in')
  })

  it.each([
    ['that is cut off', () => {}],
    ['that is not', leaveUncut],
  ])('says that the user closed a pop-up %s, and opens the next one', async (_, arrange) => {
    arrange()
    const page = await openTab()
    const popup = await openedBy(page)
    await popup.waitForSelector('button[data-user]')
    await popup.close()
    await comesBack(page)
    expect(await outcomeOf(page)).toMatchObject(CLOSED)
    const next = await openedBy(page)
    await pick(next)
    expect(await outcomeOf(page)).toEqual({ value: undefined })
  })

  it('names the remedy where the browser blocks the pop-up, and stays as it was', async () => {
    const page = await openTab()
    await page.evaluate(() => void Object.assign(window, { open: () => null }))
    await click(page)
    expect(await outcomeOf(page)).toMatchObject({ code: 'unsupported', remedy: expect.stringContaining('on a click') })
    expect(await page.evaluate(() => window.app.state.status)).toBe('signed-out')
  })

  it.each(['signOut', 'dispose'] as const)('closes the pop-up with %s(), and keeps nothing of it', async (how) => {
    leaveUncut()
    const page = await openTab()
    const popup = await openedBy(page)
    await popup.waitForSelector('button[data-user]')
    await Promise.all([popup.waitForEvent('close'), page.evaluate((name) => void window.app.auth[name](), how)])
    expect(await outcomeOf(page)).toMatchObject({ code: how === 'dispose' ? 'disposed' : 'cancelled' })
    expect(JSON.stringify(await page.evaluate(() => window.app.storage()))).not.toMatch(/verifier|interaction|token\|/)
  })

  it('takes no answer of a pop-up that it could not close after a sign-out', async () => {
    const page = await openTab()
    const popup = await openedBy(page)
    await popup.waitForSelector('button[data-user]')
    await page.evaluate(() => window.app.auth.signOut())
    expect(await outcomeOf(page)).toMatchObject({ code: 'cancelled' })
    await pick(popup)
    await closedOf(popup)
    expect(doors.entra.requests.filter(({ endpoint }) => endpoint === 'token')).toEqual([])
    expect(await page.evaluate(() => window.app.state)).toMatchObject({ reason: 'by-user' })
  })

  it('signs in though the app has a Cross-Origin-Opener-Policy of its own', async () => {
    site.headers = { 'cross-origin-opener-policy': 'same-origin' }
    const page = await openTab()
    const popup = await openedBy(page)
    await pick(popup)
    expect(await outcomeOf(page)).toEqual({ value: undefined })
    expect(await me(page)).toEqual(atServer())
  })
})

describe('a page of a pop-up', () => {
  const popupUrl = appOrigin + POPUP_PATH

  it('that a link opens with a response takes it to nobody', async () => {
    const page = await openTab()
    const popup = await openedBy(page)
    await popup.waitForSelector('button[data-user]')
    const link = await page.context().newPage()
    await link.addInitScript(() => void Object.assign(window, { close() {} }))
    await link.goto(`${popupUrl}#code=stolen&state=e30|${crypto.randomUUID()}`)
    expect(link.url()).toBe(popupUrl)
    expect(await link.evaluate(() => window.answered)).toBe(false)
    expect(doors.entra.requests.filter(({ endpoint }) => endpoint === 'token')).toEqual([])
    await pick(popup)
    expect(await outcomeOf(page)).toEqual({ value: undefined })
  })

  it('goes to the app’s own Entra ID, for the app alone, whatever a link says', async () => {
    const page = await openTab()
    const link = new URL(popupUrl)
    const given = {
      twodoor: crypto.randomUUID(),
      scope: 'User.Read',
      authority: 'https://evil.example',
      tenant: 'evil',
      client_id: crypto.randomUUID(),
      redirect_uri: 'https://evil.example/',
      state: 'chosen',
      prompt: 'none',
      response_mode: 'query',
      response_type: 'token',
      code_challenge: 'chosen',
    }
    for (const [name, value] of Object.entries(given)) link.searchParams.set(name, value)
    await page.goto(link.href).catch(() => {})
    await page.waitForURL(/login\.microsoftonline\.com/)
    const { origin, pathname, searchParams } = new URL(page.url())
    const { clientId, tenant, authority } = doors.entra.authOptions()
    expect(origin + pathname).toBe(`${authority}/${tenant}/oauth2/v2.0/authorize`.toLowerCase())
    expect(Object.fromEntries(searchParams)).toEqual({
      client_id: clientId,
      redirect_uri: popupUrl,
      scope: 'User.Read',
      response_type: 'code',
      response_mode: 'fragment',
      state: expect.not.stringContaining('chosen'),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
  })

  it('that a page elsewhere opens tells it nothing', async () => {
    leaveUncut()
    const page = await openTab()
    await page.goto('https://elsewhere.example')
    const url = `${popupUrl}?twodoor=${crypto.randomUUID()}&scope=User.Read`
    const opening = page.waitForEvent('popup')
    await page.evaluate((to) => {
      const heard: unknown[] = []
      Object.assign(window, { heard })
      addEventListener('message', ({ data }) => heard.push(data))
      open(to)
    }, url)
    const popup = await opening
    await pick(popup)
    await expect.poll(() => page.evaluate(() => (window as unknown as { heard: unknown[] }).heard.length)).toBe(1)
    const heard = await page.evaluate(() => (window as unknown as { heard: { func: string }[] }).heard)
    expect(heard.map(({ func }) => func)).toEqual(['initialize'])
    expect(JSON.stringify(heard)).not.toMatch(/code|eyJ|state/)
    expect(doors.entra.requests.filter(({ endpoint }) => endpoint === 'token')).toEqual([])
  })

  it('does nothing in a frame', async () => {
    const page = await openTab()
    const url = `${popupUrl}?twodoor=${crypto.randomUUID()}&scope=User.Read`
    const answer = await page.evaluate(async (src) => {
      const frame = Object.assign(document.createElement('iframe'), { src })
      document.body.append(frame)
      await new Promise((resolve) => frame.addEventListener('load', resolve))
      return frame.contentWindow?.answered
    }, url)
    expect(answer).toBe(false)
  })
})

describe('a host without nested app auth', () => {
  const without = { nested: { recommended: false, bridge: false }, prepare: withFocusAndClock }
  const own = () => doors.entra.authOptions().scopes

  /** In which Teams SSO wants the consent that Entra ID lacks, and does not ask the user for it. */
  async function openAskless(options = {}) {
    doors.entra.requireConsent(doors.adele)
    const host = { ...without, sso: 'resourceRequiresConsent' }
    const { page, frame } = await doors.openTeams({ popupPage, ...options }, host)
    await page.exposeFunction('hasConsented', () => doors.entra.hasConsented(doors.adele, own()))
    await page.evaluate(() => {
      const { hasConsented } = window as unknown as { hasConsented(): Promise<boolean> }
      window.host.set({ sso: async () => ((await hasConsented()) ? 'ok' : 'resourceRequiresConsent') })
    })
    expect(await statusOf(frame)).toBe('signed-out')
    return { page, frame }
  }

  /** Waits until the host has taken the pop-up for closed, and the page has seen that the user is not back. */
  async function cutOff(page: Page): Promise<void> {
    await page.waitForFunction(() =>
      window.host.transcript.some(
        ({ func, direction }) => func === 'authentication.authenticate' && direction === 'answered',
      ),
    )
    await page.clock.runFor(4_000)
  }

  const heardOf = (page: Page) =>
    page.evaluate(() => {
      const heard: { func?: string; args?: unknown[] }[] = []
      Object.assign(window, { heard })
      addEventListener('message', ({ data }) => heard.push(data))
    })
  const notified = (page: Page) =>
    page.evaluate(() =>
      (window as unknown as { heard: { func?: string; args?: unknown[] }[] }).heard
        .filter(({ func }) => func?.startsWith('authentication.authenticate'))
        .map(({ args }) => args),
    )

  it('gives its token once the user has consented in the pop-up', async () => {
    leaveUncut()
    const { page, frame } = await openAskless()
    await heardOf(page)
    await stay(frame)
    const popup = await openedBy(frame, {})
    await pick(popup)
    await popup.click('button[value="accept"]')
    expect(await outcomeOf(frame)).toEqual({ value: undefined })
    await closedOf(popup)
    expect(await me(frame)).toEqual(atServer())
    expect(await hasStayed(frame)).toBe(true)
    const [asked, answered] = await notified(page)
    const id = new URL(String(asked?.[0])).searchParams.get('twodoor')
    expect(answered).toEqual([id])
    expect(doors.entra.requests.filter(({ endpoint }) => endpoint === 'token')).toEqual([])
  })

  it('asks for consent to what the server does, and stays signed in', async () => {
    leaveUncut()
    const { page, frame } = await doors.openTeams({ popupPage }, without)
    expect(await statusOf(frame)).toBe('signed-in')
    doors.entra.requireConsent(doors.adele)
    await heardOf(page)
    const popup = await openedBy(frame, { scopes: GRAPH })
    await pick(popup)
    await popup.click('button[value="accept"]')
    expect(await outcomeOf(frame)).toEqual({ value: undefined })
    expect(doors.entra.hasConsented(doors.adele, [GRAPH])).toBe(true)
    expect(await frame.evaluate(() => [...new Set(window.app.states)])).toEqual(['starting', 'signed-in'])
    expect(JSON.stringify(await notified(page))).not.toMatch(/eyJ|code=/)
  })

  it('says that the user declined', async () => {
    leaveUncut()
    const { frame } = await openAskless()
    const popup = await openedBy(frame, {})
    await pick(popup)
    await popup.click('button[value="cancel"]')
    expect(await outcomeOf(frame)).toMatchObject({ code: 'denied' })
    await closedOf(popup)
    expect(await frame.evaluate(() => window.app.state.status)).toBe('signed-out')
  })

  it('says that the user closed the pop-up', async () => {
    leaveUncut()
    const { frame } = await openAskless()
    const popup = await openedBy(frame, {})
    await popup.waitForSelector('button[data-user]')
    await popup.close()
    await comesBack(frame)
    expect(await outcomeOf(frame)).toMatchObject({ code: 'cancelled' })
  })

  it('waits for the user where Entra ID cuts the pop-up off from it, and asks for its token again', async () => {
    const { page, frame } = await openAskless()
    const popup = await openedBy(frame, {})
    await popup.waitForSelector('button[data-user]')
    await cutOff(page)
    await pick(popup)
    await popup.click('button[value="accept"]')
    await closedOf(popup)
    await comesBack(frame)
    expect(await outcomeOf(frame)).toEqual({ value: undefined })
    expect(await me(frame)).toEqual(atServer())
  })

  it('says what is missing where the user comes back from such a pop-up without having consented', async () => {
    const { page, frame } = await openAskless()
    const popup = await openedBy(frame, {})
    await popup.waitForSelector('button[data-user]')
    await cutOff(page)
    await popup.close()
    await comesBack(frame)
    expect(await outcomeOf(frame)).toMatchObject({ code: 'consent_required' })
  })

  it('that opens no window is named, and the user stays signed in', async () => {
    const { page, frame } = await doors.openTeams({ popupPage }, without)
    expect(await statusOf(frame)).toBe('signed-in')
    await page.evaluate(() => void Object.assign(window, { open: () => null }))
    await click(frame, { scopes: GRAPH })
    expect(await outcomeOf(frame)).toMatchObject({ code: 'unsupported', remedy: expect.stringContaining('pop-ups') })
    expect(await frame.evaluate(() => window.app.state.status)).toBe('signed-in')
  })
})

describe('a frame of a site that is no host', () => {
  it('opens the app in a tab of its own, in which the user signs in', async () => {
    const page = await doors.openTab()
    await page.goto('https://portal.example')
    const frame = await doors.frameOf(page)
    expect(await statusOf(frame)).toBe('failed')
    const opening = page.waitForEvent('popup')
    expect(await frame.evaluate(() => window.app.openInTab('/chat?room=1#last'))).toBe(true)
    const tab = await opening
    await tab.waitForURL(`${appOrigin}/chat?room=1#last`)
    await doors.configure(tab, {})
    await tab.reload()
    expect(await tab.evaluate(() => window.opener)).toBe(null)
    expect(await statusOf(tab)).toBe('signed-out')
  })
})
