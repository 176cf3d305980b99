import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Doors, openDoors, statusOf, until } from './doors.js'

let doors: Doors

beforeAll(async () => {
  doors = await openDoors()
})
afterEach(() => doors.reset())
afterAll(() => doors.close())

async function openHost(inFrame: boolean): Promise<{ host: Page; app: Page | Frame }> {
  if (!inFrame) {
    const page = await doors.openPhone()
    return { host: page, app: page }
  }
  const { page, frame } = await doors.openTeams()
  return { host: page, app: frame }
}

const stopClock = (page: Page) => page.clock.install()

describe('a frame of a site that is no host', () => {
  it('is known at once, and fails with what to do about it', async () => {
    const page = await doors.openTab()
    await page.goto('https://portal.example')
    const frame = await doors.frameOf(page)
    expect(await statusOf(frame)).toBe('failed')
    expect(await frame.evaluate(() => window.app.state)).toMatchObject({
      host: { kind: 'framed', certain: true },
      error: { code: 'framed' },
    })
  })

  it('that imitates Teams gets no answer and can feed no token', async () => {
    const { page, frame } = await doors.openTeams({}, { origin: 'https://evil.example' })
    expect(await statusOf(frame)).toBe('failed')
    expect(await page.evaluate(() => window.host.transcript)).toEqual([])
    expect(doors.calls).toEqual([])
  })

  it('that imitates Teams gets nothing either where the browser does not tell who frames the page', async () => {
    const host = { origin: 'https://evil.example', ancestorOrigins: false, prepare: stopClock }
    const { page, frame } = await doors.openTeams({}, host)
    await page.waitForFunction(() => window.host.transcript.length > 0)
    await page.clock.runFor(5_000)
    expect(await statusOf(frame)).toBe('failed')
    expect(await frame.evaluate(() => window.app.state)).toMatchObject({ error: { code: 'framed' } })
    const heard = await page.evaluate(() => window.host.transcript.map(({ func }) => func))
    expect(new Set(heard)).toEqual(new Set(['initialize']))
  })

  it('never redirects by itself', async () => {
    const page = await doors.openTab({ autoSignIn: 'always' })
    await page.goto('https://portal.example')
    await statusOf(await doors.frameOf(page))
    expect(doors.entra.requests.filter(({ endpoint }) => endpoint === 'authorize').length).toBeLessThanOrEqual(1)
  })
})

describe('a host that cannot be told beforehand', () => {
  it('is adopted when it answers', async () => {
    const { frame } = await doors.openTeams({}, { ancestorOrigins: false })
    expect(await statusOf(frame)).toBe('signed-in')
    expect(await frame.evaluate(() => window.app.auth.state.host)).toMatchObject({ kind: 'teams', certain: true })
  })

  it('is given up after five seconds, and adopted when it answers after all', async () => {
    const host = { ancestorOrigins: false, latencyMs: 20_000, prepare: stopClock }
    const { page, frame } = await doors.openTeams({}, host)
    await page.waitForFunction(() => window.host.transcript.length > 0)
    await page.clock.runFor(5_500)
    expect(await statusOf(frame)).toBe('failed')
    expect(await frame.evaluate(() => window.app.auth.state.host.kind)).toBe('framed')
    await page.evaluate(() => window.host.set({ latencyMs: 0 }))
    await page.clock.runFor(20_000)
    await until(frame, 'signed-in')
    expect(await frame.evaluate(() => window.app.auth.state.host.kind)).toBe('teams')
  })
})

describe('a host that is silent', () => {
  it('fails the start after thirty seconds, for good: teams-js asks once', async () => {
    const { frame } = await doors.openTeams({}, { silent: true, prepare: stopClock })
    await frame.page().clock.runFor(31_000)
    expect(await statusOf(frame)).toBe('failed')
    expect(await frame.evaluate(() => window.app.state)).toMatchObject({
      error: { code: 'host_timeout', retryable: false, remedy: 'Reload the tab.' },
    })
  })

  it('to getAuthToken alone fails it too', async () => {
    const { frame } = await doors.openTeams({}, { mute: ['authentication.getAuthToken'], prepare: stopClock })
    await frame.waitForFunction(() => window.app.auth.state.host.certain)
    await frame.page().clock.runFor(31_000)
    expect(await statusOf(frame)).toBe('failed')
    expect(await frame.evaluate(() => window.app.state)).toMatchObject({ error: { code: 'host_timeout' } })
  })
})

describe('Teams on a phone', () => {
  it('is known by its native shell and signs in without a click', async () => {
    const page = await doors.openPhone()
    expect(await statusOf(page)).toBe('signed-in')
    expect(await page.evaluate(() => window.app.me())).toMatchObject({ body: { key: doors.keyOf(doors.adele) } })
    await page.waitForFunction(() => window.app.auth.state.host.clientType === 'android')
  })
})

describe('the theme of the host', () => {
  it('is in the state, and follows the host', async () => {
    const { page, frame } = await doors.openTeams({}, { theme: 'dark' })
    await statusOf(frame)
    await frame.waitForFunction(() => window.app.auth.state.host.theme === 'dark')
    await page.evaluate(() => window.host.setTheme('contrast'))
    await frame.waitForFunction(() => window.app.auth.state.host.theme === 'contrast')
  })

  // teams-js has one place for a handler.
  it.each([
    ['a frame', 'before createAuth()'],
    ['a frame', 'afterwards'],
    ['Teams on a phone', 'before createAuth()'],
    ['Teams on a phone', 'afterwards'],
  ])('reaches in %s the state and a handler that the app has registered %s', async (where, when) => {
    const { host, app } = await openHost(where === 'a frame')
    await statusOf(app)
    await app.evaluate(async (isFirst) => {
      const { app: teams } = await window.app.teamsJs()
      const register = () => teams.registerOnThemeChangeHandler((heard) => Object.assign(window, { heard }))
      if (isFirst) register()
      window.app.reopen()
      await window.app.auth.ready
      if (!isFirst) register()
    }, when === 'before createAuth()')
    const themes = () => app.evaluate(() => [(window as { heard?: string }).heard, window.app.auth.state.host.theme])
    await expect.poll(themes).toEqual([undefined, 'default'])
    await host.evaluate(() => window.host.setTheme('contrast'))
    await expect.poll(themes).toEqual(['contrast', 'contrast'])
    await app.evaluate(() => window.app.auth.dispose())
    await host.evaluate(() => window.host.setTheme('dark'))
    await expect.poll(themes).toEqual(['dark', 'contrast'])
  })
})

describe('nested app auth', () => {
  it('gives the server the same user', async () => {
    const { frame } = await doors.openTeams({ teams: { method: 'nested' } })
    expect(await statusOf(frame)).toBe('signed-in')
    expect(await frame.evaluate(() => window.app.me())).toMatchObject({ body: { key: doors.keyOf(doors.adele) } })
    expect(await frame.evaluate(() => window.app.auth.explain().source)).toBe('nested')
  })

  it('takes over where the host refuses SSO by configuration', async () => {
    const { frame } = await doors.openTeams({}, { sso: 'resourceDisabled' })
    expect(await statusOf(frame)).toBe('signed-in')
    expect(await frame.evaluate(() => window.app.auth.explain().source)).toBe('nested')
  })

  it('is not tried where the host recommends it and has no bridge', async () => {
    const { frame } = await doors.openTeams(
      { teams: { method: 'nested' } },
      { nested: { recommended: true, bridge: false } },
    )
    expect(await statusOf(frame)).toBe('failed')
    expect(await frame.evaluate(() => window.app.state)).toMatchObject({ error: { code: 'unsupported' } })
  })

  it('fails in time where the bridge does not answer', async () => {
    const { frame } = await doors.openTeams(
      { teams: { method: 'nested' } },
      { mute: ['GetInitContext'], prepare: stopClock },
    )
    await frame.waitForFunction(() => window.app.auth.state.host.certain)
    await frame.page().clock.runFor(6_000)
    expect(await statusOf(frame)).toBe('failed')
    expect(await frame.evaluate(() => window.app.state)).toMatchObject({ error: { code: 'host_timeout' } })
  })

  it.each([
    ['USER_INTERACTION_REQUIRED', 'signed-out', 'sign_in_required'],
    ['USER_CANCEL', 'signed-out', 'cancelled'],
    ['NO_NETWORK', 'failed', 'offline'],
    ['TRANSIENT_ERROR', 'failed', 'unavailable'],
    ['DISABLED', 'failed', 'host_refused'],
    ['ACCOUNT_UNAVAILABLE', 'signed-out', 'sign_in_required'],
  ] as const)('that is refused with %s is %s with %s', async (status, state, code) => {
    const { frame } = await doors.openTeams({ teams: { method: 'nested' } }, { nestedFailure: { status } })
    expect(await statusOf(frame)).toBe(state)
    expect(await frame.evaluate(() => window.app.state)).toMatchObject({ error: { code } })
  })

  it('lets the user sign in by a click', async () => {
    const { page, frame } = await doors.openTeams(
      { teams: { method: 'nested' } },
      { nestedFailure: { status: 'USER_INTERACTION_REQUIRED' } },
    )
    await statusOf(frame)
    await page.evaluate(() => window.host.set({ nestedFailure: undefined }))
    await frame.evaluate(() => window.app.auth.signIn())
    expect(await frame.evaluate(() => window.app.me())).toMatchObject({ status: 200 })
  })
})

describe('an account that is switched in Teams', () => {
  it('is the account of the next token, and calls of the last one say so', async () => {
    const { page, frame } = await doors.openTeams()
    await statusOf(frame)
    await frame.evaluate(() => window.app.me())
    await page.evaluate(([tenantId, user]) => window.host.setUser({ tenantId, ...user }), [
      doors.entra.tenant,
      doors.bob,
    ] as const)
    doors.expireTokens()
    const codeOf = () =>
      window.app.me().then(
        () => 'sent',
        (error: { code: string }) => error.code,
      )
    expect(await frame.evaluate(codeOf)).toBe('account_mismatch')
    expect(await frame.evaluate(() => window.app.state)).toMatchObject({
      status: 'signed-in',
      account: { key: doors.keyOf(doors.bob) },
    })
    expect(await frame.evaluate(() => window.app.me())).toMatchObject({ body: { key: doors.keyOf(doors.bob) } })
  })
})
