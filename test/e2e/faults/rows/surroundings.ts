// The network of the device, its storage, its clock, its sleep.

import type { Page } from 'playwright'
import { type DoorName, doorNames, type Row } from '../row.js'
import { atExpiry, atStart, type Fault, later, observeRow, onTheWayBack, whileSignedIn } from '../scenarios.js'
import type { Opened, Stage } from '../stage.js'
import { watch } from '../watch.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** The tokens of the first hour are over, also for a server that is lenient about clocks. */
const AFTER_EXPIRY_MS = HOUR_MS + 2 * MINUTE_MS

function row(group: string, fault: string, door: DoorName, transient: boolean, run: Row<Stage>['run']): Row<Stage> {
  return { group, fault, door, transient, run }
}

const offline: Fault = {
  noCall: true,
  begin: (_stage, { page }) => page.context().setOffline(true),
  end: (_stage, { page }) => page.context().setOffline(false),
}

/** A page that is loaded while there is a network, and finds none afterwards. */
const offlineOnceLoaded: Fault = {
  async begin(_stage, { page }) {
    await page.addInitScript(() => {
      Object.defineProperty(navigator, 'onLine', { value: false, configurable: true })
    })
    await page.route(NEEDED_FOR_TOKENS, (route) => route.abort('internetdisconnected'))
  },
  async end(_stage, { page, at }) {
    await page.unroute(NEEDED_FOR_TOKENS)
    await at.evaluate(() => {
      Reflect.deleteProperty(navigator, 'onLine')
      window.dispatchEvent(new Event('online'))
    })
    await page.addInitScript(() => Reflect.deleteProperty(navigator, 'onLine'))
  },
}
const NEEDED_FOR_TOKENS = /\/oauth2\/v2\.0\/token|\/mint$/

const OFFLINE = 'No network'
const offlineRows: readonly Row<Stage>[] = [
  ...doorNames.flatMap((door) => [
    row(OFFLINE, 'while the page starts', door, true, (stage) => atStart(stage, door, offlineOnceLoaded)),
    row(OFFLINE, 'as the token expires', door, true, (stage) => atExpiry(stage, door, offline)),
    row(OFFLINE, 'at the sign-in', door, false, (stage) => whileSignedOut(stage, door, offline)),
    row(OFFLINE, 'at the sign-out', door, true, (stage) => whileSignedIn(stage, door, offline, ['token'])),
  ]),
  row(OFFLINE, 'on the way back from Entra ID', 'browser', false, (stage) => onTheWayBack(stage, offlineOnceLoaded)),
  row(OFFLINE, 'at the sign-out at Entra ID', 'browser', false, (stage) =>
    whileSignedIn(stage, 'browser', offline, ['sign-out at Entra ID']),
  ),
]

/** The user has signed out, and wants to sign in again. */
function whileSignedOut(stage: Stage, door: DoorName, fault: Fault) {
  const begin = async (_: Stage, opened: Opened) => {
    await opened.at.evaluate(() => window.app.auth.signOut())
    await fault.begin(stage, opened)
  }
  return whileSignedIn(stage, door, { ...fault, begin }, ['sign-in'])
}

/** Until the user allows it, which a cookie stands for, whoever touches storage is refused. */
const blockStorage = (page: Page) =>
  page.addInitScript(() => {
    for (const area of ['localStorage', 'sessionStorage'] as const) {
      const { get } = Object.getOwnPropertyDescriptor(window, area) as PropertyDescriptor
      const refuse = () => {
        if (document.cookie.includes('storage=allowed')) return get?.call(window)
        throw new DOMException('Access is denied for this document.', 'SecurityError')
      }
      Object.defineProperty(window, area, { get: refuse })
    }
  })

function fillStorage(): void {
  for (const area of [localStorage, sessionStorage])
    for (let size = 4_000_000, i = 0; size >= 1; i++) {
      try {
        area.setItem(`filler-${i}`, 'x'.repeat(size))
      } catch {
        size = Math.floor(size / 2)
      }
    }
}

function emptyStorage(): void {
  localStorage.clear()
  sessionStorage.clear()
}

const full: Fault = {
  begin: (_stage, { page }) => page.evaluate(fillStorage),
  end: (_stage, { page }) => page.evaluate(freeStorage),
}
function freeStorage(): void {
  for (const area of [localStorage, sessionStorage])
    for (const key of Object.keys(area)) if (key.startsWith('filler-')) area.removeItem(key)
}

const RETRY_AFTER_S = 90
const fullAndThrottled: Fault = {
  retryAfterMs: RETRY_AFTER_S * 1_000,
  async begin(stage, opened) {
    await full.begin(stage, opened)
    stage.doors.entra.faults.push({ at: 'token', times: Number.POSITIVE_INFINITY, retryAfterSeconds: RETRY_AFTER_S })
  },
  async end(stage, opened) {
    stage.doors.entra.faults.clear()
    await full.end?.(stage, opened)
  },
}

const nothing: Fault = { begin: () => undefined }
const STORAGE = 'Storage'
const storageRows: readonly Row<Stage>[] = [
  row(STORAGE, 'blocked, at the sign-in', 'browser', false, blockedSignIn),
  row(STORAGE, 'full, as the token expires', 'browser', true, (stage) => atExpiry(stage, 'browser', full)),
  row(STORAGE, 'full, and the token endpoint answers 429 with `Retry-After`', 'browser', true, (stage) =>
    atExpiry(stage, 'browser', fullAndThrottled),
  ),
  row(STORAGE, 'cleared while the page runs', 'browser', false, (stage) =>
    atExpiry(stage, 'browser', { begin: (_stage, { page }) => page.evaluate(emptyStorage) }),
  ),
  ...(['Teams', 'nested'] as const).flatMap((door) => [
    row(STORAGE, 'third-party cookies and storage blocked', door, true, (stage) => atExpiry(stage, door, nothing)),
    row(STORAGE, 'refused to the page by an error', door, true, (stage) =>
      atExpiry(stage, door, { open: { prepare: blockStorage }, begin: () => undefined }),
    ),
  ]),
]

async function blockedSignIn(stage: Stage) {
  const fault: Fault = {
    open: { prepare: blockStorage },
    begin: () => undefined,
    end: (_stage, { page }) =>
      page.evaluate(() => {
        // biome-ignore lint/suspicious/noDocumentCookie: not every Chromium has the Cookie Store API in a test
        document.cookie = 'storage=allowed'
      }),
  }
  return whileSignedOutFromTheStart(stage, fault)
}

async function whileSignedOutFromTheStart(stage: Stage, fault: Fault) {
  const { open = {} } = fault
  const opened = await stage.open('browser', typeof open === 'function' ? open(stage) : open)
  await stage.clock.pause(opened.page)
  await watch(opened.at, 'ready')
  await watch(opened.at, 'sign-in')
  return observeRow(stage, opened, fault, 0, undefined)
}

const CLOCK = 'Clock and sleep, the next call after that'
const skews = [
  [10 * MINUTE_MS, 'the clock is 10 min fast'],
  [-10 * MINUTE_MS, 'the clock is 10 min slow'],
  [8 * HOUR_MS, 'the clock is 8 h fast'],
  [-8 * HOUR_MS, 'the clock is 8 h slow'],
] as const

const jump = (ms: number): Fault => ({
  async begin(_stage, { page }) {
    const there = await page.evaluate(() => Date.now())
    await page.clock.setSystemTime(there + ms)
  },
  async end(_stage, { page }) {
    const there = await page.evaluate(() => Date.now())
    await page.clock.setSystemTime(there - ms)
  },
})

const clockRows: readonly Row<Stage>[] = doorNames.flatMap((door) => [
  ...skews.map(([skewMs, fault]) =>
    row(CLOCK, `${fault}, an hour after the sign-in`, door, true, (stage) =>
      later(stage, door, { ...nothing, open: { skewMs } }, AFTER_EXPIRY_MS),
    ),
  ),
  // MSAL takes the refresh token for expired, by the same clock, and asks nobody.
  row(CLOCK, 'the clock is set 25 h forward', door, door !== 'browser', (stage) =>
    later(stage, door, jump(25 * HOUR_MS), 0),
  ),
  // A host that goes by the same clock gives the token of before, again and again.
  row(CLOCK, 'the clock is set 25 h back, an hour after the sign-in', door, door !== 'Teams', (stage) =>
    later(stage, door, door === 'Teams' ? jump(-25 * HOUR_MS) : { begin: jump(-25 * HOUR_MS).begin }, AFTER_EXPIRY_MS),
  ),
  row(CLOCK, 'the machine sleeps for 2 h', door, true, (stage) => later(stage, door, nothing, 2 * HOUR_MS)),
  // The refresh token of a single-page app ends after 24 h; a host has one of its own.
  row(CLOCK, 'the machine sleeps for 25 h', door, door !== 'browser', (stage) =>
    later(stage, door, nothing, 25 * HOUR_MS),
  ),
])

export const surroundingRows = [...offlineRows, ...storageRows, ...clockRows]
