import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { SignInOptions } from '../../src/index.js'
import { appOrigin, type Doors, openDoors, signIn, statusOf, until } from './doors.js'

let doors: Doors

beforeAll(async () => {
  doors = await openDoors()
})
afterEach(() => doors.reset())
afterAll(() => doors.close())

const visits = () => doors.entra.requests.filter(({ endpoint }) => endpoint === 'authorize').length

describe('autoSignIn', () => {
  it('silent asks once per tab and stays on the page when nobody is signed in at Entra ID', async () => {
    const page = await doors.openTab({ autoSignIn: 'silent' }, { path: '/deep/link?a=1' })
    await page.waitForURL(`${appOrigin}/deep/link?a=1`)
    await until(page, 'signed-out')
    await page.reload()
    await until(page, 'signed-out')
    expect(visits()).toBe(1)
    expect(await page.evaluate(() => window.app.state)).toMatchObject({ reason: 'no-account' })
  })

  it('silent signs in without a click whom Entra ID knows', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    const other = await page.context().newPage()
    await doors.configure(other, { autoSignIn: 'silent' })
    await other.goto(`${appOrigin}/deep`)
    await until(other, 'signed-in')
    expect(new URL(other.url()).pathname).toBe('/deep')
  })

  it('always leads to the sign-in page, and a user who goes back is left alone', async () => {
    const page = await doors.openTab({ autoSignIn: 'always' })
    await page.waitForSelector('button[data-user]')
    await page.goto(appOrigin)
    await until(page, 'signed-out')
    expect(visits()).toBe(1)
  })

  it('does nothing while offline', async () => {
    const page = await doors.openTab({}, { path: '/' })
    const other = await page.context().newPage()
    await doors.configure(other, { autoSignIn: 'always' })
    await other.addInitScript(() => Object.defineProperty(navigator, 'onLine', { value: false }))
    await other.goto(appOrigin)
    expect(await statusOf(other)).toBe('signed-out')
    expect(visits()).toBe(0)
  })
})

describe('a sign-in', () => {
  it('that is refused at Entra ID brings the user back signed out, with the reason', async () => {
    const page = await doors.openTab()
    doors.entra.requireConsent(doors.megan)
    await page.evaluate(() => void window.app.auth.signIn())
    await page.click(`button[data-user="${doors.megan.username}"]`)
    await page.click('button[data-cancel]')
    await page.waitForURL(`${appOrigin}/**`)
    await until(page, 'signed-out')
    expect(await page.evaluate(() => window.app.state)).toMatchObject({ error: { code: 'denied' } })
  })

  it('returns to another page of the app where it is told to', async () => {
    const page = await doors.openTab()
    await page.evaluate(() => void window.app.auth.signIn({ returnTo: '/welcome?new=1#top' }))
    await page.click(`button[data-user="${doors.adele.username}"]`)
    await page.waitForURL(`${appOrigin}/welcome?new=1#top`)
    await until(page, 'signed-in')
  })

  it.each(['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)', 'relative', ''])(
    'refuses to return to %j',
    async (returnTo) => {
      const page = await doors.openTab()
      const outcome = await page.evaluate(
        (returnTo) => window.app.outcome((app) => app.auth.signIn({ returnTo })),
        returnTo,
      )
      expect(outcome).toMatchObject({ code: 'config_invalid' })
      expect(visits()).toBe(0)
    },
  )

  it('is refused offline, and the page is not lost', async () => {
    const page = await doors.openTab()
    await statusOf(page)
    await page.evaluate(() => Object.defineProperty(navigator, 'onLine', { value: false }))
    expect(await page.evaluate(() => window.app.outcome((app) => app.auth.signIn()))).toMatchObject({ code: 'offline' })
    expect(page.url()).toBe(`${appOrigin}/`)
  })

  it('says so where storage is blocked, without a white page', async () => {
    const page = await doors.openTab()
    const other = await page.context().newPage()
    await other.addInitScript(() => {
      for (const area of ['localStorage', 'sessionStorage'])
        Object.defineProperty(window, area, {
          get: () => {
            throw new DOMException('blocked', 'SecurityError')
          },
        })
    })
    await doors.configure(other, {})
    await other.goto(appOrigin)
    expect(await statusOf(other)).toBe('signed-out')
    expect(await other.evaluate(() => window.app.outcome((app) => app.auth.signIn()))).toMatchObject({
      code: 'unsupported',
    })
  })

  it('with a click event as its argument is an ordinary one', async () => {
    const page = await doors.openTab()
    await page.evaluate(() => {
      const button = document.createElement('button')
      button.textContent = 'Sign in'
      button.onclick = window.app.auth.signIn as () => void
      document.body.append(button)
    })
    await page.click('text=Sign in')
    await page.waitForSelector('button[data-user]')
  })

  it('switches the account, and calls of the last one never get the new one', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    await page.evaluate(() => void window.app.auth.signIn({ prompt: 'select_account' }))
    await page.click(`button[data-user="${doors.bob.username}"]`)
    await page.waitForURL(`${appOrigin}/**`)
    await until(page, 'signed-in')
    expect(await page.evaluate(() => window.app.me())).toMatchObject({ body: { key: doors.keyOf(doors.bob) } })
  })
})

describe('consent to other scopes', () => {
  it('switches no account, whoever gives it', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    const request: SignInOptions = { scopes: 'https://graph.microsoft.com/User.Read', prompt: 'select_account' }
    await page.evaluate((asked) => void window.app.auth.signIn(asked), request)
    await page.click(`button[data-user="${doors.bob.username}"]`)
    await page.waitForURL(`${appOrigin}/**`)
    await until(page, 'signed-in')
    await page.reload()
    await until(page, 'signed-in')
    expect(await page.evaluate(() => window.app.me())).toMatchObject({ body: { key: doors.keyOf(doors.adele) } })
  })
})

describe('a response that is not ours', () => {
  it('of another library stays in the URL', async () => {
    const page = await doors.openTab({}, { path: '/#code=abc&state=xyz' })
    await statusOf(page)
    expect(page.url()).toBe(`${appOrigin}/#code=abc&state=xyz`)
  })

  it('that was planted, or is of another app that uses MSAL, stays in the URL and signs nobody in', async () => {
    const state = btoa(JSON.stringify({ id: '1', meta: { interactionType: 'redirect' } }))
    const path = `/#code=planted&state=${encodeURIComponent(state)}`
    const page = await doors.openTab({}, { path })
    expect(await statusOf(page)).toBe('signed-out')
    expect(page.url()).toBe(`${appOrigin}${path}`)
    expect(doors.entra.requests.filter(({ endpoint }) => endpoint === 'token')).toEqual([])
  })
})

describe('Entra ID that does not answer', () => {
  it('fails the start in time, and the user is not signed out by it', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    await page.evaluate(() => {
      for (const key of Object.keys(sessionStorage)) if (key.includes('accesstoken')) sessionStorage.removeItem(key)
    })
    // Also the start that is tried again by itself.
    doors.entra.faults.push({ at: 'token', delayMs: 3_600_000, times: 100 })
    await page.clock.install()
    doors.entra.clearRequests()
    await page.reload()
    await expect.poll(() => doors.entra.requests.length).toBe(1)
    await page.clock.runFor(60_000)
    expect(await statusOf(page)).toBe('failed')
    expect(await page.evaluate(() => window.app.state)).toMatchObject({ status: 'failed', error: { retryable: true } })
  })
})
