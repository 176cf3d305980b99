import { spawnSync } from 'node:child_process'
import { request as httpRequest } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { type Browser, chromium, type FrameLocator, type Locator, type Page, type Request } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Demo, startDemo } from '../../demo/demo.js'
import { findChromium } from '../../scripts/chromium.js'

/** Longer than any test: the sockets are not cut before the API is called. */
const SOCKET_GRACE_MS = 600_000
const jwt = /eyJ[\w-]{10,}\.[\w-]{10,}/

let demo: Demo
let browser: Browser

beforeAll(async () => {
  const executablePath = findChromium()
  browser = await chromium.launch(executablePath ? { executablePath } : {})
})

afterAll(() => browser.close())

beforeEach(async () => {
  demo = await startDemo({ socketGraceMs: SOCKET_GRACE_MS })
})

afterEach(() => demo.close())

describe.each([
  ['by npm', '/'],
  ['by script tag', '/umd.html'],
])('the demo, %s', (_name, path) => {
  let stage: Stage

  beforeEach(async () => {
    stage = await openStage(demo.appUrl + path)
  })

  afterEach(() => stage.page.context().close())

  it('signs in by itself in Teams and by a redirect in the browser, and the server sees one identity', async () => {
    await stage.teams.has('status', 'Signed in')
    await stage.browser.has('status', 'Nobody is signed in')
    await stage.signIn('adele')
    await stage.sees('the same key')
    expect(new URL(stage.page.url()).pathname).toBe(path)
    const [left, right] = await Promise.all([stage.browser.key(), stage.teams.key()])
    expect(left).toMatch(/^entra:[\w-]{36}:[\w-]{36}$/)
    expect(right).toBe(left)
  })

  it('calls the API and brings messages to the other door', async () => {
    await stage.signIn('adele')
    await stage.browser.call()
    await stage.browser.has('answer', 'Adele Vance, by a token issued to the app')
    await stage.teams.call()
    await stage.teams.has('answer', 'Adele Vance, by a token issued to Teams')
    await stage.browser.say('from the browser')
    await stage.teams.has('messages', 'from the browser')
    await stage.teams.say('from Teams')
    await stage.browser.has('messages', 'from Teams')
  })

  it('shows the picture that the server draws for the session cookie, in each door', async () => {
    await stage.teams.hasPicture('AV')
    await stage.teams.has('session', 'session until ')
    await stage.browser.hasNoPicture()
    await stage.signIn('adele')
    await stage.browser.hasPicture('AV')
    await stage.browser.has('session', 'session until ')
    expect(await stage.browser.part('session').textContent()).toMatch(/ \d\d:\d\d$/)
    await stage.logs('POST /session 200')
    await stage.logs('GET /me.svg 200')
  })

  it('renews expired tokens, repeats the call and keeps the sockets', async () => {
    await stage.signIn('adele')
    await stage.control('expire')
    for (const door of [stage.browser, stage.teams]) {
      await door.call()
      await door.has('answer', '200')
      await door.has('notes', '401: renewed, called again')
      await door.has('notes', 'socket renewed')
      await door.has('socket', 'connected')
    }
    await stage.logs('401 token_expired')
  })

  it('counts the renewals of a connection that stays the same, and begins anew with the next one', async () => {
    await stage.signIn('adele')
    const doors = [stage.browser, stage.teams]
    for (const door of doors) await door.has('held', 'without a break')
    const connections = stage.page.locator('[data-part="log"] li', { hasText: 'socket connected' })
    await stage.control('expire')
    await stage.logs('expire the tokens now')
    const before = await connections.count()
    for (const door of doors) {
      await door.call()
      await door.has('renewals', 'token renewed once, last at ')
      await door.has('held', 'without a break')
    }
    expect(await connections.count()).toBe(before)
    await stage.control('drop')
    for (const door of doors) {
      await door.part('renewals').filter({ hasNotText: 'renewed' }).waitFor()
      await door.has('held', 'without a break')
    }
    await expect.poll(() => connections.count()).toBe(before + 2)
  })

  it('connects again after the connection was dropped', async () => {
    await stage.signIn('adele')
    await stage.control('drop')
    await stage.logs('cut by the server')
    await stage.sees('the same key')
    await stage.teams.has('socket', 'connected')
    await stage.browser.say('still here')
    await stage.teams.has('messages', 'still here')
  })

  it('waits for the consent of the user in each door', async () => {
    await stage.signIn('adele')
    await stage.control('consent')
    await stage.teams.has('status', 'Consent is needed')
    await stage.browser.has('status', 'Consent is needed')
    await stage.teams.has('socket', 'waits for sign-in')
    await stage.teams.has('held', 'until ')
    await stage.teams.part('sign-in').click()
    await stage.teamsPage.locator('button[value=accept]').click()
    await stage.teams.has('status', 'Signed in')
    await stage.teams.has('socket', 'connected')
    await stage.browser.part('sign-in').click()
    await stage.page.locator('[data-accept]').click()
    await stage.sees('the same key')
  })

  it('switches the account in both doors', async () => {
    await stage.signIn('adele')
    const before = await stage.browser.key()
    await stage.control('switch')
    await stage.page.locator('[data-user^=alex]').click()
    await stage.sees('the same key')
    await stage.teams.has('name', 'Alex Wilber')
    await stage.browser.has('name', 'Alex Wilber')
    expect(await stage.browser.key()).not.toBe(before)
    await stage.teams.hasPicture('AW')
    await stage.browser.hasPicture('AW')
  })

  it('keeps each door signed out over a reload, until the next sign-in', async () => {
    await stage.signIn('adele')
    await stage.teams.part('sign-out').click()
    await stage.teams.has('status', 'Signed out')
    await stage.browser.has('status', 'Signed in')
    await stage.browser.part('sign-out').click()
    await stage.page.reload()
    await stage.teams.has('status', 'Signed out')
    await stage.browser.has('status', 'Signed out')
    await stage.teams.part('sign-in').click()
    await stage.teams.has('status', 'Signed in')
  })

  it('ends the session of the door that signs out, and leaves that of the other', async () => {
    await stage.signIn('adele')
    await stage.teams.part('sign-out').click()
    await stage.teams.has('status', 'Signed out')
    await stage.logs('DELETE /session 204')
    await stage.teams.hasNoPicture()
    await stage.page.reload()
    await stage.browser.hasPicture('AV')
    await stage.teams.has('status', 'Signed out')
    await stage.teams.hasNoPicture()
  })

  it('shows a token in no URL, no log line and nowhere on a page', async () => {
    await stage.signIn('adele')
    await stage.browser.call()
    await stage.control('expire')
    await stage.teams.call()
    await stage.teams.has('notes', 'socket renewed')
    expect(stage.authorizations.some((header) => jwt.test(header))).toBe(true)
    const pages = await Promise.all(stage.page.frames().map((frame) => frame.content()))
    expect(pages.length).toBe(3)
    for (const text of [...pages, ...stage.urls, ...stage.consoleLines]) expect(text).not.toMatch(jwt)
  })
})

describe('the stage', () => {
  let stage: Stage

  beforeEach(async () => {
    stage = await openStage(demo.url)
  })

  afterEach(() => stage.page.context().close())

  it('stays signed out in Teams where the user does not consent', async () => {
    await stage.signIn('adele')
    await stage.control('consent')
    await stage.teams.has('status', 'Consent is needed')
    await stage.teams.part('sign-in').click()
    await stage.teamsPage.locator('button[value=cancel]').click()
    await stage.teams.has('notes', 'Sign-in: cancelled')
    await stage.teams.has('status', 'Consent is needed')
  })

  it('keeps the sessions of two people apart, though cookies know no ports', async () => {
    await stage.teams.hasPicture('AV')
    await stage.browser.part('sign-in').click()
    await stage.page.locator('[data-user^=alex]').click()
    await stage.sees('two people')
    await stage.browser.hasPicture('AW')
    await stage.teams.hasPicture('AV')
    await stage.control('expire')
    for (const door of [stage.browser, stage.teams]) {
      const renewed = stage.page.waitForResponse((response) => isBegin(response.request()))
      await door.call()
      await renewed
    }
    await stage.browser.hasPicture('AW')
    await stage.teams.hasPicture('AV')
    const cookies = await stage.page.context().cookies()
    const sessions = cookies.filter(({ name }) => name.startsWith('__Host-session-'))
    expect(sessions.map(({ sameSite, partitionKey }) => [sameSite, partitionKey]).sort()).toEqual([
      ['Lax', undefined],
      ['None', 'http://localhost'],
    ])
  })

  it('says what to do where the server gives no session, and shows the initials', async () => {
    await stage.page.route('**/session', (route) => route.fulfill({ status: 403, json: { code: 'wrong_origin' } }))
    await stage.signIn('adele')
    await stage.browser.has('session', 'session_refused. Check the address')
    await stage.browser.has('avatar', 'AV')
    await stage.browser.hasNoPicture()
  })

  it('follows the theme of Teams', async () => {
    await stage.teams.has('status', 'Signed in')
    const root = stage.tab.locator('html')
    await stage.teamsPage.locator('[data-part=theme]').selectOption('contrast')
    await expect.poll(() => root.getAttribute('data-theme')).toBe('contrast')
  })

  it('is a page with headings, landmarks and lists, in each of its three frames', async () => {
    await stage.signIn('adele')
    await stage.browser.say('for the list')
    await stage.teams.has('messages', 'for the list')
    for (const frame of stage.page.frames()) expect(await frame.evaluate(faultsOfStructure)).toEqual([])
  })

  it('has nothing red in the console', async () => {
    const errors: string[] = []
    stage.page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
    stage.page.on('pageerror', (error) => errors.push(error.message))
    await stage.page.reload()
    await stage.teams.has('status', 'Signed in')
    await stage.signIn('adele')
    await stage.teams.hasPicture('AV')
    expect(errors).toEqual([])
  })

  it('shows all of both doors on a phone, down to where one writes', async () => {
    await stage.page.setViewportSize({ width: 390, height: 844 })
    await stage.signIn('adele')
    await stage.control('drop')
    await stage.teams.has('socket', 'connected')
    for (const frame of stage.page.frames()) {
      const isTooWide = () => document.documentElement.scrollWidth > innerWidth
      expect(await frame.evaluate(isTooWide), frame.url()).toBe(false)
    }
    const [send, frame] = await Promise.all([
      stage.teams.part('send').boundingBox(),
      stage.page.locator('[data-part="frame"]').boundingBox(),
    ])
    expect((send?.y ?? 0) + (send?.height ?? 0)).toBeLessThan((frame?.y ?? 0) + (frame?.height ?? 0))
  })

  it('says of a door without a socket that it is not connected, not that nobody is there', async () => {
    await stage.signIn('adele')
    await stage.control('consent')
    for (const door of [stage.browser, stage.teams]) {
      await door.has('status', 'Consent is needed')
      await door.has('name', 'Adele Vance')
    }
    for (const name of ['browser-key', 'teams-key'])
      await stage.page.locator(`[data-part="${name}"]`, { hasText: 'not connected' }).waitFor()
  })

  it('asks no other machine for anything', async () => {
    await stage.signIn('adele')
    const hosts = new Set(stage.answered.map((url) => new URL(url).hostname))
    expect([...hosts]).toEqual(['localhost'])
  })
})

describe('the ports of the demo', () => {
  const taken = createServer()
  let port: number

  beforeEach(async () => {
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done))
    port = (taken.address() as AddressInfo).port
  })

  afterEach(() => new Promise<void>((done) => taken.close(() => done())))

  it('are the same each time, and others where one is taken', async () => {
    const other = await startDemo({ ports: port })
    expect(other.url).not.toBe(`http://localhost:${port}/`)
    expect((await fetch(other.url)).status).toBe(200)
    await other.close()
  })

  it('are told in one sentence where the one that was asked for is taken', async () => {
    await expect(startDemo({ port })).rejects.toThrow(
      `Port ${port} is taken: end what listens there, or choose another`,
    )
    for (const [chosen, sentence] of [
      [String(port), `Port ${port} is taken`],
      ['door', 'PORT must be a number from 0 to 65535, not "door".'],
    ] as const) {
      const run = spawnSync(process.execPath, ['--import', 'tsx', 'demo/run.ts'], {
        env: { ...process.env, PORT: chosen },
        encoding: 'utf8',
      })
      expect([run.status, run.stderr.trim().split('\n').length]).toEqual([1, 1])
      expect(run.stderr).toContain(sentence)
    }
  })
})

describe('the servers of the demo', () => {
  it('obey the controls only if a page of the stage asks', async () => {
    const order = (headers: Record<string, string>, body = '{"control":"drop"}') =>
      fetch(`${demo.appUrl}/demo/control`, { method: 'POST', headers, body })
    const json = { 'content-type': 'application/json' }
    expect((await order({ ...json, origin: demo.appUrl })).status).toBe(204)
    expect((await order({ ...json, origin: 'https://evil.example' })).status).toBe(403)
    expect((await order({ ...json, origin: demo.teamsUrl })).status).toBe(403)
    expect((await order(json)).status).toBe(403)
    expect((await order({ 'content-type': 'text/plain', origin: demo.appUrl })).status).toBe(403)
    for (const body of ['{"control":"toString"}', '{"control":["drop"]}', '[]'])
      expect((await order({ ...json, origin: demo.appUrl }, body)).status).toBe(404)
    expect((await order({ ...json, origin: demo.appUrl }, '{')).status).toBe(400)
  })

  it('give Teams tokens only to the page that plays Teams', async () => {
    const ask = (origin: string) =>
      fetch(`${demo.teamsUrl}/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin },
        body: '{}',
      })
    expect((await ask(demo.appUrl)).status).toBe(403)
    expect((await ask('null')).status).toBe(403)
  })

  it('answer under no foreign name', async () => {
    for (const url of [demo.appUrl, demo.teamsUrl]) expect(await statusUnderName(url, 'rebound.example')).toBe(421)
  })

  it('let only the tab be framed', async () => {
    const policyOf = async (path: string) =>
      (await fetch(demo.appUrl + path)).headers.get('content-security-policy') ?? ''
    expect(await policyOf('/')).toContain("frame-ancestors 'none'")
    expect(await policyOf('/umd.html')).toContain("frame-ancestors 'none'")
    expect(await policyOf('/tab.html')).toContain(`frame-ancestors ${demo.appUrl} ${demo.teamsUrl}`)
  })

  it('are gone after close(), which can be called twice', async () => {
    await demo.close()
    await demo.close()
    for (const url of [demo.appUrl, demo.teamsUrl, demo.entraUrl]) await expect(fetch(url)).rejects.toThrow()
  })
})

/** What automated checks of accessibility find first, as far as it is about the structure of a page. Runs in the page. */
function faultsOfStructure(): string[] {
  const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)]
  const faults: string[] = []
  if (all('h1').length !== 1) faults.push('not one h1')
  if (all('main').length !== 1) faults.push('not one main')
  const levels = all('h1, h2, h3, h4').map(({ tagName }) => Number(tagName.slice(1)))
  if (levels.some((level, index) => level > (levels[index - 1] ?? 0) + 1)) faults.push(`headings ${levels}`)
  for (const item of all('li')) {
    const { tagName = '', role } = item.parentElement ?? {}
    if (!['OL', 'UL'].includes(tagName) || !['list', null].includes(role ?? null)) faults.push(item.outerHTML)
  }
  const landmark = 'main, header, footer, nav, aside, [role=status], [role=log], section[aria-label], dialog'
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let text = texts.nextNode(); text; text = texts.nextNode())
    if (text.textContent?.trim() && !text.parentElement?.closest(`${landmark}, script, [aria-hidden=true]`))
      faults.push(`outside of landmarks: ${text.textContent}`)
  return faults
}

/** Whether a page turns its token into a cookie. */
function isBegin(request: Request): boolean {
  return request.method() === 'POST' && new URL(request.url()).pathname === '/session'
}

/** One door as a person sees it. */
class Door {
  private readonly root: Locator

  constructor(root: Locator) {
    this.root = root
  }

  part(name: string): Locator {
    return this.root.locator(`[data-part="${name}"]`)
  }

  /** Waits until a part shows this text. */
  async has(name: string, text: string): Promise<void> {
    await this.part(name).filter({ hasText: text }).waitFor()
  }

  async key(): Promise<string> {
    return (await this.part('key').getAttribute('title')) ?? ''
  }

  /** Waits until the picture with these initials is there. */
  async hasPicture(initials: string): Promise<void> {
    await this.part('picture').waitFor()
    await expect.poll(() => this.part('picture').evaluate((image: HTMLImageElement) => image.naturalWidth)).not.toBe(0)
    expect(await this.askForPicture()).toBe(initials)
  }

  /** Waits until none is shown, nor given to who asks without a token. */
  async hasNoPicture(): Promise<void> {
    await this.part('picture').waitFor({ state: 'hidden' })
    await expect.poll(() => this.askForPicture()).toBe(401)
  }

  /** The initials in the picture, or the status of the refusal. */
  private askForPicture(): Promise<string | number> {
    return this.root.evaluate(async () => {
      const response = await fetch('/me.svg')
      if (!response.ok) return response.status
      const { documentElement } = new DOMParser().parseFromString(await response.text(), 'image/svg+xml')
      return documentElement.textContent.trim()
    })
  }

  call(): Promise<void> {
    return this.part('call').click()
  }

  async say(text: string): Promise<void> {
    await this.has('socket', 'connected')
    await this.part('text').fill(text)
    await this.part('send').click()
  }
}

interface Stage {
  readonly page: Page
  readonly teamsPage: FrameLocator
  readonly tab: FrameLocator
  readonly browser: Door
  readonly teams: Door
  /** Every URL that was asked for, and those of them that were answered. */
  readonly urls: readonly string[]
  readonly answered: readonly string[]
  readonly authorizations: readonly string[]
  readonly consoleLines: readonly string[]
  signIn(user: string): Promise<void>
  control(name: string): Promise<void>
  /** Waits for this verdict about the two identities. */
  sees(verdict: string): Promise<void>
  /** Waits for a line of the server's log. */
  logs(text: string): Promise<void>
}

async function openStage(url: string): Promise<Stage> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  const urls: string[] = []
  const answered: string[] = []
  const authorizations: string[] = []
  const consoleLines: string[] = []
  page.on('request', (request) => {
    urls.push(request.url())
    authorizations.push(request.headers()['authorization'] ?? '')
  })
  page.on('response', (response) => answered.push(response.url()))
  page.on('console', (message) => consoleLines.push(message.text()))
  await page.goto(url)

  const teamsPage = page.frameLocator('[data-part="frame"]')
  const tab = teamsPage.frameLocator('[data-part="app"]')
  const browserDoor = new Door(page.locator('.card.browser'))
  const sees = (verdict: string) => page.locator('[data-part="verdict"]', { hasText: verdict }).waitFor()
  return {
    page,
    teamsPage,
    tab,
    urls,
    answered,
    authorizations,
    consoleLines,
    sees,
    browser: browserDoor,
    teams: new Door(tab.locator('body')),
    async signIn(user) {
      await browserDoor.part('sign-in').click()
      await page.locator(`[data-user^="${user}"]`).click()
      await sees('the same key')
    },
    async control(name) {
      const done = page.waitForResponse('**/demo/control')
      await page.locator(`[data-control="${name}"]`).click()
      expect((await done).status()).toBe(204)
    },
    logs: (text) => page.locator('[data-part="log"] li', { hasText: text }).first().waitFor(),
  }
}

function statusUnderName(url: string, name: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { headers: { host: name } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    request.on('error', reject)
    request.end()
  })
}
