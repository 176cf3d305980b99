// The mistakes of the first hour, each made on purpose: what is said then has to name the thing to change.

import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startEntraEmulator } from '../../src/testing/node.js'
import { appOrigin, type Doors, html, openDoors, signIn, statusOf, until } from './doors.js'
import { type SplitPage, splitPage } from './split-page.js'

const LOGIN = 'https://login.microsoftonline.com'
const OTHER_ID = '99999999-2222-4333-8444-555555555555'
const API = 'https://api.contoso.example'

const lastError = (door: Page | Frame) => door.evaluate(() => window.app.auth.explain().lastError)

/** What is in `JSON.stringify(error)`, for a log. */
const inJson = (door: Page | Frame) =>
  door.evaluate(() => {
    const { state } = window.app.auth
    return JSON.parse(JSON.stringify('error' in state ? state.error : null)) as Record<string, unknown>
  })

/** The error that a start ended in, which is the same in the state, in `explain()` and in JSON. */
async function failureOf(door: Page | Frame) {
  expect(await statusOf(door)).toBe('failed')
  const error = await lastError(door)
  expect(await inJson(door)).toMatchObject({ ...error })
  return error
}

/** Collects what the page tells the developer. */
function warningsOf(page: Page): string[] {
  const warnings: string[] = []
  page.on('console', (message) => message.type() === 'warning' && warnings.push(message.text()))
  return warnings
}

describe('at Entra ID', () => {
  let doors: Doors
  beforeAll(async () => {
    doors = await openDoors()
  })
  afterEach(() => doors.reset())
  afterAll(() => doors.close())

  const refusedOnTheWay = async (options: object) => {
    const page = await doors.openTab(options)
    await page.evaluate(() => void window.app.auth.signIn())
    await page.waitForURL(`${LOGIN}/**`)
    return page.textContent('body')
  }

  it('an unknown scope is named, with the place where scopes are offered', async () => {
    const scope = `api://app.example/${doors.entra.clientId}/no_such_scope`
    const page = await doors.openTab({ scopes: [scope] })
    await page.evaluate(() => void window.app.auth.signIn())
    await page.waitForURL(`${appOrigin}/**`)
    await until(page, 'failed')
    const error = await failureOf(page)
    expect(error).toMatchObject({ code: 'config_invalid', aadsts: 65005, retryable: false })
    expect(error?.message).toContain('AADSTS65005')
    expect(error?.remedy).toBe(`Compare \`scopes\`, ${scope}, with "Expose an API" of the API.`)
  })

  it.each([70011, 500011])('a scope that is refused with AADSTS%s is named too', async (code) => {
    const page = await doors.openTab()
    doors.entra.faults.push({ at: 'authorize', code })
    await page.evaluate(() => void window.app.auth.signIn())
    await page.waitForURL(`${appOrigin}/**`)
    await until(page, 'failed')
    const error = await failureOf(page)
    expect(error).toMatchObject({ code: 'config_invalid', aadsts: code })
    expect(error?.remedy).toContain(`\`scopes\`, ${doors.entra.scopes[0]}`)
  })

  it('a wrong redirect URI is named by the page of Entra ID, and by a renewal that it refuses', async () => {
    const text = await refusedOnTheWay({ browser: { redirectUri: '/not-registered' } })
    expect(text).toContain('AADSTS50011')
    expect(text).toContain(`${appOrigin}/not-registered`)
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    doors.entra.faults.push({ at: 'token', code: 50011 })
    const outcome = await page.evaluate(() =>
      window.app.outcome(({ auth }) => auth.getToken(undefined, { claims: '{"access_token":{}}' })),
    )
    expect(outcome).toMatchObject({ code: 'config_invalid', message: expect.stringContaining('AADSTS50011') })
    expect(outcome).toMatchObject({ remedy: expect.stringContaining(`\`browser.redirectUri\`, ${appOrigin}/`) })
  })

  it('a wrong client ID is named by the page of Entra ID, and where it comes back', async () => {
    const text = await refusedOnTheWay({ clientId: OTHER_ID })
    expect(text).toContain('AADSTS700016')
    expect(text).toContain(OTHER_ID)
    const page = await doors.openTab()
    doors.entra.faults.push({ at: 'authorize', code: 700016 })
    await page.evaluate(() => void window.app.auth.signIn())
    await page.waitForURL(`${appOrigin}/**`)
    await until(page, 'failed')
    const error = await failureOf(page)
    expect(error).toMatchObject({ code: 'config_invalid', aadsts: 700016 })
    expect(error?.remedy).toContain(`\`clientId\`, ${doors.entra.clientId}`)
  })
})

describe('in Teams', () => {
  let doors: Doors
  beforeAll(async () => {
    doors = await openDoors()
  })
  afterEach(() => doors.reset())
  afterAll(() => doors.close())

  it.each([
    'App resource defined in manifest and iframe origin do not match',
    'resourceDisabled',
    'Something that only this host says',
  ])('a host that says "%s" is quoted, and the field of the manifest named', async (sso) => {
    const { frame } = await doors.openTeams({}, { sso, nested: { recommended: false, bridge: false } })
    const error = await failureOf(frame)
    expect(error).toMatchObject({ code: 'host_refused', message: `The host says "${sso}".`, retryable: false })
    const resource = `api://app.example/${doors.entra.clientId}`
    expect(error?.remedy).toContain('`webApplicationInfo` in the app manifest')
    expect(error?.remedy).toContain(`\`resource\` to ${resource}, which has to name app.contoso.example`)
  })

  it('a host that puts a token into its words is not quoted', async () => {
    const token = await doors.entra.mint(doors.adele)
    const { frame } = await doors.openTeams({}, { sso: `No: ${token}`, nested: { recommended: false, bridge: false } })
    const error = await failureOf(frame)
    expect(error?.message).toBe('The host gives no token.')
    expect(JSON.stringify([error, await inJson(frame)])).not.toContain(token.split('.')[1])
  })

  it('a session cookie that does not stick names its attributes', async () => {
    const { frame } = await doors.openTeams()
    await until(frame, 'signed-in')
    const outcome = await frame.evaluate(() => window.app.outcome((app) => app.keep('/lax-session')))
    expect(outcome).toMatchObject({ code: 'session_refused' })
    expect(JSON.stringify(outcome)).toMatch(/SameSite=None.*Partitioned/)
  })
})

describe('storage that is blocked', () => {
  it('names the site for which cookies have to be allowed', async () => {
    const doors = await openDoors()
    try {
      const page = await doors.openTab({}, { path: '/' })
      await page.addInitScript(() => {
        for (const area of ['localStorage', 'sessionStorage'])
          Object.defineProperty(window, area, {
            get: () => {
              throw new DOMException('Access is denied for this document.', 'SecurityError')
            },
          })
      })
      await page.reload()
      await page.evaluate(() => window.app.auth.ready)
      const outcome = await page.evaluate(() => window.app.outcome(({ auth }) => auth.signIn()))
      expect(outcome).toMatchObject({ code: 'unsupported', message: expect.stringContaining('Storage is blocked') })
      expect(outcome).toMatchObject({ remedy: `Allow cookies and site data for ${appOrigin} in the browser.` })
    } finally {
      await doors.close()
    }
  })
})

describe('an app in parts', () => {
  let doors: Doors
  let page: SplitPage
  beforeAll(async () => {
    page = await splitPage()
    doors = await openDoors((url) => page.site(url))
  })
  afterEach(() => {
    page.instead.clear()
    page.policy = undefined
    return doors.reset()
  })
  afterAll(() => doors.close())

  it('signs in', async () => {
    const { frame } = await doors.openTeams()
    expect(await statusOf(frame)).toBe('signed-in')
  })

  it('whose policy lets nobody ask Entra ID names `connect-src` and the origin', async () => {
    page.policy = "connect-src 'self'"
    const tab = await doors.openTab()
    await tab.evaluate(() => void window.app.auth.signIn())
    await tab.click(`button[data-user="${doors.adele.username}"]`)
    await tab.waitForURL(`${appOrigin}/**`)
    await until(tab, 'failed')
    const error = await failureOf(tab)
    expect(error).toMatchObject({ code: 'config_invalid', retryable: false })
    expect(error?.message).toContain('Content-Security-Policy')
    expect(error?.remedy).toBe(`Allow ${LOGIN} in its \`connect-src\`.`)
  })

  it('whose policy blocks a library names `script-src` and the origin', async () => {
    const allowed = new Set([...page.first, ...page.pathsOf('engine.js'), ...page.pathsOf('messages.js')])
    page.policy = `script-src ${[...allowed].map((path) => appOrigin + path).join(' ')}`
    const tab = await doors.openTab()
    const error = await failureOf(tab)
    expect(error).toMatchObject({ code: 'config_invalid', retryable: false })
    expect(error?.remedy).toBe(`Allow ${appOrigin} in its \`script-src\`.`)
  })

  it('whose policy blocks every part names `script-src` and the part', async () => {
    page.policy = `script-src ${page.first.map((path) => appOrigin + path).join(' ')}`
    const tab = await doors.openTab()
    expect(await statusOf(tab)).toBe('failed')
    const error = await inJson(tab)
    expect(error['message']).toContain(`${appOrigin}/engine.js`)
    expect(error['remedy']).toMatch(/^Reload the page.*`script-src`/)
  })

  it.each([
    ['is not found', () => new Response('Not found', { status: 404 })],
    ['is a page by now', () => html('<title>App</title>')],
  ])('of which one %s since a deployment asks for a reload', async (_, answer) => {
    for (const name of ['library', 'library2']) page.instead.set(`/${name}.js`, answer)
    const error = await failureOf(await doors.openTab())
    expect(error).toMatchObject({ code: 'unavailable', retryable: false })
    expect(error?.remedy).toBe('Reload the page: there is a new version of the app.')
  })

  it('of which one fails as it runs is not told to try again', async () => {
    const broken = () => new Response('undefined.x()', { headers: { 'content-type': 'text/javascript' } })
    for (const name of ['library', 'library2']) page.instead.set(`/${name}.js`, broken)
    const error = await failureOf(await doors.openTab())
    expect(error).toMatchObject({ code: 'unsupported', retryable: false })
    expect(error?.message).toContain("Cannot read properties of undefined (reading 'x')")
  })
})

describe('a library that does not fit', () => {
  async function failureWith(modules: Record<string, string>, inTeams: boolean) {
    const page = await splitPage(modules)
    const doors = await openDoors((url) => page.site(url))
    try {
      return await failureOf(inTeams ? (await doors.openTeams()).frame : await doors.openTab())
    } finally {
      await doors.close()
    }
  }

  const needs = (error: Awaited<ReturnType<typeof lastError>>, peer: string) => {
    expect(error).toMatchObject({ code: 'unsupported', retryable: false })
    expect(error?.message).toContain(`twodoor needs ${peer}`)
    expect(error?.remedy).toContain('`overrides`')
  }

  it('teams-js 2.30, which `overrides` has forced, is named with the range', async () => {
    const error = await failureWith({ '@microsoft/teams-js': 'teams-js-2.30' }, true)
    needs(error, '@microsoft/teams-js ^2.31')
    expect(error?.message).toContain('2.30.0')
  })

  it('MSAL 3, which `overrides` has forced, is named with the range', async () => {
    const error = await failureWith({ '@azure/msal-browser': 'msal-browser-3.30' }, false)
    needs(error, '@azure/msal-browser ^4.9.1 || ^5')
    expect(error?.message).toContain('3.30.0')
  })

  it('one that is missing in the bundle is named', async () => {
    // As Vite replaces an optional peer that is not installed.
    const stub = `throw new Error('Could not resolve "@azure/msal-browser" imported by "twodoor".');
      export const PublicClientApplication = 0, createNestablePublicClientApplication = 0, version = '';`
    needs(await failureWith({ '@azure/msal-browser': stub }, false), '@azure/msal-browser ^4.9.1 || ^5')
  })
})

describe('an API of another origin', () => {
  let doors: Doors
  beforeAll(async () => {
    doors = await openDoors()
  })
  afterEach(() => doors.reset())
  afterAll(() => doors.close())

  /** A signed-in tab whose API refuses, with these headers. */
  async function refusedBy(options: object, headers: Record<string, string>): Promise<string[]> {
    const page = await doors.openTab(options)
    await signIn(page, doors.adele)
    const warnings = warningsOf(page)
    const cors = { 'access-control-allow-origin': appOrigin, 'access-control-allow-headers': 'authorization' }
    await page.route(`${API}/**`, (route) =>
      route.fulfill({ status: route.request().method() === 'OPTIONS' ? 204 : 401, headers: { ...cors, ...headers } }),
    )
    for (let i = 0; i < 2; i++) await page.evaluate((url) => window.app.auth.fetch(url), `${API}/v1/me`)
    return warnings
  }

  it('that is not listed is named once, with `protectedResources`', async () => {
    const headers = { 'www-authenticate': 'Bearer', 'access-control-expose-headers': 'WWW-Authenticate' }
    const warnings = await refusedBy({}, headers)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('protectedResources')
    expect(warnings[0]).toContain(API)
  })

  it('that hides its claims challenge is named, with the header to expose', async () => {
    const claims = btoa('{"access_token":{"acrs":{"essential":true,"value":"c1"}}}')
    const challenge = `Bearer error="insufficient_claims", claims="${claims}"`
    const warnings = await refusedBy({ protectedResources: [API] }, { 'www-authenticate': challenge })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/WWW-Authenticate/i)
    expect(warnings[0]).toContain(API)
  })
})

describe('an app under a sub-path', () => {
  it('whose sign-in ends on a page without twodoor names `browser.redirectUri`', async () => {
    const page = await splitPage()
    const isApp = (path: string) => path.startsWith('/app/') || /\.js$/.test(path)
    const doors = await openDoors((url) => (isApp(url.pathname) ? page.site(url) : html('<title>Home</title>')))
    try {
      const tab = await doors.openTab({}, { path: '/app/' })
      await tab.evaluate(() => void window.app.auth.signIn())
      await tab.click(`button[data-user="${doors.adele.username}"]`)
      await tab.waitForURL(`${appOrigin}/#**`)
      await tab.goto(`${appOrigin}/app/`)
      expect(await statusOf(tab)).not.toBe('signed-in')
      const said = await tab.evaluate(() => JSON.stringify([window.app.auth.state, window.app.auth.explain()]))
      expect(said).toContain('browser.redirectUri')
    } finally {
      await doors.close()
    }
  })
})

describe('a port that is taken', () => {
  it('is named, with the option', async () => {
    const first = await startEntraEmulator()
    try {
      const second = startEntraEmulator({ port: first.port })
      await expect(second).rejects.toMatchObject({ code: 'config_invalid', message: `Port ${first.port} is taken.` })
      await expect(second).rejects.toMatchObject({ remedy: expect.stringContaining('`port`') })
    } finally {
      await first.close()
    }
  })
})
