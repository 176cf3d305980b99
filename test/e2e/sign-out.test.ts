import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { appOrigin, type Doors, openDoors, signIn, statusOf, until } from './doors.js'

let doors: Doors

beforeAll(async () => {
  doors = await openDoors()
})
afterEach(() => doors.reset())
afterAll(() => doors.close())

describe('signing out in the browser', () => {
  it('sticks over a reload, even where the app signs in by itself', async () => {
    const page = await doors.openTab({ autoSignIn: 'always' })
    await page.click(`button[data-user="${doors.adele.username}"]`)
    await until(page, 'signed-in')
    await page.evaluate(() => window.app.auth.signOut())
    await page.reload()
    expect(await statusOf(page)).toBe('signed-out')
    expect(await page.evaluate(() => window.app.state)).toMatchObject({ reason: 'by-user' })
    expect(await page.evaluate(() => window.app.outcome((app) => app.me()))).toMatchObject({ code: 'sign_in_required' })
  })

  it('leaves no token in any storage', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    await page.evaluate(() => window.app.auth.signOut())
    const stored = await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }))
    expect(stored).not.toMatch(/eyJ|secret/)
  })

  it('ends with the next sign-in', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    await page.evaluate(() => window.app.auth.signOut())
    await page.reload()
    await page.evaluate(() => void window.app.auth.signIn({ prompt: 'select_account' }))
    await page.click(`button[data-user="${doors.bob.username}"]`)
    await page.waitForURL(`${appOrigin}/**`)
    await until(page, 'signed-in')
    expect(await page.evaluate(() => window.app.me())).toMatchObject({ body: { key: doors.keyOf(doors.bob) } })
    await page.reload()
    expect(await statusOf(page)).toBe('signed-in')
  })

  it('reaches the other tabs of the app', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    const other = await page.context().newPage()
    await doors.configure(other, {})
    await other.goto(appOrigin)
    await other.evaluate(() => window.app.auth.signOut())
    await until(page, 'signed-out')
    expect(await page.evaluate(() => window.app.state)).toMatchObject({ reason: 'by-user' })
  })

  it('ends the session at Entra ID too where the app asks for it, and leaves nothing in the URL', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    await page.evaluate(() => void window.app.auth.signOut({ entra: true }))
    await page.waitForFunction(() => window.app?.auth.state.status === 'signed-out')
    await page.waitForURL(`${appOrigin}/`)
    expect(doors.entra.requests.some(({ endpoint }) => endpoint === 'logout')).toBe(true)
    await page.evaluate(() => void window.app.auth.signIn())
    await page.waitForSelector('button[data-user]')
  })
})

describe('signing out in Teams', () => {
  it('sticks over a reload until the next sign-in', async () => {
    const { page, frame } = await doors.openTeams({}, {}, { thirdPartyCookies: 'allowed' })
    await statusOf(frame)
    await frame.evaluate(() => window.app.auth.signOut())
    await page.reload()
    const again = await doors.frameOf(page)
    expect(await statusOf(again)).toBe('signed-out')
    expect(await again.evaluate(() => window.app.state)).toMatchObject({ reason: 'by-user' })
    await page.waitForFunction(() => window.host.notifications.some(({ type }) => type === 'success'))
    await again.evaluate(() => window.app.auth.signIn())
    expect(await again.evaluate(() => window.app.me())).toMatchObject({ status: 200 })
  })

  it('cannot end the session at Entra ID, and says so', async () => {
    const { frame } = await doors.openTeams()
    await statusOf(frame)
    const outcome = await frame.evaluate(() => window.app.outcome((app) => app.auth.signOut({ entra: true })))
    expect(outcome).toMatchObject({ code: 'unsupported' })
    expect(await frame.evaluate(() => window.app.state.status)).toBe('signed-out')
  })
})
