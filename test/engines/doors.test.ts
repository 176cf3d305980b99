// Both doors in every engine that this machine has.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { appOrigin } from '../e2e/doors.js'
import { type EngineDoors, openEngineDoors, signIn, statusOf, until } from './doors.js'
import { installedEngines } from './installed.js'

describe.each(installedEngines())('$name', (engine) => {
  let doors: EngineDoors

  beforeAll(async () => {
    doors = await openEngineDoors(engine)
  })
  afterEach(() => doors.reset())
  afterAll(() => doors.close())

  const adeleAtServer = () => ({ status: 200, body: { key: doors.keyOf(doors.adele) } })

  it('runs, and says in which version', async ({ task }) => {
    const version = await doors.version()
    expect(version).toMatch(/^\d+\./)
    task.meta.engine = `${engine.name} ${version}`
  })

  describe('the browser door', () => {
    it('finds nobody at the first visit, and asks nobody for anything', async () => {
      const tab = await doors.openTab()
      expect(await statusOf(tab)).toBe('signed-out')
      expect(await tab.evaluate(() => window.app.state)).toMatchObject({
        reason: 'no-account',
        host: { kind: 'browser', certain: true },
      })
      expect(doors.entra.requests).toEqual([])
    })

    it('signs in by a redirect and comes back to where the user was, with a token of that user', async () => {
      const tab = await doors.openTab({ path: '/chat/7?prompt=hi#last' })
      await signIn(tab, doors.adele)
      await tab.until((url) => location.href === url, `${appOrigin}/chat/7?prompt=hi#last`)
      expect(await tab.evaluate(() => window.app.me())).toEqual(adeleAtServer())
    })

    it('stays signed in over a reload', async () => {
      const tab = await doors.openTab()
      await signIn(tab, doors.adele)
      await tab.reload()
      expect(await statusOf(tab)).toBe('signed-in')
    })

    it('renews a token that the server refuses, and makes the call again', async () => {
      const tab = await doors.openTab()
      await signIn(tab, doors.adele)
      await tab.evaluate(() => window.app.me())
      doors.expireTokens()
      expect(await tab.evaluate(() => window.app.me())).toEqual(adeleAtServer())
      expect(doors.calls.map(({ code }) => code)).toEqual([undefined, 'token_expired', undefined])
    })

    it('rejects a protected call while nobody is signed in, and never sends it', async () => {
      const tab = await doors.openTab()
      const outcome = await tab.evaluate(() => window.app.outcome((app) => app.me()))
      expect(outcome).toMatchObject({ code: 'sign_in_required' })
      expect(doors.calls).toEqual([])
    })

    it('stays signed out over a reload after a sign-out', async () => {
      const tab = await doors.openTab()
      await signIn(tab, doors.adele)
      await tab.evaluate(() => window.app.auth.signOut())
      await tab.reload()
      expect(await statusOf(tab)).toBe('signed-out')
      expect(await tab.evaluate(() => window.app.state)).toMatchObject({ reason: 'by-user' })
    })

    it('signs out at Entra ID too, and comes back', async () => {
      const tab = await doors.openTab()
      await signIn(tab, doors.adele)
      await tab.start(() => window.app.auth.signOut({ entra: true }))
      await until(tab, 'signed-out')
      expect(doors.entra.requests.some(({ endpoint }) => endpoint === 'logout')).toBe(true)
    })

    it('is signed out in one tab with another', async () => {
      const options = { browser: { cacheLocation: 'localStorage' as const } }
      const tab = await doors.openTab({ options })
      await signIn(tab, doors.adele)
      const other = await tab.openBeside()
      await other.goto(appOrigin)
      expect(await statusOf(other)).toBe('signed-in')
      await tab.evaluate(() => window.app.auth.signOut())
      await until(other, 'signed-out')
    })
  })

  describe.each([
    ['Teams', 'https://teams.microsoft.com', {}],
    ['Outlook', 'https://outlook.office.com', { hostName: 'Outlook' }],
  ] as const)('a tab in %s', (_, origin, host) => {
    it('signs in without a click and gives the server a token of that user', async () => {
      const { frame } = await doors.openFramed({ origin, host })
      expect(await statusOf(frame)).toBe('signed-in')
      expect(await frame.evaluate(() => window.app.me())).toEqual(adeleAtServer())
      expect(await frame.evaluate(() => window.app.state)).toMatchObject({ host: { kind: 'teams', certain: true } })
      expect(doors.entra.requests).toEqual([])
    })

    it('renews a token that the server refuses', async () => {
      const { tab, frame } = await doors.openFramed({ origin, host })
      await frame.evaluate(() => window.app.me())
      doors.expireTokens()
      await tab.evaluate(() => window.host.clearTokenCache())
      expect(await frame.evaluate(() => window.app.me())).toEqual(adeleAtServer())
      expect(doors.calls.map(({ code }) => code)).toEqual([undefined, 'token_expired', undefined])
    })

    it('gets its token by nested app auth where the app asks for that', async () => {
      const { frame } = await doors.openFramed({ origin, host, options: { teams: { method: 'nested' } } })
      expect(await statusOf(frame)).toBe('signed-in')
      expect(await frame.evaluate(() => window.app.auth.explain().source)).toBe('nested')
      expect(await frame.evaluate(() => window.app.me())).toEqual(adeleAtServer())
    })

    it('ends the sign-in with a sign-out, over a reload where a frame may store', async () => {
      const { tab, frame } = await doors.openFramed({ origin, host })
      expect(await statusOf(frame)).toBe('signed-in')
      await frame.evaluate(() => window.app.auth.signOut())
      expect(await frame.evaluate(() => window.app.state)).toMatchObject({ status: 'signed-out', reason: 'by-user' })
      await tab.reload()
      // A fresh profile of Chromium blocks storage in frames of other sites: there is nowhere to note it.
      expect(await statusOf(frame)).toBe(engine.name === 'Chromium' ? 'signed-in' : 'signed-out')
    })
  })

  describe('a frame of a site that is no host', () => {
    it('is known at once, and fails with what to do about it', async () => {
      const tab = await doors.openTab()
      await tab.goto('https://portal.example')
      const frame = tab.frame()
      expect(await statusOf(frame)).toBe('failed')
      expect(await frame.evaluate(() => window.app.state)).toMatchObject({
        host: { kind: 'framed', certain: true },
        error: { code: 'framed' },
      })
    })

    it('that imitates Teams gets no answer and can feed no token', async () => {
      const { tab, frame } = await doors.openFramed({ origin: 'https://evil.example' })
      expect(await statusOf(frame)).toBe('failed')
      expect(await tab.evaluate(() => window.host.transcript)).toEqual([])
      expect(doors.calls).toEqual([])
    })

    it('never redirects by itself', async () => {
      const tab = await doors.openTab({ options: { autoSignIn: 'always' }, path: '/bare' })
      await tab.goto('https://portal.example')
      expect(await statusOf(tab.frame())).toBe('failed')
    })
  })
})
