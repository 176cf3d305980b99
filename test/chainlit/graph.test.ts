// Microsoft Graph on behalf of the user of a conversation, at both doors.

import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { EntraUser } from '../../src/testing/index.js'
import { entraTeamsUser } from '../../src/testing/index.js'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import { graphApp, questionsOf } from './graph-app.js'
import { expectNoLeak } from './leaks.js'
import { composerOf, pickAccount, say } from './pages.js'

/** What a page posts at a sign-in, and when a session has asked it for a token. */
const POSTED = { method: 'POST', path: '/auth/header' }
/** Shorter than the five minutes in which a token is asked for anew: nothing comes from a cache. */
const WITHOUT_CACHE_S = 240
const LONGER_THAN_A_TOKEN_S = 2 * 3_600
const LONGER_TOKEN_S = 6 * 3_600

let chainlit: OpenedChainlit
beforeAll(async () => {
  chainlit = await openChainlit(graphApp())
})
afterAll(() => chainlit.close())
afterEach(async () => {
  await chainlit.turnClock(0)
  for (const user of [chainlit.adele, chainlit.alex])
    chainlit.entra.consent(user, [...chainlit.entra.scopes, 'User.Read'])
  await chainlit.reset()
})

type Door = 'Teams' | 'a browser'
const doors: readonly Door[] = ['Teams', 'a browser']

interface Chat {
  readonly page: Page
  readonly chat: Page | Frame
}

async function enter(door: Door, user: EntraUser = chainlit.adele): Promise<Chat> {
  if (door === 'Teams') {
    const { page, frame } = await chainlit.openTeams('/', {
      host: { user: entraTeamsUser(chainlit.entra, user.username) },
    })
    return { page, chat: frame }
  }
  const page = await chainlit.openBrowserTab()
  await pickAccount(page, user)
  return { page, chat: page }
}

/** The tokens that the server has are over, and what Entra ID gives from now on is not. */
async function expireTokens(door: Door, { page }: Chat): Promise<void> {
  chainlit.entra.lifetimes.accessToken = LONGER_TOKEN_S
  await chainlit.turnClock(LONGER_THAN_A_TOKEN_S)
  if (door === 'Teams') await page.evaluate(() => window.host.clearTokenCache())
}

/** To what the app asks for on behalf of the user. */
function loseConsent(): void {
  chainlit.entra.requireConsent(chainlit.adele)
  chainlit.entra.consent(chainlit.adele, chainlit.entra.scopes)
}

/** Sends a message whose answer waits for the user. */
async function begin(chat: Page | Frame, text: string): Promise<void> {
  await composerOf(chat).fill(text)
  await chat.locator('#chat-submit:not([disabled])').click()
}

const button = (chat: Page | Frame, name: string) => chat.getByRole('button', { name, exact: true })
const answered = (chat: Page | Frame, text: string) => chat.locator('.ai-message', { hasText: text }).waitFor()

/** Clicks it, and is in the window of Entra ID that opens. Chromium under test tells every page that it has the focus. */
async function clickForPopup(page: Page, name: string, chat: Page | Frame = page): Promise<Page> {
  await chat.evaluate(() => void Object.assign(Document.prototype, { hasFocus: () => false }))
  const opened = page.context().waitForEvent('page')
  await button(chat, name).click()
  return opened
}

/** In Teams the host asks the user. */
async function goOn(door: Door, { page, chat }: Chat, atEntra: 'accept' | 'approve'): Promise<void> {
  if (door === 'Teams') await button(chat, 'Continue').click()
  else await (await clickForPopup(page, 'Continue')).click(`button[value="${atEntra}"]`)
}

const comeBack = (chat: Page | Frame) =>
  chat.evaluate(() => void Object.assign(Document.prototype, { hasFocus: () => true }))

describe.each(doors)('in %s', (door) => {
  it('a tool gets a token of Graph from the one that the user has signed in with', async () => {
    const { page, chat } = await enter(door)
    await say(chat, 'who am I', 'who am I: Adele Vance')
    expect(chainlit.find(POSTED)).toHaveLength(1)
    expectNoLeak(chainlit, page)
  })

  it('goes on without a reload when the token has expired in the middle of a conversation', async () => {
    const entered = await enter(door)
    const { page, chat } = entered
    await say(chat, 'before', 'before: Adele Vance')
    const loads = chainlit.pageLoads(page).length
    await expireTokens(door, entered)
    const posted = chainlit.find(POSTED).length
    await say(chat, 'after', 'after: Adele Vance')
    expect(chainlit.find(POSTED).length).toBeGreaterThan(posted)
    const renewed = chainlit.find(POSTED).length
    await say(chat, 'parallel', 'parallel: Adele Vance, Adele Vance, Adele Vance, Adele Vance, Adele Vance')
    expect(chainlit.find(POSTED)).toHaveLength(renewed)
    expect(chainlit.pageLoads(page)).toHaveLength(loads)
    expectNoLeak(chainlit, page)
  })

  it('asks the page once for all that need a token at the same time', async () => {
    const entered = await enter(door)
    const { page, chat } = entered
    await say(chat, 'before', 'before: Adele Vance')
    await expireTokens(door, entered)
    await say(chat, 'parallel', 'parallel: Adele Vance, Adele Vance, Adele Vance, Adele Vance, Adele Vance')
    expect(questionsOf(chainlit)).toHaveLength(1)
    expectNoLeak(chainlit, page)
  })

  it('asks for a consent that is missing by a button in the chat, and goes on without a reload', async () => {
    chainlit.entra.lifetimes.accessToken = WITHOUT_CACHE_S
    const entered = await enter(door)
    const { page, chat } = entered
    await say(chat, 'before', 'before: Adele Vance')
    const loads = chainlit.pageLoads(page).length
    loseConsent()
    await begin(chat, 'after')
    await answered(chat, 'your permission: User.Read')
    await goOn(door, entered, 'accept')
    await answered(chat, 'after: Adele Vance')
    expect(chainlit.entra.hasConsented(chainlit.adele, ['User.Read'])).toBe(true)
    expect(chainlit.pageLoads(page)).toHaveLength(loads)
    expectNoLeak(chainlit, page)
  })

  it('tells the tool that the user has declined, and asks again with the next call', async () => {
    chainlit.entra.lifetimes.accessToken = WITHOUT_CACHE_S
    const { page, chat } = await enter(door)
    loseConsent()
    for (const text of ['first', 'second']) {
      await begin(chat, text)
      await button(chat, 'Not now').click()
      await answered(chat, `${text}: refused: consent_required`)
    }
    expectNoLeak(chainlit, page)
  })

  it('asks for a second factor by a button in the chat, and goes on without a reload', async () => {
    chainlit.entra.lifetimes.accessToken = WITHOUT_CACHE_S
    const entered = await enter(door)
    const { page, chat } = entered
    await say(chat, 'before', 'before: Adele Vance')
    const loads = chainlit.pageLoads(page).length
    await begin(chat, 'secure')
    await answered(chat, 'confirm that it is you')
    await goOn(door, entered, 'approve')
    await answered(chat, 'secure: Adele Vance')
    expect(chainlit.pageLoads(page)).toHaveLength(loads)
    expectNoLeak(chainlit, page)
  })

  it('keeps no token where the page, the cookie or the database could show it', async () => {
    const { page, chat } = await enter(door)
    await say(chat, 'who am I', 'who am I: Adele Vance')
    const user = await chat.evaluate(async () => (await fetch('/user')).text())
    expect(user).toContain(chainlit.keyOf(chainlit.adele))
    const kept = await chainlit.fileOf('threads.json')
    const cookies = await page.context().cookies()
    const sessions = cookies
      .filter(({ name }) => name.includes('access_token'))
      .map(({ value }) => decodeSession(value))
    expect(sessions.length).toBeGreaterThan(0)
    expect([user, kept, ...sessions].filter((text) => text.includes('eyJ'))).toEqual([])
  })
})

/** The claims of Chainlit's own session. */
const decodeSession = (session: string) => Buffer.from(session.split('.')[1] ?? '', 'base64url').toString()

it('a host without nested app auth opens a pop-up for the consent, and the conversation goes on', async () => {
  chainlit.entra.lifetimes.accessToken = WITHOUT_CACHE_S
  const { page, frame } = await chainlit.openTeams('/', { host: { nested: { recommended: false, bridge: false } } })
  await say(frame, 'before', 'before: Adele Vance')
  loseConsent()
  await begin(frame, 'after')
  const popup = await clickForPopup(page, 'Continue', frame)
  await pickAccount(popup, chainlit.adele)
  const closed = popup.waitForEvent('close')
  await popup.click('button[value="accept"]')
  // Entra ID has cut it off from the host, which cannot tell how it ended: the page waits until its user is back.
  await closed
  await comeBack(frame)
  await answered(frame, 'after: Adele Vance')
  expect(chainlit.pageLoads(page)).toEqual(['/'])
  expectNoLeak(chainlit, page)
})

describe('several people and tabs', () => {
  it('two users get their own, whoever was last', async () => {
    const adele = await enter('Teams')
    const alex = await enter('a browser', chainlit.alex)
    for (const text of ['one', 'two']) {
      await say(adele.chat, text, `${text}: Adele Vance`)
      await say(alex.chat, text, `${text}: Alex Wilber`)
    }
    for (const { page } of [adele, alex]) expectNoLeak(chainlit, page)
  })

  it('another tab, which has the cookie and no token, asks its user to sign in by a button, and goes on', async () => {
    const { page, chat } = await enter('a browser')
    await say(chat, 'first tab', 'first tab: Adele Vance')
    const other = await page.context().newPage()
    await other.goto(page.url().replace(/\/thread\/.*/, '/'))
    await say(other, 'second tab', 'second tab: Adele Vance')
    await expireTokens('a browser', { page: other, chat: other })
    await begin(other, 'later')
    await answered(other, 'sign in again')
    await clickForPopup(other, 'Sign in')
    await answered(other, 'later: Adele Vance')
    await say(other, 'still here', 'still here: Adele Vance')
    expectNoLeak(chainlit, [page, other])
  })

  it('a token of another account than that of the session is not taken', async () => {
    const { page, chat } = await enter('a browser')
    await say(chat, 'first tab', 'first tab: Adele Vance')
    const other = await page.context().newPage()
    await other.goto(page.url().replace(/\/thread\/.*/, '/'))
    await composerOf(other).waitFor()
    chainlit.entra.signOutEverywhere()
    await expireTokens('a browser', { page: other, chat: other })
    const posted = chainlit.find(POSTED).length
    await begin(other, 'later')
    const popup = await clickForPopup(other, 'Sign in')
    await pickAccount(popup, chainlit.alex)
    await answered(other, 'later: refused: sign_in_required')
    expect(chainlit.find(POSTED)).toHaveLength(posted)
    expectNoLeak(chainlit, [page, other])
  })
})
