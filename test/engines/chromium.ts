// Chromium, by Playwright.

import type { BrowserContext, Frame, Page } from 'playwright'
import { openBrowsers } from '../e2e/browsers.js'
import { type Browser, type Engine, type Tab, type View, viewOf, type Way } from './engine.js'

/** A click that has to wait is tried again by the view. */
const AT_ONCE_MS = 1_000

export const chromium: Engine = { name: 'Chromium', start }

function start({ port }: Way): Browser {
  const browsers = openBrowsers(port)
  return {
    async openTab({ storage } = {}) {
      const cookies = storage === 'blocked' ? 'none' : 'blocked'
      return openIn(await browsers.newContext(cookies, { ignoreHTTPSErrors: true }))
    },
    async version() {
      const context = await browsers.newContext('blocked', {})
      const version = context.browser()?.version() ?? ''
      await context.close()
      return version
    },
    close: () => browsers.close(),
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
    cookies: async () => (await context.cookies(page.url())).map(({ name }) => name),
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
    run: (expression) => frame().evaluate(expression),
    start: (script) => frame().evaluate(script),
    click: (selector) => frame().click(selector, { timeout: AT_ONCE_MS }),
    async type(selector, text) {
      const field = frame().locator(selector)
      await field.waitFor({ timeout: AT_ONCE_MS })
      await field.pressSequentially(text) // what has begun is not begun again
    },
  })
}
