import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { appOrigin } from './doors.js'
import {
  choose,
  OTHER_CLIENT,
  openSharedOrigin,
  type SharedOrigin,
  signIn,
  untilNames,
  untilStates,
} from './shared-origin.js'

let origin: SharedOrigin

beforeAll(async () => {
  origin = await openSharedOrigin()
})
afterEach(() => origin.reset())
afterAll(() => origin.close())

const tokensOf = (page: Page) => page.evaluate(() => window.tabs.tokens())
const entriesOf = (page: Page, clientId: string) => page.evaluate((id) => window.tabs.entries(id), clientId)

describe('many tabs', () => {
  it('ask for one token when it comes to its end, and all have it', async () => {
    await origin.context.clock.install()
    const first = await origin.open({ count: 8 })
    await signIn(first, origin.adele)
    const pages = [first, ...(await Promise.all(Array.from({ length: 4 }, () => origin.open({ count: 8 }))))]
    for (const page of pages) await untilStates(page, 'signed-in')
    const before = new Set((await Promise.all(pages.map(tokensOf))).flat())
    expect(before.size).toBe(1)
    origin.tokenRequests()
    await origin.context.clock.fastForward('57:00')
    await expect
      .poll(async () => (await Promise.all(pages.map(tokensOf))).flat().some((each) => before.has(each)))
      .toBe(false)
    const after = (await Promise.all(pages.map(tokensOf))).flat()
    expect(after).toHaveLength(40)
    expect({ tokens: new Set(after).size, requests: origin.tokenRequests() }).toEqual({ tokens: 1, requests: 1 })
  })

  it('ask for one where all are refused at once, as by a server', async () => {
    const first = await origin.open({ count: 8 })
    await signIn(first, origin.adele)
    const pages = [first, ...(await Promise.all(Array.from({ length: 4 }, () => origin.open({ count: 8 }))))]
    for (const page of pages) await untilStates(page, 'signed-in')
    const [refused] = await tokensOf(first)
    origin.tokenRequests()
    const renew = (page: Page) =>
      page.evaluate(
        (rejectedToken) =>
          Promise.all(window.tabs.auths.map(async (auth) => (await auth.getToken([], { rejectedToken })).token)),
        refused,
      )
    const renewed = new Set((await Promise.all(pages.map(renew))).flat())
    expect({ tokens: renewed.size, requests: origin.tokenRequests() }).toEqual({ tokens: 1, requests: 1 })
    expect(renewed).not.toContain(refused)
  })

  it('go on where one of them hangs in the middle of its turn', async () => {
    const [page, other] = [await origin.open(), await origin.open()]
    await signIn(page, origin.adele)
    await untilStates(other, 'signed-in')
    await other.evaluate((name) => {
      navigator.locks.request(name, () => new Promise(() => {})).catch(() => {})
    }, `twodoor.${origin.entra.clientId}`)
    const third = await origin.open()
    await untilStates(third, 'signed-in')
    const [token] = await tokensOf(page)
    const renewed = page.evaluate((rejectedToken) => window.tabs.auth.getToken([], { rejectedToken }), token)
    expect((await renewed).token).not.toBe(token)
  })
})

describe('one session in all tabs', () => {
  it('a sign-in reaches the others, also those that signed out', async () => {
    const page = await origin.open()
    await untilStates(page, 'no-account')
    const other = await origin.open({ count: 2 })
    await signIn(page, origin.adele)
    await untilStates(other, 'signed-in')
    await other.evaluate(() => window.tabs.auth.signOut())
    await untilStates(page, 'by-user')
    const third = await origin.open()
    await untilStates(third, 'by-user')
    await signIn(page, origin.adele)
    for (const each of [page, other, third]) await untilNames(each, origin.adele)
  })

  it("a switch of the account reaches the others, and takes nobody's tokens", async () => {
    const pages = [await origin.open(), await origin.open({ count: 3 }), await origin.open()] as const
    await signIn(pages[0], origin.adele)
    for (const page of pages) await untilNames(page, origin.adele)
    const users = [origin.alex, origin.adele, origin.alex, origin.adele]
    for (const [turn, user] of users.entries()) {
      const page = pages[(turn % 2) + 1] as Page
      await signIn(page, user)
      // A renewal in each tab, at once, is what used to take the tokens.
      const renewing = pages.map((each) =>
        each.evaluate(() =>
          window.tabs.codeOf(async () => {
            const { token } = await window.tabs.auth.getToken()
            await window.tabs.auth.getToken([], { rejectedToken: token })
          }),
        ),
      )
      for (const code of await Promise.all(renewing)) expect([undefined, 'account_mismatch']).toContain(code)
      for (const each of pages) await untilNames(each, user)
      for (const each of pages) expect(await tokensOf(each)).toBeDefined()
    }
    for (const page of pages) await page.reload()
    for (const page of pages) await untilNames(page, origin.adele)
  })

  it('a sign-out reaches the others, with the tokens of a tab that has its own', async () => {
    const session = { options: { browser: { cacheLocation: 'sessionStorage' as const } } }
    const page = await origin.open()
    await signIn(page, origin.adele)
    const other = await origin.open(session)
    await signIn(other, origin.adele)
    expect(await entriesOf(other, origin.entra.clientId)).not.toEqual([])
    await page.evaluate(() => window.tabs.auth.signOut())
    await untilStates(other, 'by-user')
    expect(await entriesOf(other, origin.entra.clientId)).toEqual([])
  })

  it('a sign-out during a renewal in another tab leaves nothing behind', async () => {
    const page = await origin.open()
    await signIn(page, origin.adele)
    const other = await origin.open()
    await untilStates(other, 'signed-in')
    origin.entra.faults.push({ at: 'token', delayMs: 400 })
    origin.entra.clearRequests()
    const renewing = other.evaluate(() =>
      window.tabs.codeOf(async () => {
        const { token } = await window.tabs.auth.getToken()
        await window.tabs.auth.getToken([], { rejectedToken: token })
      }),
    )
    await expect.poll(() => origin.entra.requests.length).toBe(1)
    await page.evaluate(() => window.tabs.auth.signOut())
    expect(await renewing).toBe('sign_in_required')
    await untilStates(other, 'by-user')
    // The answer comes, MSAL writes it, and the turn ends.
    const name = `twodoor.${origin.entra.clientId}`
    await other.evaluate((name) => navigator.locks.request(name, () => {}), name)
    expect(await entriesOf(page, origin.entra.clientId)).toEqual([])
    await page.reload()
    await untilStates(page, 'by-user')
  })
})

describe('signing out', () => {
  it.each(['offline', 'in a frame'] as const)('at Entra ID while %s leaves no token in storage', async (how) => {
    const page = await origin.open()
    await signIn(page, origin.adele)
    await page.evaluate((isOffline) => {
      if (isOffline) Object.defineProperty(navigator, 'onLine', { value: false })
      else Object.defineProperty(window, 'parent', { value: {} })
    }, how === 'offline')
    const code = await page.evaluate(() => window.tabs.codeOf(() => window.tabs.auth.signOut({ entra: true })))
    expect(code).toBe(how === 'offline' ? 'offline' : 'framed')
    expect(await entriesOf(page, origin.entra.clientId)).toEqual([])
    expect(await page.evaluate(() => localStorage.getItem('msal.3.account.keys'))).toBeNull()
  })

  it('at Entra ID ends the session there of whom it is about', async () => {
    const page = await origin.open()
    await signIn(page, origin.adele)
    origin.entra.clearRequests()
    await page.evaluate(() => void window.tabs.auth.signOut({ entra: true }))
    await page.waitForURL(`${appOrigin}/`)
    await untilStates(page, 'by-user')
    expect(origin.entra.requests.map(({ endpoint }) => endpoint)).toContain('logout')
    expect(new URL(page.url()).search).toBe('')
    await signIn(page, origin.alex)
  })

  it('is undone by no answer that was not asked for, where two accounts are known', async () => {
    const page = await origin.open()
    await signIn(page, origin.adele)
    await signIn(page, origin.alex)
    await page.evaluate(() => window.tabs.auth.signOut())
    expect(await entriesOf(page, origin.entra.clientId)).toEqual([])
    const state = btoa(JSON.stringify({ id: '1', meta: { interactionType: 'redirect' } }))
    await page.goto('about:blank')
    await page.goto(`${appOrigin}/#code=planted&state=${encodeURIComponent(state)}`)
    await untilStates(page, 'by-user')
    await page.reload()
    await untilStates(page, 'by-user')
  })
})

describe.each(['sessionStorage', 'localStorage'] as const)(
  'another app beside us that uses MSAL, in %s',
  (cacheLocation) => {
    const options = { browser: { cacheLocation } }

    it('with a client ID of its own signs in, stays so over our sign-out, and we over its', async () => {
      const page = await origin.open({ plain: OTHER_CLIENT, options })
      await page.evaluate((id) => window.tabs.plainRedirect(id), OTHER_CLIENT)
      await choose(page, origin.adele)
      expect(await page.evaluate(async () => (await window.tabs.landed)?.account.username)).toBe(origin.adele.username)
      await signIn(page, origin.adele)
      expect(await page.evaluate(() => window.tabs.plainAccounts())).toHaveLength(1)
      await page.evaluate(() => window.tabs.auth.signOut())
      expect(await entriesOf(page, origin.entra.clientId)).toEqual([])
      expect(await entriesOf(page, OTHER_CLIENT)).toHaveLength(3)
      const silent = await page.evaluate(async () => {
        const client = await window.tabs.plain
        const [account] = client?.getAllAccounts() ?? []
        return (await client?.acquireTokenSilent({ scopes: [], ...(account && { account }) }))?.account.username
      })
      expect(silent).toBe(origin.adele.username)
    })

    it('with the same client ID: its sign-in ends our sign-out, and its sign-out our sign-in', async () => {
      const { clientId } = origin.entra
      const page = await origin.open({ plain: clientId, options })
      await signIn(page, origin.adele)
      await page.evaluate(() => window.tabs.auth.signOut())
      await page.reload()
      await untilStates(page, 'by-user')
      await page.evaluate((id) => window.tabs.plainRedirect(id), clientId)
      await choose(page, origin.alex)
      expect(await page.evaluate(async () => (await window.tabs.landed)?.account.username)).toBe(origin.alex.username)
      await untilNames(page, origin.alex)
      await page.reload()
      await untilNames(page, origin.alex)
      await page.evaluate(async () => {
        const client = await window.tabs.plain
        const [account] = client?.getAllAccounts() ?? []
        client?.setActiveAccount(account ?? null)
        await client?.clearCache(account ? { account } : {})
      })
      await untilStates(page, 'no-account')
    })
  },
)

describe('two client IDs of twodoor in one page', () => {
  it('both sign in, one after the other', async () => {
    const page = await origin.open({ second: OTHER_CLIENT })
    await signIn(page, origin.adele)
    await page.evaluate(() => void window.tabs.second?.signIn({ prompt: 'select_account' }))
    await choose(page, origin.alex)
    await page.waitForFunction(() => window.tabs?.second?.state.status === 'signed-in')
    await untilNames(page, origin.adele)
  })
})

describe.each(['sessionStorage', 'localStorage'] as const)('an Auth that is disposed of, in %s', (cacheLocation) => {
  const options = () => ({ ...origin.entra.authOptions(), browser: { cacheLocation } })

  it('leaves the answer of Entra ID to the next one, also after a sign-out', async () => {
    const page = await origin.open({ options: options(), strict: true })
    await signIn(page, origin.adele)
    await page.reload()
    await untilNames(page, origin.adele)
    await page.evaluate(() => window.tabs.auth.signOut())
    await signIn(page, origin.alex)
    expect(page.url()).toBe(`${appOrigin}/`)
  })

  it('in the middle of its sign-in signs the next one in', async () => {
    const page = await origin.open({ options: options() })
    const asked = page.waitForRequest((request) => request.url().includes('/v2.0/token'))
    let answer = () => {}
    const answered = new Promise<void>((done) => {
      answer = done
    })
    await page.route('**/v2.0/token*', async (route) => {
      await answered
      await route.continue()
    })
    await page.evaluate(() => void window.tabs.auth.signIn())
    await choose(page, origin.adele)
    await asked
    await page.evaluate((all) => window.tabs.replace(all), options())
    answer()
    await untilNames(page, origin.adele)
  })
})
