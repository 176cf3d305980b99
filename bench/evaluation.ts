// What a page pays on its main thread for the script-tag file before anything is asked of it.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright'
import { appOrigin, type Doors } from '../test/e2e/doors.js'
import { countRow, inTurns, type Row, ratioRow } from './compare.js'

const ROUNDS = 30
const WARM_UP_ROUNDS = 2

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8')

export async function measureEvaluation(doors: Doors): Promise<Row[]> {
  const page = await doors.openTab()
  await page.goto(`${appOrigin}/evaluation/`)
  const ours = timing(page, read('dist/twodoor.umd.js'))
  const msal = timing(page, read('node_modules/@azure/msal-browser/lib/msal-browser.min.js'))
  const empty = timing(page, '')
  await inTurns(WARM_UP_ROUNDS, msal, ours)
  const rows = [
    countRow(
      'twodoor.umd.js: parts that run at load',
      [await partsThatRun(page, ours), await partsThatRun(page, ours)],
      0,
    ),
    ratioRow('twodoor.umd.js: evaluation, against msal-browser.min.js', await inTurns(ROUNDS, msal, ours), 'ms'),
    ratioRow('twodoor.umd.js: evaluation, against an empty script', await inTurns(ROUNDS, empty, ours), 'ms'),
  ]
  await doors.reset()
  return rows
}

/** How many of the vendors' parts of the bundle V8 saw run. */
async function partsThatRun(page: Page, evaluate: () => Promise<number>): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('Profiler.enable')
  await session.send('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  await evaluate()
  const { result } = await session.send('Profiler.takePreciseCoverage')
  await session.detach()
  const parts = result
    .flatMap(({ functions }) => functions)
    .filter(({ functionName }) => /^sources\//.test(functionName))
  if (parts.length === 0) throw new Error('The bundle has no parts.')
  return parts.filter(({ ranges }) => ranges.some(({ count }) => count > 0)).length
}

const timing = (page: Page, source: string) => () => page.evaluate((text) => window.timeScript(text), source)
