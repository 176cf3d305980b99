// docs/chainlit-frontend.md, followed literally: a frontend with @chainlit/react-client, and a page with the Copilot widget,
// at an origin of the same site and at one of another site, through both doors.

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { bundleEntry, html } from '../e2e/doors.js'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import { expectNoLeak } from './leaks.js'
import { pickAccount, say } from './pages.js'
import { chatOrigin } from './surroundings.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const docs = await readFile(`${root}docs/chainlit-frontend.md`, 'utf8')
const EXCHANGE = { method: 'POST', path: '/auth/header' }
const ORIGINS = { 'the same site': 'https://app.contoso.example', 'another site': 'https://app.fabrikam.example' }
type View = Page | Frame

/** The first block of this language. */
function block(language: string): string {
  const [, text] = docs.match(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``)) ?? []
  if (text === undefined) throw new Error(`docs/chainlit-frontend.md has no ${language}.`)
  return text
}

/** With the names of the world of these tests. */
function named(text: string, { clientId, tenant, scopes }: OpenedChainlit['entra']): string {
  return text
    .replaceAll('api://app.example.com/<client id>/access_as_user', `${scopes[0]}`)
    .replaceAll('<client id>', clientId)
    .replaceAll('<tenant id>', tenant)
    .replaceAll('https://chat.example.com', chatOrigin)
}

/** Bundled as an app does it, with the React that @chainlit/react-client wants. */
function bundleRecipe(code: string): Promise<string> {
  const entry = `${root}test/chainlit/recipe.tsx`
  return bundleEntry(entry, undefined, [
    {
      name: 'recipe',
      config: () => ({
        resolve: { alias: { react: 'react-18', 'react-dom': 'react-dom-18', twodoor: `${root}dist/index.js` } },
      }),
      resolveId: (id) => (id === entry ? id : null),
      load: (id) => (id === entry ? code : null),
    },
  ])
}

let chainlit: OpenedChainlit
let frontend = ''
beforeAll(async () => {
  const origins = Object.values(ORIGINS)
  const library = await readFile(`${root}dist/twodoor.umd.js`, 'utf8')
  const site = async ({ url }: Request) => {
    const { pathname } = new URL(url)
    if (pathname === '/twodoor.umd.js') return new Response(library, { headers: { 'content-type': 'text/javascript' } })
    if (pathname === '/portal') return html(named(block('html'), chainlit.entra))
    return html(`<!doctype html><title>App</title><body><script type="module">${frontend}</script>`)
  }
  chainlit = await openChainlit({
    config: { project: { allow_origins: [chatOrigin, ...origins] } },
    redirectUris: origins.map((origin) => `${origin}/`),
    sites: Object.fromEntries(origins.map((origin) => [new URL(origin).host, site])),
  })
  frontend = (await bundleRecipe(named(block('tsx'), chainlit.entra))).replaceAll('</script', '<\\/script')
})
afterAll(() => chainlit.close())
afterEach(() => chainlit.reset())

describe.each(Object.entries(ORIGINS))('a page of %s', (site, origin) => {
  const isSameSite = site === 'the same site'

  async function openTab(path: string): Promise<Page> {
    const page = await chainlit.openBrowserTab('/public/twodoor.chainlit.js')
    await page.goto(origin + path)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await pickAccount(page, chainlit.adele)
    return page
  }

  const openTeams = (path: string) => chainlit.openTeams('/', { url: origin + path })

  async function sayInFrontend(view: View, text: string): Promise<void> {
    const printed = chainlit.serverOutput().length
    const message = view.getByLabel('Message')
    await message.fill(text)
    await message.press('Enter')
    await view.locator('[data-type="assistant_message"]', { hasText: text }).waitFor()
    await chainlit.hears(`${text} from ${chainlit.keyOf(chainlit.adele)}`, printed)
  }

  it('talks to Chainlit with @chainlit/react-client in a browser', async () => {
    const page = await openTab('/')
    await sayInFrontend(page, 'from the browser')
    const [exchange, ...more] = chainlit.find({ ...EXCHANGE, status: 200 })
    expect(more).toEqual([])
    expect(exchange?.setCookies.at(-1)).toMatch(isSameSite ? /SameSite=lax$/ : /SameSite=None; Partitioned$/)
    expectNoLeak(chainlit, page)
  })

  it('talks to Chainlit with @chainlit/react-client as a tab in Teams, signed in without a click', async () => {
    const { page, frame } = await openTeams('/')
    await sayInFrontend(frame, 'from Teams')
    // For sticky sessions. The client does not say that it is framed; of a page of another site the browser tells.
    const [sticky] = chainlit.find({ method: 'POST', path: '/set-session-cookie' })
    expect(sticky?.setCookies.at(-1)).toMatch(isSameSite ? /SameSite=none$/ : /SameSite=None; Partitioned$/)
    const [exchange, ...more] = chainlit.find({ ...EXCHANGE, status: 200 })
    expect(more).toEqual([])
    expect(exchange?.setCookies.at(-1)).toMatch(/SameSite=None; Partitioned$/)
    expectNoLeak(chainlit, page)
  })

  it('goes on with @chainlit/react-client after the server has forgotten the session, by its button', async () => {
    const { page, frame } = await openTeams('/')
    await sayInFrontend(frame, 'before')
    await chainlit.expireSessions()
    chainlit.dropSockets()
    await frame.getByRole('button', { name: 'Connect again' }).click()
    await frame.getByRole('button', { name: 'Connect again' }).waitFor({ state: 'detached' })
    await sayInFrontend(frame, 'after')
    expect(chainlit.find({ ...EXCHANGE, status: 200 })).toHaveLength(2)
    expectNoLeak(chainlit, page)
  })

  it('ends the conversation of @chainlit/react-client with the sign-out', async () => {
    const page = await openTab('/')
    await sayInFrontend(page, 'a secret')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    expect(await page.getByText('a secret').count()).toBe(0)
    await chainlit.answered({ method: 'POST', path: '/logout', status: 200 })
    await expect.poll(() => chainlit.openSockets).toBe(0)
    expectNoLeak(chainlit, page)
  })

  it('shows the Copilot widget in a browser, and takes it away with the sign-out', async () => {
    const page = await openTab('/portal')
    // Entra ID knows the root of the origin.
    await page.waitForURL(`${origin}/**`)
    await sayInWidget(page, 'from the portal')
    await page.evaluate('auth.signOut()')
    await page.locator('#chainlit-copilot-button').waitFor({ state: 'detached' })
    await expect.poll(() => chainlit.find({ method: 'POST', path: '/logout', status: 200 })).toHaveLength(1)
    await expect.poll(() => chainlit.openSockets).toBe(0)
    expectNoLeak(chainlit, page)
  })

  it('shows the Copilot widget as a tab in Teams, signed in without a click', async () => {
    const { page, frame } = await openTeams('/portal')
    await sayInWidget(frame, 'from the portal in Teams')
    expect(chainlit.find({ ...EXCHANGE, status: 200 })).toHaveLength(1)
    expectNoLeak(chainlit, page)
  })

  async function sayInWidget(view: View, text: string): Promise<void> {
    const printed = chainlit.serverOutput().length
    await view.locator('#chainlit-copilot-button').click()
    await say(view, text)
    await chainlit.hears(`${text} from ${chainlit.keyOf(chainlit.adele)}`, printed)
  }
})
