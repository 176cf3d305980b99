// A Graph call in a conversation that several workers share, without sticky sessions: the token that a user has signed in with is
// at one of them, and the conversation at another.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import { graphApp, questionsOf } from './graph-app.js'
import { expectNoLeak } from './leaks.js'
import { say } from './pages.js'

const WORKERS = '4'
/** By then one of the conversations is at another worker than its token, unless workers are not chosen at random. */
const MOST_CONVERSATIONS = 8

let chainlit: OpenedChainlit
beforeAll(async () => {
  const app = graphApp({ WEB_CONCURRENCY: WORKERS, NO_THREADS: '1' })
  chainlit = await openChainlit({ ...app, mountedAt: '/chat', transports: ['websocket'] })
})
afterAll(() => chainlit.close())

it('works at whichever worker a conversation is, by way of its page', async () => {
  for (let count = 0; count < MOST_CONVERSATIONS && questionsOf(chainlit).length === 0; count += 1) {
    const { page, frame } = await chainlit.openTeams('/')
    await say(frame, 'first', 'first: Adele Vance')
    await say(frame, 'parallel', 'parallel: Adele Vance, Adele Vance, Adele Vance, Adele Vance, Adele Vance')
    expectNoLeak(chainlit, page, '/chat')
  }
  expect(questionsOf(chainlit).length).toBeGreaterThan(0)
})
