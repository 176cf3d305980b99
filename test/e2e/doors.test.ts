import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { appOrigin, type Doors, openDoors, signIn, statusOf, until } from './doors.js'

let doors: Doors

beforeAll(async () => {
  doors = await openDoors()
})
afterEach(() => doors.reset())
afterAll(() => doors.close())

describe('the browser door', () => {
  it('finds nobody at the first visit, and asks nobody for anything', async () => {
    const page = await doors.openTab()
    expect(await statusOf(page)).toBe('signed-out')
    expect(await page.evaluate(() => window.app.state)).toMatchObject({ reason: 'no-account' })
    expect(doors.entra.requests).toEqual([])
  })

  it('signs in by a redirect and gives the server a token of that user', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    expect(await page.evaluate(() => window.app.me())).toEqual({ status: 200, body: { key: doors.keyOf(doors.adele) } })
  })

  it('comes back to where the user was, with nothing of the sign-in in the URL', async () => {
    const page = await doors.openTab({}, { path: '/chat/7?prompt=hi#last' })
    await signIn(page, doors.adele)
    await page.waitForURL(`${appOrigin}/chat/7?prompt=hi#last`)
    await until(page, 'signed-in')
  })

  it('stays signed in over a reload', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    await page.reload()
    expect(await statusOf(page)).toBe('signed-in')
  })

  it('rejects a protected call while nobody is signed in, and never sends it', async () => {
    const page = await doors.openTab()
    const outcome = await page.evaluate(() => window.app.outcome((app) => app.me()))
    expect(outcome).toMatchObject({ code: 'sign_in_required' })
    expect(doors.calls).toEqual([])
  })

  it('downloads nothing of teams-js', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    expect(doors.world.requests.filter(({ host }) => host === 'res.cdn.office.net')).toEqual([])
  })
})

describe('the Teams door', () => {
  it('signs in without a click and gives the server a token of the same user', async () => {
    const { frame } = await doors.openTeams()
    expect(await statusOf(frame)).toBe('signed-in')
    expect(await frame.evaluate(() => window.app.me())).toEqual({
      status: 200,
      body: { key: doors.keyOf(doors.adele) },
    })
  })

  it('knows its host', async () => {
    const { frame } = await doors.openTeams({}, { theme: 'dark' })
    await statusOf(frame)
    await frame.waitForFunction(() => window.app.auth.state.host.name !== undefined)
    expect(await frame.evaluate(() => window.app.auth.state.host)).toMatchObject({
      kind: 'teams',
      certain: true,
      name: 'TeamsModern',
      clientType: 'web',
      theme: 'dark',
    })
  })

  it('works in Outlook too', async () => {
    const { frame } = await doors.openTeams({}, { origin: 'https://outlook.office.com', hostName: 'Outlook' })
    expect(await statusOf(frame)).toBe('signed-in')
    expect(await frame.evaluate(() => window.app.me())).toMatchObject({ status: 200 })
  })

  it('tells the host that the page has loaded', async () => {
    const { page, frame } = await doors.openTeams()
    await statusOf(frame)
    await page.waitForFunction(() => window.host.notifications.some(({ type }) => type === 'success'))
  })

  it('asks Entra ID for nothing: MSAL is not even started', async () => {
    const { frame } = await doors.openTeams()
    await statusOf(frame)
    expect(doors.entra.requests).toEqual([])
  })
})

describe('both doors', () => {
  it('lead to the same key for a guest too', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.megan)
    const { frame } = await doors.openTeams({}, { user: { tenantId: doors.entra.tenant, ...doors.megan } })
    await statusOf(frame)
    for (const door of [page, frame])
      expect(await door.evaluate(() => window.app.me())).toMatchObject({ body: { key: doors.keyOf(doors.megan) } })
  })

  it('lead to the same key on the same server, by call and by socket', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    const { frame } = await doors.openTeams()
    await statusOf(frame)
    const keys = await Promise.all([page, frame].map((door) => door.evaluate(() => window.app.connect())))
    expect(keys).toEqual([doors.keyOf(doors.adele), doors.keyOf(doors.adele)])
    await Promise.all([page, frame].map((door) => door.evaluate(() => window.app.me())))
    expect(new Set(doors.calls.map(({ key }) => key))).toEqual(new Set([doors.keyOf(doors.adele)]))
  })
})
