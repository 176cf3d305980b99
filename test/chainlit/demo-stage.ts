// The stage of the Chainlit demo as a person sees it.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type FrameLocator, type Locator, type Page } from 'playwright'
import { expect } from 'vitest'
import type { ChainlitName } from '../../demo/chainlit/pages/config.js'
import { findChromium } from '../../scripts/chromium.js'
import type { ThirdPartyCookies } from '../e2e/browsers.js'

/** A page of Chainlit, in a window or in Teams. */
export type Door = Pick<Page | FrameLocator, 'getByRole' | 'getByText' | 'locator'>

/** One Chainlit on the stage. */
interface Column {
  part(name: string): Locator
  /** Lines of its log with this text. */
  lines(text: string): Locator
  verdict(text: string): Promise<void>
  /** Opens the browser's door and signs Adele in there. Resolves when the page of Chainlit is connected. */
  openBrowser(): Promise<Door>
  readonly teams: Door
  /** Whom the server saw in a door. */
  keyIn(door: 'browser' | 'teams'): Promise<string>
}

export interface Stage extends Readonly<Record<ChainlitName, Column>> {
  readonly context: BrowserContext
  readonly page: Page
  /** Every URL that was asked for. */
  readonly urls: readonly string[]
  press(control: string): Promise<void>
  close(): Promise<void>
}

/** @param begins how the page begins. `?calm`: with nothing of its own doing */
export async function openStage(
  url: string,
  thirdPartyCookies: ThirdPartyCookies = 'allowed',
  begins = '?calm',
): Promise<Stage> {
  const { context, close } = await launch(thirdPartyCookies)
  const page = await context.newPage()
  const urls: string[] = []
  context.on('request', (request) => urls.push(request.url()))
  await page.goto(url + begins)
  return {
    context,
    page,
    urls,
    close,
    stock: columnOf(page, 'stock'),
    twodoor: columnOf(page, 'twodoor'),
    async press(control) {
      const done = page.waitForResponse('**/demo/control')
      await page.locator(`[data-control="${control}"]`).click()
      expect((await done).status()).toBe(204)
    },
  }
}

function columnOf(page: Page, name: ChainlitName): Column {
  const part = (what: string) => page.locator(`.${name} [data-part="${what}"]`)
  return {
    part,
    lines: (text) => part('log').locator('li').filter({ hasText: text }),
    teams: page.frameLocator(`.${name} [data-part="frame"]`).frameLocator('[data-part="app"]'),
    verdict: (text) => part('verdict').filter({ hasText: text }).waitFor(),
    async openBrowser() {
      const [door] = await Promise.all([page.context().waitForEvent('page'), part('open').click()])
      if (name === 'stock') await door.getByRole('button', { name: 'Continue with' }).click()
      const chooser = door.locator('[data-user^="adele"]')
      const connected = part('browser-key').filter({ hasNotText: 'not connected' })
      await Promise.race([chooser.click(), connected.waitFor()]) // Entra ID may know her already
      await connected.waitFor()
      return door
    },
    async keyIn(door) {
      const title = (await part(`${door}-key`).getAttribute('title')) ?? ''
      return title.split(', ').at(-1) ?? ''
    },
  }
}

/** Sends a message as a person does. Resolves with the text of the answer. */
export async function say(door: Door, text: string, reply = `said: ${text}`): Promise<string> {
  await door.getByText('Hello, ').waitFor() // the first message makes Chainlit replace what one writes into
  await door.locator('#chat-input').fill(text)
  await door.locator('#chat-submit:not([disabled])').click()
  const answer = door.locator('.ai-message').filter({ hasText: reply })
  return (await answer.textContent()) ?? ''
}

/** The setting has neither a flag nor a protocol command: it is read from a profile, when the browser starts. */
async function launch(thirdPartyCookies: ThirdPartyCookies) {
  const profile = await mkdtemp(join(tmpdir(), 'twodoor-profile-'))
  const mode = thirdPartyCookies === 'allowed' ? 0 : 1
  await mkdir(join(profile, 'Default'))
  await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify({ profile: { cookie_controls_mode: mode } }))
  const executablePath = findChromium()
  const context = await chromium.launchPersistentContext(profile, {
    ...(executablePath && { executablePath }),
    // Chainlit's page asks for a font and for the style of formulas.
    args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost'],
  })
  return {
    context,
    async close() {
      await context.close()
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
