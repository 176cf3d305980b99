// `data-browser="chainlit-oauth"`: plain browsers use Chainlit's own OAuth login, Teams uses the header.

import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import { buttonOf, logOut, panelOf, patchedIn } from './drop-in.js'
import { expectNoLeak } from './leaks.js'
import { composerOf, pickAccount, say } from './pages.js'
import { chatOrigin } from './surroundings.js'

const EXCHANGE = { method: 'POST', path: '/auth/header' }
/** Longer than a place is not returned to a second time. */
const RETURN_PAUSE_MS = 60_000
const THREAD = '/thread/00000000-0000-4000-8000-000000000000?x=1#y'

const alertsOf = (page: Page | Frame) => page.locator('[role=alert], [data-sonner-toast], #twodoor')

describe.each(['azure-ad', 'azure-ad-hybrid'] as const)('with the provider %s', (oauth) => {
  let chainlit: OpenedChainlit
  beforeAll(async () => {
    chainlit = await openChainlit({ oauth, attributes: (right) => `${right} data-browser="chainlit-oauth"` })
  })
  afterAll(() => chainlit.close())
  afterEach(() => chainlit.reset())

  async function signIn(path?: string, prepare: (page: Page) => Promise<unknown> = async () => {}): Promise<Page> {
    const page = await chainlit.openBrowserTab(path, { prepare })
    await buttonOf(page).click()
    await pickAccount(page, chainlit.adele)
    await composerOf(page).waitFor()
    return page
  }

  it('a browser gets the button alone, and asks with no header', async () => {
    const page = await chainlit.openBrowserTab()
    await buttonOf(page).waitFor()
    expect(await alertsOf(page).count()).toBe(0)
    expect(await patchedIn(page)).toEqual(['window.fetch'])
    await buttonOf(page).click()
    await pickAccount(page, chainlit.adele)
    await say(page, 'hello', '1: hello')
    expect(await alertsOf(page).count()).toBe(0)
    expect(chainlit.find({ path: '/auth/header' })).toEqual([])
    const isForm = oauth === 'azure-ad-hybrid'
    const [callback] = chainlit.find({ path: `/auth/oauth/${oauth}/callback` })
    expect(callback).toMatchObject(isForm ? { method: 'POST', origin: 'https://login.microsoftonline.com' } : {})
    const session = /^__Host-access_token;.*; Secure; SameSite=lax$/
    expect(callback?.setCookies).toContainEqual(expect.stringMatching(session))
    expectNoLeak(chainlit, page)
  })

  it('is the same user with the same threads in Teams, where the header signs in', async () => {
    const page = await signIn()
    await say(page, 'written in the browser', '1: written in the browser')
    await page.waitForURL(/\/thread\//)
    const teams = await chainlit.openTeams(new URL(page.url()).pathname)
    await teams.frame.getByText('written in the browser', { exact: true }).first().waitFor()
    await say(teams.frame, 'written in Teams')
    const key = chainlit.keyOf(chainlit.adele)
    await chainlit.hears(`written in the browser from ${key}`)
    await chainlit.hears(`written in Teams from ${key}`)
    expect(chainlit.find(EXCHANGE)).toMatchObject([{ status: 200, context: 'framed' }])
    expectNoLeak(chainlit, [page, teams.page])
  })

  it('keeps what Entra ID gave the server from the page', async () => {
    const page = await signIn()
    const user = await page.evaluate(async () => (await fetch('/user')).text())
    expect(JSON.parse(user)).toMatchObject({
      identifier: chainlit.keyOf(chainlit.adele),
      display_name: chainlit.adele.name,
    })
    expect(user).not.toMatch(/refresh|token/i)
    expectNoLeak(chainlit, page)
  })

  it.each(['/?prompt=Good%20morning', THREAD])('comes back to %s after the sign-in', async (path) => {
    const page = await chainlit.openBrowserTab(path)
    await buttonOf(page).click()
    await pickAccount(page, chainlit.adele)
    await page.waitForURL(chatOrigin + path)
    await chainlit.answered({ path: '/set-session-cookie' })
    expect(page.url()).toBe(chatOrigin + path)
    if (path.includes('prompt')) expect(await composerOf(page).textContent()).toBe('Good morning')
    expectNoLeak(chainlit, page)
  })

  it('goes back to where the session ended, after another sign-in', async () => {
    const page = await signIn('/?prompt=first', (opened) => opened.clock.install())
    await chainlit.expireSessions()
    await page.clock.fastForward(RETURN_PAUSE_MS)
    const focus = page.evaluate(() => void window.dispatchEvent(new Event('focus')))
    await focus.catch(() => {}) // Chainlit may have noticed already, and left
    await buttonOf(page).click()
    await page.waitForURL(`${chatOrigin}/?prompt=first`)
    await composerOf(page).waitFor()
    expect(chainlit.find(EXCHANGE)).toEqual([])
    expectNoLeak(chainlit, page)
  })

  it('stays out when the user logs out in a browser, until the user signs in again', async () => {
    const page = await signIn()
    await logOut(page)
    await page.waitForURL(`${chatOrigin}/login`)
    await buttonOf(page).waitFor()
    await page.goto(`${chatOrigin}/`)
    await buttonOf(page).waitFor()
    expect(await alertsOf(page).count()).toBe(0)
    expect((await page.context().cookies(chatOrigin)).map(({ name }) => name)).not.toContain('__Host-access_token')
    // Entra ID still knows the browser.
    await buttonOf(page).click()
    await say(page, 'back again', '1: back again')
    expect(chainlit.find(EXCHANGE)).toEqual([])
    expectNoLeak(chainlit, page)
  })

  it('stays out when the user logs out in Teams, until the user signs in again', async () => {
    const { page, frame } = await chainlit.openTeams()
    await composerOf(frame).waitFor()
    await logOut(frame)
    const panel = panelOf(frame)
    await panel.getByText('You are signed out').waitFor()
    await frame.goto(`${chatOrigin}/`)
    await panel.getByText('You are signed out').waitFor()
    expect(chainlit.find(EXCHANGE)).toHaveLength(1)
    await panel.getByRole('button', { name: 'Sign in' }).click()
    await say(frame, 'back again', '1: back again')
    expectNoLeak(chainlit, page)
  })

  it('shows what Entra ID refused as Chainlit does, without a loop', async () => {
    const page = await chainlit.openBrowserTab()
    chainlit.entra.requireConsent(chainlit.alex) // for good: nobody else here is Alex
    await buttonOf(page).click()
    await pickAccount(page, chainlit.alex)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.waitForURL(`${chatOrigin}/login?error=*`)
    await buttonOf(page).waitFor()
    expect(chainlit.find({ path: '/auth/header' })).toEqual([])
    expectNoLeak(chainlit, page)
  })

  it('lets no other site post a form to anything but the way back from Entra ID', async () => {
    const page = await signIn()
    await page.goto('https://elsewhere.example/')
    await page.evaluate((action) => {
      const form = document.createElement('form')
      Object.assign(form, { action, method: 'post' })
      document.documentElement.append(form)
      form.submit()
    }, `${chatOrigin}/logout`)
    const [logout] = await chainlit.answered({ path: '/logout' })
    expect(logout).toMatchObject({ status: 403, origin: 'https://elsewhere.example' })
    expectNoLeak(chainlit, page)
  })
})
