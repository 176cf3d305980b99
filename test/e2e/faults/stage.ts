// Where the rows are played: both doors in one world, with a clock that obeys, and what a row needs to look at.

import type { BrowserContext, Page } from 'playwright'
import type { AuthOptions } from '../../../src/index.js'
import type { EntraUser, TeamsSettingsChanges } from '../../../src/testing/index.js'
import { openDoors, signIn, until } from '../doors.js'
import { createClock } from './clock.js'
import { hasToken, leakedTo } from './leaks.js'
import type { DoorName } from './row.js'
import { openSite } from './site.js'
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
  host?: (TeamsSettingsChanges & { prepare?(page: Page): Promise<unknown> }) | undefined
  user?: EntraUser | undefined
  /** In the browser, which of the pages of site.ts. Default: the app alone. */
  path?: string | undefined
  /** How far the clock of the device is ahead of that of the servers, in milliseconds. */
  skewMs?: number | undefined
  /** Stands in the page before anything else does. */
  prepare?: ((page: Page) => Promise<unknown>) | undefined
}

export type Stage = Awaited<ReturnType<typeof openStage>>

export async function openStage() {
  const clock = createClock()
  const doors = await openDoors(await openSite(), undefined, { now: clock.now })
  const { entra } = doors
  const answer = entra.handle
  const changes: { ofToken?: ((response: Response) => Response) | undefined } = {}
  entra.handle = async (request) => {
    const response = await answer(request)
    return changes.ofToken && request.method === 'POST' ? changes.ofToken(response) : response
  }

  /** Opens the app and waits for nothing. */
  async function open(door: DoorName, how: OpenOptions = {}): Promise<Opened> {
    const { options = {}, host = {}, skewMs = 0, path = '/', prepare = async () => {} } = how
    const beforeApp = async (page: Page) => {
      await page.clock.install({ time: clock.now() + skewMs })
      await prepare(page)
    }
    if (door === 'browser') {
      const page = await doors.openTab(options, { path, prepare: beforeApp })
      return observe(door, page, page)
    }
    const method = door === 'nested' ? { teams: { method: 'nested' as const } } : {}
    const { page, frame } = await doors.openTeams({ ...method, ...options }, { ...host, prepare: beforeApp })
    return observe(door, page, frame)
  }

  /** Opens the app and signs in, with a token in hand. */
  async function openSignedIn(door: DoorName, how: OpenOptions = {}): Promise<Opened> {
    const opened = await open(door, how)
    if (door === 'browser') await signIn(opened.page, how.user ?? doors.adele)
    await until(opened.at, 'signed-in')
    await opened.at.evaluate(() => window.app.me())
    doors.entra.clearRequests()
    return opened
  }

  /** Waits until the page has nothing under way but what a fault holds. Never for a time. */
  async function quiet({ page, at, underWay }: Opened, held: number): Promise<void> {
    for (let isQuiet = false; !isQuiet; ) {
      isQuiet = underWay() <= held
      if (at !== page) await page.evaluate(takeTurns, QUIET_TURNS)
      await at.evaluate(takeTurns, QUIET_TURNS)
      isQuiet &&= underWay() <= held
    }
  }

  /** Lets time pass until everything that is watched has settled, at most for `limitMs`. */
  async function settle(opened: Opened, held: number, limitMs: number): Promise<void> {
    for (let passedMs = 0; ; passedMs += STEP_MS) {
      await quiet(opened, held)
      if (passedMs >= limitMs || (await haveSettled(opened.at))) return
      await clock.advance(opened.page, STEP_MS)
    }
  }

  /** Lets time pass, and what it brings about happen in it. */
  async function pass(opened: Opened, ms: number, held: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += LONG_STEP_MS) {
      await quiet(opened, held)
      await clock.advance(opened.page, LONG_STEP_MS)
    }
    await quiet(opened, held)
  }

  /** Requests for a token so far: to the token endpoint, or to the host. */
  async function requestsOf({ door, page }: Opened): Promise<number> {
    if (door === 'browser') return doors.entra.requests.filter(({ endpoint }) => endpoint === 'token').length
    return page.evaluate(
      () =>
        window.host.transcript.filter(
          ({ direction, func, summary }) =>
            direction === 'received' && (func.endsWith('getAuthToken') || summary.startsWith('GetToken')),
        ).length,
    )
  }

  /** Where a token is that should not be there. */
  async function leaksOf({ at, said }: Opened): Promise<string[]> {
    const told = await at.evaluate(() => {
      const own = window.app.storage().filter(([key]) => key.startsWith('twodoor'))
      const { auth, events } = window.app
      return JSON.stringify([auth, events, auth.explain(), auth.state, own, document.documentElement.outerHTML])
    })
    const found = leakedTo(doors.world.requests, doors.world.frames)
    if (hasToken(told)) found.push('what the page tells of itself')
    if (said.some(hasToken)) found.push('the console')
    return found.map((place) => `A token is in ${place}.`)
  }

  async function reset(): Promise<void> {
    await doors.reset()
    changes.ofToken = undefined
    clock.reset()
  }

  return {
    doors,
    clock,
    changes,
    open,
    openSignedIn,
    quiet,
    settle,
    pass,
    requestsOf,
    leaksOf,
    reset,
    close: doors.close,
  }
}

/** So many turns of the event loop, with nothing under way, let a chain of answers go on. */
const QUIET_TURNS = 12
const STEP_MS = 1_000
const LONG_STEP_MS = 5_000

async function takeTurns(turns: number): Promise<void> {
  for (let i = 0; i < turns; i += 1)
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => resolve()
      port2.postMessage(undefined)
    })
}

function observe(door: DoorName, page: Page, at: Place): Opened {
  const said: string[] = []
  page.on('console', (message) => said.push(message.text()))
  return { door, page, at, said, underWay: countRequests(page.context()) }
}

export function countRequests(context: BrowserContext): () => number {
  let underWay = 0
  const end = () => {
    underWay -= 1
  }
  context.on('request', () => {
    underWay += 1
  })
  context.on('requestfinished', end)
  context.on('requestfailed', end)
  return () => underWay
}

/** Goes through the pages of Entra ID, whichever it shows, until the app is back and signed in. */
export async function passEntra(page: Page, user: EntraUser): Promise<void> {
  const button = page.locator(`button[data-user="${user.username}"], button[data-accept], button[data-approve]`).first()
  for (;;) {
    const isBack = page.waitForFunction(() => window.app?.auth.state.status === 'signed-in').then(() => 'back')
    const isAsked = button.waitFor().then(() => 'asked')
    const first = await Promise.any([isBack, isAsked])
    if (first === 'back') return
    await button.click()
    await page.waitForLoadState()
  }
}
