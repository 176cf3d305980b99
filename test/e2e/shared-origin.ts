// One origin that several tabs, Auths and apps share, in one browser context, with Entra ID that knows two client IDs.

import type { BrowserContext, Page } from 'playwright'
import { createEntraEmulator, type EntraEmulator, type EntraUser } from '../../src/testing/index.js'
import { appOrigin, bundle, html } from './doors.js'
import type { TabsConfig } from './pages/tabs.js'
import { startWorld, type World } from './world.js'

export const OTHER_CLIENT = 'd2222222-3333-4444-8555-666666666666'

export interface SharedOrigin {
  readonly world: World
  readonly entra: EntraEmulator
  readonly adele: EntraUser
  readonly alex: EntraUser
  /** Opens one more tab of the origin. */
  open(config?: TabsChanges): Promise<Page>
  /** How many tokens were asked for, since the last call. */
  tokenRequests(): number
  /** The context of all tabs of this test. */
  readonly context: BrowserContext
  reset(): Promise<void>
  close(): Promise<void>
}

export type TabsChanges = Omit<Partial<TabsConfig>, 'options'> & {
  options?: Partial<TabsConfig['options']>
  path?: string
}

export async function openSharedOrigin(): Promise<SharedOrigin> {
  const redirectUris = [`${appOrigin}/`]
  const [entra, other, script] = await Promise.all([
    createEntraEmulator({ redirectUris }),
    createEntraEmulator({ redirectUris, clientId: OTHER_CLIENT }),
    bundle('tabs'),
  ])
  const world = await startWorld({
    'app.contoso.example': () => html(`<title>Tab</title><body><script>${script}</script>`),
    'login.microsoftonline.com': async (request) => {
      const text = request.url + (request.method === 'POST' ? await request.clone().text() : '')
      return (text.includes(OTHER_CLIENT) ? other : entra).handle(request)
    },
  })
  const [adele, alex] = entra.users as [EntraUser, EntraUser]
  const shared = { current: (await world.newPage()).context }

  return {
    world,
    entra,
    adele,
    alex,
    get context() {
      return shared.current
    },
    async open({ path = '/', options, ...config } = {}) {
      const page = await shared.current.newPage()
      page.setDefaultTimeout(20_000)
      page.on('pageerror', (error) => world.failures.push(error))
      const all = {
        ...config,
        options: { ...entra.authOptions(), browser: { cacheLocation: 'localStorage' }, ...options },
      }
      await page.addInitScript((tabsConfig) => Object.assign(window, { tabsConfig }), all as TabsConfig)
      await page.goto(appOrigin + path)
      return page
    },
    tokenRequests() {
      const count = entra.requests.filter(({ endpoint }) => endpoint === 'token').length
      entra.clearRequests()
      return count
    },
    async reset() {
      await shared.current.close()
      shared.current = (await world.newPage()).context
      for (const emulator of [entra, other]) {
        emulator.signOutEverywhere()
        emulator.clearRequests()
        emulator.faults.clear()
      }
    },
    async close() {
      entra.dispose()
      other.dispose()
      await world.close()
    },
  }
}

/** Chooses an account on the page of Entra ID and comes back. */
export async function choose(page: Page, user: EntraUser): Promise<void> {
  await page.click(`button[data-user="${user.username}"]`)
  await page.waitForURL(`${appOrigin}/**`)
}

export async function signIn(page: Page, user: EntraUser): Promise<void> {
  await page.evaluate(() => void window.tabs.auth.signIn({ prompt: 'select_account' }))
  await choose(page, user)
  await untilNames(page, user)
}

/** Waits until all Auths of a page are in this state, or signed out for this reason. */
export const untilStates = (page: Page, state: string) =>
  page.waitForFunction((wanted) => window.tabs?.states.every((each) => each === wanted), state)

export const untilNames = (page: Page, user: EntraUser) =>
  page.waitForFunction((wanted) => window.tabs?.names.every((each) => each === wanted), user.username)
