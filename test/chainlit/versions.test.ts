// The versions of Chainlit before the newest one: both doors, the socket, and a session that ends.

import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import { expectNoLeak } from './leaks.js'
import { comeBack, composerOf, pickAccount, say } from './pages.js'

const EXCHANGE = { method: 'POST', path: '/auth/header' }
/** For what depends on the pace of somebody else. */
const PATIENT = { timeout: 30_000 }

describe.each(['2.11.1', '2.10.1', '2.9.6'] as const)('Chainlit %s', (version) => {
  let chainlit: OpenedChainlit
  beforeAll(async () => {
    chainlit = await openChainlit({ version })
  })
  afterAll(() => chainlit.close())
  afterEach(async () => {
    await chainlit.reset()
    expect(chainlit.serverOutput()).not.toMatch(/error|exception|traceback|unauthorized/i)
  })

  type Door = { page: Page; view: Page | Frame }

  async function openDoor(name: 'browser' | 'Teams'): Promise<Door> {
    if (name === 'Teams') {
      const { page, frame } = await chainlit.openTeams()
      return { page, view: frame }
    }
    const page = await chainlit.openBrowserTab()
    await pickAccount(page, chainlit.adele)
    await composerOf(page).waitFor()
    return { page, view: page }
  }

  async function sayAsAdele(view: Page | Frame, count: number, text: string): Promise<void> {
    const printed = chainlit.serverOutput().length
    await say(view, text, `${count}: ${text}`)
    await chainlit.hears(`answered ${count}: ${text} from ${chainlit.keyOf(chainlit.adele)}`, printed)
  }

  /** Ends the session and the connection, and says what that has cost. */
  async function expectToHeal({ page, view }: Door, end: () => Promise<unknown>): Promise<void> {
    await sayAsAdele(view, 1, 'before')
    const loads = chainlit.pageLoads(page).length
    const exchanges = chainlit.find(EXCHANGE).length
    await end()
    await sayAsAdele(view, 2, 'after')
    expect(chainlit.find(EXCHANGE).slice(exchanges)).toMatchObject([{ status: 200 }])
    expect(chainlit.pageLoads(page)).toHaveLength(loads)
    expect(chainlit.pageErrors(page)).toEqual([])
    expectNoLeak(chainlit, page)
  }

  it('knows the same user through both doors', async () => {
    const browser = await openDoor('browser')
    await sayAsAdele(browser.view, 1, 'from the browser')
    const teams = await openDoor('Teams')
    await sayAsAdele(teams.view, 1, 'from Teams')
    expect(chainlit.find(EXCHANGE)).toMatchObject([
      { status: 200, context: 'top' },
      { status: 200, context: 'framed' },
    ])
    expectNoLeak(chainlit, [browser.page, teams.page])
  })

  describe.each([
    ['polling first', undefined],
    ['WebSocket alone', ['websocket'] as const],
  ])('with %s', (_, transports) => {
    beforeAll(async () => {
      if (transports) await chainlit.restart({ transports })
    })

    it.each(['browser', 'Teams'] as const)('heals an expired session and a dropped socket in the %s', async (name) => {
      await expectToHeal(await openDoor(name), async () => {
        await chainlit.expireSessions()
        chainlit.dropSockets()
      })
      const handshakes = chainlit.find(({ path, query }) => path === '/ws/socket.io/' && !query.has('sid'))
      const isUpgrade = transports !== undefined
      expect(handshakes.every((each) => each.isUpgrade === isUpgrade)).toBe(true)
      expect(handshakes.map(({ status }) => status)).toEqual(isUpgrade ? [101, 101] : [200, 200])
    })

    it('finds out at the next focus, and stays where it is', async () => {
      const door = await openDoor('Teams')
      await expectToHeal(door, async () => {
        await chainlit.expireSessions()
        await expect
          .poll(() => comeBack(door.view).then(() => chainlit.find({ path: '/user', status: 401 }).length), PATIENT)
          .toBeGreaterThan(0)
        await chainlit.answered({ ...EXCHANGE, status: 200 }, 2)
        chainlit.dropSockets()
      })
    })
  })
})
