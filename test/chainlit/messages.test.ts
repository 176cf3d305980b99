// What `@cl.on_window_message` hears: the app's own messages, and none of those between teams-js and the host.

import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type OpenedChainlit, openChainlit, type TeamsOptions } from './chainlit.js'
import { panelOf } from './drop-in.js'
import { expectNoLeak } from './leaks.js'
import { pickAccount, say } from './pages.js'
import { chatOrigin } from './surroundings.js'

declare global {
  interface Window {
    /** The members of every message that the window got, before anybody could keep it from anything. */
    arrived: string[] | undefined
    /** What the page of the host heard from the chat. */
    replies: unknown[] | undefined
  }
}

const NESTED = `data-options='{"teams":{"method":"nested"}}'`
const LONGER_THAN_A_TOKEN_MS = 2 * 3_600_000
const LONGER_TOKEN_S = 6 * 3_600

let chainlit: OpenedChainlit
/** What the server had printed when the test began. */
let printed: number
beforeAll(async () => {
  chainlit = await openChainlit()
})
afterAll(() => chainlit.close())
afterEach(() => chainlit.reset())

async function openTeams(options: TeamsOptions = {}): Promise<{ page: Page; frame: Frame }> {
  printed = chainlit.serverOutput().length
  const prepare = async (page: Page) => {
    await options.prepare?.(page)
    await page.addInitScript((origin) => {
      if (window.location.origin !== origin) return
      window.arrived = []
      window.addEventListener('message', ({ data }) => {
        window.arrived?.push(typeof data === 'object' ? Object.keys(data).sort().join() : String(data))
      })
    }, chatOrigin)
  }
  return chainlit.openTeams('/', { ...options, prepare })
}

/** The messages that the app has got in this test. */
function heard(): unknown[] {
  const lines = chainlit
    .serverOutput()
    .slice(printed)
    .matchAll(/app: window message (.*)\n/g)
  return [...lines].map(([, message = '']) => JSON.parse(message))
}

/** Messages of a window arrive in their order: what came before this one has been passed on, or never will be. */
async function expectToHearOnly(frame: Frame, messages: readonly unknown[]): Promise<void> {
  await frame.evaluate(() => window.postMessage('Client: the last one', '*'))
  await expect.poll(heard, { timeout: 30_000 }).toContain('Client: the last one')
  expect(heard()).toEqual([...messages, 'Client: the last one'])
}

const postFromHost = (page: Page, message: unknown) =>
  page.evaluate((data) => document.querySelector('iframe')?.contentWindow?.postMessage(data, '*'), message)

/** What the emulated host asked for a token for: `sso` or `nested`. */
function purposes(): unknown[] {
  const asked = chainlit.world.requests.filter(({ url }) => url.endsWith('/mint'))
  return asked.map(({ body }) => (JSON.parse(body) as { purpose: unknown }).purpose)
}

describe('in a browser', () => {
  it('the app hears its own page', async () => {
    printed = chainlit.serverOutput().length
    const page = await chainlit.openBrowserTab()
    await pickAccount(page, chainlit.adele)
    await say(page, 'hello')
    await expectToHearOnly(page.mainFrame(), [])
    expectNoLeak(chainlit, page)
  })
})

describe.each([
  ['Teams SSO', 'sso', undefined],
  ['nested app auth', 'nested', (right: string) => `${right} ${NESTED}`],
] as const)('in Teams, with %s', (_, purpose, attributes) => {
  beforeAll(async () => {
    if (attributes) await chainlit.restart({ attributes })
  })

  it('the app hears its own page and what the page of the host tells it', async () => {
    const { page, frame } = await openTeams()
    await say(frame, 'hello')
    await frame.evaluate(() => window.postMessage('Client: from the page itself', '*'))
    await expect.poll(heard).toHaveLength(1)
    await postFromHost(page, 'Client: from the host')
    await postFromHost(page, { kind: 'greeting', text: 'hi' })
    await expect.poll(heard).toHaveLength(3)
    const greeting = { kind: 'greeting', text: 'hi' }
    // Two that only look like the host's own, and two that do not.
    const called = [
      { func: 'greet', args: ['hi'] },
      { type: 'app', args: { text: 'hi' } },
    ]
    for (const each of called) await postFromHost(page, each)
    for (const args of [['eyJhbGciOiJSUzI1NiJ9.e30.c2ln'], ['x', '{"messageType":"NestedAppAuthResponse"}']])
      await postFromHost(page, { func: 'greet', args })
    await expect.poll(heard).toHaveLength(5)
    await expectToHearOnly(frame, ['Client: from the page itself', 'Client: from the host', greeting, ...called])
    expectNoLeak(chainlit, page)
  })

  it('the app answers the page of the host', async () => {
    const { page, frame } = await openTeams()
    await say(frame, 'hello')
    await page.evaluate(() => {
      window.replies = []
      window.addEventListener('message', ({ data }) => typeof data === 'string' && window.replies?.push(data))
    })
    await postFromHost(page, 'Client: ping')
    await expect.poll(() => page.evaluate(() => window.replies)).toContain('Server: pong')
    await expectToHearOnly(frame, ['Client: ping'])
    expectNoLeak(chainlit, page)
  })

  it('the app never hears what the host says, tokens least of all', async () => {
    const { page, frame } = await openTeams()
    await say(frame, 'before', '1: before')
    await page.evaluate(() => window.host.setTheme('dark'))
    await frame.locator('html.dark').waitFor()
    await page.evaluate(() => window.host.clearTokenCache())
    await chainlit.expireSessions()
    chainlit.dropSockets()
    await say(frame, 'after', '2: after')
    await expectToHearOnly(frame, [])
    const arrived = (await frame.evaluate(() => window.arrived)) ?? []
    const ofHost = arrived.filter((members) => members.includes('args'))
    expect(ofHost.length).toBeGreaterThan(3) // initialize, the context, the theme, a token
    expectNoLeak(chainlit, page)
  })

  it('a token that has expired is renewed, and the conversation goes on', async () => {
    const { page, frame } = await openTeams({ prepare: (opened) => opened.clock.install() })
    await say(frame, 'before', '1: before')
    expect(new Set(purposes())).toEqual(new Set([purpose]))
    const asked = purposes().length
    chainlit.entra.lifetimes.accessToken = LONGER_TOKEN_S
    await chainlit.expireSessions()
    await page.clock.fastForward(LONGER_THAN_A_TOKEN_MS)
    chainlit.dropSockets()
    await say(frame, 'after', '2: after')
    expect(purposes().length).toBeGreaterThan(asked)
    expect(new Set(purposes())).toEqual(new Set([purpose]))
    expect(chainlit.pageLoads(page)).toEqual(['/'])
    await expectToHearOnly(frame, [])
    expectNoLeak(chainlit, page)
  })
})

describe('in a host that refuses SSO by its configuration', () => {
  beforeAll(() => chainlit.restart())

  it('nested app auth takes over, unheard', async () => {
    const sso = 'App resource defined in manifest and iframe origin do not match'
    const { page, frame } = await openTeams({ host: { sso } })
    await say(frame, 'hello', '1: hello')
    expect(purposes()).toContain('nested')
    expect(purposes()).not.toContain('sso')
    expect(await panelOf(frame).count()).toBe(0)
    expect(chainlit.find({ path: '/auth/header' })).toMatchObject([{ status: 200 }])
    await expectToHearOnly(frame, [])
    expectNoLeak(chainlit, page)
  })
})
