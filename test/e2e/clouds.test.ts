// Both doors in the sovereign clouds: the emulator has the name of their authority, and the host that of their Teams.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { microsoftCloud } from '../../src/server/index.js'
import { type Doors, openDoors, signIn, statusOf } from './doors.js'

const clouds = [
  { name: 'gcc-high', teams: 'https://gov.teams.microsoft.us', host: {} },
  // In no list of teams-js: the app names it.
  {
    name: '21vianet',
    teams: 'https://teams.microsoftonline.cn',
    host: { origins: [...microsoftCloud('21vianet').frameAncestors] },
  },
] as const

describe.each(clouds)('in the cloud $name', ({ name, teams, host }) => {
  const { authority, frameAncestors } = microsoftCloud(name)
  let doors: Doors

  beforeAll(async () => {
    doors = await openDoors(undefined, ['/'], { url: authority })
  })
  afterEach(() => doors.reset())
  afterAll(() => doors.close())

  it('the same user is signed in at both doors, and nothing asks another cloud', async () => {
    const tab = await doors.openTab()
    await signIn(tab, doors.adele)
    expect(await tab.evaluate(() => window.app.me())).toMatchObject({ status: 200 })
    expect(frameAncestors).toContain(teams)
    for (const method of ['sso', 'nested'] as const) {
      const { frame } = await doors.openTeams({ host, teams: { method } }, { origin: teams })
      expect(await statusOf(frame)).toBe('signed-in')
      expect(await frame.evaluate(() => window.app.me())).toMatchObject({ status: 200 })
    }
    expect(doors.calls.map(({ key }) => key)).toEqual(Array(3).fill(doors.keyOf(doors.adele)))
    const hosts = doors.world.requests.map(({ host: asked }) => asked)
    expect(hosts.filter((asked) => asked.startsWith('login.'))).toContain(new URL(authority).host)
    expect(hosts.filter((asked) => asked.startsWith('login.') && `https://${asked}` !== authority)).toEqual([])
  })
})

describe('Teams operated by 21Vianet', () => {
  let doors: Doors

  beforeAll(async () => {
    doors = await openDoors()
  })
  afterEach(() => doors.reset())
  afterAll(() => doors.close())

  it('is no host for an app that does not name it', async () => {
    const { frame } = await doors.openTeams({}, { origin: 'https://teams.microsoftonline.cn' })
    expect(await statusOf(frame)).toBe('failed')
    expect(await frame.evaluate(() => window.app.state)).toMatchObject({ error: { code: 'framed' } })
  })
})
