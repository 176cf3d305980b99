// docs/claims-challenges.md, character by character: a page, and an API that asks for a second factor for one of its endpoints.

import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { readClaims } from '../../src/shared/claims.js'
import { type DocumentApp, openDocumentApp } from './document-app.js'
import { appOrigin, type Doors } from './doors.js'

type Door = Page | Frame
type AppWindow = Window & { auth: import('../../src/index.js').Auth; notReloaded?: boolean }

let doors: Doors
let answers: DocumentApp['answers']

beforeAll(async () => {
  const buttons = ['signIn', 'delete', 'stepUp'].map((name) => `<button id="${name}Button">${name}</button>`).join('')
  const body = `${buttons}<p id="outcome"></p><script>stepUpButton.hidden = true</script>`
  ;({ doors, answers } = await openDocumentApp({ path: 'docs/claims-challenges.md', body }))
})
afterEach(() => {
  answers.length = 0
  return doors.reset()
})
afterAll(() => doors.close())

const outcome = (door: Door) => door.locator('#outcome').textContent()
const statuses = () => answers.map(([status]) => status)
const status = (door: Door) => door.evaluate(() => (window as unknown as AppWindow).auth.state.status)
const claimsOf = async (door: Door) =>
  readClaims(await door.evaluate(async () => (await (window as unknown as AppWindow).auth.getToken()).token)) ?? {}
const list = (door: Door) =>
  door.evaluate(async () => (await (window as unknown as AppWindow).auth.fetch('/api/orders')).status)

async function signedIn(door: Door): Promise<void> {
  await door.waitForFunction(() => (window as unknown as AppWindow).auth?.state.status === 'signed-in')
  await door.evaluate(() => Object.assign(window, { notReloaded: true }))
}

/** As a person signs in in a browser. */
async function openSignedIn(): Promise<Page> {
  const page = await doors.openTab()
  await page.locator('#signInButton').click()
  await page.click(`button[data-user="${doors.adele.username}"]`)
  await page.waitForURL(`${appOrigin}/**`)
  await signedIn(page)
  return page
}

it('in Teams: the user gives a second factor in the host, and the call goes on without a reload', async () => {
  const { frame } = await doors.openTeams()
  await signedIn(frame)
  await frame.locator('#deleteButton').click()
  await frame.locator('#stepUpButton').waitFor()
  expect(await status(frame)).toBe('signed-in')
  expect(await list(frame)).toBe(200)
  await frame.locator('#stepUpButton').click()
  await expect.poll(() => outcome(frame)).toBe('200')
  expect(statuses()).toEqual([401, 200, 200])
  expect(await claimsOf(frame)).toMatchObject({ acrs: ['c1'] })
  expect(await frame.evaluate(() => (window as unknown as AppWindow).notReloaded)).toBe(true)
  // The host has the second factor from now on.
  const { frame: next } = await doors.openTeams()
  await signedIn(next)
  await next.locator('#deleteButton').click()
  await expect.poll(() => outcome(next)).toBe('200')
  expect(await next.locator('#stepUpButton').isHidden()).toBe(true)
})

it('in Teams: a user who gives none stays signed in, and the call says what it needs', async () => {
  doors.entra.requireMfa(doors.bob)
  const user = { tenantId: doors.entra.tenant, objectId: doors.bob.objectId, username: doors.bob.username }
  const { page, frame } = await doors.openTeams({}, { user })
  await page.evaluate(() => window.host.set({ secondFactor: 'cancel' }))
  await signedIn(frame)
  await frame.locator('#deleteButton').click()
  await frame.locator('#stepUpButton').click()
  await expect
    .poll(() => outcome(frame))
    .toBe('sign_in_required, {"access_token":{"acrs":{"essential":true,"value":"c1"}}}')
  expect(await status(frame)).toBe('signed-in')
  expect(await list(frame)).toBe(200)
  await page.evaluate(() => window.host.set({ secondFactor: 'approve' }))
  await frame.locator('#deleteButton').click()
  await frame.locator('#stepUpButton').click()
  await expect.poll(() => outcome(frame)).toBe('200')
})

it('in a browser: it leaves for the page of Entra ID, comes back signed in, and the call succeeds', async () => {
  const page = await openSignedIn()
  await page.locator('#deleteButton').click()
  await page.locator('#stepUpButton').waitFor()
  expect(await status(page)).toBe('signed-in')
  expect(await list(page)).toBe(200)
  await page.locator('#stepUpButton').click()
  await page.click('button[value="approve"]')
  await page.waitForURL(`${appOrigin}/**`)
  await signedIn(page)
  await page.locator('#deleteButton').click()
  await expect.poll(() => outcome(page)).toBe('200')
  expect(await page.locator('#stepUpButton').isHidden()).toBe(true)
})

it('in a browser: a user who turns back from it is still signed in', async () => {
  const page = await openSignedIn()
  await page.locator('#deleteButton').click()
  await page.locator('#stepUpButton').click()
  await page.click('button[value="cancel"]')
  await page.waitForURL(`${appOrigin}/**`)
  await signedIn(page)
  expect(await list(page)).toBe(200)
})

it('in a browser: a token that was revoked ends the sign-in', async () => {
  const page = await openSignedIn()
  const claims = btoa('{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}')
  const headers = { 'www-authenticate': `Bearer error="insufficient_claims", claims="${claims}"` }
  await page.route('**/api/orders', (route) => route.fulfill({ status: 401, headers }))
  doors.entra.revoke(doors.adele)
  expect(await list(page)).toBe(401)
  expect(await page.evaluate(() => ({ ...(window as unknown as AppWindow).auth.state }))).toMatchObject({
    status: 'signed-out',
    reason: 'expired',
  })
})

it.each(['a browser', 'nested app auth'])('declares CP1 where the app does: %s', async (what) => {
  const options = { clientCapabilities: ['CP1'] as 'CP1'[] }
  const isNested = what !== 'a browser'
  const page = isNested ? undefined : await doors.openTab(options)
  await page?.locator('#signInButton').click()
  await page?.click(`button[data-user="${doors.adele.username}"]`)
  const door = page ?? (await doors.openTeams({ ...options, teams: { method: 'nested' } })).frame
  await page?.waitForURL(`${appOrigin}/**`)
  await signedIn(door)
  const { xms_cc, exp, iat } = await claimsOf(door)
  expect([xms_cc, Number(exp) - Number(iat)]).toEqual([['CP1'], doors.entra.lifetimes.continuousAccessToken])
})
