// Chromium with every host name mapped to one loopback port.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type LaunchOptions } from 'playwright'
import { findChromium } from '../../scripts/chromium.js'

/** What Chromium asks for by itself, whatever its flags say. No page of ours may need one of these. */
const ITS_OWN_HOSTS = [
  'accounts.google.com',
  'clients2.google.com',
  'edgedl.me.gvt1.com',
  'redirector.gvt1.com',
  'update.googleapis.com',
]

/** Between two steps of a test that somebody watches. */
const SLOW_MS = 250

/** `none`: no cookies at all, and no storage, in frames or out of them. */
export type ThirdPartyCookies = 'blocked' | 'allowed' | 'none'

/** What a fresh profile has otherwise, by the names of Chromium's settings. */
const PROFILES = {
  allowed: { cookie_controls_mode: 0 },
  none: { default_content_setting_values: { cookies: 2 } },
}

export interface Browsers {
  newContext(cookies: ThirdPartyCookies, options: BrowserContextOptions): Promise<BrowserContext>
  /** Ends every browser and removes its profile. */
  close(): Promise<void>
}

/** Browsers start when the first page needs one. */
export function openBrowsers(port: number): Browsers {
  const executablePath = findChromium()
  const rules = [...ITS_OWN_HOSTS.map((host) => `MAP ${host} ~NOTFOUND`), `MAP * 127.0.0.1:${port}`]
  const launch: LaunchOptions = {
    ...(executablePath && { executablePath }),
    // For a person who watches: see CONTRIBUTING.md.
    ...(process.env['HEADED'] && { headless: false, slowMo: SLOW_MS }),
    args: [`--host-resolver-rules=${rules.join(', ')}`],
  }
  const closings: (() => Promise<unknown>)[] = []
  let shared: Promise<Browser> | undefined

  async function start(): Promise<Browser> {
    const browser = await chromium.launch(launch)
    closings.push(() => browser.close())
    return browser
  }

  /** The setting has neither a flag nor a protocol command: it is read from a profile, when the browser starts. */
  async function startWith(cookies: 'allowed' | 'none', options: BrowserContextOptions): Promise<BrowserContext> {
    const profile = await mkdtemp(join(tmpdir(), 'twodoor-profile-'))
    closings.push(() => rm(profile, { recursive: true, force: true, maxRetries: 5 }))
    await mkdir(join(profile, 'Default'))
    await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify({ profile: PROFILES[cookies] }))
    const context = await chromium.launchPersistentContext(profile, { ...launch, ...options })
    closings.push(() => context.close())
    return context
  }

  return {
    async newContext(cookies, options) {
      if (cookies !== 'blocked') return startWith(cookies, options)
      shared ??= start()
      return (await shared).newContext(options)
    },
    async close() {
      for (const end of closings.reverse()) await end()
    },
  }
}
