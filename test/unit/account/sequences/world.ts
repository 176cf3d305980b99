// One browser with the tabs of one origin, one Entra ID or host, one API, and a frozen clock.

import type { AuthOptions } from '../../../../src/options.js'
import { APP, openWindow } from './browser.js'
import type { Clock } from './clock.js'
import { CLIENT_ID, createEntra, GRAPH_SCOPES, OWN_SCOPES, TENANT } from './entra.js'
import { createMsal, Place, responseTo } from './msal.js'
import { createNetwork } from './network.js'
import { openOrigin, type Page } from './origin.js'
import type { Outcome, Setting, User } from './sequence.js'
import { type Copy, openTab, type Tab } from './tab.js'
import { createTeamsHost } from './teams-host.js'

export type World = Awaited<ReturnType<typeof openWorld>>

/** Long enough for everything that is quick. */
const QUICK_MS = 200
const TRIP_MS = 20
const MOST_TABS = 4
/** From the answer to a sign-in until it stands in storage. */
const SETTLING_MS = 10
/** The copies of twodoor find MSAL here: see copies.ts. */
export const MSAL = Symbol.for('twodoor test: MSAL')

interface Trip {
  readonly user: User
  readonly outcome: Outcome
}

export async function openWorld(setting: Setting, copies: readonly Copy[], clock: Clock) {
  const { door, locks, lifetime, autoSignIn, lag } = setting
  const isInTeams = door === 'teams'
  const cacheLocation = door === 'session' ? 'sessionStorage' : 'localStorage'
  const wrongs: string[] = []
  const tabs: Tab[] = []
  /** Where the next trip of a page leads. */
  const trips = new Map<Page, Trip>()
  const origin = openOrigin(clock, lag)
  const entra = createEntra({
    clock,
    lifetimeMs: lifetime * 1000,
    // Where storage fails nobody can note a turn, and it is taken from a tab that is slow.
    isInTurn: () => door === 'local' && locks && !origin.wasBlocked,
    isThere: (asker) => find(asker)?.page.gone === false,
    wrong,
  })
  let online = true
  const isOnline = () => online
  const network = createNetwork({
    entra,
    clock,
    isOnline,
    sent: ({ token, asker }) => find(asker)?.sent(token),
  })
  const host = createTeamsHost(entra, clock, setting.user ?? 'alice', isOnline)
  const msal = createMsal({ clock, entra, origin })
  /** Who has a session at Entra ID. */
  let session = setting.user
  let opened = 0
  let isOver = false
  let hasOtherApp = false
  let lastSignIn = 0
  let lastSignOut = 0
  let signedOutAt = 0

  function wrong(sentence: string): void {
    wrongs.push(sentence)
  }

  /** One tab signs out while another one signs in, and neither can know of the other: whichever counts, counts for all. */
  function isContested(): boolean {
    const afterMs = entra.signedInAt() - signedOutAt
    return lag > 0 && Math.abs(afterMs) <= lag + SETTLING_MS
  }

  const find = (id: number) => tabs.find((each) => each.id === id)
  /** What an Auth of a page that was left does is seen by nobody. */
  const living = () => tabs.filter(({ page }) => !page.gone)

  function openAt(page: Page, href: string): Tab {
    const id = opened
    opened += 1
    const navigate = (to: string) => void clock.set(() => travel(page, to), TRIP_MS)
    const parts = { origin, clock, page, hasLocks: locks, isInTeams, isOnline, navigate, fetch: network(id, page) }
    const window = openWindow(parts, href, isInTeams ? host.library(id) : undefined)
    const options: AuthOptions = {
      clientId: CLIENT_ID,
      tenant: TENANT,
      scopes: OWN_SCOPES,
      autoSignIn,
      protectedResources: ['/api', { url: 'https://graph.microsoft.com', scopes: GRAPH_SCOPES }],
      browser: {
        cacheLocation,
        msal: { place: new Place(page, window, navigate) },
      },
    }
    const copy = copies[id % setting.copies] as Copy
    const tab = origin.as(page, () => openTab({ id, page, window, copy, options, clock, entra, wrong }))
    tabs.push(tab)
    return tab
  }

  function add(): void {
    if (living().length < MOST_TABS) openAt(origin.openPage(new Map()), `${APP}/`)
  }

  /** The page is left for Entra ID, which leads back. */
  function travel(page: Page, to: string): void {
    if (page.gone || isOver) return
    const url = new URL(to)
    const planned = trips.get(page)
    trips.delete(page)
    const { user, outcome } = planned ?? { user: session, outcome: 'done' }
    if (outcome === 'stays') return
    page.dispatch('pagehide', { persisted: outcome === 'back' })
    if (outcome === 'back') return void clock.set(() => page.dispatch('pageshow', { persisted: true }), TRIP_MS)
    if (url.pathname === '/logout') session = undefined
    else if (outcome === 'done') signedInAt(user)
    replacePage(page, url.origin === APP ? to : `${APP}/${responseTo(url, outcome === 'done' ? user : undefined)}`)
  }

  function signedInAt(user: User | undefined): void {
    session = user
    lastSignIn = clock.turn()
  }

  /** What the page was doing ends with it. Nothing that it does then reaches anybody. */
  function leave(page: Page): void {
    origin.leavePage(page)
    for (const tab of tabs.filter((each) => each.page === page)) tab.dispose()
  }

  function replacePage(page: Page, href: string): void {
    leave(page)
    openAt(origin.openPage(page.session), href)
  }

  /** Signs in as another app with the same client ID does on a page, or out. */
  async function signInBeside(page: Page, user: User | undefined): Promise<() => void> {
    const parts = { origin, clock, page, hasLocks: locks, isInTeams, isOnline, navigate() {}, fetch: network(-1, page) }
    const place = new Place(page, openWindow(parts, `${APP}/other`, undefined), () => {})
    const networkClient = {
      async sendPostRequestAsync() {
        const { token, serial, expiresAt } = entra.mint({ user: user as User, grant: 0, scopes: OWN_SCOPES })
        return { status: 200, body: { access_token: token, serial, expires_at: expiresAt } }
      },
    }
    const app = new msal.PublicClientApplication({ cache: { cacheLocation }, system: { networkClient }, place })
    await app.initialize()
    try {
      if (user) await app.signInDirectly(user, OWN_SCOPES)
      else await app.clearCache()
    } catch {} // the storage has failed meanwhile
    return () => app.close()
  }

  /** In a tab of its own. */
  async function runOtherApp(user: User | undefined): Promise<void> {
    if (door !== 'local' || origin.health !== 'works') return
    hasOtherApp = true
    const page = origin.openPage(new Map())
    const close = await signInBeside(page, user)
    clock.set(() => {
      close()
      origin.leavePage(page)
    }, TRIP_MS)
  }

  Object.assign(globalThis, { [MSAL]: msal, BroadcastChannel: origin.Channel, reportError: report })

  function report(error: unknown): void {
    wrong(`A listener has thrown: ${error}`)
  }

  /** Somebody has signed in before. */
  async function addSignedIn(user: User): Promise<void> {
    const page = origin.openPage(new Map())
    const signed = signInBeside(page, user)
    await clock.pass(QUICK_MS)
    ;(await signed)()
    await clock.pass(QUICK_MS)
    openAt(page, `${APP}/`)
  }

  for (let n = 0; n < setting.tabs; n += 1) {
    const isFirst = n === 0 || door === 'session'
    if (setting.user && !isInTeams && isFirst) await addSignedIn(setting.user)
    else add()
  }

  return {
    setting,
    origin,
    entra,
    host,
    clock,
    tabs,
    living,
    wrongs,
    wrong,
    trips,
    add,
    openAt,
    leave,
    replacePage,
    runOtherApp,
    isOnline,
    noteSignIn: () => {
      lastSignIn = clock.turn()
    },
    noteSignOut: () => {
      lastSignOut = clock.turn()
      signedOutAt = clock.awake()
    },
    /** Somebody has signed out, and nobody has signed in since. */
    isSignedOut: () => lastSignOut > lastSignIn && !isContested(),
    /** Another app has written into the same storage, and may think otherwise of who has signed out. */
    hasOtherApp: () => hasOtherApp,
    setOnline(next: boolean): void {
      if (online === next) return
      online = next
      if (next) for (const { page } of living()) page.dispatch('online')
    },
    /** No trip leads back any more. */
    end(): void {
      isOver = true
    },
    quick: () => clock.pass(QUICK_MS),
  }
}
