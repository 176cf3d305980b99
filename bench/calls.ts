// Calls with a token at hand, and calls that all need a new one at once.

import type { Page } from 'playwright'
import type { Doors } from '../test/e2e/doors.js'
import { countRow, differenceRow, inTurns, type Row, ratioRow } from './compare.js'
import { openSignedIn } from './signed-in.js'

const ROUNDS = 60
const WARM_UP_ROUNDS = 3
const EXPIRIES = 3
const CACHED = 'auth.fetch with a cached token'
/** How many times as long. */
const FLOOR_BAR = 1.5

export async function measureCalls(doors: Doors): Promise<Row[]> {
  const page = await openSignedIn(doors, '/calls/')
  const rows = [...(await measureCachedToken(doors, page)), await measureExpiredToken(doors, page)]
  await doors.reset()
  return rows
}

async function measureCachedToken(doors: Doors, page: Page): Promise<Row[]> {
  const stub = () => page.evaluate(() => window.calls.timeStub())
  const floor = (hasInit: boolean) => () => page.evaluate((has) => window.calls.timeFloor(has), hasInit)
  const authFetch = (hasInit: boolean) => () => page.evaluate((has) => window.calls.timeAuthFetch(has), hasInit)
  await inTurns(WARM_UP_ROUNDS, stub, authFetch(false))
  await inTurns(WARM_UP_ROUNDS, floor(true), authFetch(true))
  doors.world.requests.length = 0
  const bare = await inTurns(ROUNDS, floor(false), authFetch(false))
  const full = await inTurns(ROUNDS, floor(true), authFetch(true))
  return [
    differenceRow(
      `${CACHED}, 1,000 calls, a call over a stub`,
      await inTurns(ROUNDS, stub, authFetch(false)),
      'µs',
      20,
    ),
    ratioRow(`${CACHED}, against new URL, new Headers and a stub`, bare, 'µs', FLOOR_BAR),
    ratioRow(`${CACHED}, the same with method, body and headers`, full, 'µs', FLOOR_BAR),
    countRow(`${CACHED}: requests that are not the caller’s`, [doors.world.requests.length], 0),
  ]
}

async function measureExpiredToken(doors: Doors, page: Page): Promise<Row> {
  const acquisitions: number[] = []
  for (let i = 0; i < EXPIRIES; i++) {
    doors.world.requests.length = 0
    const tokens = await page.evaluate(() => window.calls.callersWithExpiredToken())
    if (tokens !== 1) throw new Error(`The callers got ${tokens} different tokens.`)
    acquisitions.push(doors.world.requests.length)
  }
  return countRow('1,000 parallel callers with an expired token: acquisitions', acquisitions, 1)
}
