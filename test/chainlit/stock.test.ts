// What Chainlit does without twodoor. A version that mends one of these is noticed here: then the drop-in can do less.

import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import { composerOf, pickAccount, say } from './pages.js'
import { chatOrigin } from './surroundings.js'

const MICROSOFT_BUTTON = 'Continue with Microsoft'
const FAILURE = 'Unable to sign in'
/** Longer than any pause of Chainlit's client, of Socket.IO and of SWR. */
const LONG_AFTER_MS = 600_000

/** Tells which calls of the page came after this script. */
const PROBE = `window.callsSeen = []
const native = window.fetch
window.fetch = (...all) => {
  window.callsSeen.push(new URL(all[0], location.href).pathname)
  return native(...all)
}`

declare global {
  interface Window {
    /** Of public/probe.js. */
    callsSeen: string[] | undefined
  }
}

let chainlit: OpenedChainlit
/** What a proxy in front of Chainlit adds to its header login. */
let tokenOfProxy: string | undefined

beforeAll(async () => {
  const addHeaders = ({ path }: { path: string }): Record<string, string> =>
    path === '/auth/header' && tokenOfProxy ? { authorization: `Bearer ${tokenOfProxy}` } : {}
  chainlit = await openChainlit({ dropIn: false, front: { addHeaders }, files: { 'public/probe.js': PROBE } })
})
afterAll(() => chainlit.close())
afterEach(async () => {
  tokenOfProxy = undefined
  await chainlit.reset()
})

const handshakes = () => chainlit.find(({ path, query }) => path === '/ws/socket.io/' && !query.has('sid'))

async function signInByOAuth(page: Page): Promise<void> {
  await page.click(`text=${MICROSOFT_BUTTON}`)
  await pickAccount(page, chainlit.adele)
  await composerOf(page).waitFor()
}

/** A tab with a conversation, whose clock can be turned on. */
async function openConversation(): Promise<Page> {
  const page = await chainlit.openBrowserTab('/', { prepare: (each) => each.clock.install() })
  await signInByOAuth(page)
  await say(page, 'hello')
  return page
}

/** Whatever the page has asked for until now has arrived afterwards. */
const askSomething = (page: Page) => page.evaluate(async () => void (await fetch('/auth/config')))

describe('stock Chainlit in a browser', () => {
  it('tries the header login without a header, and tells the user that it failed', async () => {
    const page = await chainlit.openBrowserTab()
    await page.waitForSelector(`text=${FAILURE}`)
    expect(chainlit.find({ path: '/auth/header' })).toMatchObject([{ status: 401, authorization: false }])
    await page.waitForSelector('text=Unauthorized: credentialssignin')
    await signInByOAuth(page)
    expect(await say(page, 'hello')).toContain('1: hello')
  })

  it('forgets where the user wanted to go', async () => {
    const page = await chainlit.openBrowserTab('/thread/x?prompt=hello')
    await page.waitForURL(`${chatOrigin}/login`)
    await signInByOAuth(page)
    expect(page.url()).toBe(`${chatOrigin}/`)
    expect(chainlit.find({ path: '/thread/x' })).toHaveLength(1)
    expect(await composerOf(page).inputValue()).toBe('')
  })

  it('hands the refresh token to every script of the page, for an app that returns `default_user`', async () => {
    const page = await openConversation()
    const user = await page.evaluate(async () => (await fetch('/user')).text())
    expect(JSON.parse(user).metadata.refresh_token).toMatch(/^1\.refresh\./)
  })
})

describe('stock Chainlit after its session has expired', () => {
  // The history of threads would find out sooner or later, by itself.
  beforeAll(() => chainlit.restart({ env: { NO_THREADS: '1' } }))

  it('is refused once at the socket, never tries again, and takes no message any more', async () => {
    const page = await openConversation()
    const before = handshakes().length
    const printed = chainlit.serverOutput().length
    await chainlit.expireSessions()
    chainlit.dropSockets()
    await page.waitForSelector('text=Could not reach the server')
    await page.clock.fastForward(LONG_AFTER_MS)
    await askSomething(page)
    expect(handshakes().length - before).toBe(1)
    await chainlit.hears('Authentication failed in websocket connect.', printed)
    await composerOf(page).fill('are you there?')
    expect(await page.locator('#chat-submit').isDisabled()).toBe(true)
  })

  it('throws the conversation away at the next focus', async () => {
    const page = await openConversation()
    await chainlit.expireSessions()
    await page.clock.fastForward(LONG_AFTER_MS)
    await page.evaluate(() => window.dispatchEvent(new Event('focus')))
    await page.waitForURL(`${chatOrigin}/login`)
    await page.waitForSelector(`text=${FAILURE}`)
    expect(chainlit.pageLoads(page).at(-1)).toBe('/login')
    expect(await page.locator('.ai-message').count()).toBe(0)
  })
})

describe('stock Chainlit in a Teams tab', () => {
  it('is a white page where third-party cookies, and storage with them, are blocked', async () => {
    let thrown: Promise<Error> | undefined
    const prepare = async (page: Page) => {
      thrown = page.waitForEvent('pageerror')
    }
    const { frame } = await chainlit.openTeams('/', { prepare })
    expect(String(await thrown)).toContain("Failed to read the 'localStorage' property")
    expect(await frame.locator('#root > *').count()).toBe(0)
    expect(chainlit.find({ path: '/auth/config' })).toEqual([])
  })

  it('shows a login page whose button leads to a refusal', async () => {
    const { page, frame } = await chainlit.openTeams('/', { thirdPartyCookies: 'allowed' })
    await frame.waitForSelector(`text=${FAILURE}`)
    const logins = chainlit.find({ path: '/auth/header' })
    expect(logins).not.toEqual([])
    // On a slow machine its page asks twice.
    for (const login of logins) expect(login).toMatchObject({ status: 401, authorization: false })
    const refused = page.waitForEvent('console', (line) => line.text().includes("'X-Frame-Options' to 'deny'"))
    await frame.click(`text=${MICROSOFT_BUTTON}`)
    expect((await refused).text()).toContain("Refused to display 'https://login.microsoftonline.com/' in a frame")
  })

  it('loads its page again and again where a proxy adds the header, because the cookie is dropped', async () => {
    tokenOfProxy = await chainlit.entra.mint(chainlit.adele)
    const { page } = await chainlit.openTeams('/', { thirdPartyCookies: 'allowed' })
    const logins = await chainlit.answered({ path: '/auth/header', status: 200 }, 5)
    expect(logins.every(({ setCookies }) => setCookies[0]?.endsWith('SameSite=lax'))).toBe(true)
    expect(chainlit.find({ path: '/user' }).filter(({ cookies }) => cookies.length > 0)).toEqual([])
    const loads = () => chainlit.pageLoads(page).filter((path) => path === '/login').length
    await expect.poll(loads).toBeGreaterThanOrEqual(5)
  })
})

describe('stock Chainlit with CHAINLIT_COOKIE_SAMESITE=none, as its documentation advises for frames', () => {
  beforeAll(() => chainlit.restart({ env: { CHAINLIT_COOKIE_SAMESITE: 'none' } }))

  async function openInTeams() {
    tokenOfProxy = await chainlit.entra.mint(chainlit.adele)
    const opened = await chainlit.openTeams('/', { thirdPartyCookies: 'allowed' })
    // What is written before the page has been to its login and back is lost with the page.
    await chainlit.answered({ path: '/user', status: 200 })
    await say(opened.frame, 'hello')
    return opened
  }

  it('hands on to the server what the host of the tab answers to the page, tokens included', async () => {
    const { page, frame } = await openInTeams()
    const reply = { id: 7, uuidAsString: 'b1', args: [true, 'a token of Entra ID'] }
    await page.evaluate((message) => window.frames[0]?.postMessage(message, '*'), reply)
    await say(frame, 'and now?')
    await chainlit.hears(`app: window message ${JSON.stringify(reply).replaceAll(/([:,])/g, '$1 ')}`)
  })

  it('lets every site read what the user may read', async () => {
    const { page } = await openInTeams()
    const stranger = await page.context().newPage()
    await stranger.goto('https://evil.example/')
    const user = await stranger.evaluate(
      async (url) => (await fetch(url, { credentials: 'include' })).text(),
      `${chatOrigin}/user`,
    )
    expect(JSON.parse(user)).toMatchObject({ identifier: chainlit.adele.username })
  })
})

describe('a script that Chainlit is told to load', () => {
  const load = (attributes: string) =>
    chainlit.restart({ config: { UI: { custom_js: '/public/probe.js', custom_js_attributes: attributes } } })

  /** Keeps the script back until Chainlit's own has been delivered, and this has happened too. */
  async function callsAfterScript(happened: () => Promise<unknown>): Promise<string[] | undefined> {
    const script = chainlit.hold('/public/probe.js')
    const opened = chainlit.openBrowserTab('/login')
    await script.asked
    await chainlit.answered(({ path }) => /^\/assets\/index-.*\.js$/.test(path))
    await happened()
    script.release()
    const page = await opened
    await page.waitForSelector(`text=${FAILURE}`)
    return page.evaluate(() => window.callsSeen)
  }

  it.each(['defer', 'type="module"', ''])(
    'runs before the first request, with the attributes »%s«',
    async (attributes) => {
      await load(attributes)
      const calls = await callsAfterScript(async () => expect(chainlit.find({ path: '/auth/config' })).toEqual([]))
      expect(calls).toContain('/auth/config')
    },
  )

  it.each(['async', 'async type="module"'])('may be too late, with the attributes »%s«', async (attributes) => {
    await load(attributes)
    const calls = await callsAfterScript(() => chainlit.answered({ path: '/auth/header', status: 401 }))
    expect(calls).not.toContain('/auth/config')
  })
})
