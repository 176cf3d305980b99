// A Chainlit that several workers of uvicorn share, with the default transports and no sticky sessions.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import { panelOf } from './drop-in.js'
import { say } from './pages.js'

/** With fewer, one page is sometimes lucky for long. */
const WORKERS = '4'
const HANDSHAKE = ({ path, query }: { path: string; query: URLSearchParams }) =>
  path === '/chat/ws/socket.io/' && !query.has('sid')

let chainlit: OpenedChainlit
beforeAll(async () => {
  chainlit = await openChainlit({ mountedAt: '/chat', env: { WEB_CONCURRENCY: WORKERS } })
})
afterAll(() => chainlit.close())

it('is told of in the log, in the console and on the page, and its client is stopped', async () => {
  const { page, frame } = await chainlit.openTeams('/', { prepare: (opened) => opened.clock.install() })
  await panelOf(frame).getByText('The chat does not stay connected').waitFor({ timeout: 60_000 })
  const remedy = /transports = \["websocket"\].*sticky sessions/
  expect(chainlit.consoleOf(page).filter((line) => line.includes('twodoor'))).toEqual([expect.stringMatching(remedy)])
  expect(chainlit.serverOutput()).toMatch(/several workers/)
  expect(chainlit.serverOutput()).toMatch(remedy)
  const handshakes = chainlit.find(HANDSHAKE).length
  await panelOf(frame).getByRole('button', { name: 'Reload' }).waitFor()
  // Longer than Socket.IO's longest pause, by a clock that is turned on; and whatever was asked for has arrived.
  await page.clock.fastForward(60_000)
  await frame.evaluate(async () => void (await fetch('/chat/public/twodoor.chainlit.js')))
  expect(chainlit.find(HANDSHAKE)).toHaveLength(handshakes)
  expect(handshakes).toBeLessThan(20)
})

it('works with what it says to set', async () => {
  await chainlit.restart({ transports: ['websocket'] })
  const { frame } = await chainlit.openTeams('/')
  await say(frame, 'hello', '1: hello')
  expect(await panelOf(frame).count()).toBe(0)
})
