// The doors of test/e2e for an example: its page is the app, and the API is a server that verifies tokens.

import type { Frame, Page } from 'playwright'
import { type AppSite, appOrigin, type Doors, html, openDoors } from '../e2e/doors.js'

export const CLIENT_ID = 'c1111111-2222-4333-8444-555555555555'
export const TENANT_ID = '11111111-2222-4333-8444-555555555555'
export const SCOPE = `api://app.contoso.example/${CLIENT_ID}/access_as_user`
/** What a reader writes into `.env`. */
export const PAGE_ENV = { VITE_CLIENT_ID: CLIENT_ID, VITE_TENANT_ID: TENANT_ID, VITE_SCOPE: SCOPE }

export interface ExampleDoors extends Doors {
  /** From now on the app is this one. */
  show(site: AppSite): void
}

export async function openExamples(startServer?: Parameters<typeof openDoors>[3]): Promise<ExampleDoors> {
  let current: AppSite = () => html('No example yet.')
  const registration = { clientId: CLIENT_ID, tenant: TENANT_ID, scopes: [SCOPE] }
  const doors = await openDoors((url) => current(url), ['/'], registration, startServer)
  return Object.assign(doors, {
    show(site: AppSite) {
      current = site
    },
  })
}

/** Opens the app in a browser and signs in, as a person does. */
export async function signInAt(doors: Doors, path = '/'): Promise<Page> {
  const page = await doors.openTab({}, { path })
  await page.click('text=Sign in')
  await page.click(`button[data-user="${doors.adele.username}"]`)
  await page.waitForURL(`${appOrigin}/**`)
  return page
}

/** What the app shows of the answer of its server, once there is something. */
export async function outputOf(door: Page | Frame): Promise<string> {
  const output = door.locator('output:not(:empty)')
  await output.waitFor()
  return (await output.textContent()) ?? ''
}

/** Where tokens of Entra ID went, but for Entra ID itself: `header authorization of GET https://…`. */
export async function whereTokensWent({ world, entra, adele }: Doors): Promise<string[]> {
  // All tokens begin alike: with the name of the key that they are signed with.
  const [header = ''] = (await entra.mint(adele.username)).split('.')
  return [...new Set(world.whereSent(header))].filter((place) => !place.includes('https://login.microsoftonline.com/'))
}
