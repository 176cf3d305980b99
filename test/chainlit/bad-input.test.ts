// What is set up wrongly, and tokens that are no good. The measure is a stock Chainlit: the same page of the same server,
// whose browser does not get the script.

import { createHmac } from 'node:crypto'
import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { MintOptions } from '../../src/testing/index.js'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import { buttonOf, panelOf, patchedIn } from './drop-in.js'
import { expectNoLeak } from './leaks.js'
import { pickAccount, say } from './pages.js'
import { chatOrigin } from './surroundings.js'

const EXCHANGE = { method: 'POST', path: '/auth/header' }
const doors = ['browser', 'Teams'] as const
/** Longer than twodoor waits for anybody, and than a place is not returned to. */
const LONG_AFTER_MS = 600_000
/** For what the server prints. */
const PATIENT = { timeout: 30_000 }

/** The app of the other tests, with the callbacks and as the version that the environment names. */
const APP = `
import os

import chainlit as cl
import chainlit.version
import conversation

chainlit.version.__version__ = os.environ.get("VERSION", chainlit.version.__version__)
from twodoor.chainlit import setup

auth = setup(
    client_id=os.environ["ENTRA_CLIENT_ID"],
    tenants=[os.environ["ENTRA_TENANT_ID"]],
    public_origin=os.environ["PUBLIC_ORIGIN"],
)
callbacks = os.environ.get("CALLBACKS", "header oauth").split()

if "header" in callbacks:
    @cl.header_auth_callback
    async def header_auth(headers):
        return await auth.user(headers)

if "oauth" in callbacks:
    @cl.oauth_callback
    async def oauth(provider_id, token, raw_user_data, default_user, id_token=None):
        return auth.oauth_user(provider_id, raw_user_data)
`

type Door = (typeof doors)[number]
type Prepare = (page: Page) => Promise<unknown>

interface Visit {
  readonly page: Page
  /** The chat. */
  readonly view: Page | Frame
  /** What it has asked for, in that order: pages, and what scripts ask for. */
  readonly calls: string[]
}
type Arrived = (visit: Visit) => Promise<unknown>

let chainlit: OpenedChainlit
beforeAll(async () => {
  chainlit = await openChainlit({ files: { 'app.py': APP } })
})
afterAll(() => chainlit.close())
afterEach(() => chainlit.reset())

async function visit(door: Door, prepare?: Prepare, path?: string): Promise<Visit> {
  const calls: string[] = []
  const options = {
    // With its storage blocked a stock Chainlit is a white page.
    thirdPartyCookies: 'allowed' as const,
    async prepare(page: Page) {
      await page.clock.install()
      noteCalls(page, calls)
      await prepare?.(page)
    },
  }
  if (door === 'Teams') {
    const { page, frame } = await chainlit.openTeams(path, options)
    return { page, view: frame, calls }
  }
  const page = await chainlit.openBrowserTab(path, options)
  return { page, view: page, calls }
}

function noteCalls(page: Page, calls: string[]): void {
  page.on('request', (request) => {
    const { origin, pathname } = new URL(request.url())
    const kind = request.resourceType()
    // The pages of the OAuth login do nothing but lead elsewhere.
    if (origin !== chatOrigin || pathname.startsWith('/auth/oauth/')) return
    if (kind === 'document') calls.push(`page ${pathname}`)
    if (kind === 'fetch' || kind === 'xhr') calls.push(`${request.method()} ${pathname}`)
  })
}

const loadsOf = ({ calls }: Visit) => calls.filter((call) => call.startsWith('page ')).length
const withoutScript: Prepare = (page) => page.route('**/twodoor.chainlit.*js', (route) => route.abort())

/** What a visit has come to, a long time after. */
async function outcomeOf({ page, view, calls }: Visit) {
  await page.clock.fastForward(LONG_AFTER_MS)
  // Whatever the page has asked for until now has arrived afterwards.
  await view.evaluate(async () => void (await fetch('/favicon')))
  return {
    loads: loadsWithCalls(calls),
    exchanges: calls.filter((call) => call === 'POST /auth/header').length,
    errors: chainlit.pageErrors(page),
    shown: await view.locator('form, #chat-input').allTextContents(),
  }
}

/** Each page with what it asked for. Chainlit's client asks for a user as often as it likes, the last time while it goes. */
function loadsWithCalls(calls: readonly string[]): string[] {
  const loads = calls.join('\n').split(/\n(?=page )/)
  return loads.map((load) => {
    const [page, ...others] = load.split('\n').filter((call) => call !== 'POST /auth/header')
    return [page, ...[...new Set(others)].sort()].join(', ')
  })
}

type Outcome = Awaited<ReturnType<typeof outcomeOf>>

/** Chainlit's login page tries the header login once or twice, depending on the pace of its calls. */
const roughly = (outcome: Outcome) => ({ ...outcome, exchanges: outcome.exchanges > 0 })

interface Side extends Visit {
  readonly outcome: Outcome
}

/** Visits a door with the script, and without it. */
async function visitBoth(door: Door, arrived: Arrived, prepare: Prepare = async () => {}, path = '/') {
  const come = async (...preparations: Prepare[]): Promise<Side> => {
    const visited = await visit(door, (page) => Promise.all(preparations.map((each) => each(page))), path)
    await arrived(visited)
    return { ...visited, outcome: await outcomeOf(visited) }
  }
  const [ours, stock] = await Promise.all([come(prepare), come(prepare, withoutScript)])
  return { ours, stock: stock.outcome }
}

/** The login page of a Chainlit whose only login is OAuth. */
const atLogin: Arrived = ({ view }) => buttonOf(view).waitFor()
/** Where there is a header login, Chainlit tries it without a header, and says that it failed. */
const refusedAtLogin: Arrived = ({ view }) => view.locator('form', { hasText: 'Unable to sign in' }).waitFor()
const inChat: Arrived = ({ view }) => say(view, 'hello', '1: hello')

/** Expects that twodoor has left the page, and has said why in one line for each of its loads. */
async function expectGivenUp(visited: Visit, words: RegExp): Promise<void> {
  const complaints = chainlit.consoleOf(visited.page).filter((line) => line.includes('twodoor'))
  expect(complaints).toHaveLength(loadsOf(visited))
  expect(new Set(complaints).size).toBe(1)
  expect(complaints[0]).toMatch(/^error: twodoor: .* Chainlit goes on without twodoor\.$/)
  expect(complaints[0]).toMatch(words)
  expect(await patchedIn(visited.view)).toEqual([])
  expect(await panelOf(visited.view).count()).toBe(0)
  expectNoLeak(chainlit, visited.page)
}

const tokensSent = () => chainlit.find({ ...EXCHANGE, authorization: true })

/** The server itself, as somebody asks it who is no browser. */
function askServer(path: string, init?: RequestInit): Promise<Response> {
  const [, port] = chainlit.serverOutput().match(/localhost:(\d+)/) ?? []
  return fetch(`http://127.0.0.1:${port}${path}`, init)
}

describe('a wrong attribute', () => {
  const attributes: [string, Door, (right: string) => string, RegExp][] = [
    ['another name', 'browser', (right) => right.replace('client-id', 'client'), /data-client-id, .*not 'data-client'/],
    [
      'no tenant',
      'Teams',
      (right) => right.replace(/data-tenant="\S+"/, ''),
      /`data-tenant`.*contoso\.onmicrosoft\.com/,
    ],
    [
      'two scopes',
      'browser',
      (right) => right.replace('access_as_user', '$& openid'),
      /`data-scope`.*api:.*access_as_user/,
    ],
    ['no JSON', 'Teams', (right) => `${right} data-options="{teams}"`, /`data-options`.*\{"teams":/],
    ['none at all', 'browser', () => 'type="module"', /`data-client-id`.*[0-9a-f]{8}-/],
  ]

  it.each(attributes)('(%s) makes a stock Chainlit, seen from %s, and a right one is named', async (...row) => {
    const [, door, change, words] = row
    await chainlit.restart({ attributes: change })
    const { ours, stock } = await visitBoth(door, refusedAtLogin)
    expect(roughly(ours.outcome)).toEqual(roughly(stock))
    await expectGivenUp(ours, words)
    expect(tokensSent()).toEqual([])
  })

  it('(async, with which the script can come too late) is told of, and makes a stock Chainlit', async () => {
    await chainlit.restart({ attributes: (right) => right.replace('defer', 'async') })
    // Any other page Chainlit may leave before the script has come.
    const { ours, stock } = await visitBoth('browser', refusedAtLogin, undefined, '/login')
    await ours.view.waitForFunction(() => 'twodoor' in window)
    expect(roughly(await outcomeOf(ours))).toEqual(roughly(stock))
    await expectGivenUp(ours, /"defer", without "async"/)
    expect(tokensSent()).toEqual([])
  })
})

describe('an unknown version of Chainlit', () => {
  beforeAll(() => chainlit.restart())

  /** Runs before every script that is deferred. */
  const withoutRootPath: Prepare = (page) =>
    page.addInitScript(() => {
      const remove = () => document.querySelector('meta[property="og:root_path"]')?.remove()
      document.addEventListener('readystatechange', remove)
    })

  it.each(doors)('whose page does not tell its root path makes a stock Chainlit, seen from %s', async (door) => {
    const { ours, stock } = await visitBoth(door, refusedAtLogin, withoutRootPath)
    expect(roughly(ours.outcome)).toEqual(roughly(stock))
    await expectGivenUp(ours, /custom_js of Chainlit 2\.9 to 2\.12/)
    expect(tokensSent()).toEqual([])
  })

  it('that looks the same lets people in, and is named in the log of the server', async () => {
    const printed = chainlit.serverOutput().length
    await chainlit.restart({ env: { VERSION: '2.13.0' } })
    expect(chainlit.serverOutput().slice(printed)).toMatch(/verified with Chainlit 2\.9, .*2\.12, and this is 2\.13\.0/)
    const visited = await visit('Teams')
    await inChat(visited)
    expect(chainlit.consoleOf(visited.page).join('\n')).not.toMatch(/twodoor/)
    expectNoLeak(chainlit, visited.page)
  })
})

describe('an /auth/config of another shape', () => {
  beforeAll(() => chainlit.restart())
  const words = /`\/auth\/config`.*Chainlit 2\.9 to 2\.12.*docs\/chainlit\.md/
  const shapes: [string, object][] = [
    ['an object for headerAuth', { headerAuth: { enabled: true } }],
    ['no oauthProviders', { oauthProviders: undefined }],
  ]

  async function answering(changes: object, before = async (): Promise<unknown> => undefined): Promise<Prepare> {
    const right = (await (await askServer('/auth/config')).json()) as object
    return (page) =>
      page.route('**/auth/config', async (route) => {
        await before()
        await route.fulfill({ json: { ...right, ...changes } })
      })
  }

  it.each(shapes)('(%s) makes a stock Chainlit in a browser', async (_, changes) => {
    const { ours, stock } = await visitBoth('browser', refusedAtLogin, await answering(changes))
    expect(roughly(ours.outcome)).toEqual(roughly(stock))
    await expectGivenUp(ours, words)
    expect(tokensSent()).toEqual([])
    expect(chainlit.entra.requests).toEqual([])
  })

  it.each(shapes)('(%s) makes a stock Chainlit in Teams that comes before the exchange', async (_, changes) => {
    const answer = await answering(changes)
    const withoutAnswer: Prepare = (page) =>
      page.route('**/auth/header', async (route) => {
        if (route.request().headers()['authorization'] === undefined) await route.continue()
      })
    const prepare: Prepare = (page) => Promise.all([answer(page), withoutAnswer(page)])
    const { ours, stock } = await visitBoth('Teams', refusedAtLogin, prepare)
    expect({ ...ours.outcome, exchanges: 0 }).toEqual({ ...stock, exchanges: 0 })
    await expectGivenUp(ours, words)
  })

  it('makes a stock Chainlit in Teams that comes after the exchange, with the session of that', async () => {
    // Then the browser has the cookie.
    const exchanged = () => chainlit.answered({ path: '/user', status: 200 })
    const prepare = await answering({ headerAuth: undefined }, exchanged)
    const ours = await visit('Teams', prepare)
    await inChat(ours)
    const outcome = await outcomeOf(ours)
    await expectGivenUp(ours, words)
    expect(outcome.exchanges).toBe(1)
    await withoutScript(ours.page)
    ours.calls.length = 0
    await (ours.view as Frame).goto(`${chatOrigin}/`)
    await inChat(ours)
    expect({ ...(await outcomeOf(ours)), exchanges: 1 }).toEqual(outcome)
  })
})

describe('a server without @cl.header_auth_callback', () => {
  beforeAll(() => chainlit.restart({ env: { CALLBACKS: 'oauth' } }))
  const words = /Chainlit has no `@cl\.header_auth_callback`: register one in app\.py\./

  it.each(['/', '/thread/x?prompt=hello', '/login'])('is a stock one in a browser, opened at %s', async (path) => {
    const { ours, stock } = await visitBoth('browser', atLogin, undefined, path)
    expect(ours.outcome).toEqual(stock)
    await expectGivenUp(ours, words)
    expect(chainlit.find(EXCHANGE)).toEqual([])
    expect(chainlit.entra.requests).toEqual([])
  })

  it.each(['/', '/login'])('is a stock one in Teams, opened at %s, but for one exchange at each load', async (path) => {
    const { ours, stock } = await visitBoth('Teams', atLogin, undefined, path)
    expect({ ...ours.outcome, exchanges: 0 }).toEqual(stock)
    expect(ours.outcome.exchanges).toBeLessThanOrEqual(loadsOf(ours))
    await expectGivenUp(ours, words)
  })

  it('sends nobody to Entra ID where it says first that there is no session', async () => {
    const config = chainlit.hold('/auth/config')
    const visited = await visit('browser')
    await config.asked
    await chainlit.answered({ path: '/user', status: 401 })
    await visited.view.evaluate(async () => void (await fetch('/favicon')))
    config.release()
    await atLogin(visited)
    await expectGivenUp(visited, words)
    expect(chainlit.entra.requests).toEqual([])
  })

  it("lets people in by Chainlit's own login", async () => {
    const visited = await visit('browser')
    await buttonOf(visited.view).click()
    await pickAccount(visited.page, chainlit.adele)
    await inChat(visited)
    await expectGivenUp(visited, words)
    expect(chainlit.find(EXCHANGE)).toEqual([])
  })

  describe('and without any other', () => {
    beforeAll(() => chainlit.restart({ env: { CALLBACKS: '' } }))

    it.each(doors)('lets everybody in, seen from %s', async (door) => {
      const { ours, stock } = await visitBoth(door, inChat)
      expect({ ...ours.outcome, exchanges: 0 }).toEqual(stock)
      expect(ours.outcome.exchanges).toBeLessThanOrEqual(door === 'Teams' ? 1 : 0)
      await expectGivenUp(ours, words)
    })
  })
})

it('without @cl.oauth_callback makes a stock Chainlit where that is to sign in', async () => {
  const attributes = (right: string) => `${right} data-browser="chainlit-oauth"`
  await chainlit.restart({ attributes, env: { CALLBACKS: 'header' } })
  const { ours, stock } = await visitBoth('browser', refusedAtLogin)
  expect(roughly(ours.outcome)).toEqual(roughly(stock))
  await expectGivenUp(ours, /`@cl\.oauth_callback`.*data-browser/)
})

describe('a bad token', () => {
  beforeAll(() => chainlit.restart())

  const mint = (options?: MintOptions) => chainlit.entra.mint(chainlit.adele, options)
  const otherTenant = '99999999-2222-4333-8444-555555555555'

  /** The claims of a good token under another header, and what is said to be their signature. */
  async function forged(header: object, signatureOf: (signed: string) => string): Promise<string> {
    const [, claims] = (await mint()).split('.')
    const signed = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${claims}`
    return `${signed}.${signatureOf(signed)}`
  }
  const hmac = (signed: string) => createHmac('sha256', chainlit.entra.clientId).update(signed).digest('base64url')

  const tokens: [string, () => Promise<string>, RegExp][] = [
    ['for another app', () => mint({ audience: 'api://elsewhere.example' }), /wrong_audience\): `aud` is none of/],
    ['an ID token', () => mint({ kind: 'id' }), /not_an_access_token\): It .*ID token/],
    ['of an app on its own', () => mint({ kind: 'app-only' }), /not_an_access_token\): It .*app on its own/],
    ['of another tenant', () => mint({ claims: { tid: otherTenant } }), /wrong_tenant\): `tid` is none of `tenants`/],
    ['expired', () => mint({ expiresInSeconds: -3_600 }), /token_expired\): The token has expired/],
    [
      'signed by somebody else',
      () => chainlit.entra.mintForged(chainlit.adele),
      /token_invalid\): The signature is wrong/,
    ],
    ['signed with a secret', () => forged({ alg: 'HS256', kid: 'x' }, hmac), /token_invalid\): `alg` is not RS256/],
    ['that nobody signed', () => forged({ alg: 'none' }, () => ''), /token_malformed\): The token is not a signed JWT/],
    ['that is none', async () => 'g4rbage-of-somebody', /token_malformed\): The token is not a signed JWT/],
    [
      'over-long',
      () => mint({ claims: { more: 'm'.repeat(20_000) } }),
      /token_malformed\): The token is longer than 16 KB/,
    ],
  ]

  it.each(tokens)('(%s) is a 401 whose reason is in the log, without a part of it', async (_, make, reason) => {
    const token = await make()
    const printed = chainlit.serverOutput().length
    const headers = { authorization: `Bearer ${token}` }
    const response = await askServer('/auth/header', { method: 'POST', headers })
    expect(response.status).toBe(401)
    expect(response.headers.getSetCookie()).toEqual([])
    const answer = await response.text()
    await expect.poll(() => chainlit.serverOutput().slice(printed), PATIENT).toMatch(reason)
    expect(partsOf(token).filter((part) => (answer + chainlit.serverOutput()).includes(part))).toEqual([])
  })

  it('(none) is a 401 whose reason is in the log', async () => {
    const printed = chainlit.serverOutput().length
    expect((await askServer('/auth/header', { method: 'POST' })).status).toBe(401)
    await expect
      .poll(() => chainlit.serverOutput().slice(printed), PATIENT)
      .toMatch(/token_missing\): There is no token/)
  })

  it('(from Teams) is sent once, and the user is told', async () => {
    const token = await chainlit.entra.mintForged(chainlit.adele)
    const printed = chainlit.serverOutput().length
    const json = { token, expiresInSeconds: 3_600 }
    const visited = await visit('Teams', (page) => page.route('**/mint', (route) => route.fulfill({ json })))
    await panelOf(visited.view).getByRole('button', { name: 'Try again' }).waitFor()
    await outcomeOf(visited)
    expect(chainlit.find(EXCHANGE).map(({ status }) => status)).toEqual([401])
    expect(loadsOf(visited)).toBe(1)
    await expect.poll(() => chainlit.serverOutput().slice(printed), PATIENT).toMatch(/token_invalid/)
    expect(partsOf(token).filter((part) => chainlit.serverOutput().includes(part))).toEqual([])
    expectNoLeak(chainlit, visited.page)
  })

  it('(from Teams) that is for another app is sent nowhere, and the user is told', async () => {
    const json = { token: await mint({ audience: 'api://elsewhere.example' }), expiresInSeconds: 3_600 }
    const visited = await visit('Teams', (page) => page.route('**/mint', (route) => route.fulfill({ json })))
    await panelOf(visited.view).getByRole('button', { name: 'Try again' }).waitFor()
    expect(chainlit.find(EXCHANGE)).toEqual([])
    expectNoLeak(chainlit, visited.page)
  })
})

const PART_LENGTH = 12

/** Every piece of a token that is long enough to be no coincidence. */
function partsOf(token: string): string[] {
  return Array.from({ length: token.length - PART_LENGTH + 1 }, (_, i) => token.slice(i, i + PART_LENGTH))
}
