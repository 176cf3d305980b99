// The two doors of an unmodified Chainlit with the drop-in.

import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { EntraUser, TeamsTheme } from '../../src/testing/index.js'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import type { SeenRequest } from './front.js'
import { composerOf, pickAccount, say } from './pages.js'
import { chatOrigin } from './surroundings.js'

const EXCHANGE = { method: 'POST', path: '/auth/header' }
const HANDSHAKE = ({ path, query }: SeenRequest) => path === '/ws/socket.io/' && !query.has('sid')
const panelOf = (page: Page | Frame) => page.locator('#twodoor')
const rootOf = (page: Page | Frame) => page.locator('html')

let chainlit: OpenedChainlit
beforeAll(async () => {
  chainlit = await openChainlit()
})
afterAll(() => chainlit.close())
afterEach(() => chainlit.reset())

async function signIn(path = '/', user = chainlit.adele): Promise<Page> {
  const page = await chainlit.openBrowserTab(path)
  await pickAccount(page, user)
  await composerOf(page).waitFor()
  return page
}

/** Says something, and expects the server to have heard it from that user. */
async function sayAs(page: Page | Frame, user: EntraUser, text: string): Promise<void> {
  await say(page, text)
  await chainlit.hears(`${text} from ${chainlit.keyOf(user)}`)
}

/** What the chat's frontend asked for, without what it loads. */
function calls(): string[] {
  return callsIn(chainlit.requests)
}

function callsIn(requests: readonly SeenRequest[]): string[] {
  const own = requests.filter(({ path, isPage, method }) => !isPage && method + path !== 'GET/favicon')
  return own.map(({ method, path }) => `${method} ${path}`).filter((call) => !/ \/(assets|public|ws|logo)/.test(call))
}

/** From the navigation to the handshake of the socket, each as often as it was made. */
function callsBeforeSocket(): string[] {
  const before = chainlit.requests.slice(0, chainlit.requests.findIndex(HANDSHAKE))
  // Chainlit lists the threads when it likes.
  return callsIn(before)
    .filter((call) => call !== 'POST /project/threads')
    .sort()
}

describe('in Teams', () => {
  it('signs in with one exchange, and never shows the login page', async () => {
    const { page, frame } = await chainlit.openTeams()
    await sayAs(frame, chainlit.adele, 'hello')
    const [exchange, ...more] = chainlit.find(EXCHANGE)
    expect(more).toEqual([])
    expect(exchange).toMatchObject({ authorization: true, status: 200, context: 'framed' })
    const session = /^__Host-access_token;.*Max-Age=28800.*Secure; SameSite=None; Partitioned/
    expect(exchange?.setCookies).toContainEqual(expect.stringMatching(session))
    expect(chainlit.pageLoads(page)).toEqual(['/'])
    expect(chainlit.find({ path: '/user' })[0]).toMatchObject({ status: 200 })
  })

  it('asks for nothing that a stock Chainlit with a valid cookie does not ask for, but for one exchange', async () => {
    // With its storage blocked a stock Chainlit would not start.
    const { page, frame } = await chainlit.openTeams('/', { thirdPartyCookies: 'allowed' })
    await composerOf(frame).waitFor()
    await chainlit.answered({ path: '/set-session-cookie' })
    const inTeams = calls()
    await page.context().route('**/twodoor.chainlit.*js', (route) => route.abort())
    chainlit.requests.length = 0
    await frame.goto(`${chatOrigin}/`)
    await composerOf(frame).waitFor()
    await chainlit.answered({ path: '/set-session-cookie' })
    // Chainlit lists the threads as often as it likes.
    expect([...new Set([...calls(), 'POST /auth/header'])].sort()).toEqual([...new Set(inTeams)].sort())
    expect(inTeams.filter((call) => call === 'POST /auth/header')).toHaveLength(1)
  })

  it('has a socket after one exchange more than a stock Chainlit with a valid cookie', async () => {
    const { page, frame } = await chainlit.openTeams('/', { thirdPartyCookies: 'allowed' })
    await chainlit.answered(HANDSHAKE)
    const inTeams = callsBeforeSocket()
    await composerOf(frame).waitFor()
    await page.context().route('**/twodoor.chainlit.*js', (route) => route.abort())
    chainlit.requests.length = 0
    await frame.goto(`${chatOrigin}/`)
    await chainlit.answered(HANDSHAKE)
    expect(inTeams).toEqual([...callsBeforeSocket(), 'POST /auth/header'].sort())
    await composerOf(frame).waitFor()
  })

  it('signs in where third-party cookies are allowed, too', async () => {
    const { frame } = await chainlit.openTeams('/', { thirdPartyCookies: 'allowed' })
    await sayAs(frame, chainlit.adele, 'hello with cookies')
  })

  it('exchanges the token at every start, so that nobody sees what belongs to the account before', async () => {
    const { page, frame } = await chainlit.openTeams()
    await sayAs(frame, chainlit.adele, 'from Adele')
    const { username, name, objectId } = chainlit.alex
    const alex = { tenantId: chainlit.entra.tenant, username, name, objectId }
    await page.evaluate((user) => {
      window.host.setUser(user)
      window.host.clearTokenCache()
    }, alex)
    chainlit.requests.length = 0
    await frame.goto(`${chatOrigin}/`)
    await composerOf(frame).waitFor()
    expect(calls().indexOf('POST /auth/header')).toBeLessThan(calls().indexOf('GET /user'))
    expect(await frame.getByText('from Adele').count()).toBe(0)
    await sayAs(frame, chainlit.alex, 'from Alex')
  })

  it('tells of a host that never answers with a token, and goes on when the user asks it to', async () => {
    const { page, frame } = await chainlit.openTeams('/', {
      host: { sso: 'resourceRequiresConsent' },
    })
    await panelOf(frame).getByRole('button', { name: 'Continue' }).waitFor()
    expect(chainlit.find(EXCHANGE)).toEqual([])
    await page.evaluate(() => window.host.set({ sso: 'ok' }))
    await panelOf(frame).getByRole('button', { name: 'Continue' }).click()
    await sayAs(frame, chainlit.adele, 'after consent')
    expect(await panelOf(frame).count()).toBe(0)
  })

  it('stays out when the user logs out, over a reload, until the user signs in again', async () => {
    const { page, frame } = await chainlit.openTeams('/', { thirdPartyCookies: 'allowed' })
    await composerOf(frame).waitFor()
    await logOut(frame)
    await panelOf(frame).getByText('You are signed out').waitFor()
    await frame.goto(`${chatOrigin}/`)
    await panelOf(frame).getByText('You are signed out').waitFor()
    const logout = chainlit.find({ method: 'POST', path: '/logout' })[0]
    expect(logout?.setCookies).toContainEqual(expect.stringMatching(/^__Host-access_token;.*Max-Age=0.*Partitioned/))
    expect(chainlit.find(EXCHANGE)).toHaveLength(1)
    await panelOf(frame).getByRole('button', { name: 'Sign in' }).click()
    await sayAs(frame, chainlit.adele, 'back again')
    expect(page.url()).toContain('teams.microsoft.com')
  })

  it('follows the theme of the host, unless the user chose one', async () => {
    const { page, frame } = await chainlit.openTeams('/', { host: { theme: 'dark' } })
    const setTheme = (theme: TeamsTheme) => page.evaluate((name) => window.host.setTheme(name), theme)
    await rootOf(frame).and(frame.locator('.dark')).waitFor()
    await composerOf(frame).waitFor()
    await rootOf(frame).and(frame.locator('.dark')).waitFor()
    await setTheme('default')
    await rootOf(frame).and(frame.locator('.light')).waitFor()
    await frame.locator('#theme-toggle').click()
    await frame.getByRole('menuitem').nth(1).click()
    await rootOf(frame).and(frame.locator('.dark')).waitFor()
    await setTheme('contrast')
    await setTheme('default')
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
    expect(await rootOf(frame).getAttribute('class')).toContain('dark')
  })

  it('opens the thread that a deep link of Teams names, and nothing else that one names', async () => {
    const page = await signIn()
    await sayAs(page, chainlit.adele, 'to be found')
    await page.waitForURL(/\/thread\//)
    const thread = new URL(page.url()).pathname.split('/').at(-1)
    const { frame } = await chainlit.openTeams('/', { host: { context: { subEntityId: thread } } })
    await frame.getByText('to be found', { exact: true }).first().waitFor()
    const other = await chainlit.openTeams('/', { host: { context: { subEntityId: '../logout?x=/evil.example' } } })
    await composerOf(other.frame).waitFor()
    expect(new URL(other.frame.url()).pathname).toBe('/')
  })
})

describe('in a browser', () => {
  it('leaves for Entra ID, comes back and signs in by the same exchange', async () => {
    const page = await signIn()
    await sayAs(page, chainlit.adele, 'hello')
    expect(chainlit.find(EXCHANGE)).toMatchObject([{ authorization: true, status: 200, context: 'top' }])
    expect(await page.locator('[role=alert]').count()).toBe(0)
    expect(chainlit.pageLoads(page).some((path) => path.startsWith('/login'))).toBe(false)
  })

  it('uses the cookie while it lives, without asking anybody', async () => {
    const page = await signIn()
    chainlit.requests.length = 0
    await page.reload()
    await sayAs(page, chainlit.adele, 'again')
    expect(chainlit.find(EXCHANGE)).toEqual([])
    expect(await panelOf(page).count()).toBe(0)
  })

  it.each(['/?prompt=Good%20morning', '/thread/00000000-0000-4000-8000-000000000000?x=1#y'])(
    'comes back to %s after the sign-in',
    async (path) => {
      const page = await chainlit.openBrowserTab(path)
      await pickAccount(page, chainlit.adele)
      await page.waitForURL(chatOrigin + path)
      await chainlit.answered({ path: '/set-session-cookie' })
      expect(page.url()).toBe(chatOrigin + path)
      if (path.includes('prompt')) expect(await composerOf(page).textContent()).toBe('Good morning')
    },
  )

  it('stays out when the user logs out, until the user signs in again', async () => {
    const page = await signIn()
    await logOut(page)
    await panelOf(page).getByText('You are signed out').waitFor()
    await page.reload()
    await panelOf(page).getByText('You are signed out').waitFor()
    // Entra ID still knows the browser.
    await panelOf(page).getByRole('button', { name: 'Sign in' }).click()
    await sayAs(page, chainlit.adele, 'back again')
  })

  it('notices in one tab that another one has logged out', async () => {
    const page = await signIn()
    const other = await page.context().newPage()
    await other.goto(`${chatOrigin}/`)
    await composerOf(other).waitFor()
    const reloaded = other.waitForEvent('load')
    await logOut(other)
    // A page that is in the middle of a navigation cannot be closed.
    await reloaded
    await panelOf(other).getByText('You are signed out').waitFor()
    await panelOf(page).getByText('You are signed out').waitFor()
    expect(chainlit.find(EXCHANGE)).toHaveLength(1)
  })

  it('waits for a click where the app wants that', async () => {
    await chainlit.restart({ attributes: (right) => `${right} data-sign-in="click"` })
    const page = await chainlit.openBrowserTab('/?prompt=hi')
    await panelOf(page).getByRole('button', { name: 'Sign in' }).click()
    await pickAccount(page, chainlit.adele)
    await sayAs(page, chainlit.adele, 'after the click')
    await chainlit.restart()
  })
})

describe('through both doors', () => {
  it('is the same user with the same threads', async () => {
    const page = await signIn()
    await sayAs(page, chainlit.adele, 'written in the browser')
    await page.waitForURL(/\/thread\//)
    const { pathname } = new URL(page.url())
    const { frame } = await chainlit.openTeams(pathname)
    await frame.getByText('written in the browser', { exact: true }).first().waitFor()
    await sayAs(frame, chainlit.adele, 'written in Teams')
  })

  it.each([undefined, 'local-storage'])('starts where storage is blocked', async () => {
    const block = () => {
      for (const name of ['localStorage', 'sessionStorage']) {
        Object.defineProperty(Window.prototype, name, { configurable: true, get: deny })
        Reflect.deleteProperty(window, name)
      }
      function deny(): never {
        throw new DOMException('Access is denied for this document.', 'SecurityError')
      }
    }
    const { page, frame } = await chainlit.openTeams('/', {
      prepare: (opened) => opened.addInitScript(`if (location.host === 'chat.contoso.example') (${block})()`),
    })
    await sayAs(frame, chainlit.adele, 'without storage')
    expect(chainlit.pageErrors(page)).toEqual([])
  })
})

async function logOut(page: Page | Frame): Promise<void> {
  await page.locator('#user-nav-button').click()
  await page.getByRole('menuitem', { name: 'Logout' }).click()
}
