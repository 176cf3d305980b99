// docs/on-behalf-of.md, character by character: a page, its API, and Microsoft Graph on behalf of the user.

import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type DocumentApp, openDocumentApp } from './document-app.js'
import { appOrigin, type Doors } from './doors.js'

const SECRET = 'the secret of these tests, and of nothing else'

let doors: Doors
let answers: DocumentApp['answers']

beforeAll(async () => {
  const buttons = ['signIn', 'profile', 'consent'].map((name) => `<button id="${name}Button">${name}</button>`).join('')
  const web = { redirectUris: [`${appOrigin}/web`], clientSecret: SECRET }
  const opened = await openDocumentApp({
    path: 'docs/on-behalf-of.md',
    body: `${buttons}<p id="profileName"></p><script>consentButton.hidden = true</script>`,
    given: (reach) => ({ process: { env: { CLIENT_SECRET: SECRET } }, fetch: reach }),
    registration: { web },
  })
  ;({ doors, answers } = opened)
})
afterEach(() => {
  answers.length = 0
  return doors.reset()
})
afterAll(() => doors.close())

/** Shorter than the five minutes in which MSAL asks anew: the server asks Entra ID at each call, and not its cache. */
function withoutCache(): void {
  doors.entra.lifetimes.accessToken = 240
  doors.entra.lifetimes.continuousAccessToken = 240 // what Entra ID gives to clients with CP1, which msal-node says
}

async function profile(door: Page | Frame): Promise<void> {
  await door.locator('#profileName').evaluate((shown) => {
    shown.textContent = ''
  })
  await door.locator('#profileButton').click()
}

const name = (door: Page | Frame) => door.locator('#profileName').textContent()

/** As a person signs in in a browser. */
async function signedInTab(): Promise<Page> {
  const page = await doors.openTab()
  await page.locator('#signInButton').click()
  await page.click(`button[data-user="${doors.adele.username}"]`)
  await page.waitForURL(`${appOrigin}/**`)
  return page
}

it('in Teams: a page whose user has lost their consent asks for it, and goes on without a reload', async () => {
  withoutCache()
  const { frame } = await doors.openTeams()
  await profile(frame)
  await expect.poll(() => name(frame)).toBe('Adele Vance')
  await frame.evaluate(() => Object.assign(window, { notReloaded: true }))

  doors.entra.requireConsent(doors.adele)
  await profile(frame)
  await frame.locator('#consentButton').waitFor()
  await frame.locator('#consentButton').click()
  await expect.poll(() => name(frame)).toBe('Adele Vance')
  expect(await frame.evaluate(() => 'notReloaded' in window)).toBe(true)
  expect(answers.map(([status]) => status)).toEqual([200, 403, 200])
  expect(answers[1]?.[1]).toContain('scopes="User.Read", proposedAction="consent"')
  doors.entra.consent(doors.adele, doors.entra.scopes)
})

it('in Teams: a user who declines gets the 403, and is asked again by the next call alone', async () => {
  withoutCache()
  const { page, frame } = await doors.openTeams()
  await page.evaluate(() => window.host.set({ consent: 'cancel' }))
  doors.entra.requireConsent(doors.adele)
  await profile(frame)
  await frame.locator('#consentButton').click()
  await expect.poll(() => name(frame)).toBe('403')
  expect(answers.map(([status]) => status)).toEqual([403])
  expect(await frame.locator('#consentButton').isHidden()).toBe(true)
})

it('in a browser: it leaves for the page of Entra ID, comes back, and the call succeeds', async () => {
  withoutCache()
  doors.entra.consent(doors.adele, doors.entra.scopes)
  const page = await signedInTab()
  doors.entra.requireConsent(doors.adele)
  doors.entra.consent(doors.adele, doors.entra.scopes)
  await profile(page)
  await page.locator('#consentButton').click()
  await page.click('button[value="accept"]')
  await page.waitForURL(`${appOrigin}/**`)
  await page.waitForFunction(
    () => (window as unknown as { auth: { state: { status: string } } }).auth?.state.status === 'signed-in',
  )
  await profile(page)
  await expect.poll(() => name(page)).toBe('Adele Vance')
  expect(answers.map(([status]) => status)).toEqual([403, 200])
})
