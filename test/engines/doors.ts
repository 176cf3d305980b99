// The world of the end-to-end tests, for an engine that takes no script from a test: what a page needs stands in the page.

import type { AuthOptions } from '../../src/index.js'
import type { EntraUser, TeamsSettingsChanges } from '../../src/testing/index.js'
import { openOutlet } from '../chainlit/outlet.js'
import { type AppSite, appOrigin, bundle, type Doors, html, inline, openDoors, teamsOrigin } from '../e2e/doors.js'
import type { World } from '../e2e/world.js'
import type { Browser, Engine, Settings, Tab, View } from './engine.js'

/** What Firefox asks for by itself. No page of ours may need one of these. */
const ITS_OWN_HOSTS = /(^|\.)(mozilla\.(com|org|net)|firefox\.com|dummy\.test)$/

export interface TabOptions {
  readonly options?: Partial<AuthOptions>
  readonly path?: string
  readonly settings?: Settings
}

export interface HostedOptions extends TabOptions {
  /** The page that frames the app. Default: Teams. */
  readonly origin?: string
  readonly host?: TeamsSettingsChanges
}

export interface EngineDoors extends Pick<Doors, 'world' | 'entra' | 'calls' | 'upgrades' | 'adele' | 'bob'> {
  /** Of the engine. */
  version(): Promise<string>
  keyOf(user: EntraUser): string
  sockets(): number
  dropSockets(): void
  expireTokens(): void
  /** Opens the app in a tab of its own. */
  openTab(options?: TabOptions): Promise<Tab>
  /** Opens a page that shows the app in a frame. */
  openFramed(options?: HostedOptions): Promise<{ tab: Tab; frame: View }>
  /** Closes the tabs of a test and makes everything as it was. */
  reset(): Promise<void>
  close(): Promise<void>
}

/**
 * @param siteWith the app, which runs the script that it is given before its own. Default: one bundle, inline in its page
 */
export async function openEngineDoors(
  engine: Engine,
  siteWith: (config: () => string) => Promise<AppSite> = inlineApp,
): Promise<EngineDoors> {
  let config = ''
  const doors = await openDoors(await siteWith(() => config))
  const { world, entra } = doors
  const browser = await startIn(world, engine)
  const tabs: Tab[] = []

  async function openAt(url: string, { options = {}, settings }: TabOptions): Promise<Tab> {
    config = inline({ config: { options: { ...entra.authOptions(), ...options } } })
    const tab = await browser.openTab(settings)
    tabs.push(tab)
    await tab.goto(url)
    return tab
  }

  return {
    ...doors,
    version: browser.version,
    openTab: (tab = {}) => openAt(appOrigin + (tab.path ?? '/'), tab),
    async openFramed(framed = {}) {
      const { origin = teamsOrigin, host, path = '/' } = framed
      doors.configureHosts({ ...host, appUrl: appOrigin + path })
      const tab = await openAt(origin, framed)
      return { tab, frame: tab.frame() }
    },
    async reset() {
      for (const tab of tabs.splice(0)) await tab.close()
      await doors.reset()
    },
    async close() {
      await browser.close()
      await doors.close()
    },
  }
}

/** Starts an engine whose every host is one of this world. */
export async function startIn(world: World, engine: Engine): Promise<Browser> {
  const isThere = (host: string) => !ITS_OWN_HOSTS.test(host)
  const outlet = await openOutlet(world.port, isThere, (asked) => {
    if (isThere(hostOf(asked))) world.strangers.push(asked)
  })
  const browser = engine.start({ port: world.port, proxyPort: Number(new URL(outlet.url).port) })
  return {
    ...browser,
    async close() {
      await browser.close()
      await outlet.close()
    },
  }
}

/** The host of `detectportal.firefox.com:443` and of `http://detectportal.firefox.com/success.txt over plain http`. */
function hostOf(asked: string): string {
  return asked.replace(/^http:\/\//, '').split(/[:/]/)[0] ?? ''
}

async function inlineApp(config: () => string): Promise<AppSite> {
  const script = await bundle('app')
  return () => html(`<title>App</title><body><script>${config()}</script><script>${script}</script>`)
}

/** The status, as soon as there is one. */
export async function statusOf(view: View): Promise<string> {
  await view.until(() => window.app !== undefined)
  return view.evaluate(async () => (await window.app.auth.ready).status)
}

/** Waits until the page is in this state. */
export const until = (view: View, status: string) =>
  view.until((wanted) => window.app?.auth.state.status === wanted, status)

/** Signs in as a person does: a click in the app, a click at Entra ID, and back. */
export async function signIn(tab: Tab, user: EntraUser): Promise<void> {
  await statusOf(tab)
  await tab.start(() => window.app.auth.signIn())
  await tab.click(`button[data-user="${user.username}"]`)
  await until(tab, 'signed-in')
}
