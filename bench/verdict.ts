// How long it takes to know that the page is framed by a site that is no host.

import type { Frame } from 'playwright'
import { appOrigin, type Doors } from '../test/e2e/doors.js'
import { differenceRow, inTurns, judge, median, number, type Row } from './compare.js'
import { WITHOUT_ANCESTORS } from './site.js'

const ROUNDS = 15
const MS_PER_SECOND = 1_000
const TRIALS = 2

export async function measureVerdict(doors: Doors): Promise<Row[]> {
  const rows = [await measureAtOnce(doors), await measureByTrying(doors)]
  await doors.reset()
  return rows
}

async function openFramed(doors: Doors, path: string): Promise<Frame> {
  const page = await doors.openTab()
  await page.goto('https://portal.example')
  const frame = await doors.frameOf(page)
  await frame.goto(appOrigin + path)
  return frame
}

async function measureAtOnce(doors: Doors): Promise<Row> {
  const frame = await openFramed(doors, '/verdict/')
  const samples = await inTurns(
    ROUNDS,
    async () => (await firstCalls(frame)).nothingMs,
    async () => (await firstCalls(frame)).detectHostMs,
  )
  return differenceRow('verdict in a foreign frame, first call, over an empty function', samples, 'ms', 1)
}

async function firstCalls(frame: Frame) {
  await frame.goto(`${appOrigin}/verdict/`)
  const { kind, nothingMs, detectHostMs } = await frame.evaluate(() => ({ ...window.verdict, untilFramed: undefined }))
  if (kind !== 'framed') throw new Error(`The verdict is ${kind}.`)
  return { nothingMs, detectHostMs }
}

async function measureByTrying(doors: Doors): Promise<Row> {
  const path = `${WITHOUT_ANCESTORS}/verdict/`
  const seconds: number[] = []
  // One after the other: Chromium slows down the timers of pages in the background.
  for (let i = 0; i < TRIALS; i++) {
    const frame = await openFramed(doors, path)
    seconds.push((await frame.evaluate(() => window.verdict.untilFramed())) / MS_PER_SECOND)
    await frame.page().close()
  }
  const noise = Math.max(...seconds) - Math.min(...seconds)
  return {
    what: 'verdict in a foreign frame without ancestorOrigins (teams-js alone: 60 s)',
    figure: `${number(median(seconds))} s`,
    spread: `± ${number(noise)} s in ${TRIALS} frames`,
    bar: '≤ 5 s',
    verdict: judge(median(seconds), noise, 5),
  }
}
