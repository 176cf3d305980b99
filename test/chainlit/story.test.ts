// The story of this package from beginning to end: installed by pip, with threads in SQLite, in two workers behind nginx, in
// both doors, with a tool that asks Microsoft Graph, through an expiry and a restart of each worker.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Frame, Page } from 'playwright'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import { identityIn } from './drop-in.js'
import { expectNoLeak } from './leaks.js'
import { documentedSite } from './nginx.js'
import { composerOf, pickAccount, say } from './pages.js'
import { makePipEnvironment, type PipEnvironment } from './pip.js'
import { CLIENT_SECRET } from './surroundings.js'

const WORKERS = [0, 1]
/** Shorter than what Entra ID gives from then on. */
const LONGER_THAN_A_TOKEN_S = 2 * 3_600
const LONGER_TOKEN_S = 6 * 3_600
/** A page may try a token first that only the server knows to be over, if the worker has to ask it for one. */
const EXCHANGE = { method: 'POST', path: '/auth/header', status: 200 }

let environment: PipEnvironment
let chainlit: OpenedChainlit
beforeAll(async () => {
  environment = await makePipEnvironment()
  await environment.run('pip install "twodoor[chainlit]"')
  const { python } = environment
  chainlit = await openChainlit({
    python,
    app: 'story',
    packages: ['data layers', 'msal 1.39.0'],
    env: { TWODOOR_SECRET: CLIENT_SECRET },
    oauth: 'none',
    nginx: documentedSite(),
  })
})
afterAll(async () => {
  await chainlit?.close()
  await environment?.remove()
})

/** The threads that Chainlit lists beside the chat. */
const threadsIn = (view: Page | Frame) =>
  view.evaluate(async () => {
    const body = JSON.stringify({ pagination: { first: 20 }, filter: {} })
    const headers = { 'content-type': 'application/json' }
    const { data } = await (await fetch('/project/threads', { method: 'POST', headers, body })).json()
    return (data as { id: string }[]).map(({ id }) => id).sort()
  })

it('one person has the same threads in both doors, through an expiry and a restart of each worker', async () => {
  const page = await chainlit.openBrowserTab()
  await pickAccount(page, chainlit.adele)
  await composerOf(page).waitFor()
  await say(page, 'from the browser', '1: from the browser')
  await page.waitForURL(/\/thread\//)
  const thread = new URL(page.url()).pathname
  await chainlit.hears('app: kept 1: from the browser')

  const teams = await chainlit.openTeams(thread)
  const doors = { browser: page, Teams: teams.frame }
  await teams.frame.getByText('from the browser', { exact: true }).first().waitFor()

  async function sayInBoth(when: string): Promise<void> {
    for (const [door, view] of Object.entries(doors)) {
      await say(view, `${door} ${when}`, `: ${door} ${when}`)
      await chainlit.hears(`: ${door} ${when} from ${chainlit.keyOf(chainlit.adele)}`)
    }
  }
  async function askGraphInBoth(when: string): Promise<void> {
    for (const [door, view] of Object.entries(doors)) {
      const question = `Who am I in ${door} ${when}`
      await say(view, question, `Graph knows ${chainlit.adele.name}, ${question}`)
    }
  }
  chainlit.entra.consent(chainlit.adele, [...chainlit.entra.scopes, 'User.Read'])
  await sayInBoth('at first')
  await askGraphInBoth('at first')
  const loads = [page, teams.page].map((each) => chainlit.pageLoads(each).length)
  expect(chainlit.find(EXCHANGE)).toHaveLength(2)

  chainlit.entra.lifetimes.accessToken = LONGER_TOKEN_S
  await chainlit.turnClock(LONGER_THAN_A_TOKEN_S)
  await teams.page.evaluate(() => window.host.clearTokenCache())
  await askGraphInBoth('after the end of the token')
  const exchanges = chainlit.find(EXCHANGE).length
  await chainlit.expireSessions()
  chainlit.dropSockets()
  await sayInBoth('after the expiry')
  expect(chainlit.find(EXCHANGE)).toHaveLength(exchanges + 2)

  for (const worker of WORKERS) {
    await chainlit.stopWorker(worker)
    await sayInBoth(`without worker ${worker}`)
    await chainlit.startWorker(worker)
  }
  expect(chainlit.find(EXCHANGE)).toHaveLength(exchanges + 2)
  await askGraphInBoth('in the end')
  expect([page, teams.page].map((each) => chainlit.pageLoads(each).length)).toEqual(loads)

  for (const view of Object.values(doors)) {
    expect(await identityIn(view)).toBe(chainlit.keyOf(chainlit.adele))
    expect(await threadsIn(view)).toEqual([thread.split('/').at(-1)])
  }
  const kept = await readFile(join(chainlit.folder, 'chat.db'), 'latin1')
  expect(kept).toContain(chainlit.keyOf(chainlit.adele))
  expect(kept).not.toMatch(/eyJ/)
  expectNoLeak(chainlit, [page, teams.page])
})
