// Where Chainlit can be: below a path, in another app, behind proxies of all kinds, and in frames of others.

import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ChainlitOptions, type OpenedChainlit, openChainlit } from './chainlit.js'
import { identityIn, logOut, panelOf } from './drop-in.js'
import { expectNoLeak } from './leaks.js'
import { composerOf, frameOf, pickAccount, say } from './pages.js'
import { chatOrigin, teamsOrigin } from './surroundings.js'

/** As if another person asked, for another app, at another place. */
const FORGED = {
  'x-ms-client-principal-id': 'bbbbbbbb-2222-4333-8444-555555555555',
  'x-ms-client-principal-name': 'alex@contoso.example',
  'x-ms-client-principal-idp': 'aad',
  'x-ms-client-principal': Buffer.from('{"auth_typ":"aad","claims":[]}').toString('base64'),
  'x-forwarded-for': '127.0.0.1',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'http',
  'x-forwarded-prefix': '/evil',
  forwarded: 'for=127.0.0.1;host=evil.example;proto=http',
}

const places: Record<string, ChainlitOptions> = {
  'below a root path': { rootPath: '/chat' },
  'mounted in another app': { mountedAt: '/inner/chat' },
  'behind a proxy that changes Host and forwards nothing': { front: { keepsHost: false, forwards: false } },
  'behind a proxy that changes Host and forwards the rest': { front: { keepsHost: false } },
  'behind a proxy that lets forged headers through': { front: { forwards: false, addHeaders: () => FORGED } },
}
const SESSION = '__Host-access_token'
const SESSION_COOKIES = [SESSION, 'X-Chainlit-Session-id']

describe.each(Object.entries(places))('%s', (_, options) => {
  const base = options.rootPath ?? options.mountedAt ?? ''
  const exchange = { method: 'POST', path: `${base}/auth/header` }
  let chainlit: OpenedChainlit
  let page: Page
  beforeAll(async () => {
    chainlit = await openChainlit(options)
  })
  afterAll(() => chainlit.close())
  afterEach(() => chainlit.reset())

  /** Opens the chat, through either door, and says something. */
  async function enter(door: 'browser' | 'Teams', path?: string) {
    if (door === 'Teams') {
      const opened = await chainlit.openTeams(path)
      page = opened.page
      return opened.frame
    }
    page = await chainlit.openBrowserTab(path)
    await pickAccount(page, chainlit.adele)
    await composerOf(page).waitFor()
    return page
  }

  async function cookies() {
    const all = await page.context().cookies()
    const own = all.filter(({ name }) => SESSION_COOKIES.includes(name))
    return own.map(({ name, domain, secure, sameSite, partitionKey }) => ({
      name,
      domain,
      secure,
      sameSite,
      partitionKey,
    }))
  }

  const own = { domain: 'chat.contoso.example', secure: true }
  // Chainlit chooses for the sticky cookie by where the client is, and its Copilot on other sites needs that.
  const sameSiteOf = (name: string) => (name === SESSION ? 'Lax' : expect.stringMatching(/^(Lax|None)$/))
  const inTab = SESSION_COOKIES.map((name) => ({ ...own, name, sameSite: sameSiteOf(name), partitionKey: undefined }))
  const inFrame = SESSION_COOKIES.map((name) => ({
    ...own,
    name,
    sameSite: 'None',
    partitionKey: 'https://microsoft.com',
  }))

  it.each([
    ['browser', inTab],
    ['Teams', inFrame],
  ] as const)('lets people in from the %s with the cookies of that door, and out again', async (door, expected) => {
    const view = await enter(door)
    await say(view, 'hello', '1: hello')
    expect(await identityIn(view)).toBe(chainlit.keyOf(chainlit.adele))
    expect(await cookies()).toEqual(expect.arrayContaining([...expected]))
    expect(await cookies()).toHaveLength(expected.length)
    await logOut(view)
    await panelOf(view).getByText('You are signed out').waitFor()
    expect((await cookies()).map(({ name }) => name)).not.toContain(SESSION)
    expect(chainlit.find(exchange)).toMatchObject([{ status: 200 }])
    expectNoLeak(chainlit, page, base)
  })

  it.each(['browser', 'Teams'] as const)('heals in the %s what ends in the middle of a conversation', async (door) => {
    const view = await enter(door)
    await say(view, 'before', '1: before')
    const loads = chainlit.pageLoads(page).length
    await chainlit.expireSessions()
    chainlit.dropSockets()
    await say(view, 'after', '2: after')
    expect(chainlit.find(exchange)).toHaveLength(2)
    expect(chainlit.pageLoads(page)).toHaveLength(loads)
    expectNoLeak(chainlit, page, base)
  })

  it('takes files and shows images in Teams, after the session has ended too', async () => {
    const view = await enter('Teams')
    await say(view, 'image', '1: image')
    const image = view.locator('img[src*="/project/file/"]')
    await expect.poll(() => image.evaluate((shown: HTMLImageElement) => shown.naturalWidth)).toBe(8)
    await chainlit.expireSessions()
    const file = { name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('twelve bytes') }
    await view.locator('input[type=file]').first().setInputFiles(file)
    await chainlit.answered({ method: 'POST', path: `${base}/project/file` })
    await say(view, 'look', '2: look with note.txt (12 bytes)')
    expect(chainlit.find({ method: 'POST', path: `${base}/project/file` })).toMatchObject([{ status: 200 }])
    expect(chainlit.find(exchange)).toHaveLength(2)
    expectNoLeak(chainlit, page, base)
  })

  it('comes back to the address that was opened', async () => {
    await enter('browser', '/?prompt=Good%20morning')
    expect(page.url()).toBe(`${chatOrigin}${base}/?prompt=Good%20morning`)
    expect(await composerOf(page).textContent()).toBe('Good morning')
    expectNoLeak(chainlit, page, base)
  })
})

describe('in a frame', () => {
  const evil = 'https://evil.example'
  let chainlit: OpenedChainlit
  beforeAll(async () => {
    chainlit = await openChainlit({ app: 'demo' })
  })
  afterAll(() => chainlit.close())
  afterEach(() => chainlit.reset())

  const tokensAsked = () => chainlit.world.requests.filter(({ url }) => url.endsWith('/mint'))

  it('of Outlook people are let in as in Teams', async () => {
    const { page, frame } = await chainlit.openTeams('/', {
      origin: 'https://outlook.office.com',
      host: { hostName: 'Outlook' },
    })
    await frame.getByText('Hello, Adele Vance.').waitFor()
    await say(frame, 'hello', 'said: hello')
    expect(await identityIn(frame)).toBe(chainlit.keyOf(chainlit.adele))
    expect(chainlit.find({ path: '/auth/header' })).toMatchObject([{ status: 200, context: 'framed' }])
    expectNoLeak(chainlit, page)
  })

  it('of any other site the browser shows nothing', async () => {
    const { page } = await chainlit.openTeams('/', { origin: evil })
    await expect.poll(() => chainlit.consoleOf(page).join()).toMatch(/frame-ancestors/)
    expect((await frameOf(page)).url()).not.toContain(chatOrigin)
    expect(chainlit.find(({ path }) => path !== '/')).toEqual([])
    expect(tokensAsked()).toEqual([])
    expectNoLeak(chainlit, page)
  })

  it('of a site that the policy lets through by mistake, nobody is let in and nothing is asked for', async () => {
    await chainlit.restart({ env: { TWODOOR_FRAME_ANCESTORS: `https://teams.microsoft.com ${evil}` } })
    const { page, frame } = await chainlit.openTeams('/', { origin: evil })
    const link = panelOf(frame).getByRole('link', { name: 'Open in browser' })
    await link.waitFor()
    expect(await link.getAttribute('href')).toBe(`${chatOrigin}/`)
    expect(await link.getAttribute('target')).toBe('_blank')
    await chainlit.answered({ path: '/auth/config' })
    expect(chainlit.find({ path: '/auth/header' })).toEqual([])
    expect(chainlit.requests.flatMap(({ setCookies }) => setCookies)).toEqual([])
    expect(await page.context().cookies()).toEqual([])
    expect(tokensAsked()).toEqual([])
    expect(chainlit.pageLoads(page)).toEqual(['/'])
    expect(chainlit.world.requests.filter(({ host }) => host === 'login.microsoftonline.com')).toEqual([])
    expectNoLeak(chainlit, page)

    const [opened] = await Promise.all([page.waitForEvent('popup'), link.click()])
    await pickAccount(opened, chainlit.adele)
    await opened.getByText('Hello, Adele Vance.').waitFor()
    await say(opened, 'hello', 'said: hello')
    expect(await identityIn(opened)).toBe(chainlit.keyOf(chainlit.adele))
    expectNoLeak(chainlit, [page, opened])
  })

  it('of Teams the policy lets the chat be', async () => {
    expect(chainlit.serverOutput()).not.toMatch(/Traceback/)
    const { page, frame } = await chainlit.openTeams()
    await composerOf(frame).waitFor()
    expect(new URL(page.url()).origin).toBe(teamsOrigin)
    expectNoLeak(chainlit, page)
  })
})
