// Storage that is blocked, as each engine blocks it: Chromium and Firefox throw, WebKitGTK has no localStorage and no cookies.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type EngineDoors, openEngineDoors, signIn, statusOf } from './doors.js'
import { installedEngines } from './installed.js'

const settings = { storage: 'blocked' } as const

describe.each(installedEngines())('$name with storage blocked', (engine) => {
  let doors: EngineDoors

  beforeAll(async () => {
    doors = await openEngineDoors(engine)
  })
  afterEach(() => doors.reset())
  afterAll(() => doors.close())

  const hasSessionStorage = engine.name === 'WebKitGTK'

  it('is what this test says', async () => {
    const tab = await doors.openTab({ settings })
    const kindOf = (name: 'localStorage' | 'sessionStorage') => {
      try {
        return window[name] ? 'there' : 'null'
      } catch (error) {
        return String(error).split(':')[0]
      }
    }
    const local = await tab.evaluate(kindOf, 'localStorage' as const)
    const session = await tab.evaluate(kindOf, 'sessionStorage' as const)
    expect([local, session]).toEqual(hasSessionStorage ? ['null', 'there'] : ['SecurityError', 'SecurityError'])
  })

  if (hasSessionStorage) {
    it.each(['sessionStorage', 'localStorage'] as const)(
      'signs in and out where MSAL is to use %s and only localStorage is missing',
      async (cacheLocation) => {
        const tab = await doors.openTab({ settings, options: { browser: { cacheLocation } } })
        await signIn(tab, doors.adele)
        expect(await tab.evaluate(() => window.app.me())).toMatchObject({ body: { key: doors.keyOf(doors.adele) } })
        await tab.evaluate(() => window.app.auth.signOut())
        expect(await tab.evaluate(() => window.app.outcome((app) => app.me()))).toMatchObject({
          code: 'sign_in_required',
        })
      },
    )
  } else {
    it.each(['never', 'silent', 'always'] as const)(
      'starts signed out in a browser, and says why nobody can sign in, with autoSignIn %s',
      async (autoSignIn) => {
        const tab = await doors.openTab({ settings, options: { autoSignIn } })
        expect(await statusOf(tab)).toBe('signed-out')
        expect(await tab.evaluate(() => window.app.state)).toMatchObject({ reason: 'no-account' })
        expect(await tab.evaluate(() => window.app.outcome((app) => app.auth.signIn()))).toMatchObject({
          code: 'unsupported',
          message: expect.stringContaining('Storage is blocked'),
        })
      },
    )
  }

  it.each(['sso', 'nested'] as const)('signs in in Teams by %s, calls and connects', async (method) => {
    const { frame } = await doors.openFramed({ settings, options: { teams: { method } } })
    expect(await statusOf(frame)).toBe('signed-in')
    const key = doors.keyOf(doors.adele)
    expect(await frame.evaluate(() => window.app.me())).toEqual({ status: 200, body: { key } })
    expect(await frame.evaluate(() => window.app.connect())).toBe(key)
  })

  it('ends a sign-in in Teams with the sign-out', async () => {
    const { frame } = await doors.openFramed({ settings })
    expect(await statusOf(frame)).toBe('signed-in')
    await frame.evaluate(() => window.app.auth.signOut())
    expect(await frame.evaluate(() => window.app.state)).toMatchObject({ status: 'signed-out', reason: 'by-user' })
  })
})
