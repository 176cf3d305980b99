// Firefox, by WebDriver BiDi.

import { type BrowserContext, type Frame, launch, type Page, type Browser as Puppet } from 'puppeteer-core'
import { type Browser, type Engine, type Settings, type Tab, type View, viewOf, type Way } from './engine.js'

/** Of `network.cookie.cookieBehavior`: what other sites store is kept apart (Firefox's own default), or refused, or all is. */
const PARTITIONED = 5
const OTHERS_REFUSED = 1
const ALL_REFUSED = 2

export function firefox(executablePath: string): Engine {
  return { name: 'Firefox', start: (way) => start(executablePath, way) }
}

function start(executablePath: string, way: Way): Browser {
  // A setting is one of a whole browser; a profile is a container in it.
  const started = new Map<number, Promise<Puppet>>()
  const browserWith = (cookieBehavior: number) => {
    const browser =
      started.get(cookieBehavior) ??
      launch({
        browser: 'firefox',
        executablePath,
        headless: !process.env['HEADED'],
        acceptInsecureCerts: true,
        extraPrefsFirefox: preferences(way, cookieBehavior),
      })
    started.set(cookieBehavior, browser)
    return browser
  }
  return {
    async openTab(settings = {}) {
      const browser = await browserWith(cookieBehaviorOf(settings))
      return openIn(await browser.createBrowserContext())
    },
    version: async () => (await (await browserWith(PARTITIONED)).version()).replace(/^\w+\//, ''),
    async close() {
      for (const browser of started.values()) await (await browser).close()
    },
  }
}

function cookieBehaviorOf({ storage, crossSite }: Settings): number {
  if (storage === 'blocked') return ALL_REFUSED
  return crossSite === 'blocked' ? OTHERS_REFUSED : PARTITIONED
}

function preferences({ proxyPort }: Way, cookieBehavior: number): Record<string, unknown> {
  return {
    'network.proxy.type': 1,
    'network.proxy.ssl': '127.0.0.1',
    'network.proxy.ssl_port': proxyPort,
    'network.proxy.http': '127.0.0.1',
    'network.proxy.http_port': proxyPort,
    // Puppeteer allows all cookies for everybody, by both of these.
    'network.cookie.cookieBehavior': cookieBehavior,
    'browser.contentblocking.features.standard': `cookieBehavior${cookieBehavior}`,
    // What Firefox asks for by itself.
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    'browser.safebrowsing.provider.mozilla.updateURL': '',
    'browser.region.network.url': '',
    'media.gmp-manager.url': '',
    'dom.push.connection.enabled': false,
    'extensions.systemAddon.update.enabled': false,
    'messaging-system.rsexperimentloader.enabled': false,
  }
}

async function openIn(context: BrowserContext): Promise<Tab> {
  return tabOf(await context.newPage(), context)
}

function tabOf(page: Page, context: BrowserContext): Tab {
  return {
    ...viewIn(() => page.mainFrame()),
    goto: async (url) => void (await page.goto(url)),
    reload: async () => void (await page.reload()),
    frame: () => viewIn(() => childOf(page)),
    cookies: async () => (await page.cookies()).map(({ name }) => name),
    openBeside: () => openIn(context),
    close: () => context.close(),
  }
}

function childOf(page: Page): Frame {
  const [frame] = page.mainFrame().childFrames()
  if (!frame) throw new Error('The page shows no frame.')
  return frame
}

function viewIn(frame: () => Frame): View {
  return viewOf({
    run: async (expression) => String(await frame().evaluate(expression)),
    start: (script) => frame().evaluate(script),
    click: (selector) => frame().click(selector),
    type: (selector, text) => frame().type(selector, text),
  })
}
