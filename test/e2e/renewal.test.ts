import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Doors, openDoors, signIn, statusOf, until } from './doors.js'

let doors: Doors

beforeAll(async () => {
  doors = await openDoors()
})
afterEach(() => doors.reset())
afterAll(() => doors.close())

const answersOf = () => doors.calls.map(({ code }) => code ?? 'ok')

/** Both doors, signed in as Adele, each with what makes a new token possible there. */
const open = {
  browser: async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    return { door: page as Page | Frame, makeRoom: async () => {} }
  },
  Teams: async () => {
    const { page, frame } = await doors.openTeams()
    await statusOf(frame)
    // Teams keeps its token until that expires; then it gets another.
    return { door: frame as Page | Frame, makeRoom: () => page.evaluate(() => window.host.clearTokenCache()) }
  },
}

describe.each(['browser', 'Teams'] as const)('when the token has expired for the server, in the %s door', (name) => {
  it('a call is answered after one renewal, and nobody notices', async () => {
    const { door, makeRoom } = await open[name]()
    await door.evaluate(() => window.app.me())
    doors.expireTokens()
    await makeRoom()
    expect(await door.evaluate(() => window.app.me())).toMatchObject({ status: 200 })
    expect(answersOf()).toEqual(['ok', 'token_expired', 'ok'])
  })

  it('twenty calls at once cost one renewal', async () => {
    const { door, makeRoom } = await open[name]()
    await door.evaluate(() => window.app.me())
    doors.expireTokens()
    await makeRoom()
    const statuses = await door.evaluate(async () => {
      const calls = Array.from({ length: 20 }, () => window.app.me())
      return (await Promise.all(calls)).map(({ status }) => status)
    })
    expect(new Set(statuses)).toEqual(new Set([200]))
    const renewals = await door.evaluate(() => window.app.events.filter(({ type }) => type === 'token').length)
    expect(renewals).toBe(2)
  })

  it('a socket that is dropped comes back with a fresh token, once', async () => {
    const { door, makeRoom } = await open[name]()
    const key = await door.evaluate(() => window.app.connect())
    doors.expireTokens()
    await makeRoom()
    doors.dropSockets()
    await door.waitForFunction(() => window.app.socket?.connected === false)
    await door.waitForFunction(() => window.app.socket?.connected === true)
    expect(await door.evaluate(() => window.app.ask('who'))).toBe(key)
    expect(doors.sockets()).toBe(1)
  })
})

describe('a token that comes to its end', () => {
  it('is renewed in the background by the refresh token, before any call has to wait', async () => {
    const page = await doors.openTab()
    await page.clock.install()
    await signIn(page, doors.adele)
    const before = await page.evaluate(async () => (await window.app.auth.getToken()).token)
    doors.entra.clearRequests()
    await page.clock.fastForward('57:00')
    await page.waitForFunction(() => window.app.events.filter(({ type }) => type === 'token').length > 1)
    const after = await page.evaluate(async () => (await window.app.auth.getToken()).token)
    expect(after).not.toBe(before)
    expect(doors.entra.requests.map(({ endpoint }) => endpoint)).toEqual(['token'])
  })

  it('ends the sign-in once the refresh token has come to its own end, and a click goes on', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    await page.evaluate(() => window.app.me())
    doors.entra.expireRefreshTokens()
    doors.expireTokens()
    await page.evaluate(() => window.app.me())
    await until(page, 'signed-out')
    expect(await page.evaluate(() => window.app.state)).toMatchObject({ reason: 'expired' })
    await page.evaluate(() => void window.app.auth.signIn())
    await until(page, 'signed-in')
    expect(await page.evaluate(() => window.app.me())).toMatchObject({ status: 200 })
  })
})

describe('a refusal that renewal cannot mend', () => {
  it('reaches the caller as the 401 itself where Teams has no other token', async () => {
    const { frame } = await doors.openTeams()
    await statusOf(frame)
    await frame.evaluate(() => window.app.me())
    doors.expireTokens()
    expect(await frame.evaluate(() => window.app.me())).toMatchObject({ status: 401 })
    expect(answersOf()).toEqual(['ok', 'token_expired'])
  })

  it('signs out as expired once Entra ID has revoked the session', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    await page.evaluate(() => window.app.me())
    doors.expireTokens()
    doors.entra.revoke(doors.adele)
    expect(await page.evaluate(() => window.app.me())).toMatchObject({ status: 401 })
    await until(page, 'signed-out')
    expect(await page.evaluate(() => window.app.state)).toMatchObject({
      reason: 'expired',
      account: { objectId: doors.adele.objectId },
    })
  })

  it('keeps the user signed in while Entra ID is down and the old token lives', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    await page.evaluate(() => window.app.me())
    doors.expireTokens()
    doors.entra.faults.push({ at: 'token', status: 503, times: 2 })
    expect(await page.evaluate(() => window.app.me())).toMatchObject({ status: 401 })
    expect(await page.evaluate(() => window.app.auth.state.status)).toBe('signed-in')
    doors.entra.faults.clear()
  })
})

describe('consent', () => {
  it('that is missing in Teams shows as such, and a click gives it', async () => {
    const { page, frame } = await doors.openTeams({}, { sso: 'resourceRequiresConsent' })
    expect(await statusOf(frame)).toBe('signed-out')
    expect(await frame.evaluate(() => window.app.state)).toMatchObject({ reason: 'consent' })
    await page.evaluate(() => window.host.set({ sso: undefined }))
    await frame.evaluate(() => window.app.auth.signIn())
    expect(await frame.evaluate(() => window.app.me())).toMatchObject({ status: 200 })
  })

  it('that is withdrawn at Entra ID ends the sign-in in the browser, and a click gives it again', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    await page.evaluate(() => window.app.me())
    doors.expireTokens()
    doors.entra.requireConsent(doors.adele)
    await page.evaluate(() => window.app.me())
    await until(page, 'signed-out')
    expect(await page.evaluate(() => window.app.state)).toMatchObject({ reason: 'consent' })
    await page.evaluate(() => void window.app.auth.signIn())
    await page.click('button[value="accept"]')
    await until(page, 'signed-in')
  })
})
