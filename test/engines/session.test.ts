// Session cookies in every engine: what each of them does with the cookie of a framed page.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { AuthOptions } from '../../src/index.js'
import { appOrigin } from '../e2e/doors.js'
import { type EngineDoors, openEngineDoors, signIn, statusOf } from './doors.js'
import type { Engine, Settings, Tab, View } from './engine.js'
import { installedEngines } from './installed.js'

const COOKIE = '__Host-session'

/** With which settings an engine takes no cookie from a frame of another site, `Partitioned` or not. */
const REFUSING: Record<Engine['name'], Settings[]> = {
  Chromium: [{ storage: 'blocked' }],
  Firefox: [{ storage: 'blocked' }, { crossSite: 'blocked' }],
  WebKitGTK: [{}, { trackingPrevention: true }],
}

describe.each(installedEngines())('$name', (engine) => {
  let doors: EngineDoors

  beforeAll(async () => {
    doors = await openEngineDoors(engine)
  })
  afterEach(() => doors.reset())
  afterAll(() => doors.close())

  const adele = () => doors.keyOf(doors.adele)
  const keep = (view: View) => view.evaluate(() => window.app.keep())
  const byCookie = (view: View) => view.evaluate(() => window.app.byCookie())
  const asked = (path = '/session') =>
    doors.world.requests.filter(({ url }) => url === appOrigin + path).map(({ method }) => method)

  /** What the server knows of a page that opens a WebSocket to the app: there it can send cookies and nothing else. */
  async function upgradeFrom(view: View) {
    const before = doors.upgrades.length
    await view.evaluate(
      (url) => {
        const socket = new WebSocket(url)
        return new Promise((done) => socket.addEventListener('open', done)).then(() => socket.close())
      },
      `${appOrigin.replace('https', 'wss')}/socket.io/?EIO=4&transport=websocket`,
    )
    await expect.poll(() => doors.upgrades.length).toBe(before + 1)
    return doors.upgrades.at(-1)
  }

  async function openSignedIn(settings: Settings = {}): Promise<Tab> {
    const tab = await doors.openTab({ settings })
    await signIn(tab, doors.adele)
    return tab
  }

  async function openInTeams(settings: Settings = {}, options: Partial<AuthOptions> = {}) {
    const opened = await doors.openFramed({ settings, options })
    expect(await statusOf(opened.frame)).toBe('signed-in')
    return opened
  }

  describe.each(engine.name === 'WebKitGTK' ? [{}, { trackingPrevention: true }] : [{}])(
    'a session in a tab of its own, with the settings %o',
    (settings) => {
      it('lets the server know the user by a cookie, over a reload and in a WebSocket upgrade', async () => {
        const tab = await openSignedIn(settings)
        expect(await byCookie(tab)).toBeUndefined()
        expect(await keep(tab)).toBe(adele())
        expect(asked()).toEqual(['POST', 'GET'])
        expect(await tab.cookies()).toEqual([COOKIE])
        await tab.reload()
        await statusOf(tab)
        expect(await byCookie(tab)).toBe(adele())
        expect(await upgradeFrom(tab)).toEqual({ key: adele(), isOwn: true })
      })

      it('ends with the sign-out', async () => {
        const tab = await openSignedIn(settings)
        await keep(tab)
        await tab.evaluate(() => window.app.auth.signOut())
        await expect.poll(() => byCookie(tab)).toBeUndefined()
        expect(await tab.cookies()).toEqual([])
      })
    },
  )

  it('keeps what a frame stores from the tab of its own, as the settings of a fresh profile have it', async () => {
    const { tab, frame } = await openInTeams()
    await frame.evaluate(() => {
      try {
        localStorage.setItem('from the frame', 'yes')
      } catch {} // refused, as in Chromium
    })
    const own = await tab.openBeside()
    await own.goto(appOrigin)
    expect(await own.evaluate(() => localStorage.getItem('from the frame'))).toBeNull()
  })

  it('does not send the session of a tab from another site', async () => {
    const tab = await openSignedIn()
    await keep(tab)
    const other = await tab.openBeside()
    await other.goto('https://elsewhere.example')
    expect(await upgradeFrom(other)).toEqual({ key: undefined, isOwn: false })
  })

  it('says what the cookie lacks where the server knows nothing of frames', async () => {
    const { frame } = await openInTeams()
    expect(await frame.evaluate(() => window.app.outcome((app) => app.keep('/lax-session')))).toMatchObject({
      code: 'session_refused',
      message: expect.stringContaining('Secure; SameSite=None; Partitioned'),
    })
    expect(asked('/lax-session')).toEqual(['POST', 'GET', 'POST', 'GET'])
  })

  it.each(REFUSING[engine.name])(
    'keeps no session in a frame with the settings %o, says so after two tries, and calls go on',
    async (settings) => {
      const { frame } = await openInTeams(settings, { teams: { method: 'nested' } })
      expect(await frame.evaluate(() => window.app.outcome((app) => app.keep()))).toMatchObject({
        code: 'session_refused',
        message: expect.stringContaining('The session cookie did not come back'),
      })
      expect(asked()).toEqual(['POST', 'GET', 'POST', 'GET'])
      expect(await byCookie(frame)).toBeUndefined()
      expect(await frame.evaluate(() => window.app.me())).toMatchObject({ body: { key: adele() } })
    },
  )
  if (engine.name === 'WebKitGTK') return

  describe('a session in a frame', () => {
    it('lets the server know the user by a cookie, in a WebSocket upgrade too', async () => {
      const { frame } = await openInTeams()
      expect(await keep(frame)).toBe(adele())
      expect(await byCookie(frame)).toBe(adele())
      expect(asked()).toEqual(['POST', 'GET'])
      expect(await upgradeFrom(frame)).toEqual({ key: adele(), isOwn: true })
    })

    it('is another one than that of a tab, and than that in another host', async () => {
      const { tab, frame } = await openInTeams()
      await keep(frame)
      const own = await tab.openBeside()
      await own.goto(appOrigin)
      await statusOf(own)
      expect(await byCookie(own)).toBeUndefined()
      const outlook = await tab.openBeside()
      await outlook.goto('https://outlook.office.com')
      await statusOf(outlook.frame())
      expect(await byCookie(outlook.frame())).toBeUndefined()
      expect(await byCookie(frame)).toBe(adele())
    })

    it('brings nothing to the page that frames the app, though the cookie may come along', async () => {
      const { tab, frame } = await openInTeams()
      await keep(frame)
      expect(await upgradeFrom(tab)).toEqual({ key: undefined, isOwn: false })
    })

    it('ends with the sign-out', async () => {
      const { frame } = await openInTeams()
      await keep(frame)
      await frame.evaluate(() => window.app.auth.signOut())
      await expect.poll(() => byCookie(frame)).toBeUndefined()
    })
  })
})
