// Two workers of one app behind nginx, which ends TLS, with the lines of docs/chainlit/nginx.md and with changes to them.

import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ChainlitOptions, type OpenedChainlit, openChainlit } from './chainlit.js'
import { identityIn, panelOf } from './drop-in.js'
import { expectNoLeak } from './leaks.js'
import { documentedSite, replaced } from './nginx.js'
import { composerOf, pickAccount, say } from './pages.js'

type Door = 'Teams' | 'a browser'
const DOORS: readonly Door[] = ['Teams', 'a browser']
const WORKERS = [0, 1]
const STICKY = 'proxy_pass http://chat_$worker;'
const COOKIE_FOR_FRAMES = 'SameSite=None; Partitioned"'
const FILE = { name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('twelve bytes') }

let chainlit: OpenedChainlit
let page: Page

function behind(nginx: string, options: ChainlitOptions = {}): void {
  beforeAll(async () => {
    chainlit = await openChainlit({ app: 'story', packages: ['data layers'], oauth: 'none', nginx, ...options })
  })
  afterAll(() => chainlit.close())
  afterEach(() => chainlit.reset())
}

/** Who asks gets either worker in turn, whatever cookie there is. */
const withoutStickySessions = () =>
  replaced(documentedSite(), {
    [STICKY]: 'proxy_pass http://chat;',
    'upstream chat_a':
      'upstream chat { zone chat 64k; server 127.0.0.1:<worker 0> max_fails=0; server 127.0.0.1:<worker 1> max_fails=0; }\nupstream chat_a',
  })

async function enter(door: Door, path?: string) {
  if (door === 'Teams') {
    const opened = await chainlit.openTeams(path)
    page = opened.page
    await composerOf(opened.frame).waitFor()
    return opened.frame
  }
  page = await chainlit.openBrowserTab(path)
  await pickAccount(page, chainlit.adele)
  await composerOf(page).waitFor()
  return page
}

const exchanges = (base = '') => chainlit.find({ method: 'POST', path: `${base}/auth/header` })
const uploads = () => chainlit.find({ method: 'POST', path: '/project/file' })

async function upload(view: Awaited<ReturnType<typeof enter>>): Promise<number | undefined> {
  const before = uploads().length
  // With its first message a conversation becomes a thread, and Chainlit shows another composer.
  await view.waitForURL(/\/thread\//)
  await view.locator('input[type=file]').first().setInputFiles(FILE)
  const answered = await chainlit.answered({ method: 'POST', path: '/project/file' }, before + 1)
  return answered.at(-1)?.status
}

/** A worker ends, and the conversation goes on with the other one. Chainlit shows an answer before it keeps it. */
async function goOnWithout(worker: number, view: Awaited<ReturnType<typeof enter>>): Promise<void> {
  const printed = chainlit.serverOutput().length
  await chainlit.stopWorker(worker)
  await say(view, `without ${worker}`, `: without ${worker}`)
  await chainlit.hears(`: without ${worker} from`, printed)
  await chainlit.hears(`app: kept without ${worker}`, printed)
  await chainlit.startWorker(worker)
}

describe.each(['polling, then WebSocket', 'WebSocket alone'])('with sticky sessions, over %s', (transports) => {
  behind(documentedSite(), transports === 'WebSocket alone' ? { transports: ['websocket'] } : {})

  it.each(DOORS)('%s has a conversation and uploads files', async (door) => {
    const view = await enter(door)
    await say(view, 'hello', '1: hello')
    expect(await upload(view)).toBe(200)
    await say(view, 'look', '2: look with note.txt (12 bytes)')
    expect(await identityIn(view)).toBe(chainlit.keyOf(chainlit.adele))
    expect(exchanges()).toMatchObject([{ status: 200 }])
    const cookies = await page.context().cookies()
    const partitionKey = door === 'Teams' ? 'https://microsoft.com' : 'https://contoso.example'
    expect(cookies.filter(({ name }) => name === 'chat_worker')).toMatchObject([{ sameSite: 'None', partitionKey }])
    expectNoLeak(chainlit, page)
  })

  it.each(DOORS)('%s goes on with the same session and thread while the workers restart in turn', async (door) => {
    const view = await enter(door)
    const printed = chainlit.serverOutput().length
    await say(view, 'before', '1: before')
    // Chainlit shows an answer before it keeps it, and the restart is a sudden one.
    for (const text of ['before', '1: before']) await chainlit.hears(`app: kept ${text}`, printed)
    const loads = chainlit.pageLoads(page).length
    for (const worker of WORKERS) {
      await goOnWithout(worker, view)
      expect(await upload(view)).toBe(200)
      await say(view, `with ${worker}`, `: with ${worker} with note.txt`)
      await chainlit.hears(`: with ${worker} with note.txt`, printed)
      await chainlit.hears(`app: kept with ${worker}`, printed)
    }
    expect(exchanges()).toHaveLength(1)
    expect(chainlit.pageLoads(page)).toHaveLength(loads)
    expect(await identityIn(view)).toBe(chainlit.keyOf(chainlit.adele))
    // After a restart Chainlit shows the thread anew, as it has kept it.
    for (const text of ['before', 'without 0', 'with 0', 'without 1', 'with 1'])
      await expect
        .poll(() => view.locator('[data-step-type=user_message]', { hasText: text }).count(), { message: text })
        .toBe(1)
    expectNoLeak(chainlit, page)
  })
})

describe('without sticky sessions', () => {
  behind(withoutStickySessions())

  it('a page that polls is told', async () => {
    const { page: opened, frame } = await chainlit.openTeams()
    await panelOf(frame).getByText('The chat does not stay connected').waitFor({ timeout: 60_000 })
    expectNoLeak(chainlit, opened)
  })

  it('a WebSocket stays with its worker, through a restart of each too', async () => {
    await chainlit.restart({ transports: ['websocket'] })
    const view = await enter('Teams')
    const printed = chainlit.serverOutput().length
    await say(view, 'hello', '1: hello')
    await chainlit.hears('app: kept 1: hello', printed)
    for (const worker of WORKERS) await goOnWithout(worker, view)
    expect(exchanges()).toHaveLength(1)
    expectNoLeak(chainlit, page)
  })

  it('an upload does not find the worker that knows the page, in spite of its WebSocket', async () => {
    const view = await enter('Teams')
    await say(view, 'hello', '1: hello')
    const named = chainlit.world.requests.find(({ url }) => url.endsWith('/set-session-cookie'))
    const statuses = await view.evaluate(
      async (session) => {
        const answers = Array.from({ length: 8 }, async () => {
          const body = new FormData()
          body.append('file', new File(['twelve bytes'], 'note.txt', { type: 'text/plain' }))
          return (await fetch(`/project/file?session_id=${session}`, { method: 'POST', body })).status
        })
        return Promise.all(answers)
      },
      JSON.parse(named?.body ?? '').session_id as string,
    )
    expect(new Set(statuses)).toEqual(new Set([200, 404]))
  })
})

describe('with a sticky cookie that is not for frames', () => {
  behind(replaced(documentedSite(), { [COOKIE_FOR_FRAMES]: 'SameSite=Lax"' }))

  it('a browser stays with its worker, and a tab in Teams is told', async () => {
    const view = await enter('a browser')
    await say(view, 'hello', '1: hello')
    const { frame } = await chainlit.openTeams()
    await panelOf(frame).getByText('The chat does not stay connected').waitFor({ timeout: 60_000 })
  })

  it('a tab in Teams has a conversation over a WebSocket', async () => {
    await chainlit.restart({ transports: ['websocket'] })
    await say(await enter('Teams'), 'hello', '1: hello')
  })
})

const places: Record<string, [site: string, rootPath?: string]> = {
  'below a path': [replaced(documentedSite(), { 'location / {': 'location /chat/ {' }), '/chat'],
  'with another Host': [replaced(documentedSite(), { 'proxy_set_header Host $host;': '' })],
  'without any header of its own': [
    replaced(documentedSite(), {
      'proxy_set_header Host $host;': '',
      'proxy_set_header X-Forwarded-For $remote_addr;': '',
      'proxy_set_header X-Forwarded-Proto $scheme;': '',
    }),
  ],
}

describe.each(Object.entries(places))('%s', (_, [site, rootPath]) => {
  behind(site, { rootPath })

  it.each(DOORS)('%s has a conversation', async (door) => {
    const view = await enter(door)
    await say(view, 'hello', '1: hello')
    expect(await identityIn(view)).toBe(chainlit.keyOf(chainlit.adele))
    expect(exchanges(rootPath)).toMatchObject([{ status: 200 }])
    expectNoLeak(chainlit, page, rootPath)
  })
})
