// Who may come in: by app roles, and by a function of the app.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { entraTeamsUser } from '../../src/testing/index.js'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import { buttonOf, panelOf } from './drop-in.js'
import { graphApp } from './graph-app.js'
import { expectNoLeak } from './leaks.js'
import { composerOf, pickAccount, say } from './pages.js'

const EXCHANGE = { method: 'POST', path: '/auth/header' }
const TITLE = 'You have no access to this app'

let chainlit: OpenedChainlit
const withRoles = (more: Readonly<Record<string, string>> = {}) =>
  graphApp({ ROLES: 'Chat.User', NOTES: '1', GREETING: '1', ...more })
beforeAll(async () => {
  chainlit = await openChainlit(await withRoles())
})
afterAll(() => chainlit.close())
afterEach(() => chainlit.reset())

const openTeamsAs = (username: string) =>
  chainlit.openTeams('/', { host: { user: entraTeamsUser(chainlit.entra, username) } })

const sessionsIn = async (cookies: Promise<{ name: string }[]>) =>
  (await cookies).filter(({ name }) => name.includes('access_token'))

describe('with roles', () => {
  it('who has one comes in by both doors, and every callback finds what the app has noted', async () => {
    const page = await chainlit.openBrowserTab()
    await pickAccount(page, chainlit.adele)
    const teams = await openTeamsAs(chainlit.adele.username)
    for (const chat of [page, teams.frame]) {
      await chat.locator('.ai-message', { hasText: 'welcome: Adele Vance' }).waitFor()
      await chat.getByRole('button', { name: 'Look again' }).click()
      await chat.locator('.ai-message', { hasText: 'looked again: Adele Vance' }).waitFor()
      await say(chat, 'hello', 'hello: Adele Vance')
    }
    expect(chainlit.serverOutput()).toContain("'roles': ['Chat.User']")
    for (const each of [page, teams.page]) expectNoLeak(chainlit, each)
  })

  it('in Teams, who has none is told so, with no session and no loop', async () => {
    const { page, frame } = await openTeamsAs(chainlit.alex.username)
    await panelOf(frame).getByText(TITLE).waitFor()
    expect(chainlit.find(EXCHANGE)).toMatchObject([{ status: 403 }])
    expect(await sessionsIn(page.context().cookies())).toEqual([])
    expect(chainlit.consoleOf(page).join()).toContain('Give them a role that `roles` of setup() names')
    expect(chainlit.serverOutput()).toContain('`roles` has none of Chat.User')
    await panelOf(frame).getByRole('button', { name: 'Try again' }).click()
    await expect.poll(() => chainlit.find(EXCHANGE).length).toBe(2)
    await panelOf(frame).getByText(TITLE).waitFor()
    expectNoLeak(chainlit, page)
  })

  it('in a browser, who has none can come in with another account', async () => {
    const page = await chainlit.openBrowserTab()
    await pickAccount(page, chainlit.alex)
    await panelOf(page).getByText(TITLE).waitFor()
    expect(chainlit.find(EXCHANGE)).toMatchObject([{ status: 403 }])
    await panelOf(page).getByRole('button', { name: 'Use another account' }).click()
    await pickAccount(page, chainlit.adele)
    await page.locator('.ai-message', { hasText: 'welcome: Adele Vance' }).waitFor()
    expectNoLeak(chainlit, page)
  })
})

describe('with a function of the app', () => {
  it('who it refuses is told so', async () => {
    await chainlit.restart(await withRoles({ BLOCKED: chainlit.adele.username }))
    const { frame } = await openTeamsAs(chainlit.adele.username)
    await panelOf(frame).getByText(TITLE).waitFor()
    expect(chainlit.find(EXCHANGE)).toMatchObject([{ status: 403 }])
  })
})

describe("with Chainlit's own OAuth in the browser", () => {
  const attributes = (right: string) => `${right} data-browser="chainlit-oauth"`

  it('nobody comes in where roles decide, because it knows none', async () => {
    await chainlit.restart({ ...(await withRoles()), attributes })
    const page = await chainlit.openBrowserTab()
    await buttonOf(page).click()
    await pickAccount(page, chainlit.adele)
    await page.waitForURL(/\/login/)
    expect(await sessionsIn(page.context().cookies())).toEqual([])
    expect(chainlit.serverOutput()).toContain('need the claims of a token')
  })

  it('a session has no token of Graph, and says so at once', async () => {
    await chainlit.restart({ ...graphApp(), attributes })
    const page = await chainlit.openBrowserTab()
    await buttonOf(page).click()
    await pickAccount(page, chainlit.adele)
    await composerOf(page).waitFor()
    await say(page, 'hello', 'hello: refused: sign_in_required')
    expectNoLeak(chainlit, page)
  })
})
