// What goes wrong at Entra ID, in storage and in the host, with the real libraries: each has its own code and words.

import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Doors, openDoors, signIn, statusOf, until } from './doors.js'

let doors: Doors

beforeAll(async () => {
  doors = await openDoors()
})
afterEach(() => doors.reset())
afterAll(() => doors.close())

const HOUR_MS = 3_600_000

async function signedInTab(): Promise<Page> {
  const page = await doors.openTab()
  await signIn(page, doors.adele)
  doors.entra.clearRequests()
  return page
}

/** A token that MSAL has to ask the network for. */
const renewal = (page: Page) =>
  page.evaluate(() => window.app.outcome(({ auth }) => auth.getToken(undefined, { claims: '{"access_token":{}}' })))

const lastError = (page: Page) => page.evaluate(() => window.app.auth.explain().lastError)

/** Fills a storage to the last character. */
const fill = (page: Page, area: 'localStorage' | 'sessionStorage') =>
  page.evaluate((name) => {
    for (let size = 4_000_000, i = 0; size >= 1; i++) {
      try {
        window[name].setItem(`filler-${i}`, 'x'.repeat(size))
      } catch {
        size = Math.floor(size / 2)
      }
    }
  }, area)

describe('the token endpoint', () => {
  it('that answers {} is unavailable, and the token at hand stays', async () => {
    const page = await signedInTab()
    doors.entra.faults.push({ at: 'token', raw: '{}' })
    expect(await renewal(page)).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/neither a token/),
    })
    expect(await page.evaluate(() => window.app.me())).toMatchObject({ status: 200 })
  })

  it.each([
    { retryAfterSeconds: 30 },
    { status: 429, raw: '{}', retryAfterSeconds: 30 },
    { status: 429, raw: '<html>Slow down' },
  ])('that answers 429 throttles, from the first time on, and is left alone: %j', async (fault) => {
    const page = await signedInTab()
    doors.entra.faults.push({ at: 'token', ...fault })
    expect(await renewal(page)).toMatchObject({ code: 'throttled' })
    expect(await renewal(page)).toMatchObject({ code: 'throttled' })
    expect(doors.entra.requests.filter(({ endpoint }) => endpoint === 'token')).toHaveLength(1)
    expect(await page.evaluate(() => window.app.auth.state.status)).toBe('signed-in')
  })

  it('that does not answer in time has timed out', async () => {
    const page = await signedInTab()
    await page.evaluate(() => {
      const timeout = AbortSignal.timeout.bind(AbortSignal)
      AbortSignal.timeout = () => timeout(50)
    })
    doors.entra.faults.push({ at: 'token', delayMs: 60_000 })
    expect(await renewal(page)).toMatchObject({ code: 'timed_out', message: expect.stringMatching(/20 s/) })
  })

  it.each([
    [700016, 'config_invalid', /clientId/],
    [9002326, 'config_invalid', /Single-page application/],
    [50105, 'denied', /assign/],
    [65001, 'consent_required', /consent/],
  ])('that refuses with AADSTS%s says so in words, and what to do', async (code, refused, remedy) => {
    const page = await signedInTab()
    const error = code === 50105 ? { error: 'invalid_grant' } : {}
    doors.entra.faults.push({ at: 'token', code, ...error })
    const outcome = await renewal(page)
    expect(outcome).toMatchObject({ code: refused, message: expect.stringContaining(`AADSTS${code}: `) })
    expect(outcome).toMatchObject({ remedy: expect.stringMatching(remedy) })
    expect(JSON.stringify(outcome)).not.toContain('Trace ID')
  })
})

describe('a refusal on the way back from Entra ID', () => {
  it.each(['/', '/room?id=1'])('is there in words on the page that the user was on: %s', async (path) => {
    const page = await doors.openTab({}, { path })
    doors.entra.faults.push({ at: 'authorize', code: 700016 })
    await page.evaluate(() => void window.app.auth.signIn())
    await page.waitForURL(`https://app.contoso.example${path}`)
    await until(page, 'failed')
    expect(await lastError(page)).toMatchObject({
      code: 'config_invalid',
      retryable: false,
      message: expect.stringContaining('AADSTS700016: The app is not in this tenant.'),
    })
  })

  it('is not asked for again without a click', async () => {
    doors.entra.faults.push({ at: 'authorize', code: 700016, times: Number.POSITIVE_INFINITY })
    const page = await doors.openTab({ autoSignIn: 'always' }, { path: '/room' })
    await until(page, 'failed')
    expect(doors.entra.requests.filter(({ endpoint }) => endpoint === 'authorize')).toHaveLength(1)
  })
})

describe('a full storage', () => {
  it('costs no renewal', async () => {
    const page = await signedInTab()
    await page.evaluate(() => {
      for (const key of Object.keys(sessionStorage)) if (/accesstoken/i.test(key)) sessionStorage.removeItem(key)
    })
    await fill(page, 'sessionStorage')
    const renewed = await page.evaluate(async () => {
      const { token } = await window.app.auth.getToken()
      const { token: next } = await window.app.auth.getToken(undefined, { rejectedToken: token })
      return { isNew: next !== token, isKept: Object.values(sessionStorage).some((value) => value.includes(next)) }
    })
    expect(renewed).toEqual({ isNew: true, isKept: false })
    expect(await page.evaluate(() => window.app.me())).toMatchObject({ status: 200 })
    // And once more: what was kept of the refresh token still works.
    expect(await renewal(page)).toHaveProperty('value')
  })

  it('that keeps the sign-in from being kept is named, and nobody is sent to Entra ID again', async () => {
    const page = await doors.openTab({ browser: { cacheLocation: 'localStorage' } })
    await page.evaluate(() => window.app.auth.ready)
    await fill(page, 'localStorage')
    await page.evaluate(() => void window.app.auth.signIn())
    await page.click(`button[data-user="${doors.adele.username}"]`)
    await page.waitForURL('https://app.contoso.example/**')
    await until(page, 'failed')
    expect(await lastError(page)).toMatchObject({
      message: expect.stringContaining('storage'),
      remedy: expect.stringContaining('localStorage'),
    })
  })
})

describe('a host', () => {
  it('that is newer than teams-js asks for an update of it, and for no other try', async () => {
    const { frame } = await doors.openTeams({}, { apiVersion: 5 })
    expect(await statusOf(frame)).toBe('failed')
    const error = await frame.evaluate(() => window.app.auth.explain().lastError)
    expect(error).toMatchObject({ code: 'unsupported', retryable: false, remedy: 'Update @microsoft/teams-js.' })
  })

  it('whose answer to initialize comes late, or never, is not asked again by a wake-up', async () => {
    const prepare = (page: Page) => page.clock.install()
    const { page, frame } = await doors.openTeams({}, { mute: ['initialize'], prepare })
    await page.clock.fastForward('00:31')
    expect(await statusOf(frame)).toBe('failed')
    const error = await frame.evaluate(() => window.app.auth.explain().lastError)
    expect(error).toMatchObject({ code: 'host_timeout', retryable: false, remedy: 'Reload the tab.' })
    await frame.evaluate(() => window.dispatchEvent(new Event('online')))
    expect(await frame.evaluate(() => window.app.states)).toEqual(['failed'])
  })

  it('gives a token to a device whose clock is three hours ahead', async () => {
    const prepare = (page: Page) => page.clock.setSystemTime(Date.now() + 3 * HOUR_MS)
    const { frame } = await doors.openTeams({}, { prepare })
    expect(await statusOf(frame)).toBe('signed-in')
    expect(await frame.evaluate(() => window.app.me())).toMatchObject({ status: 200 })
  })

  it('gives an expired token to nobody', async () => {
    doors.entra.lifetimes.accessToken = -3_600
    const { frame } = await doors.openTeams({ teams: { method: 'sso' } })
    expect(await statusOf(frame)).toBe('failed')
    const error = await frame.evaluate(() => window.app.auth.explain().lastError)
    expect(error).toMatchObject({ code: 'host_refused', message: 'The host gave a token that has expired.' })
  })

  it('gives the token of the app not for Graph', async () => {
    const { frame } = await doors.openTeams({ scopes: ['User.Read'] })
    expect(await statusOf(frame)).toBe('signed-in')
    const aud = await frame.evaluate(() => window.app.auth.explain().token?.claims['aud'])
    expect(aud).toMatch(/graph\.microsoft\.com|00000003-/)
    expect(await frame.evaluate(() => window.app.auth.explain().source)).toBe('nested')
  })
})
