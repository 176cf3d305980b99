// A sign-out ends the session, the socket and what is shown, in every tab, wherever it was made.

import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Auth, KeptSession } from '../../src/index.js'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import { logOut, panelOf } from './drop-in.js'
import { expectNoLeak } from './leaks.js'
import { composerOf, pickAccount, say } from './pages.js'
import { chatOrigin } from './surroundings.js'

const LOGOUT = { method: 'POST', path: '/logout' }

interface OwnPage {
  readonly auth: Auth
  readonly session: KeptSession
}

let chainlit: OpenedChainlit
beforeAll(async () => {
  chainlit = await openChainlit()
})
afterAll(() => chainlit.close())
afterEach(() => chainlit.reset())

async function openConversation(): Promise<Page> {
  const page = await chainlit.openBrowserTab()
  await pickAccount(page, chainlit.adele)
  await say(page, 'a secret', '1: a secret')
  await page.waitForURL(/\/thread\//)
  return page
}

/** Another tab of the same browser. */
async function openTab(page: Page, path: string): Promise<Page> {
  const tab = await page.context().newPage()
  await tab.goto(chatOrigin + path)
  return tab
}

/** What `signOut()` of another app with the same client ID leaves behind on this origin. */
function signOutElsewhere(tab: Page): Promise<void> {
  return tab.evaluate(
    (key) => localStorage.setItem(key, `${Date.now()}`),
    `twodoor.${chainlit.entra.clientId}.signed-out`,
  )
}

async function expectSignedOut(page: Page): Promise<void> {
  await panelOf(page).getByText('You are signed out').waitFor()
  await expect.poll(() => chainlit.openSockets).toBe(0)
  expect(await page.getByText('a secret').count()).toBe(0)
  const namesOfCookies = async () => (await page.context().cookies(chatOrigin)).map(({ name }) => name)
  // A page that opens signed out says so while the session is being ended.
  await expect.poll(namesOfCookies, { timeout: 15_000 }).not.toContain('__Host-access_token')
}

it.each(['while it has only the cookie', 'after it has signed in itself'])('in another tab, %s', async (when) => {
  const first = await openConversation()
  const page = when.includes('cookie') ? await openTab(first, new URL(first.url()).pathname) : first
  const other = page === first ? await openTab(first, '/') : first
  await page.getByText('a secret', { exact: true }).first().waitFor()
  await composerOf(other).waitFor()
  await logOut(other)
  await expectSignedOut(page)
  await expectSignedOut(other)
  expect(chainlit.find(LOGOUT)[0]).toMatchObject({ status: 200 })
  await page.reload()
  await expectSignedOut(page)
  await panelOf(page).getByRole('button', { name: 'Sign in' }).click()
  await say(page, 'back again')
  expectNoLeak(chainlit, first)
})

it('in another app of the same client ID, while the chat is open', async () => {
  const page = await openConversation()
  const other = await openTab(page, '/public/twodoor.chainlit.js')
  await signOutElsewhere(other)
  await expectSignedOut(page)
  expect(chainlit.find(LOGOUT)).toMatchObject([{ status: 200 }])
  expectNoLeak(chainlit, page)
})

it('in another app of the same client ID, before the chat is opened', async () => {
  const page = await openConversation()
  await page.goto(`${chatOrigin}/public/twodoor.chainlit.js`)
  await signOutElsewhere(page)
  const calls = chainlit.requests.length
  await page.goto(`${chatOrigin}/`)
  await expectSignedOut(page)
  expect(chainlit.find(LOGOUT)).toMatchObject([{ status: 200 }])
  const seen = chainlit.requests.slice(calls).map(({ path }) => path)
  expect(seen.filter((path) => path.startsWith('/ws') || path.startsWith('/project'))).toEqual([])
  expectNoLeak(chainlit, page)
})

it('in the menu of Chainlit, in a tab in Teams', async () => {
  const { page, frame } = await chainlit.openTeams()
  await say(frame, 'a secret', '1: a secret')
  await logOut(frame)
  await panelOf(frame).getByText('You are signed out').waitFor()
  await expect.poll(() => chainlit.openSockets).toBe(0)
  expect(await frame.getByText('a secret').count()).toBe(0)
  await panelOf(frame).getByRole('button', { name: 'Sign in' }).click()
  await say(frame, 'back again', 'back again')
  expectNoLeak(chainlit, page)
})

/** A page of somebody else's making, at the root of Chainlit's origin. */
async function servePage(page: Page): Promise<void> {
  const options = JSON.stringify(chainlit.entra.authOptions())
  const script = `auth = twodoor.createAuth(${options}); session = twodoor.keepSession(auth, twodoor.chainlitSession())`
  const body = `<!doctype html><title>Own</title><script src="/own.js"></script><script>var ${script.replace('; ', '; var ')}</script>`
  await page.route(`${chatOrigin}/`, (route) => route.fulfill({ contentType: 'text/html', body }))
  await page.route(`${chatOrigin}/own.js`, (route) => route.fulfill({ path: 'dist/twodoor.umd.js' }))
}

it('on a page of its own with chainlitSession(), in Teams: the session is Chainlit’s, and it is over', async () => {
  const { page, frame } = await chainlit.openTeams('/', { prepare: servePage })
  const user = () => frame.evaluate(async () => (await fetch('/user')).status)
  await frame.waitForFunction(() => (window as unknown as OwnPage).auth?.state.status === 'signed-in')
  const { key } = await frame.evaluate(async () => ({ ...(await (window as unknown as OwnPage).session.ready) }))
  expect([key, await user()]).toEqual([chainlit.keyOf(chainlit.adele), 200])
  await frame.evaluate(() => (window as unknown as OwnPage).auth.signOut())
  await expect.poll(user).toBe(401)
  const [logout] = chainlit.find(LOGOUT)
  expect(logout?.status).toBe(200)
  expect(logout?.setCookies.join()).toContain('access_token')
  expectNoLeak(chainlit, page)
})
