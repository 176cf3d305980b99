// dist/script as it is published, in pages that know nothing but script tags, from another origin and under strict policies.

import { readdirSync, readFileSync } from 'node:fs'
import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type * as npmEntry from '../../src/index.js'
import {
  type AppSite,
  appOrigin,
  bundle,
  cdnOrigin,
  type Doors,
  html,
  openDoors,
  signIn,
  statusOf,
  until,
} from './doors.js'
import { REPORT_PATH } from './script-tags.js'

declare global {
  interface Window {
    twodoor: typeof npmEntry
  }
}

const FOLDER = '/libs/twodoor/'
const NONCE = 'bm9uY2U'
const BARE_PAGE = '/bare'
const DOCS_PAGE = '/docs'
const files = readdirSync('dist/script')
const hashes = JSON.parse(readFileSync('dist/script/integrity.json', 'utf8')) as Record<string, string>
const codeOf = (name: string) => readFileSync(`dist/script/${name}`, 'utf8')

/** As a test wants it. */
const page = { origin: cdnOrigin, policy: '', before: '', instead: new Map<string, () => Response>() }
let doors: Doors
let app: string

beforeAll(async () => {
  app = await bundle('app', { 'src/index.js': 'twodoor', 'socket.io-client': 'io' })
  doors = await openDoors(site)
})
beforeEach(() => {
  Object.assign(page, { origin: cdnOrigin, policy: '', before: '' })
  page.instead.clear()
})
afterEach(() => doors.reset())
afterAll(() => doors.close())

const site: AppSite = ({ origin, pathname }) => {
  const name = pathname.slice(FOLDER.length)
  if (pathname.startsWith(FOLDER)) return page.instead.get(name)?.() ?? served(name)
  if (pathname === '/socket.io.js')
    return script(readFileSync('node_modules/socket.io-client/dist/socket.io.min.js', 'utf8'))
  if (pathname === '/app.js') return script(app)
  if (origin !== appOrigin) return new Response('', { status: 404 })
  const policy = page.policy && `${page.policy}; report-uri ${REPORT_PATH}`
  const body =
    { [BARE_PAGE]: '', [DOCS_PAGE]: docsPage() }[pathname] ?? pageWith(['twodoor.js', 'sockets.js', 'session.js'])
  return html(body, policy ? { 'content-security-policy': policy } : {})
}

/** As a CDN does: for every origin, and with a type that the browser insists on. */
function script(code: string): Response {
  const headers = {
    'content-type': 'text/javascript',
    'access-control-allow-origin': '*',
    'x-content-type-options': 'nosniff',
  }
  return new Response(code, { headers })
}
const served = (name: string) => (files.includes(name) ? script(codeOf(name)) : new Response('', { status: 404 }))

function pageWith(names: string[]): string {
  const own = names.map(
    (name) =>
      `<script src="${page.origin}${FOLDER}${name}" integrity="${hashes[name]}" crossorigin nonce="${NONCE}"></script>`,
  )
  const others = ['/socket.io.js', '/app.js'].map((path) => `<script src="${path}" nonce="${NONCE}"></script>`)
  return `<title>App</title><body>${page.before}${[...own, ...others].join('')}`
}

/** The page of docs/script-tag.md, with the values that it leaves open. */
function docsPage(): string {
  const [, block = ''] = /```html\n(.*?)```/s.exec(readFileSync('docs/script-tag.md', 'utf8')) ?? []
  return block
    .replace('sha384-…', `${hashes['twodoor.js']}`)
    .replaceAll('nonce="…"', `nonce="${NONCE}"`)
    .replace('/twodoor/twodoor.js', `${FOLDER}twodoor.js`)
    .replace('{ clientId, tenant, scopes }', 'window.config.options')
}

const adeleAtServer = () => ({ status: 200, body: { key: doors.keyOf(doors.adele) } })
const reports = () => doors.world.requests.filter(({ url }) => url === appOrigin + REPORT_PATH)
/** The names of the files that were asked for. */
const downloads = () =>
  doors.world.requests
    .map(({ url }) => new URL(url))
    .filter(({ origin, pathname }) => origin === page.origin && pathname.startsWith(FOLDER))
    .map(({ pathname }) => pathname.slice(FOLDER.length))
const OF_THE_PAGE = ['session.js', 'sockets.js', 'twodoor.js']

async function works(door: Page | Frame): Promise<void> {
  expect(await door.evaluate(() => window.app.me())).toEqual(adeleAtServer())
  expect(await door.evaluate(() => window.app.connect())).toBe(doors.keyOf(doors.adele))
}

/** The last part that a door loads, by itself: the server tells each new socket how long its session lasts. */
const untilLifetimeIsLoaded = (door: Page | Frame) =>
  door.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('/lifetime.js')))

describe('a door downloads what it needs:', () => {
  it('a browser never teams-js', async () => {
    const tab = await doors.openTab()
    await signIn(tab, doors.adele)
    await works(tab)
    await untilLifetimeIsLoaded(tab)
    const parts = ['engine.js', 'lifetime.js', 'msal.js']
    expect([...new Set(downloads())].sort()).toEqual([...OF_THE_PAGE, ...parts].sort())
  })

  it('Teams never MSAL', async () => {
    const { frame } = await doors.openTeams()
    expect(await statusOf(frame)).toBe('signed-in')
    await works(frame)
    await untilLifetimeIsLoaded(frame)
    expect(downloads().sort()).toEqual([...OF_THE_PAGE, 'engine.js', 'lifetime.js', 'teams.js'].sort())
  })

  it('Teams with nested app auth both', async () => {
    const { frame } = await doors.openTeams({ teams: { method: 'nested' } })
    expect(await statusOf(frame)).toBe('signed-in')
    await works(frame)
    await untilLifetimeIsLoaded(frame)
    const parts = ['engine.js', 'lifetime.js', 'msal.js', 'teams.js']
    expect(downloads().sort()).toEqual([...OF_THE_PAGE, ...parts].sort())
  })

  it('a page that only loads the core nothing', async () => {
    const tab = await doors.openTab({}, { path: BARE_PAGE })
    const before = await tab.evaluate(() => Object.getOwnPropertyNames(window))
    await tab.addScriptTag({ url: `${page.origin}${FOLDER}twodoor.js` })
    const added = await tab.evaluate(() => Object.getOwnPropertyNames(window))
    expect(added.filter((name) => !before.includes(name))).toEqual(['twodoor'])
    await tab.evaluate(() => new Promise((done) => requestIdleCallback(done)))
    expect(downloads()).toEqual(['twodoor.js'])
  })
})

describe('the names of the package', () => {
  it('are there, each by the script that has it', async () => {
    const { AuthError, ...functions } = await import('../../src/index.js')
    const tab = await doors.openTab()
    expect((await tab.evaluate(() => Object.keys(window.twodoor))).sort()).toEqual(
      ['AuthError', ...Object.keys(functions)].sort(),
    )
  })

  it('and its errors are of one class, also those of a part', async () => {
    const tab = await doors.openTab()
    await statusOf(tab)
    const isOwn = await tab.evaluate(() =>
      window.app.auth.getToken().catch((error) => error instanceof window.twodoor.AuthError && error.code),
    )
    expect(isOwn).toBe('sign_in_required')
  })
})

const strict = "object-src 'none'; base-uri 'none'"
const trusted = "require-trusted-types-for 'script'; trusted-types twodoor"

describe.each([
  ['its own origin', appOrigin, `script-src 'self'; ${strict}`],
  ['its own origin, with Trusted Types', appOrigin, `script-src 'self'; ${strict}; ${trusted}`],
  ['a nonce', cdnOrigin, `script-src 'nonce-${NONCE}'; ${strict}`],
  ['a nonce that reaches on', cdnOrigin, `script-src 'nonce-${NONCE}' 'strict-dynamic'; ${strict}; ${trusted}`],
  ['a CDN', cdnOrigin, `script-src ${cdnOrigin} 'nonce-${NONCE}'; ${strict}; ${trusted}`],
])('a policy that allows %s', (_, origin, policy) => {
  it('works at both doors', async () => {
    Object.assign(page, { origin, policy })
    const tab = await doors.openTab()
    await signIn(tab, doors.adele)
    await works(tab)
    const { frame } = await doors.openTeams({ teams: { method: 'nested' } })
    expect(await statusOf(frame)).toBe('signed-in')
    await works(frame)
    expect(reports()).toEqual([])
  })
})

describe('a part that does not come', () => {
  /** What reaches the test of an error. */
  const failure = () => {
    const { error } = window.app.auth.state as { error: Error }
    return { ...error, message: error.message, cause: `${error.cause}` }
  }
  const failing = async (part: string, answer: () => Response) => {
    page.instead.set(part, answer)
    const tab = await doors.openTab()
    await until(tab, 'failed')
    return { tab, error: await tab.evaluate(failure) }
  }

  it.each(['engine.js', 'msal.js'])('is asked for again: %s', async (part) => {
    const { tab, error } = await failing(part, () => Response.error())
    expect(error).toMatchObject({ code: 'unavailable' })
    page.instead.clear()
    await tab.evaluate(() => window.dispatchEvent(new Event(navigator.onLine ? 'online' : 'focus')))
    await until(tab, 'signed-out')
    await signIn(tab, doors.adele)
    await works(tab)
    expect(downloads().filter((name) => name === part).length).toBeGreaterThan(1)
  })

  it('is not run where one byte is another', async () => {
    const changed = () => script(`${codeOf('msal.js')};window.ran = true`)
    const { tab, error } = await failing('msal.js', changed)
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('another file') })
    expect(await tab.evaluate(() => 'ran' in window)).toBe(false)
  })

  it('says so where the folder does not have it', async () => {
    const { error } = await failing(
      'msal.js',
      () => new Response('', { status: 404, headers: { 'access-control-allow-origin': '*' } }),
    )
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('404'), retryable: false })
  })

  it('has what the browser says of it as its cause', async () => {
    page.policy = `script-src 'nonce-${NONCE}'; ${trusted.replace('twodoor', 'other')}`
    const { error } = await failing('none', () => script(''))
    expect(error).toMatchObject({ code: 'unavailable', cause: expect.stringContaining('TrustedScriptURL') })
    expect(reports()).not.toEqual([])
  })
})

describe('where twodoor.js is found', () => {
  it('is not told by markup', async () => {
    page.before = '<img name="currentScript"><img name="currentScript" src="https://elsewhere.example/x.js">'
    const tab = await doors.openTab()
    await signIn(tab, doors.adele)
    await works(tab)
  })

  it.each(['module', 'inline'])('is not known as %s, which is said at once', async (kind) => {
    const tab = await doors.openTab({}, { path: BARE_PAGE })
    const thrown = tab.waitForEvent('pageerror')
    const tag =
      kind === 'module'
        ? { type: 'module', url: `${page.origin}${FOLDER}twodoor.js` }
        : { content: codeOf('twodoor.js') }
    await tab.addScriptTag(tag).catch(() => {})
    expect((await thrown).message).toContain('<script src>')
    doors.world.failures.length = 0
  })

  it('is there before sockets.js, or that says so', async () => {
    const tab = await doors.openTab({}, { path: BARE_PAGE })
    const thrown = tab.waitForEvent('pageerror')
    await tab.addScriptTag({ url: `${page.origin}${FOLDER}sockets.js` })
    expect((await thrown).message).toContain('Load sockets.js after twodoor.js')
    doors.world.failures.length = 0
  })
})

it('leaves no element of its own behind', async () => {
  const tab = await doors.openTab()
  await signIn(tab, doors.adele)
  await works(tab)
  await untilLifetimeIsLoaded(tab)
  const ofThePage = ['twodoor.js', 'sockets.js', 'session.js'].map((name) => FOLDER + name)
  const sources = () => tab.evaluate(() => [...document.scripts].map(({ src }) => new URL(src).pathname))
  await expect.poll(sources).toEqual([...ofThePage, '/socket.io.js', '/app.js'])
})

describe('the page of the docs', () => {
  const who = (tab: Page) => tab.textContent('#who')
  const signOut = (tab: Page) => tab.evaluate('auth.signOut()')

  async function openSignedIn(prepare?: (tab: Page) => Promise<unknown>): Promise<Page> {
    page.policy = `script-src 'nonce-${NONCE}' 'strict-dynamic'; ${strict}; ${trusted}`
    const options = { autoSignIn: 'never', browser: { redirectUri: `${appOrigin}/` } } as const
    const tab = await doors.openTab(options, { path: DOCS_PAGE, ...(prepare && { prepare }) })
    await tab.click('#sign-in')
    await tab.click(`button[data-user="${doors.adele.username}"]`)
    return tab
  }

  it('shows who is signed in, until the sign-out', async () => {
    const tab = await openSignedIn()
    await expect.poll(() => who(tab)).toBe(doors.keyOf(doors.adele))
    await signOut(tab)
    await tab.waitForSelector('#sign-in')
    expect(await who(tab)).toBe('')
    expect(reports()).toEqual([])
  })

  it('shows no answer that comes after the sign-out', async () => {
    let answer = () => {}
    const released = new Promise<void>((resolve) => {
      answer = resolve
    })
    const tab = await openSignedIn((opened) =>
      opened.route('**/api/me', async (route) => {
        await released
        await route.continue()
      }),
    )
    await tab.waitForRequest('**/api/me')
    await signOut(tab)
    await tab.waitForSelector('#sign-in')
    const answered = tab.waitForEvent('requestfinished', (request) => request.url().endsWith('/api/me'))
    answer()
    await answered
    await tab.evaluate(() => new Promise((done) => requestIdleCallback(done)))
    expect(await who(tab)).toBe('')
  })
})
