// From nothing to the first authenticated response, against hand-written code on the same libraries.

import type { CDPSession, Frame, Page } from 'playwright'
import { appOrigin, type Doors } from '../test/e2e/doors.js'
import { differenceRow, inTurns, moreRow, type Row, type Samples } from './compare.js'

type App = 'by-hand' | 'twodoor'

interface Visit {
  readonly answeredMs: number
  readonly mainThreadMs: number
}

/** Opens the app in a fresh browser context where each request, and each message to the host, takes at least so long. */
type Door = (app: App, latencyMs: number) => Promise<Visit>

const ROUNDS = 17
/** So long that what else happens in a page does not look like a round trip. */
const LATENCY_MS = 250
const FAR_ROUNDS = 2
const MS_PER_SECOND = 1_000

export async function measureFirstResponse(doors: Doors): Promise<Row[]> {
  const rows = [
    ...(await measureDoor('Teams SSO', throughTeams(doors))),
    ...(await measureDoor('MSAL redirect', throughRedirect(doors))),
  ]
  await doors.reset()
  return rows
}

async function measureDoor(name: string, door: Door): Promise<Row[]> {
  const visits = (rounds: number, latencyMs: number) =>
    inTurns(
      rounds,
      () => door('by-hand', latencyMs),
      () => door('twodoor', latencyMs),
    )
  const near = await visits(ROUNDS, 0)
  const far = await visits(FAR_ROUNDS, LATENCY_MS)
  const mainThread = ofEach((group) => near[group].map(({ mainThreadMs }) => mainThreadMs))
  const trips = ofEach((group) => [roundTrips(near[group], far[group])])
  return [
    moreRow(`${name}: sequential round trips to the first response, against by hand`, trips),
    differenceRow(`${name}: main-thread CPU to the first response, against by hand`, mainThread, 'ms', 5),
  ]
}

function ofEach(values: (group: keyof Samples) => number[]): Samples {
  return { base: values('base'), again: values('again'), other: values('other') }
}

/** How often the latency was paid one after the other, which a log of requests cannot tell from side by side. */
function roundTrips(near: readonly Visit[], far: readonly Visit[]): number {
  return Math.round((quickest(far) - quickest(near)) / LATENCY_MS)
}

/** The visit that nothing else on the machine held up. */
function quickest(visits: readonly Visit[]): number {
  return Math.min(...visits.map(({ answeredMs }) => answeredMs))
}

function throughTeams(doors: Doors): Door {
  return async (app, latencyMs) => {
    const { page, frame } = await doors.openTeams({}, { latencyMs })
    const session = await observe(page, frame, latencyMs)
    await frame.goto(`${appOrigin}/${app}/`)
    return finish(page, frame, session)
  }
}

/** The landing counts: from the click at Entra ID on. */
function throughRedirect(doors: Doors): Door {
  return async (app, latencyMs) => {
    const home = `${appOrigin}/${app}/`
    const page = await doors.openTab({ browser: { redirectUri: home } }, { path: `/${app}/` })
    await page.evaluate(() => window.measured.answered)
    await page.evaluate(() => void window.measured.signIn())
    const button = await page.waitForSelector(`button[data-user="${doors.adele.username}"]`)
    const session = await observe(page, page, latencyMs)
    await button.click()
    await page.waitForURL(home)
    return finish(page, page, session)
  }
}

async function observe(page: Page, door: Page | Frame, latencyMs: number): Promise<CDPSession> {
  const session = await page.context().newCDPSession(door)
  await session.send('Performance.enable')
  if (latencyMs === 0) return session
  const unlimited = { offline: false, downloadThroughput: -1, uploadThroughput: -1 }
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', { ...unlimited, latency: latencyMs })
  return session
}

async function finish(page: Page, door: Page | Frame, session: CDPSession): Promise<Visit> {
  const answeredMs = await door.evaluate(() => window.measured.answered)
  const { metrics } = await session.send('Performance.getMetrics')
  // CPU time rather than TaskDuration, which also counts the time that other processes took from the main thread.
  const cpu = metrics.find(({ name }) => name === 'ThreadTime')
  await page.context().close()
  if (answeredMs === undefined || !cpu) throw new Error('The page got no authenticated response.')
  return { answeredMs, mainThreadMs: cpu.value * MS_PER_SECOND }
}
