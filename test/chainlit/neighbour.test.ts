// Another app in the same host. Its frame shares the jar of the chat: cookies of frames are kept apart by the page at the
// top alone (CHIPS). Chainlit stands as it generates itself, with `allow_origins = ["*"]`.

import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { html } from '../e2e/doors.js'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import { identityIn } from './drop-in.js'
import { expectNoLeak } from './leaks.js'
import { composerOf, say } from './pages.js'
import { chatOrigin } from './surroundings.js'

const NEIGHBOUR = 'https://neighbour.example'
/** Of the same site as the chat. */
const SIBLING = 'https://www.contoso.example'

let chainlit: OpenedChainlit
beforeAll(async () => {
  const app = () => html('<title>Another app</title>')
  chainlit = await openChainlit({ sites: { 'neighbour.example': app, 'www.contoso.example': app } })
})
afterAll(() => chainlit.close())
afterEach(() => chainlit.reset())

/** The chat and another app, side by side in Teams, and the chat has something to tell. */
async function openBoth(origin: string): Promise<{ page: Page; chat: Frame; neighbour: Frame; thread: string }> {
  const { page, frame: chat } = await chainlit.openTeams()
  await say(chat, 'a secret', '1: a secret')
  await chat.waitForURL(/\/thread\//)
  await page.evaluate((src) => {
    const frame = document.createElement('iframe')
    Object.assign(frame, { src, name: 'neighbour' })
    document.body.append(frame)
  }, `${origin}/`)
  await expect.poll(() => page.frame('neighbour')?.title()).toBe('Another app')
  const thread = new URL(chat.url()).pathname.split('/').at(-1) as string
  return { page, chat, neighbour: page.frame('neighbour') as Frame, thread }
}

/** What a call gives a page to read, or how it ended. */
function read(frame: Frame, path: string, init: RequestInit = {}): Promise<string> {
  return frame.evaluate(
    ([url, options]) =>
      fetch(url, { credentials: 'include', ...options }).then(
        (response) => response.text(),
        (error: Error) => error.name,
      ),
    [chatOrigin + path, init] as const,
  )
}

it.each([NEIGHBOUR, SIBLING])('a page of %s in the same host reads nothing of the user', async (origin) => {
  const { page, chat, neighbour, thread } = await openBoth(origin)
  const query = { method: 'POST', body: '{"pagination":{"first":9},"filter":{}}' }
  const calls = [
    await read(neighbour, '/user'),
    await read(neighbour, `/project/thread/${thread}`),
    await read(neighbour, '/project/threads', { ...query, headers: { 'Content-Type': 'application/json' } }),
    await read(neighbour, '/project/settings'),
  ]
  expect(calls).toEqual(['TypeError', 'TypeError', 'TypeError', 'TypeError'])
  expect(chainlit.find({ path: '/user', origin })).toMatchObject([{ status: 403 }])
  expect(await identityIn(chat)).toBe(chainlit.keyOf(chainlit.adele))
  expectNoLeak(chainlit, page)
})

it('a page in the same host can do nothing with what it may ask for but cannot read', async () => {
  const { page, neighbour, chat, thread } = await openBoth(NEIGHBOUR)
  const shown = await neighbour.evaluate(
    async ([origin, path]) => {
      const load = (name: 'img' | 'script' | 'video', src: string) =>
        new Promise<string>((resolve) => {
          const element = document.createElement(name)
          element.onerror = () => resolve('error')
          element.onload = () => resolve('load')
          element.src = src
          document.body.append(element)
        })
      return {
        script: await load('script', `${origin}/user`),
        image: await load('img', `${origin}/project/thread/${path}`),
        video: await load('video', `${origin}/project/file/x`),
        logo: await load('img', `${origin}/favicon`),
      }
    },
    [chatOrigin, thread],
  )
  expect(shown).toEqual({ script: 'error', image: 'error', video: 'error', logo: 'load' })
  const refused = chainlit.find(({ status, origin }) => status === 403 && origin === undefined)
  expect(refused.map(({ path }) => path)).toEqual(['/user', `/project/thread/${thread}`, '/project/file/x'])
  await say(chat, 'still here')
  expectNoLeak(chainlit, page)
})

it('a page in the same host cannot frame the chat, and is led nowhere by a frame', async () => {
  const { page, neighbour } = await openBoth(NEIGHBOUR)
  await neighbour.evaluate((origin) => {
    for (const path of ['/', '/user']) {
      const frame = document.createElement('iframe')
      frame.src = origin + path
      document.body.append(frame)
    }
  }, chatOrigin)
  await chainlit.answered(({ path, status }) => path === '/user' && status === 403)
  const frames = () => neighbour.childFrames().map((each) => each.url())
  await expect.poll(frames).not.toContain(`${chatOrigin}/`)
  expectNoLeak(chainlit, page)
})

it('a link from elsewhere opens a thread', async () => {
  const page = await chainlit.openBrowserTab('/', { prepare: (each) => each.goto(`${NEIGHBOUR}/`) })
  await page.click(`button[data-user="${chainlit.adele.username}"]`)
  await say(page, 'written down', '1: written down')
  await page.waitForURL(/\/thread\//)
  const thread = page.url()
  await page.goto(`${NEIGHBOUR}/`)
  await page.evaluate((href) => {
    const link = document.createElement('a')
    Object.assign(link, { href, textContent: 'the thread' })
    document.body.append(link)
  }, thread)
  await page.getByText('the thread').click()
  await page.getByText('written down', { exact: true }).first().waitFor()
  await composerOf(page).waitFor()
  expect(page.url()).toBe(thread)
  expectNoLeak(chainlit, page)
})
