import { expect, test } from '@playwright/test'
import { TEAMS } from './addresses'
import { emulateMicrosoft } from './microsoft'

test('the same user in a browser and in Teams', async ({ page }) => {
  const entra = await emulateMicrosoft(page)
  const key = `entra:${entra.tenant}:${entra.users[0]?.objectId}`

  await page.goto('/')
  await page.getByText('Sign in').click()
  await page.getByText('Adele Vance').click()
  await expect(page.locator('output')).toHaveText(key)

  await page.goto(`${TEAMS}/e2e/teams.html`)
  await expect(page.frameLocator('iframe').locator('output')).toHaveText(key)
})
