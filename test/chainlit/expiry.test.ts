// A session that ends while a conversation goes on.

import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import { comeBack, composerOf, pickAccount, say } from './pages.js'

/** For what depends on the pace of somebody else. */
const PATIENT = { timeout: 30_000 }
const EXCHANGE = { method: 'POST', path: '/auth/header' }
const panelOf = (page: Page | Frame) => page.locator('#twodoor')
/** What the user said, without the names of the threads. */
const saidIn = (chat: Page | Frame, text: string) => chat.locator('[data-step-type=user_message]', { hasText: text })

let chainlit: OpenedChainlit
beforeAll(async () => {
  chainlit = await openChainlit()
})
afterAll(() => chainlit.close())
afterEach(() => chainlit.reset())

type Door = 'Teams' | 'a browser'

interface Chat {
  readonly page: Page
  readonly chat: Page | Frame
}

async function enter(door: Door): Promise<Chat> {
  if (door === 'Teams') {
    const { page, frame } = await chainlit.openTeams()
    return { page, chat: frame }
  }
  const page = await chainlit.openBrowserTab()
  await pickAccount(page, chainlit.adele)
  return { page, chat: page }
}

/** What a server prints that is worth a look: everything but what the app of these tests says. */
const complaints = () => chainlit.serverOutput().match(/^.*(ERROR|Traceback|Exception|refused).*$/gim) ?? []

describe.each([['polling and WebSocket'], ['WebSocket alone']])('over %s', (transports) => {
  beforeAll(() => chainlit.restart(transports === 'WebSocket alone' ? { transports: ['websocket'] } : {}))

  it.each<Door>(['Teams', 'a browser'])(
    'goes on in %s after the session expired and the line dropped',
    async (door) => {
      const { page, chat } = await enter(door)
      await say(chat, 'before', '1: before')
      const loads = chainlit.pageLoads(page).length
      const complained = complaints().length
      const sessions = new Set<string>()
      page.on('request', (request) => {
        if (request.url().endsWith('/set-session-cookie')) sessions.add(request.postData() ?? '')
      })
      for (const [i, text] of ['after', 'and after that'].entries()) {
        chainlit.requests.length = 0
        await chainlit.expireSessions()
        chainlit.dropSockets()
        await chainlit.answered(
          (request) => request.path.endsWith('/ws/socket.io/') && request.query.has('sid') === false,
        )
        await say(chat, text, `${i + 2}: ${text}`)
        expect(chainlit.find(EXCHANGE)).toHaveLength(1)
      }
      expect(chainlit.pageLoads(page)).toHaveLength(loads)
      expect(complaints()).toHaveLength(complained)
      expect(await saidIn(chat, 'before').count()).toBe(1)
      expect([...sessions]).toEqual([])
    },
  )

  it('loses and doubles none of the messages that a user sends while the line is down', async () => {
    const { chat } = await enter('Teams')
    await say(chat, 'first', '1: first')
    await chainlit.expireSessions()
    chainlit.dropSockets()
    const texts = ['one', 'two', 'three'].map((text) => `${text} over ${transports}`)
    for (const [i, text] of texts.entries()) await say(chat, text, `${i + 2}: ${text}`)
    await chainlit.hears(`${texts.at(-1)} from`)
    const heard = chainlit.serverOutput().matchAll(/app: answered \d: (\w+ over .*) from/g)
    expect([...heard].map(([, text]) => text).filter((text) => texts.includes(text ?? ''))).toEqual(texts)
  })
})

const SHORT_SESSION = { project: { user_session_timeout: 12 } }

it.each([
  ['polling and WebSocket', undefined],
  ['WebSocket alone', ['websocket'] as const],
])('comes back by itself over %s after the server has ended its socket with the session', async (_, transports) => {
  await chainlit.restart({ config: SHORT_SESSION, transports })
  const { page, chat } = await enter('a browser')
  await say(chat, 'before', '1: before')
  await expect.poll(() => chainlit.openSockets).toBe(1)
  const loads = chainlit.pageLoads(page).length
  let letPass = () => {}
  const mayPass = new Promise<void>((resolve) => {
    letPass = resolve
  })
  // The renewal comes too late, as on a computer that slept.
  await page.route('**/auth/header', async (route) => {
    await mayPass
    await route.continue()
  })
  await expect.poll(() => chainlit.openSockets).toBe(0)
  letPass()
  await say(chat, 'after', '2: after')
  expect(chainlit.pageLoads(page)).toHaveLength(loads)
})

describe('without a drop', () => {
  beforeAll(() => chainlit.restart())

  it.each<Door>(['Teams', 'a browser'])(
    'renews once in %s for all the calls that find the session ended',
    async (door) => {
      const { page, chat } = await enter(door)
      await say(chat, 'hello')
      const loads = chainlit.pageLoads(page).length
      await chainlit.expireSessions()
      chainlit.requests.length = 0
      const statuses = await chat.evaluate(() =>
        Promise.all(
          Array.from({ length: 5 }, async () => {
            const response = await fetch('/user', { credentials: 'include' })
            return response.status
          }),
        ),
      )
      expect(statuses).toEqual([200, 200, 200, 200, 200])
      expect(chainlit.find(EXCHANGE)).toHaveLength(1)
      expect(chainlit.pageLoads(page)).toHaveLength(loads)
    },
  )

  it('goes on after a look at another window, where a stock Chainlit goes to its login page', async () => {
    const { page, chat } = await enter('a browser')
    await say(chat, 'hello')
    const { length } = chainlit.pageLoads(page)
    await chainlit.expireSessions()
    chainlit.requests.length = 0
    await expect
      .poll(() => comeBack(page).then(() => chainlit.find({ path: '/user', status: 200 }).length), PATIENT)
      .toBeGreaterThan(0)
    await say(chat, 'still here', '2: still here')
    expect(chainlit.find(EXCHANGE)).toHaveLength(1)
    expect(chainlit.pageLoads(page)).toHaveLength(length)
  })

  it('uploads a file with the new session', async () => {
    const { chat } = await enter('Teams')
    await say(chat, 'hello')
    await chainlit.expireSessions()
    chainlit.requests.length = 0
    const file = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('twelve bytes') }
    await chat.locator('input[type=file]').first().setInputFiles(file)
    await chainlit.answered({ method: 'POST', path: '/project/file' })
    await say(chat, 'with a file', 'notes.txt (12 bytes)')
    expect(chainlit.find({ path: '/project/file' })).toMatchObject([{ status: 200, authorization: false }])
    expect(chainlit.find(EXCHANGE)).toHaveLength(1)
  })

  it('shows images, which carry the cookie alone', async () => {
    const { chat } = await enter('Teams')
    await say(chat, 'image')
    const shown = chat.locator('img[src*="/project/file/"]').first()
    await shown.waitFor()
    await expect.poll(() => shown.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(8)
  })
})

const resumed = () => chainlit.serverOutput().split('app: resumed').length

describe('after a restart of the server', () => {
  it.each<Door>(['Teams', 'a browser'])(
    'begins a new session in %s with one exchange, and resumes the thread',
    async (door) => {
      const { page, chat } = await enter(door)
      const printed = chainlit.serverOutput().length
      await say(chat, 'before the restart', '1: before the restart')
      // Chainlit shows an answer before it keeps it, and the restart is a sudden one.
      await chainlit.hears('app: kept 1: before the restart', printed)
      const loads = chainlit.pageLoads(page).length
      const resumedBefore = resumed()
      chainlit.requests.length = 0
      await chainlit.restart()
      await chainlit.answered((request) => request.path.endsWith('/ws/socket.io/') && request.query.has('sid'), 2)
      await expect.poll(resumed, PATIENT).toBe(resumedBefore + 1)
      await say(chat, 'after the restart', 'after the restart')
      expect(chainlit.find(EXCHANGE)).toHaveLength(1)
      expect(chainlit.pageLoads(page)).toHaveLength(loads)
      expect(await saidIn(chat, 'before the restart').count()).toBe(1)
    },
  )
})

describe('where the browser refuses the cookie', () => {
  it('tries twice, says why, and offers the browser, or another try', async () => {
    const { page, frame } = await chainlit.openTeams('/', {
      // As a browser that takes no cookie from there: the answer comes without one.
      prepare: (opened) => opened.route('**/auth/header', (route) => route.fulfill({ json: { success: true } })),
    })
    await panelOf(frame).getByRole('link', { name: 'Open in browser' }).waitFor()
    await panelOf(frame).getByText('This browser does not keep the sign-in inside Teams.').waitFor()
    expect(chainlit.find({ path: '/user' })).toMatchObject([{ status: 401 }, { status: 401 }])
    expect(chainlit.pageLoads(page)).toEqual(['/'])
    await page.unroute('**/auth/header')
    await panelOf(frame).getByRole('button', { name: 'Try again' }).click()
    await composerOf(frame).waitFor()
  })
})
