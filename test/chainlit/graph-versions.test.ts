// A Graph call in the versions of Chainlit before the newest one: the question to the page, and the button in the chat.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import { graphApp, questionsOf } from './graph-app.js'
import { expectNoLeak } from './leaks.js'
import { composerOf, say } from './pages.js'

const LONGER_THAN_A_TOKEN_S = 2 * 3_600
const LONGER_TOKEN_S = 6 * 3_600

describe.each(['2.11.1', '2.10.1', '2.9.6'] as const)('Chainlit %s', (version) => {
  let chainlit: OpenedChainlit
  beforeAll(async () => {
    chainlit = await openChainlit({ ...graphApp(), version })
  })
  afterAll(() => chainlit.close())
  afterEach(async () => {
    await chainlit.turnClock(0)
    await chainlit.reset()
  })

  it('asks the page when the token has expired', async () => {
    const { page, frame } = await chainlit.openTeams()
    await say(frame, 'before', 'before: Adele Vance')
    chainlit.entra.lifetimes.accessToken = LONGER_TOKEN_S
    await chainlit.turnClock(LONGER_THAN_A_TOKEN_S)
    await page.evaluate(() => window.host.clearTokenCache())
    await say(frame, 'after', 'after: Adele Vance')
    expect(questionsOf(chainlit)).toHaveLength(1)
    expectNoLeak(chainlit, page)
  })

  it('asks the user by a button', async () => {
    const { page, frame } = await chainlit.openTeams()
    await composerOf(frame).fill('secure')
    await frame.locator('#chat-submit:not([disabled])').click()
    await frame.getByRole('button', { name: 'Continue', exact: true }).click()
    await frame.locator('.ai-message', { hasText: 'secure: Adele Vance' }).waitFor()
    expect(chainlit.pageLoads(page)).toEqual(['/'])
    expectNoLeak(chainlit, page)
  })
})
