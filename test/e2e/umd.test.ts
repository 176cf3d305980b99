// dist/twodoor.umd.js as it is published, in pages that know nothing but script tags.

import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import * as npmEntry from '../../src/index.js'
import { appOrigin, type Doors, openDoors, signIn, statusOf, until } from './doors.js'
import { BARE_PAGE, REPORT_PATH, scriptTagSite, WITH_TEAMS_JS } from './script-tags.js'

declare global {
  interface Window {
    twodoor: typeof npmEntry
  }
}

let doors: Doors

beforeAll(async () => {
  doors = await openDoors(await scriptTagSite())
})
afterEach(() => doors.reset())
afterAll(() => doors.close())

const adeleAtServer = () => ({ status: 200, body: { key: doors.keyOf(doors.adele) } })
/** Without those that Chromium makes when it likes. */
const requests = () => doors.world.requests.filter(({ url }) => !url.endsWith('/favicon.ico'))
const requestsTo = (host: string) => requests().filter((request) => request.host === host)
const blocked = () => requests().filter(({ url }) => url === appOrigin + REPORT_PATH)
const globalsOf = (page: Page) => page.evaluate(() => Object.getOwnPropertyNames(window))

/** Loads the page anew and tells from V8's own counts which vendors' parts of the bundle ran until it was signed in. */
async function partsThatRun(page: Page, door: Page | Frame): Promise<string[]> {
  const session = await page.context().newCDPSession(door)
  await session.send('Profiler.enable')
  await session.send('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  await door.evaluate(() => {
    document.title = 'left'
    location.reload()
  })
  await door.waitForFunction(() => document.title !== 'left' && window.app?.auth.state.status === 'signed-in')
  const { result } = await session.send('Profiler.takePreciseCoverage')
  const parts = result
    .flatMap(({ functions }) => functions)
    .filter(({ functionName }) => /^sources\//.test(functionName))
  expect(new Set(parts.map(({ functionName }) => functionName))).toEqual(new Set(['sources/msal', 'sources/teams']))
  return parts.filter(({ ranges }) => ranges.some(({ count }) => count > 0)).map(({ functionName }) => functionName)
}

describe('loading the file', () => {
  it('adds one global, with the values of the npm entry', async () => {
    const page = await doors.openTab({}, { path: BARE_PAGE })
    const before = await globalsOf(page)
    await page.addScriptTag({ url: '/twodoor.umd.js' })
    const added = (await globalsOf(page)).filter((name) => !before.includes(name))
    expect(added).toEqual(['twodoor'])
    const members = await page.evaluate(() =>
      Object.entries(window.twodoor).map(([name, value]) => [name, typeof value]),
    )
    expect(Object.fromEntries(members)).toEqual(
      Object.fromEntries(Object.entries(npmEntry).map(([name, value]) => [name, typeof value])),
    )
  })

  it('asks nobody for anything, and stores nothing', async () => {
    const page = await doors.openTab({}, { path: BARE_PAGE })
    doors.world.requests.length = 0
    await page.addScriptTag({ url: '/twodoor.umd.js' })
    await page.evaluate(() => new Promise((done) => requestIdleCallback(done)))
    expect(requests().map(({ url }) => url)).toEqual([`${appOrigin}/twodoor.umd.js`])
    expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0])
  })

  it('leaves the global of MSAL to the moment when MSAL has a client', async () => {
    const page = await doors.openTab({}, { path: BARE_PAGE })
    const before = await globalsOf(page)
    await page.addScriptTag({ url: '/twodoor.umd.js' })
    const status = await page.evaluate(async () => {
      const auth = window.twodoor.createAuth(window.config.options)
      return (await auth.ready).status
    })
    expect(status).toBe('signed-out')
    const added = (await globalsOf(page)).filter((name) => !before.includes(name))
    expect(added.sort()).toEqual(['msal', 'twodoor'])
  })

  it('is the only request that twodoor needs, MSAL and teams-js included', async () => {
    const { frame } = await doors.openTeams({ teams: { method: 'nested' } })
    expect(await statusOf(frame)).toBe('signed-in')
    const scripts = requestsTo('app.contoso.example').map(({ url }) => new URL(url).pathname)
    // A browser asks for scripts side by side: in which order they arrive is chance.
    expect(scripts.sort()).toEqual(['/', '/app.js', '/socket.io.js', '/twodoor.umd.js'])
  })
})

describe('a part that a door does not need is never evaluated:', () => {
  it('teams-js for a browser user', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    expect(await partsThatRun(page, page)).toEqual(['sources/msal'])
    expect(requestsTo('res.cdn.office.net')).toEqual([])
  })

  it('MSAL for a user of Teams SSO', async () => {
    const { page, frame } = await doors.openTeams()
    await until(frame, 'signed-in')
    expect(await partsThatRun(page, frame)).toEqual(['sources/teams'])
    expect(await frame.evaluate(() => 'msal' in window)).toBe(false)
  })

  it('its own teams-js where the page has one already', async () => {
    const { page, frame } = await doors.openTeams({}, { query: WITH_TEAMS_JS })
    expect(await statusOf(frame)).toBe('signed-in')
    expect(await frame.evaluate(() => window.app.me())).toEqual(adeleAtServer())
    expect(requestsTo('res.cdn.office.net')).toHaveLength(1)
    const heard = await page.evaluate(() => window.host.transcript.map(({ direction, func }) => `${direction} ${func}`))
    expect(heard.filter((entry) => entry === 'received initialize')).toHaveLength(1)
    expect(await partsThatRun(page, frame)).toEqual([])
  })
})

describe('the script tag', () => {
  it('leads to the same key through both doors, by call and by socket', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    const { frame } = await doors.openTeams()
    expect(await statusOf(frame)).toBe('signed-in')
    for (const door of [page, frame]) {
      expect(await door.evaluate(() => window.app.me())).toEqual(adeleAtServer())
      expect(await door.evaluate(() => window.app.connect())).toBe(doors.keyOf(doors.adele))
    }
  })

  it('renews a refused token in the browser', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    await page.evaluate(() => window.app.me())
    doors.expireTokens()
    expect(await page.evaluate(() => window.app.me())).toEqual(adeleAtServer())
    expect(doors.calls.map(({ code }) => code)).toEqual([undefined, 'token_expired', undefined])
  })

  it('renews a refused token in Teams', async () => {
    const { page, frame } = await doors.openTeams()
    await statusOf(frame)
    await frame.evaluate(() => window.app.me())
    doors.expireTokens()
    await page.evaluate(() => window.host.clearTokenCache())
    expect(await frame.evaluate(() => window.app.me())).toEqual(adeleAtServer())
    expect(doors.calls.map(({ code }) => code)).toEqual([undefined, 'token_expired', undefined])
  })

  it('does nested app auth with what is left of MSAL, renewal and a click included', async () => {
    const { page, frame } = await doors.openTeams({ teams: { method: 'nested' } })
    expect(await statusOf(frame)).toBe('signed-in')
    expect(await frame.evaluate(() => window.app.auth.explain().source)).toBe('nested')
    expect(await frame.evaluate(() => window.app.me())).toEqual(adeleAtServer())
    doors.expireTokens()
    expect(await frame.evaluate(() => window.app.me())).toEqual(adeleAtServer())
    await page.evaluate(() => window.host.set({ nestedFailure: { status: 'USER_INTERACTION_REQUIRED' } }))
    doors.expireTokens()
    expect(await frame.evaluate(() => window.app.me())).toMatchObject({ status: 401 })
    await page.evaluate(() => window.host.set({ nestedFailure: undefined }))
    await frame.evaluate(() => window.app.auth.signIn())
    expect(await frame.evaluate(() => window.app.me())).toEqual(adeleAtServer())
  })

  it('signs in without a click whom Entra ID knows', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    const other = await page.context().newPage()
    await doors.configure(other, { autoSignIn: 'silent' })
    await other.goto(`${appOrigin}/deep?a=1#last`)
    await until(other, 'signed-in')
    expect(other.url()).toBe(`${appOrigin}/deep?a=1#last`)
    expect(await other.evaluate(() => window.app.me())).toEqual(adeleAtServer())
  })

  it('needs no inline script and no eval', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    const { frame } = await doors.openTeams({ teams: { method: 'nested' } })
    expect(await statusOf(frame)).toBe('signed-in')
    await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'window.inline = true'
      document.body.append(script)
    })
    await expect.poll(blocked).toHaveLength(1) // the policy is in force, and this was the only offence
    expect(await page.evaluate(() => 'inline' in window)).toBe(false)
  })
})

/** The code of what a call in the page throws or rejects with, if that is of the one class that the page can see. */
function codeOf(door: Page | Frame, call: () => unknown): Promise<string> {
  const caught = async (call: () => unknown) => {
    try {
      await call()
      return 'nothing thrown'
    } catch (error) {
      return error instanceof window.twodoor.AuthError ? error.code : `a stranger: ${error}`
    }
  }
  return door.evaluate(`(${caught})(${call})`)
}

describe('an error is an instance of twodoor.AuthError where it comes from', () => {
  it('the options', async () => {
    const page = await doors.openTab()
    expect(await codeOf(page, () => window.twodoor.createAuth({ clientId: '' } as never))).toBe('config_invalid')
  })

  it('the state, by getToken and by fetch', async () => {
    const page = await doors.openTab()
    expect(await codeOf(page, () => window.app.auth.getToken())).toBe('sign_in_required')
    expect(await codeOf(page, () => window.app.auth.fetch('/api/me'))).toBe('sign_in_required')
  })

  it('the sign-in', async () => {
    const page = await doors.openTab()
    expect(await codeOf(page, () => window.app.auth.signIn({ returnTo: '//evil.example' }))).toBe('config_invalid')
    await page.evaluate(() => Object.defineProperty(navigator, 'onLine', { value: false }))
    expect(await codeOf(page, () => window.app.auth.signIn())).toBe('offline')
  })

  it('MSAL, when Entra ID refuses', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    doors.entra.revoke(doors.adele)
    const renewal = () => window.app.auth.getToken(undefined, { claims: '{"access_token":{}}' })
    expect(await codeOf(page, renewal)).toBe('sign_in_required')
  })

  it('Teams SSO', async () => {
    const { frame } = await doors.openTeams({ teams: { method: 'sso' } }, { sso: 'resourceDisabled' })
    expect(await statusOf(frame)).toBe('failed')
    expect(await codeOf(frame, () => window.app.auth.getToken())).toBe('host_refused')
  })

  it('nested app auth', async () => {
    const host = { nestedFailure: { status: 'DISABLED' } } as const
    const { frame } = await doors.openTeams({ teams: { method: 'nested' } }, host)
    expect(await statusOf(frame)).toBe('failed')
    expect(await codeOf(frame, () => window.app.auth.getToken())).toBe('host_refused')
  })

  it('the socket, by throwing and by connect_error', async () => {
    const { frame } = await doors.openTeams()
    await frame.evaluate(() => window.app.me())
    doors.expireTokens() // and Teams has no other
    const refused = () => {
      void window.app.connect()
      return new Promise((_, reject) => {
        // The refusal of the server comes first, as socket.io-client itself reports it.
        window.app.socket?.on('connect_error', (error) => error.message !== 'unauthorized' && reject(error))
      })
    }
    expect(await codeOf(frame, refused)).toBe('token_rejected')
    expect(await codeOf(frame, () => window.twodoor.socketAuth({} as never))).toBe('config_invalid')
  })

  it('dispose()', async () => {
    const page = await doors.openTab()
    await page.evaluate(() => window.app.auth.dispose())
    expect(await codeOf(page, () => window.app.auth.getToken())).toBe('disposed')
  })
})
