import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
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

/** The session cookie that a page has, without its value. */
async function cookieOf(page: Page) {
  const cookies = await page.context().cookies()
  return cookies
    .filter(({ name }) => name === '__Host-session')
    .map(({ secure, httpOnly, sameSite, partitionKey }) => ({ secure, httpOnly, sameSite, partitionKey }))
}

async function openTab(thirdPartyCookies: Cookies = 'blocked'): Promise<Page> {
  const page = await doors.openTab({}, { thirdPartyCookies })
  await signIn(page, doors.adele)
  return page
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
    const tab = await page.context().newPage()
    await doors.configure(tab, {})
    await tab.goto(appOrigin)
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
