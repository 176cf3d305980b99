// How long a socket takes from the `online` of its page to `connected`. Against a plain Manager, whose `auth` asks the same
// source of tokens by hand.

import type { Doors } from '../test/e2e/doors.js'
import { boundRow, inTurns, type Row } from './compare.js'
import { openSignedIn } from './signed-in.js'

const ROUNDS = 11

export async function measureBackOnline(doors: Doors): Promise<Row[]> {
  const page = await openSignedIn(doors, '/back-online/')
  const comeBack = async (way: 'twodoor' | 'by-hand'): Promise<number> => {
    await page.evaluate((name) => window.backOnline.open(name), way)
    await page.context().setOffline(true)
    await page.evaluate(() => window.backOnline.failedOffline())
    await page.context().setOffline(false)
    return page.evaluate(() => window.backOnline.connectedAfterMs())
  }
  const samples = await inTurns(
    ROUNDS,
    () => comeBack('twodoor'),
    () => comeBack('by-hand'),
  )
  await doors.reset()
  return [boundRow('from online to connected, against a plain Manager', samples, ' ms', 50)]
}
