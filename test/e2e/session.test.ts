import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { AuthOptions } from '../../src/index.js'
import { appOrigin, type Doors, openDoors, signIn, statusOf } from './doors.js'

let doors: Doors

beforeAll(async () => {
  doors = await openDoors()
})
afterEach(() => doors.reset())
afterAll(() => doors.close())

type Door = Page | Frame
type Cookies = 'allowed' | 'blocked'

const keep = (door: Door) => door.evaluate(() => window.app.keep())
const byCookie = (door: Door) => door.evaluate(() => window.app.byCookie())
const asked = (path = '/session') =>
  doors.world.requests.filter(({ url }) => url === appOrigin + path).map(({ method }) => method)

/** What the server knows of a page that opens a WebSocket to the app: there it can send cookies and nothing else. */
async function upgradeFrom(door: Door) {
  const before = doors.upgrades.length
  await door.evaluate(
    (url) => {
      const socket = new WebSocket(url)
      return new Promise((done) => socket.addEventListener('open', done)).then(() => socket.close())
    },
    `${appOrigin.replace('https', 'wss')}/socket.io/?EIO=4&transport=websocket`,
  )
  await expect.poll(() => doors.upgrades.length).toBe(before + 1)
  return doors.upgrades.at(-1)
}

/** The session cookie that a page has, without its value. */
async function cookieOf(page: Page) {
  const cookies = await page.context().cookies()
  return cookies
    .filter(({ name }) => name === '__Host-session')
    .map(({ secure, httpOnly, sameSite, partitionKey }) => ({ secure, httpOnly, sameSite, partitionKey }))
}

async function openTab(thirdPartyCookies: Cookies = 'blocked', options: Partial<AuthOptions> = {}): Promise<Page> {
  const page = await doors.openTab(options, { thirdPartyCookies })
  await signIn(page, doors.adele)
  return page
}

/** Opens another page in the browser of the first one. */
async function openBeside(page: Page, url: string, options: Partial<AuthOptions> = {}): Promise<Page> {
  const other = await page.context().newPage()
  await doors.configure(other, options)
  await other.goto(url)
  return other
}

async function openTeams(thirdPartyCookies: Cookies) {
  const opened = await doors.openTeams({}, {}, { thirdPartyCookies })
  expect(await statusOf(opened.frame)).toBe('signed-in')
  return opened
}

describe('a session in a tab of its own', () => {
  it('lets the server know the user by a cookie that other sites cannot send', async () => {
    const page = await openTab()
    expect(await byCookie(page)).toBeUndefined()
    expect(await keep(page)).toBe(doors.keyOf(doors.adele))
    expect(await byCookie(page)).toBe(doors.keyOf(doors.adele))
    expect(asked()).toEqual(['POST', 'GET'])
    expect(await cookieOf(page)).toEqual([{ secure: true, httpOnly: true, sameSite: 'Lax', partitionKey: undefined }])
  })

  it('is there after a reload, and is begun anew with the token of the page', async () => {
    const page = await openTab()
    await keep(page)
    await page.reload()
    await statusOf(page)
    expect(await byCookie(page)).toBe(doors.keyOf(doors.adele))
    expect(await keep(page)).toBe(doors.keyOf(doors.adele))
  })

  it('begins with another token where the server refuses the first', async () => {
    const page = await openTab()
    await page.evaluate(() => window.app.me())
    doors.expireTokens()
    expect(await keep(page)).toBe(doors.keyOf(doors.adele))
    expect(asked()).toEqual(['POST', 'POST', 'GET'])
  })

  it('ends with the sign-out', async () => {
    const page = await openTab()
    await keep(page)
    await page.evaluate(() => window.app.auth.signOut())
    await expect.poll(() => cookieOf(page)).toEqual([])
    expect(await byCookie(page)).toBeUndefined()
    expect(await page.evaluate(() => window.app.outcome((app) => app.keep()))).toMatchObject({
      code: 'sign_in_required',
    })
  })

  it('ends with a sign-out that leaves the page', async () => {
    const page = await openTab()
    await keep(page)
    await page.evaluate(() => void window.app.auth.signOut({ entra: true }))
    await page.waitForFunction(() => window.app?.auth.state.status === 'signed-out')
    await expect.poll(() => cookieOf(page)).toEqual([])
  })

  it('sends the token in one header to the session URL, and nowhere else', async () => {
    const page = await openTab()
    const token = await page.evaluate(async () => (await window.app.auth.getToken()).token)
    await keep(page)
    expect(doors.world.whereSent(token)).toEqual([`header authorization of POST ${appOrigin}/session`])
  })
})

describe.each(['allowed', 'blocked'] as const)('a session in Teams, third-party cookies %s', (cookies) => {
  it('lets the server know the user by a cookie of that frame alone', async () => {
    const { page, frame } = await openTeams(cookies)
    expect(await keep(frame)).toBe(doors.keyOf(doors.adele))
    expect(await byCookie(frame)).toBe(doors.keyOf(doors.adele))
    expect(asked()).toEqual(['POST', 'GET'])
    expect(await cookieOf(page)).toEqual([
      { secure: true, httpOnly: true, sameSite: 'None', partitionKey: 'https://microsoft.com' },
    ])
  })

  it('is another one than that of a tab', async () => {
    const { page, frame } = await openTeams(cookies)
    await keep(frame)
    const tab = await openBeside(page, appOrigin)
    await statusOf(tab)
    expect(await byCookie(tab)).toBeUndefined()
    await signIn(tab, doors.bob)
    expect(await keep(tab)).toBe(doors.keyOf(doors.bob))
    expect(await byCookie(frame)).toBe(doors.keyOf(doors.adele))
    expect(await byCookie(tab)).toBe(doors.keyOf(doors.bob))
  })

  it('ends with the sign-out', async () => {
    const { page, frame } = await openTeams(cookies)
    await keep(frame)
    await frame.evaluate(() => window.app.auth.signOut())
    await expect.poll(() => cookieOf(page)).toEqual([])
    expect(await byCookie(frame)).toBeUndefined()
  })

  it('says what the cookie lacks where the server knows nothing of frames', async () => {
    const { frame } = await openTeams(cookies)
    expect(await frame.evaluate(() => window.app.outcome((app) => app.keep('/lax-session')))).toMatchObject({
      code: 'session_refused',
      message: expect.stringContaining('Secure; SameSite=None; Partitioned'),
    })
    expect(asked('/lax-session')).toEqual(['POST', 'GET', 'POST', 'GET'])
  })
})

describe.each(['allowed', 'blocked'] as const)('a WebSocket upgrade, third-party cookies %s', (cookies) => {
  it('brings the session of a tab', async () => {
    const page = await openTab(cookies)
    expect(await upgradeFrom(page)).toEqual({ key: undefined, isOwn: true })
    await keep(page)
    expect(await upgradeFrom(page)).toEqual({ key: doors.keyOf(doors.adele), isOwn: true })
  })

  it('brings the session of a frame in Teams, and to nobody else', async () => {
    const { page, frame } = await openTeams(cookies)
    expect(await upgradeFrom(frame)).toEqual({ key: undefined, isOwn: true })
    await keep(frame)
    expect(await upgradeFrom(frame)).toEqual({ key: doors.keyOf(doors.adele), isOwn: true })
    expect(await upgradeFrom(await openBeside(page, appOrigin))).toEqual({ key: undefined, isOwn: true })
  })

  it('of the page that frames the app brings no session, though the cookie comes along', async () => {
    const { page, frame } = await openTeams(cookies)
    await keep(frame)
    expect(await upgradeFrom(page)).toEqual({ key: undefined, isOwn: false })
  })

  it('of another site brings no session of a tab', async () => {
    const page = await openTab(cookies)
    await keep(page)
    const other = await openBeside(page, 'https://elsewhere.example')
    expect(await upgradeFrom(other)).toEqual({ key: undefined, isOwn: false })
  })
})

describe.each(['allowed', 'blocked'] as const)('a frame of the app’s own site, third-party cookies %s', (cookies) => {
  const shared: Partial<AuthOptions> = { browser: { cacheLocation: 'localStorage' } }
  const portalOrigin = 'https://portal.contoso.example'
  const lax = { secure: true, httpOnly: true, sameSite: 'Lax', partitionKey: undefined }
  const partitioned = { secure: true, httpOnly: true, sameSite: 'None', partitionKey: 'https://contoso.example' }

  /** The app in a tab, and in a frame of another page of its site. */
  async function openBoth() {
    const tab = await openTab(cookies, shared)
    await keep(tab)
    const frame = await doors.frameOf(await openBeside(tab, portalOrigin, shared))
    expect(await statusOf(frame)).toBe('signed-in')
    return { tab, frame }
  }

  it('has one session with the tab, whichever of them began it last', async () => {
    const { tab, frame } = await openBoth()
    const known = async () => [await byCookie(tab), await byCookie(frame)]
    const adele = doors.keyOf(doors.adele)
    expect(await known()).toEqual([adele, adele])
    expect(await keep(frame)).toBe(adele)
    expect(await cookieOf(tab)).toEqual([partitioned])
    expect(await known()).toEqual([adele, adele])
    await tab.evaluate(() => window.app.session?.renew())
    expect(await cookieOf(tab)).toEqual([lax])
    expect(await known()).toEqual([adele, adele])
    const begun = doors.world.requests.filter(({ method, url }) => method === 'POST' && url === `${appOrigin}/session`)
    expect(begun.map(({ headers }) => headers['x-twodoor-context'])).toEqual(['top', 'framed', 'top'])
  })

  it('ends the session of both by its sign-out', async () => {
    const { tab, frame } = await openBoth()
    await keep(frame)
    await frame.evaluate(() => window.app.auth.signOut())
    await expect.poll(() => cookieOf(tab)).toEqual([])
    expect(await byCookie(tab)).toBeUndefined()
  })

  it('begins no session where nobody has signed in', async () => {
    const page = await doors.openTab({}, { thirdPartyCookies: cookies })
    await page.goto(portalOrigin)
    const frame = await doors.frameOf(page)
    expect(await frame.evaluate(() => window.app.outcome((app) => app.keep()))).toMatchObject({ code: 'framed' })
    expect(asked()).toEqual([])
  })
})
