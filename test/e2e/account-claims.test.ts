// What the account carries for display, at both doors, from the tokens that unmodified teams-js and MSAL give.

import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { defaultUsers } from '../../src/testing/index.js'
import { type Doors, openDoors, signIn, statusOf } from './doors.js'

const [adele, bob, ...others] = defaultUsers
const SALES = '90000000-0000-4000-8000-000000000001'
const options = { accountClaims: ['roles', 'groups', 'upn'] }
let doors: Doors

beforeAll(async () => {
  if (!adele || !bob) throw new Error('The emulator has users.')
  const groups = Array.from({ length: 201 }, () => crypto.randomUUID())
  const users = [{ ...adele, roles: ['Orders.Read'], groups: [SALES] }, { ...bob, groups }, ...others]
  doors = await openDoors(undefined, ['/'], { users })
})
afterEach(() => doors.reset())
afterAll(() => doors.close())

const account = (door: Page | Frame) =>
  door.evaluate(() => {
    const { state } = window.app.auth
    return 'account' in state ? state.account : undefined
  })

it.each(['a browser', 'Teams', 'nested app auth'])('has the roles, the groups and the name in %s', async (what) => {
  const door =
    what === 'a browser'
      ? await doors.openTab(options)
      : (await doors.openTeams({ ...options, teams: { method: what === 'Teams' ? 'sso' : 'nested' } })).frame
  if ('goto' in door && what === 'a browser') await signIn(door as Page, doors.adele)
  expect(await statusOf(door)).toBe('signed-in')
  expect(await account(door)).toMatchObject({
    key: doors.keyOf(doors.adele),
    roles: ['Orders.Read'],
    groups: [SALES],
    groupsOverage: false,
    claims: { upn: doors.adele.username },
  })
})

it('says that there are more groups than the token holds', async () => {
  const page = await doors.openTab(options)
  await signIn(page, doors.bob)
  expect(await account(page)).toMatchObject({ roles: [], groupsOverage: true })
  expect(await account(page)).not.toHaveProperty('groups.0')
})

it('carries nothing of it where the app asks for nothing, and no claim of the protocol at all', async () => {
  const page = await doors.openTab()
  await signIn(page, doors.adele)
  expect(Object.keys((await account(page)) ?? {}).sort()).toEqual(['key', 'name', 'objectId', 'tenantId', 'username'])
  const refused = await doors.openTab({ accountClaims: ['nonce'] })
  expect(await statusOf(refused)).toBe('failed')
  expect(await refused.evaluate(() => window.app.state.error)).toMatchObject({ code: 'config_invalid' })
})
