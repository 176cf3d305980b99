// An app below a path, where the default redirect URI, `/`, is a page that knows nothing of it.

import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { appOrigin, bundle, type Doors, html, openDoors, until } from './doors.js'

let doors: Doors
let home = ''

beforeAll(async () => {
  const script = await bundle('app')
  const app = html(`<title>App</title><body><script>${script}</script>`)
  doors = await openDoors(({ pathname }) => (pathname === '/app/' ? app.clone() : html(home)), ['/', '/app/'])
})
afterEach(() => doors.reset())
afterAll(() => doors.close())

async function signInTo(options: { browser?: { redirectUri: string } } = {}) {
  const page = await doors.openTab(options, { path: '/app/?room=1' })
  await until(page, 'signed-out')
  await page.evaluate(() => void window.app.auth.signIn())
  await page.click(`button[data-user="${doors.adele.username}"]`)
  return page
}

const told = {
  status: 'signed-out',
  lastError: {
    message: `The sign-in seems to have ended at ${appOrigin}/, where no createAuth() took the response.`,
    remedy: expect.stringContaining('`browser.redirectUri`'),
  },
}
const explained = (page: Page) => page.evaluate(() => window.app.auth.explain())

it.each([
  ['the user goes on from there by a link', '<title>Home</title><a href="/app/">on</a>'],
  ['it leads on by itself', '<title>Home</title><script>if (location.hash) location.replace("/app/")</script>'],
])('the app says so where %s', async (_, shown) => {
  home = shown
  const page = await signInTo()
  if (home.includes('href')) await page.click('a')
  await page.waitForURL(`${appOrigin}/app/`)
  await until(page, 'signed-out')
  expect(await explained(page)).toMatchObject(told)
  await page.reload()
  await until(page, 'signed-out')
  expect((await explained(page)).lastError?.remedy).not.toContain('redirectUri')
})

it('signs in where `browser.redirectUri` names the app, and goes back to where the user was', async () => {
  home = '<title>Home</title>'
  const page = await signInTo({ browser: { redirectUri: '/app/' } })
  await page.waitForURL(`${appOrigin}/app/?room=1`)
  await until(page, 'signed-in')
})

it('nothing of it is said to a user who comes back without an answer', async () => {
  home = '<title>Home</title>'
  const page = await doors.openTab({}, { path: '/app/' })
  await page.evaluate(() => void window.app.auth.signIn())
  await page.waitForSelector('button[data-user]')
  await page.goBack()
  await until(page, 'signed-out')
  expect((await explained(page)).lastError?.remedy).not.toContain('redirectUri')
  await page.goForward()
  await page.waitForSelector('button[data-user]')
})
