// The built site in Chromium: on a desk, on a phone, in the dark.

import { createRequire } from 'node:module'
import type { Result, RunOptions } from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium } from '../../scripts/chromium.js'
import { pagesOfDocs } from './pages.js'
import { buildSite, type Site } from './site.js'

const BUILD_TIMEOUT_MS = 180_000
const ALL_PAGES_TIMEOUT_MS = 180_000
const PHONE = { width: 360, height: 740 }
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

let site: Site
let browser: Browser
beforeAll(async () => {
  const executablePath = findChromium()
  browser = await chromium.launch(executablePath ? { executablePath } : {})
  site = await buildSite()
}, BUILD_TIMEOUT_MS)
afterAll(async () => {
  await browser?.close()
  site?.close()
})

it('has every page of docs/, and none but those and the one for what is not found', () => {
  const expected = pagesOfDocs().map((page) => page.replace(/^docs(\/.*)\.md$/, '$1.html'))
  expect(site.pages).toEqual([...expected, '/404.html'].sort())
})

it('has every page in the sidebar', () => {
  const sidebar = site.read('/')?.match(/<aside class="VPSidebar".*?<\/aside>/s)?.[0] ?? ''
  const missing = site.pages.filter((page) => page !== '/404.html' && !sidebar.includes(`href="${pathShown(page)}"`))
  expect(missing).toEqual([])
})

it('has no link that leads nowhere', () => {
  const broken = site.pages.flatMap((page) =>
    linksIn(site.read(page) ?? '')
      .map((link) => new URL(link, site.url + page))
      .filter(({ origin }) => origin === site.url)
      .filter(({ pathname, hash }) => !leadsSomewhere(decodeURIComponent(pathname), decodeURIComponent(hash.slice(1))))
      .map((url) => `${page}: ${url.pathname}${url.hash}`),
  )
  expect(broken).toEqual([])
})

describe('in Chromium', () => {
  it(
    'asks no other origin, is fit for everybody by axe in light and dark, and fits on a phone',
    async () => {
      const found: Record<string, string[]> = {}
      const waiting = [...site.pages]
      const work = async () => {
        const page = await browser.newPage()
        for (let path = waiting.shift(); path; path = waiting.shift()) {
          const faults = await faultsOf(page, path)
          if (faults.length > 0) found[path] = faults
        }
        await page.close()
      }
      await Promise.all([work(), work()])
      expect(found).toEqual({})
    },
    ALL_PAGES_TIMEOUT_MS,
  )

  it('finds a code by its search, and leads to its section', async () => {
    const page = await browser.newPage()
    await page.goto(`${site.url}/`)
    await page.click('.VPNavBarSearch button')
    await page.fill('#localsearch-input', 'wrong_audience')
    await page.locator('#localsearch-list a[href*="refusals"]').first().click()
    await page.waitForURL('**/refusals.html#wrong_audience')
    await page.close()
  })

  it('turns dark by its switch', async () => {
    const page = await browser.newPage()
    await page.goto(`${site.url}/`)
    await page.click('.VPNavBarAppearance .VPSwitchAppearance')
    await page.locator('html.dark').waitFor()
    await page.close()
  })
})

async function faultsOf(page: Page, path: string): Promise<string[]> {
  const elsewhere: string[] = []
  const note = (request: { url(): string }) => {
    if (new URL(request.url()).origin !== site.url) elsewhere.push(`asks ${request.url()}`)
  }
  page.on('request', note)
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto(site.url + path)
  await page.addScriptTag({ path: axe })
  const faults = [...elsewhere, ...(await violationsOf(page, 'light', {}))]
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.locator('html.dark').waitFor()
  faults.push(...(await violationsOf(page, 'dark', { runOnly: ['color-contrast'] })))
  await page.setViewportSize(PHONE)
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  if (width > PHONE.width) faults.push(`is ${width} px wide on a phone`)
  page.off('request', note)
  return faults
}

async function violationsOf(page: Page, scheme: string, options: RunOptions): Promise<string[]> {
  const violations = await page.evaluate(
    async (given) =>
      (
        await (window as unknown as { axe: typeof import('axe-core') }).axe.run({
          ...given,
          resultTypes: ['violations'],
        })
      ).violations,
    options,
  )
  const isGrave = ({ impact }: Result) => impact === 'serious' || impact === 'critical'
  return violations.filter(isGrave).map(({ id, nodes }) => `${scheme}: ${id}: ${nodes.map(({ html }) => html)[0]}`)
}

function linksIn(text: string): string[] {
  return [...text.matchAll(/ (?:href|src)="([^"]+)"/g)].map(([, link = '']) => link.replaceAll('&amp;', '&'))
}

function leadsSomewhere(path: string, anchor: string): boolean {
  const text = site.read(path)
  return text !== undefined && (anchor === '' || text.includes(` id="${anchor}"`))
}

/** How the sidebar writes the address of a page. */
function pathShown(page: string): string {
  return page === '/index.html' ? '/' : page
}
