// What a scenario needs of a world: an app that can be opened and signed in, a clock that obeys, and a look at what was sent.

import type { Page } from 'playwright'
import type { AuthOptions } from '../../../src/index.js'
import type { EntraUser, TeamsSettingsChanges } from '../../../src/testing/index.js'
import type { Traffic } from '../traffic.js'
import type { Clock } from './clock.js'
import { hasToken, leakedTo } from './leaks.js'
import type { DoorName } from './row.js'
import { haveSettled, type Place } from './watch.js'

/** A page that is open in one of the doors. */
export interface Opened {
  readonly door: DoorName
  readonly page: Page
  /** The app: in Teams, a frame. */
  at: Place
  /** How many requests of this page are under way. */
  underWay(): number
  /** What must not be in the console. */
  readonly said: string[]
}

export interface OpenOptions {
  options?: Partial<AuthOptions> | undefined
  host?: TeamsSettingsChanges | undefined
  user?: EntraUser | undefined
  /** In the browser, which of the pages of site.ts. Default: the app alone. */
  path?: string | undefined
  /** How far the clock of the device is ahead of that of the servers, in milliseconds. */
  skewMs?: number | undefined
  /** Stands in the page before anything else does. */
  prepare?: ((page: Page) => Promise<unknown>) | undefined
}

export interface Playable {
  readonly clock: Clock
  /** Opens the app and waits for nothing. */
  open(door: DoorName, how?: OpenOptions): Promise<Opened>
  /** Opens the app and signs in, with a token in hand. */
  openSignedIn(door: DoorName, how?: OpenOptions): Promise<Opened>
  /** Signs in on the pages of the authority, whichever it shows, until the app is back. */
  passSignIn(opened: Opened): Promise<void>
  /** The first of these pages waits for the user. Returns what lets the user go on. */
  awaitUser(opened: Opened): Promise<() => Promise<unknown>>
  /** When the token endpoint was asked, by the clock of the servers. */
  tokenTimes(): readonly number[]
  /** Requests for a token so far: to the token endpoint, or to the host. */
  requestsOf(opened: Opened): Promise<number>
  /** Waits until the page has nothing under way but what a fault holds. Never for a time. */
  quiet(opened: Opened, held: number): Promise<void>
  /** Lets time pass until everything that is watched has settled, at most for `limitMs`. */
  settle(opened: Opened, held: number, limitMs: number): Promise<void>
  /** Lets time pass, and what it brings about happen in it. */
  pass(opened: Opened, ms: number, held: number): Promise<void>
  /** Where a token is that should not be there. */
  leaksOf(opened: Opened): Promise<string[]>
}

type Own = Pick<Playable, 'clock' | 'open' | 'openSignedIn' | 'passSignIn' | 'awaitUser' | 'tokenTimes'>

/** So many turns of the event loop, with nothing under way, let a chain of answers go on. */
const QUIET_TURNS = 12
/** So often a page is found quiet before time passes for what has not settled. */
const LOOKS = 4
const STEP_MS = 1_000
const LONG_STEP_MS = 10_000

export function playable<P extends Own>(own: P, traffic: Pick<Traffic, 'requests' | 'frames'>): P & Playable {
  const { clock } = own

  async function quiet({ page, at, underWay }: Opened, held: number): Promise<void> {
    for (let isQuiet = false; !isQuiet; ) {
      isQuiet = underWay() <= held
      // A message to the host, and one back, take a turn on each side.
      const places = at === page ? [page] : [page, at, page, at]
      for (const place of places) await place.evaluate(takeTurns, QUIET_TURNS)
      isQuiet &&= underWay() <= held
    }
  }

  async function settle(opened: Opened, held: number, limitMs: number): Promise<void> {
    for (let passedMs = 0; ; passedMs += STEP_MS) {
      await quiet(opened, held)
      // On a slow machine an answer can be between two places, where nothing is under way.
      for (let looks = 0; looks < LOOKS; looks += 1) {
        if (await haveSettled(opened.at)) return
        await quiet(opened, held)
      }
      if (passedMs >= limitMs) return
      await clock.advance(opened.page, STEP_MS)
    }
  }

  async function pass(opened: Opened, ms: number, held: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += LONG_STEP_MS) {
      await quiet(opened, held)
      await clock.advance(opened.page, LONG_STEP_MS)
    }
    await quiet(opened, held)
  }

  async function requestsOf({ door, page }: Opened): Promise<number> {
    return door === 'browser' ? own.tokenTimes().length : page.evaluate(countHostRequests)
  }

  async function leaksOf({ at, said }: Opened): Promise<string[]> {
    const found = leakedTo(traffic.requests, traffic.frames)
    if (hasToken(await at.evaluate(tell))) found.push('what the page tells of itself')
    if (said.some(hasToken)) found.push('the console')
    return found.map((place) => `A token is in ${place}.`)
  }

  return { ...own, quiet, settle, pass, requestsOf, leaksOf }
}

export function observe(door: DoorName, page: Page, at: Place): Opened {
  const said: string[] = []
  page.on('console', (message) => said.push(message.text()))
  let underWay = 0
  const end = () => {
    underWay -= 1
  }
  const context = page.context()
  context.on('request', () => {
    underWay += 1
  })
  context.on('requestfinished', end)
  context.on('requestfailed', end)
  return { door, page, at, said, underWay: () => underWay }
}

async function takeTurns(turns: number): Promise<void> {
  for (let i = 0; i < turns; i += 1)
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => resolve()
      port2.postMessage(undefined)
    })
}

function countHostRequests(): number {
  const isForToken = (func: string, summary: string) => func.endsWith('getAuthToken') || summary.startsWith('GetToken')
  return window.host.transcript.filter(
    ({ direction, func, summary }) => direction === 'received' && isForToken(func, summary),
  ).length
}

/** All that the page says of itself, to an app, to a log or to a reader of its storage. */
function tell(): string {
  const own = window.app.storage().filter(([key]) => key.startsWith('twodoor'))
  const { auth, events } = window.app
  return JSON.stringify([auth, events, auth.explain(), auth.state, own, document.documentElement.outerHTML])
}
