// The two doors of an unmodified Chainlit with the drop-in, in every engine that this machine has.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createMintEndpoint, entraMint, entraTeamsUser } from '../../src/testing/index.js'
import { bundle, html, inline } from '../e2e/doors.js'
import { startIn } from '../engines/doors.js'
import type { Browser, Settings, Tab, View } from '../engines/engine.js'
import { installedEngines } from '../engines/installed.js'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import { chatOrigin, teamsOrigin } from './surroundings.js'

const EXCHANGE = { method: 'POST', path: '/auth/header' }

let chainlit: OpenedChainlit

beforeAll(async () => {
  const script = await bundle('teams')
  /** The host with its options in its page: not every engine takes a script from a test. */
  const host = async (request: Request): Promise<Response> => {
    const { entra, adele } = chainlit
    if (new URL(request.url).pathname === '/mint') return createMintEndpoint(entraMint(entra))(request)
    const user = entraTeamsUser(entra, adele.username)
    const hostOptions = { clientId: entra.clientId, user, appUrl: `${chatOrigin}/`, appOrigin: chatOrigin }
    const style = '<style>iframe{width:100%;height:90vh}</style>'
    return html(
      `<title>Host</title>${style}<body><script>${inline({ hostOptions })}</script><script>${script}</script>`,
    )
  }
  chainlit = await openChainlit({ sites: { 'teams.microsoft.com': host, 'outlook.office.com': host } })
})
afterAll(() => chainlit.close())

describe.each(installedEngines())('$name', (engine) => {
  let browser: Browser
  const tabs: Tab[] = []

  beforeAll(async () => {
    browser = await startIn(chainlit.world, engine)
  })
  afterEach(async () => {
    for (const tab of tabs.splice(0)) await tab.close()
    await chainlit.reset()
  })
  afterAll(() => browser.close())

  async function open(url: string, settings: Settings = {}): Promise<Tab> {
    const tab = await browser.openTab(settings)
    tabs.push(tab)
    await tab.goto(url)
    return tab
  }

  async function signIn(): Promise<Tab> {
    const tab = await open(`${chatOrigin}/`)
    await tab.click(`button[data-user="${chainlit.adele.username}"]`)
    return tab
  }

  /** Says something, and expects the server to have heard it from Adele. */
  async function say(view: View, text: string): Promise<void> {
    const before = chainlit.serverOutput().length
    await view.type('#chat-input', text)
    await view.click('#chat-submit:not([disabled])')
    await chainlit.hears(`${text} from ${chainlit.keyOf(chainlit.adele)}`, before)
    await view.sees(`: ${text}`)
  }

  it('runs, and says in which version', async ({ task }) => {
    task.meta.engine = `${engine.name} ${await browser.version()}`
  })

  describe('in a browser', () => {
    it('leaves for Entra ID, comes back, signs in by one exchange and keeps the session over a reload', async () => {
      const tab = await signIn()
      await say(tab, 'hello')
      expect(chainlit.find(EXCHANGE)).toMatchObject([{ authorization: true, status: 200, context: 'top' }])
      await tab.reload()
      await say(tab, 'again')
      expect(chainlit.find(EXCHANGE)).toHaveLength(1)
    })

    it('stays out when the user logs out, over a reload, until the user signs in again', async () => {
      const tab = await signIn()
      await say(tab, 'before')
      await tab.click('#user-nav-button')
      await logOut(tab)
      await panelSays(tab, 'You are signed out')
      // Until then a page that is loaded ends the session first, and takes no click.
      await chainlit.answered({ path: '/logout', status: 200 })
      await tab.reload()
      await panelSays(tab, 'You are signed out')
      // The click leaves the page, so nothing of it can be waited for: until then, once more.
      await tab.until(() => {
        const panel = document.getElementById('twodoor')
        panel?.shadowRoot?.querySelector('button')?.click()
        return panel === null
      })
      await say(tab, 'back again')
    })
  })

  describe.each([
    ['Teams', teamsOrigin],
    ['Outlook', 'https://outlook.office.com'],
  ])('in a frame of %s', (host, origin) => {
    if (engine.name === 'WebKitGTK') {
      it('says that this browser keeps no sign-in there, after two tries, and leads to a tab of its own', async () => {
        const frame = (await open(origin)).frame()
        await panelSays(frame, 'This browser does not keep the sign-in inside')
        await panelSays(frame, 'Open in browser')
        expect(chainlit.find(EXCHANGE).map(({ context }) => context)).toEqual(['framed', 'framed'])
      })
    } else {
      it('signs in without a click, by one exchange', async () => {
        const frame = (await open(origin)).frame()
        await say(frame, `hello from ${host}`)
        expect(chainlit.find(EXCHANGE)).toMatchObject([{ authorization: true, status: 200, context: 'framed' }])
      })
    }
  })

  it('says so in Teams where no cookie is kept and storage is blocked, and is no white page', async () => {
    const frame = (await open(teamsOrigin, { storage: 'blocked' })).frame()
    await panelSays(frame, 'This browser does not keep the sign-in inside Teams')
  })
})

/** By the last entry of the menu of the user. */
async function logOut(view: View): Promise<void> {
  await view.until(() => {
    const entries = [...document.querySelectorAll<HTMLElement>('[role=menuitem]')]
    const entry = entries.find(({ textContent }) => textContent?.includes('Logout'))
    entry?.click()
    return entry !== undefined
  })
}

/** The panel of the drop-in is in a shadow root. */
function panelSays(view: View, text: string): Promise<void> {
  return view.until((wanted) => document.getElementById('twodoor')?.shadowRoot?.textContent?.includes(wanted), text)
}
