// The code of docs/nested-app-auth.md as it stands there: an app without an API of its own, at both doors.

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { pageOfDocument } from './document-page.js'
import { type Doors, openDoors } from './doors.js'

const registration = { clientId: '11111111-2222-3333-4444-555555555555', domain: 'contoso.onmicrosoft.com' }

let doors: Doors

beforeAll(async () => {
  doors = await openDoors(await pageOfDocument('docs/nested-app-auth.md'), ['/'], registration)
})
afterEach(() => doors.reset())
afterAll(() => doors.close())

const tokenRequests = () => doors.entra.requests.filter(({ endpoint }) => endpoint === 'token')
const graphRequests = () => doors.world.requests.filter(({ host }) => host === 'graph.microsoft.com')

it('reads the name of the user from Graph in a browser, after a click', async () => {
  const page = await doors.openTab()
  await page.click('#signInButton')
  await page.click(`button[data-user="${doors.adele.username}"]`)
  await page.waitForFunction((name) => document.title === name, doors.adele.name)
  expect(tokenRequests()).toHaveLength(1)
})

it('reads it in Teams without a click, and asks for no token of an API of its own', async () => {
  const { page, frame } = await doors.openTeams()
  await frame.waitForFunction((name) => document.title === name, doors.adele.name)
  const asked = await page.evaluate(() => window.host.transcript.map(({ func }) => func))
  expect(asked).not.toContain('authentication.getAuthToken')
  expect(new Set(graphRequests().map(({ url }) => url))).toEqual(new Set(['https://graph.microsoft.com/v1.0/me']))
  expect(doors.calls).toEqual([])
})
