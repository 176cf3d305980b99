// The language in which the drop-in's own pages speak to the user, and what a page downloads for that.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import { logOut, panelOf } from './drop-in.js'
import { composerOf, pickAccount, say } from './pages.js'
import { chatOrigin } from './surroundings.js'

let chainlit: OpenedChainlit
beforeAll(async () => {
  chainlit = await openChainlit()
})
afterAll(() => chainlit.close())
afterEach(() => chainlit.reset())

/** The parts of the drop-in that pages have asked for, by their names. */
function parts(): string[] {
  const paths = chainlit.requests.map(({ path }) => path.match(/twodoor\.chainlit\.([a-z-]+)\.[0-9a-f]{12}\.js$/)?.[1])
  return paths.filter((name) => name !== undefined).sort()
}

describe('the page of the drop-in', () => {
  it('speaks the language of the browser, which is downloaded once', async () => {
    const page = await chainlit.openBrowserTab('/', { locale: 'ja-JP' })
    await pickAccount(page, chainlit.adele)
    await composerOf(page).waitFor()
    await logOut(page, 'ログアウト')
    await panelOf(page).getByText('サインアウトしました').waitFor()
    expect(await panelOf(page).getAttribute('lang')).toBe('ja')
    expect(parts()).toContain('japanese')
    expect(parts()).not.toContain('teams')
    // From now on the browser has it.
    chainlit.requests.length = 0
    await panelOf(page).getByRole('button', { name: 'サインイン' }).click()
    await say(page, 'hello')
    expect(parts()).toEqual([])
  })

  it('speaks the language that the user has chosen in Teams, whatever the browser speaks', async () => {
    const { page, frame } = await chainlit.openTeams('/', {
      host: { sso: 'resourceRequiresConsent', context: { locale: 'de-de' } },
    })
    await panelOf(frame).getByText('Ihre Zustimmung wird benötigt').waitFor()
    await page.evaluate(() => window.host.set({ sso: 'ok' }))
    await panelOf(frame).getByRole('button', { name: 'Weiter' }).click()
    await say(frame, 'hello')
  })

  it('downloads no language for a user who reads English, nor MSAL in Teams', async () => {
    const { frame } = await chainlit.openTeams()
    await say(frame, 'hello')
    expect(parts()).toEqual(['engine', 'teams'])
  })

  it('downloads nothing but itself while the cookie lives', async () => {
    const page = await chainlit.openBrowserTab()
    await pickAccount(page, chainlit.adele)
    await composerOf(page).waitFor()
    const context = page.context()
    await page.close()
    chainlit.requests.length = 0
    const again = await context.newPage()
    await again.goto(`${chatOrigin}/`)
    await say(again, 'hello again')
    expect(parts()).toEqual([])
  })

  it('speaks the language that the app has chosen, also where all is in one file', async () => {
    await chainlit.restart({ attributes: (right) => `${right} data-sign-in="click" data-language="fr-CA"` })
    const page = await chainlit.openBrowserTab('/', { locale: 'ja-JP' })
    await panelOf(page).getByText('Connectez-vous pour continuer.').waitFor()
    expect(await panelOf(page).getAttribute('lang')).toBe('fr')
    expect(parts()).toEqual([])
  })

  it('says it in the words of the app', async () => {
    const texts = JSON.stringify({ en: { signInToContinue: 'Sign in with your badge.' } })
    await chainlit.restart({ attributes: (right) => `${right} data-sign-in="click" data-texts='${texts}'` })
    const page = await chainlit.openBrowserTab('/')
    await panelOf(page).getByText('Sign in with your badge.').waitFor()
  })
})

it('a part that the server no longer has is told of, with a button that loads the page again', async () => {
  await chainlit.restart({})
  let isThere = false
  const { frame } = await chainlit.openTeams('/', {
    prepare: (page) =>
      page.route('**/twodoor.chainlit.engine.*.js', (route) =>
        isThere ? route.continue() : route.fulfill({ status: 404, body: '' }),
      ),
  })
  await panelOf(frame).getByText('Reload the page.').waitFor()
  isThere = true
  await panelOf(frame).getByRole('button', { name: 'Reload' }).click()
  await say(frame, 'hello')
})
