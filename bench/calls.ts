// Calls with a token at hand, and calls that all need a new one at once.

import type { Page } from 'playwright'
import type { Doors } from '../test/e2e/doors.js'
import { countRow, differenceRow, inTurns, type Row } from './compare.js'
import { openSignedIn } from './signed-in.js'

const ROUNDS = 60
const WARM_UP_ROUNDS = 3
const EXPIRIES = 3

export async function measureCalls(doors: Doors): Promise<Row[]> {
  const page = await openSignedIn(doors, '/calls/')
  const rows = [...(await measureCachedToken(doors, page)), await measureExpiredToken(doors, page)]
  await doors.reset()
  return rows
}

async function measureCachedToken(doors: Doors, page: Page): Promise<Row[]> {
  const stub = () => page.evaluate(() => window.calls.timeStub())
  const authFetch = () => page.evaluate(() => window.calls.timeAuthFetch())
  await inTurns(WARM_UP_ROUNDS, stub, authFetch)
  doors.world.requests.length = 0
  const samples = await inTurns(ROUNDS, stub, authFetch)
  return [
    differenceRow('auth.fetch with a cached token, 1,000 calls, a call over a stub', samples, 'µs', 20),
    countRow('auth.fetch with a cached token: requests that are not the caller’s', [doors.world.requests.length], 0),
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
