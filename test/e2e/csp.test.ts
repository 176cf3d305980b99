// The Content-Security-Policy that SECURITY.md prints, in Chromium, with what people build and load.

import { readFileSync } from 'node:fs'
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Demo, startDemo } from '../../demo/demo.js'
import { contentSecurityPolicyIn } from '../conformance/security/index.js'
import { type AppSite, appOrigin, type Doors, openDoors, signIn, statusOf } from './doors.js'
import { IN_PARTS, REPORT_PATH, scriptTagSite } from './script-tags.js'
import { splitPage } from './split-page.js'

const policy = contentSecurityPolicyIn(readFileSync('SECURITY.md', 'utf8'))
const REQUIRED = [/(^|; )base-uri 'none'(;|$)/, /(^|; )frame-ancestors [^*;]\S+/, /(^|; )object-src 'none'(;|$)/]

const sites: Record<string, (policy: string) => Promise<AppSite>> = {
  'the npm build': async (policy) => {
    const page = await splitPage()
    page.policy = policy
    return page.site
  },
  'the script tag': (policy) => scriptTagSite({ policy }),
  'the script tag in parts': (policy) => scriptTagSite({ policy, twodoor: IN_PARTS }),
}

describe.each(Object.entries(sites))('the policy of SECURITY.md, with %s', (_, siteWith) => {
  let doors: Doors
  beforeAll(async () => {
    doors = await openDoors(await siteWith(`${policy}; report-uri ${REPORT_PATH}`))
  })
  afterEach(() => doors.reset())
  afterAll(() => doors.close())

  const reports = () => doors.world.requests.filter(({ url }) => url === appOrigin + REPORT_PATH)

  async function works(door: Pick<Page, 'evaluate'>): Promise<void> {
    expect(await door.evaluate(() => window.app.me())).toMatchObject({ status: 200 })
    expect(await door.evaluate(() => window.app.connect())).toBe(doors.keyOf(doors.adele))
  }

  it.each(['sso', 'nested'] as const)('works at both doors: %s', async (method) => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    await works(page)
    const { frame } = await doors.openTeams({ teams: { method } })
    expect(await statusOf(frame)).toBe('signed-in')
    await works(frame)
    expect(reports()).toEqual([])
  })

  it('lets no <base> that somebody injects lead the page elsewhere', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    const base = await page.evaluate(() => {
      const injected = Object.assign(document.createElement('base'), { href: 'https://evil.example/' })
      document.head.prepend(injected)
      return document.baseURI
    })
    expect(base).toBe(`${appOrigin}/`)
    await works(page)
    expect(doors.world.requests.filter(({ host }) => host === 'evil.example')).toEqual([])
  })

  it('lets the hosts frame the page, and nobody else', async () => {
    for (const origin of ['https://teams.microsoft.com', 'https://outlook.office.com'])
      expect(await statusOf((await doors.openTeams({}, { origin })).frame)).toBe('signed-in')
    const page = await doors.openTab()
    await page.goto('https://portal.example')
    await expect.poll(() => page.frames().at(-1)?.url()).toBe('chrome-error://chromewebdata/')
  })
})

describe('a policy', () => {
  let demo: Demo
  beforeEach(async () => {
    demo = await startDemo({})
  })
  afterEach(() => demo.close())

  it('is what the pages of the demo have too', async () => {
    const pages = ['/', '/umd.html', '/tab.html', '/tab-umd.html'].map((path) => demo.appUrl + path)
    const answers = await Promise.all(pages.map((url) => fetch(url)))
    const policies = answers.filter(({ ok }) => ok).map(({ headers }) => `${headers.get('content-security-policy')}`)
    expect(policies.length).toBeGreaterThanOrEqual(3)
    for (const each of [policy, ...policies]) for (const required of REQUIRED) expect(each).toMatch(required)
  })
})
