// The first lines of code in the README, as they stand there, in a page that has nothing but the button.

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { pageOfDocument } from './document-page.js'
import { type Doors, openDoors } from './doors.js'

const clientId = '11111111-2222-3333-4444-555555555555'
const registration = {
  clientId,
  domain: 'contoso.onmicrosoft.com',
  scopes: [`api://app.contoso.com/${clientId}/access_as_user`],
}

let doors: Doors

beforeAll(async () => {
  doors = await openDoors(await pageOfDocument('README.md'), ['/'], registration)
})
afterEach(() => doors.reset())
afterAll(() => doors.close())

it('survives a first visit with nobody signed in, and is signed in by the button', async () => {
  const page = await doors.openTab()
  const button = page.locator('#signInButton')
  await button.click()
  await page.click(`button[data-user="${doors.adele.username}"]`)
  await button.waitFor({ state: 'hidden' })
  await expect.poll(() => doors.calls).toEqual([{ path: '/api/me', key: doors.keyOf(doors.adele), code: undefined }])
  await expect.poll(() => doors.sockets()).toBe(1)
  const connections = doors.world.requests.filter(({ url }) => url.includes('/socket.io/'))
  expect(connections.filter(({ url }) => !url.includes('sid='))).toHaveLength(1)
  expect(doors.world.failures).toEqual([])
})

it('is signed in without a click in Teams', async () => {
  const { frame } = await doors.openTeams()
  await frame.locator('#signInButton').waitFor({ state: 'hidden' })
  await expect.poll(() => doors.sockets()).toBe(1)
  expect(doors.calls).toEqual([{ path: '/api/me', key: doors.keyOf(doors.adele), code: undefined }])
})
