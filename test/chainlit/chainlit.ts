// A real Chainlit behind a reverse proxy, with Entra ID and Teams around it: everything under its production name.

import type { BrowserContext, Frame, Page } from 'playwright'
import type { EntraEmulator, EntraUser, TeamsSettingsChanges } from '../../src/testing/index.js'
import { entraTeamsUser } from '../../src/testing/index.js'
import { bundle } from '../e2e/doors.js'
import { type PageOptions, type Site, startWorld, type World } from '../e2e/world.js'
import { freePort } from '../free-port.js'
import { type AppOptions, type RunningApp, startApp } from './app.js'
import { createFront, type Front, type FrontOptions } from './front.js'
import { startNginxBefore } from './nginx.js'
import { openOutlet } from './outlet.js'
import { frameOf, type Watch, watchPage } from './pages.js'
import {
  appEnvironment,
  attributesFor,
  chatOrigin,
  createEntra,
  networkEnvironment,
  type OAuthProvider,
  oauthEnvironment,
  sitesAround,
  teamsOrigin,
} from './surroundings.js'

/** Longer than any step takes on a slow machine: a page that needs it is broken. */
const PAGE_TIMEOUT_MS = 20_000

export interface ChainlitOptions extends AppOptions {
  /** Chainlit's own OAuth login. Default: `azure-ad`. */
  readonly oauth?: OAuthProvider | 'none' | undefined
  readonly front?: Omit<FrontOptions, 'port' | 'isSecure'> | undefined
  /** Puts nginx in front of two workers, with these lines, in which `<port>`, `<worker 0>`, `<worker 1>`, `<certificate>` and
   * `<key>` stand for what is there. Default: one worker, without it. */
  readonly nginx?: string | undefined
  /** Where other pages come back to from Entra ID. */
  readonly redirectUris?: readonly string[] | undefined
  /** Further hosts of the world. */
  readonly sites?: Readonly<Record<string, Site>> | undefined
}

export interface TabOptions extends PageOptions {
  /** What to do with the page before it loads anything. */
  prepare?(page: Page): Promise<unknown>
}

export interface TeamsOptions extends TabOptions {
  /** Default: Adele at Teams on the web. */
  readonly host?: TeamsSettingsChanges | undefined
  /** The page that frames the chat. Default: that of Teams. */
  readonly origin?: string | undefined
  /** What is shown in place of the chat: an address of another page. */
  readonly url?: string | undefined
}

export interface OpenedChainlit extends RunningApp, Omit<Front, 'site' | 'clear'> {
  readonly world: World
  readonly entra: EntraEmulator
  readonly adele: EntraUser
  readonly alex: EntraUser
  /** A guest. */
  readonly megan: EntraUser
  /** The identity that both doors should give a user. */
  keyOf(user: EntraUser): string
  /** Opens the chat in a tab of its own. The path is below the root path. Default: `/`. */
  openBrowserTab(path?: string, options?: TabOptions): Promise<Page>
  /** Opens the chat as a tab in Teams, or in another page. `window.host` of the page is the emulator of Teams. */
  openTeams(path?: string, options?: TeamsOptions): Promise<{ page: Page; frame: Frame }>
  /** The paths of the chat that a page, or a frame in it, has loaded so far. */
  pageLoads(page: Page): readonly string[]
  /** What was thrown in the page and caught by nobody. */
  pageErrors(page: Page): readonly string[]
  /** What the page wrote to the console, each line after its kind: `error: …`. */
  consoleOf(page: Page): readonly string[]
  /** Closes the pages of a test and forgets what was seen. The server runs on, with its sessions and threads. */
  reset(): Promise<void>
  close(): Promise<void>
}

export async function openChainlit(options: ChainlitOptions = {}): Promise<OpenedChainlit> {
  const base = options.rootPath ?? options.mountedAt ?? ''
  const workers = options.nginx === undefined ? 1 : 2
  const ports = await Promise.all(Array.from({ length: workers }, freePort))
  const [entra, hostScript] = await Promise.all([createEntra(base, options.redirectUris), bundle('teams')])
  const nginx = options.nginx === undefined ? undefined : await startNginxBefore(ports, options.nginx)
  const place = nginx ? { port: nginx.port, isSecure: true, forwards: false } : { port: ports[0] ?? 0 }
  const front = createFront({ ...place, ...options.front })
  const { site, clear } = front
  const sites = sitesAround(site, entra, hostScript, options.sites)
  const world = await startWorld(sites)
  const outlet = await openOutlet(
    world.port,
    (host) => Object.hasOwn(sites, host),
    (host) => world.strangers.push(host),
  )
  const { oauth = 'azure-ad' } = options
  const surroundings = {
    ports,
    attributes: attributesFor(entra),
    certificate: world.certificate,
    env: {
      ...appEnvironment(entra),
      ...(oauth !== 'none' && oauthEnvironment(entra, oauth)),
      ...networkEnvironment(outlet.url),
    },
  }
  const closeWorld = async () => {
    await nginx?.close()
    await outlet.close()
    entra.dispose()
    await world.close()
  }
  const { close, ...app } = await startApp(options, surroundings).catch(async (error: unknown) => {
    await closeWorld()
    throw error
  })

  const contexts: BrowserContext[] = []
  const watched = new WeakMap<Page, Watch>()
  const lifetimes = { ...entra.lifetimes }
  const [adele, alex, megan] = entra.users as [EntraUser, EntraUser, EntraUser]

  async function newPage({ prepare, ...pageOptions }: TabOptions): Promise<Page> {
    const { context, page } = await world.newPage(pageOptions)
    contexts.push(context)
    page.setDefaultTimeout(PAGE_TIMEOUT_MS)
    watched.set(page, watchPage(page))
    await prepare?.(page)
    return page
  }

  return {
    ...app,
    ...front,
    get openSockets() {
      return front.openSockets
    },
    world,
    entra,
    adele,
    alex,
    megan,
    keyOf: ({ objectId }) => `entra:${entra.tenant}:${objectId}`,
    async openBrowserTab(path = '/', tabOptions = {}) {
      const page = await newPage(tabOptions)
      await page.goto(chatOrigin + base + path)
      return page
    },
    async openTeams(path = '/', { host, origin = teamsOrigin, url = chatOrigin + base + path, ...tabOptions } = {}) {
      const page = await newPage(tabOptions)
      const own = { clientId: entra.clientId, user: entraTeamsUser(entra, adele.username) }
      const hostOptions = { ...own, appUrl: url, appOrigin: new URL(url).origin, ...host }
      await page.addInitScript((all) => Object.assign(window, { hostOptions: all }), hostOptions)
      await page.goto(origin)
      return { page, frame: await frameOf(page) }
    },
    pageLoads: (page) => watched.get(page)?.loads ?? [],
    pageErrors: (page) => watched.get(page)?.errors ?? [],
    consoleOf: (page) => watched.get(page)?.console ?? [],
    async reset() {
      // Page by page: closing a context hangs where one of its pages is in the middle of a navigation.
      const closing = contexts.splice(0)
      await Promise.all(closing.flatMap((context) => context.pages()).map((page) => page.close()))
      await Promise.all(closing.map((context) => context.close()))
      clear()
      entra.clearRequests()
      entra.signOutEverywhere()
      entra.faults.clear()
      Object.assign(entra.lifetimes, lifetimes)
      world.requests.length = 0
      world.frames.length = 0
    },
    async close() {
      await close()
      await closeWorld()
    },
  }
}
