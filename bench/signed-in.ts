import type { Page } from 'playwright'
import { appOrigin, type Doors } from '../test/e2e/doors.js'

/** Opens one of the pages that have an `auth`, and signs in as a person does. */
export async function openSignedIn(doors: Doors, path: string): Promise<Page> {
  const home = appOrigin + path
  const page = await doors.openTab({ browser: { redirectUri: home } }, { path })
  await page.evaluate(() => void window.auth.signIn())
  await page.click(`button[data-user="${doors.adele.username}"]`)
  await page.waitForURL(home)
  await page.evaluate(() => window.auth.ready)
  return page
}
