// What a fault meets: a token that is about to expire, a page that starts, a user who comes back from Entra ID. Each ends the
// same way: everything settles, three minutes more go by with the fault still there, the fault is over, the page works again.

import { appOrigin } from '../doors.js'
import type { Opened, OpenOptions, Playable } from './playable.js'
import { DEADLINE_MS, type DoorName, type Recovery, type Result } from './row.js'
import type { Stage } from './stage.js'
import { type Watched, type WatchedCall, watch, watchedOf } from './watch.js'

export interface Fault<S extends Playable = Stage> {
  /** How the page is opened, before the fault. */
  readonly open?: OpenOptions | ((stage: S) => OpenOptions)
  /** From now on it is there. */
  begin(stage: S, opened: Opened): unknown
  /** From now on it is not. Default: it does not end, or has ended by itself. */
  end?(stage: S, opened: Opened): unknown
  /** The device has no network, so no call can succeed: only the token is asked for. */
  readonly noCall?: true
  /** How many requests it keeps from being answered. Default: none. */
  readonly held?: number
  /** What the token endpoint asks for. Default: nothing. */
  readonly retryAfterMs?: number
}

/** The last moments of a token in which callers wait for the next one. */
const LAST_MS = 20_000
const AFTERWARDS_MS = 180_000
/** Longer than the longest pause after a failure, and than what is left of `Retry-After` in any row. */
const PAUSE_MS = 95_000
const SECOND_MS = 1_000

/** A call is made 20 s before the token expires. */
export async function atExpiry<S extends Playable>(stage: S, door: DoorName, fault: Fault<S>): Promise<Result> {
  const untilTheLast = (opened: Opened) =>
    opened.at.evaluate((lastMs) => (window.app.auth.explain().token?.expiresInMs ?? 0) - lastMs, LAST_MS)
  return wakeAfter(stage, door, fault, untilTheLast)
}

/** A call is made so much later. */
export async function later<S extends Playable>(
  stage: S,
  door: DoorName,
  fault: Fault<S>,
  ms: number,
): Promise<Result> {
  return wakeAfter(stage, door, fault, async () => ms)
}

async function wakeAfter<S extends Playable>(
  stage: S,
  door: DoorName,
  fault: Fault<S>,
  howLong: (opened: Opened) => Promise<number>,
): Promise<Result> {
  const opened = await openFor(stage, door, fault)
  const { page, at } = opened
  await stage.clock.pause(page)
  const ms = await howLong(opened)
  const before = await stage.requestsOf(opened)
  await fault.begin(stage, opened)
  await stage.clock.sleep(page, ms)
  if (!fault.noCall) await watch(at, 'call')
  await watch(at, 'token')
  return observeRow(stage, opened, fault, before, fault.noCall ? undefined : 'call')
}

/** The page is loaded anew. What a browser has left is the refresh token. */
export async function atStart<S extends Playable>(stage: S, door: DoorName, fault: Fault<S>): Promise<Result> {
  const opened = await openFor(stage, door, fault)
  await stage.clock.pause(opened.page)
  await opened.at.evaluate(removeAccessTokens)
  const before = await stage.requestsOf(opened)
  await fault.begin(stage, opened)
  await reload(opened)
  await watch(opened.at, 'ready')
  await watch(opened.at, 'token')
  return observeRow(stage, opened, fault, before, undefined)
}

/** The user has signed in at Entra ID and comes back with a code. */
export async function onTheWayBack<S extends Playable>(stage: S, fault: Fault<S>): Promise<Result> {
  const opened = await stage.open('browser', optionsOf(stage, fault))
  const { page } = opened
  const { pathname } = new URL(page.url())
  await page.evaluate(async () => {
    await window.app.auth.ready
    void window.app.auth.signIn()
  })
  const goOn = await stage.awaitUser(opened)
  await stage.clock.pause(page)
  await fault.begin(stage, opened)
  await goOn()
  // By way of the redirect URI.
  await page.waitForURL((url) => url.origin === appOrigin && url.pathname === pathname)
  await watch(page, 'ready')
  return observeRow(stage, opened, fault, 0, undefined)
}

/** Something is asked of a page that is signed in. */
export async function whileSignedIn<S extends Playable>(
  stage: S,
  door: DoorName,
  fault: Fault<S>,
  calls: readonly WatchedCall[],
): Promise<Result> {
  const opened = await openFor(stage, door, fault)
  await stage.clock.pause(opened.page)
  const before = await stage.requestsOf(opened)
  await fault.begin(stage, opened)
  for (const call of calls) await watch(opened.at, call)
  return observeRow(stage, opened, fault, before, calls.includes('call') ? 'call' : undefined)
}

/** Lets everything settle, looks, and lets the fault end. */
export async function observeRow<S extends Playable>(
  stage: S,
  opened: Opened,
  fault: Fault<S>,
  requestsBefore: number,
  call: WatchedCall | undefined,
): Promise<Result> {
  const { held = 0 } = fault
  await stage.settle(opened, held, DEADLINE_MS)
  const watched = await watchedOf(opened.at)
  const requests = Math.max(0, (await stage.requestsOf(opened)) - requestsBefore)
  const { state, ...first } = await look(opened, watched)
  await stage.pass(opened, AFTERWARDS_MS, held)
  const requestsAfterwards = (await stage.requestsOf(opened)) - requestsBefore - requests
  // Who waited for half of what the token had left was served before the reason was known.
  const { code, remedy } = first.code ? first : await look(opened, new Map())
  const early = tooSoon(stage.tokenTimes(), fault.retryAfterMs)
  await fault.end?.(stage, opened)
  await endHeldRequests(stage, opened, held)
  const recovery = await recover(stage, opened)
  const settled = [...watched.values()].map(({ settledAfterMs }) => settledAfterMs)
  return {
    state,
    code,
    remedy,
    requests,
    requestsAfterwards,
    call: call && watched.get(call)?.value === 200,
    settledAfterMs: settled.includes(undefined) ? undefined : Math.max(...(settled as number[])),
    recovery,
    violations: [...(await stage.leaksOf(opened)), ...early],
  }
}

/** When the fault ends, one that is tried again by chance can be held by it, and ends by its own deadline. */
async function endHeldRequests(stage: Playable, opened: Opened, held: number): Promise<void> {
  for (let passedMs = 0; opened.underWay() > 0 && passedMs < DEADLINE_MS; passedMs += SECOND_MS) {
    await stage.clock.advance(opened.page, SECOND_MS)
    await stage.quiet(opened, held)
  }
}

/** The state, and what the page says is wrong. */
async function look({ at }: Opened, watched: ReadonlyMap<string, Watched>) {
  const { state, lastError } = await at.evaluate(() => {
    const { auth } = window.app
    const reason = auth.state.status === 'signed-out' ? `, ${auth.state.reason}` : ''
    return { state: auth.state.status + reason, lastError: auth.explain().lastError }
  })
  const rejected = [...watched.values()].find(({ code }) => code !== undefined)
  const { code = '', remedy = '' } = lastError ?? rejected ?? {}
  return { state, code, remedy }
}

/** What it takes, in the order of what people do. */
export async function recover(stage: Playable, opened: Opened): Promise<Recovery> {
  if (await works(stage, opened)) return 'by itself'
  await stage.pass(opened, PAUSE_MS, 0)
  if (await works(stage, opened)) return 'by itself'
  await opened.at.evaluate(() => window.dispatchEvent(new Event('online')))
  await stage.quiet(opened, 0)
  if (await works(stage, opened)) return 'by itself, when it wakes'
  if (await signInAgain(stage, opened)) return 'by `signIn()`'
  await stage.clock.resume(opened.page)
  await reload(opened)
  const isMended = (await worksAgain(opened)) || (await signInAgain(stage, opened))
  return isMended ? 'after a reload' : 'not at all'
}

async function works(stage: Playable, opened: Opened): Promise<boolean> {
  await watch(opened.at, 'call')
  await stage.settle(opened, 0, DEADLINE_MS)
  return (await watchedOf(opened.at)).get('call')?.value === 200
}

const worksAgain = ({ at }: Opened) =>
  at.evaluate(async () => {
    await window.app.auth.ready
    return window.app.me().then(
      ({ status }) => status === 200,
      () => false,
    )
  })

async function signInAgain(stage: Playable, opened: Opened): Promise<boolean> {
  const status = await opened.at.evaluate(() => window.app.auth.state.status)
  if (status === 'signed-in') return false
  if (opened.door === 'browser') {
    await stage.clock.resume(opened.page)
    return signInByPage(stage, opened)
  }
  await watch(opened.at, 'sign-in')
  await stage.settle(opened, 0, DEADLINE_MS)
  return works(stage, opened)
}

async function signInByPage(stage: Playable, opened: Opened): Promise<boolean> {
  const { page } = opened
  // The promise stays pending until the page is left.
  const isRefused = await page
    .evaluate(() => window.app.outcome(({ auth }) => auth.signIn()))
    .then(
      (outcome) => 'code' in outcome,
      () => false, // the page was left
    )
  if (isRefused) return false
  const hasPassed = await stage.passSignIn(opened).then(
    () => true,
    () => false,
  )
  return hasPassed && worksAgain(opened)
}

/** Requests that came before the time was over that the token endpoint had asked for. */
export function tooSoon(times: readonly number[], retryAfterMs: number | undefined): string[] {
  const early = times.filter((time, i) => i > 0 && time < (times[i - 1] as number) + (retryAfterMs ?? 0))
  return early.length > 0 ? ['A request came before `Retry-After` was over.'] : []
}

async function reload({ at, page }: Opened): Promise<void> {
  if (at === page) await page.reload()
  else {
    const loaded = at.waitForNavigation()
    await at.evaluate(() => location.reload()).catch(() => undefined)
    await loaded
  }
  await at.waitForFunction(() => window.app !== undefined)
}

function removeAccessTokens(): void {
  try {
    for (const storage of [sessionStorage, localStorage])
      for (const key of Object.keys(storage)) if (/accesstoken/i.test(key)) storage.removeItem(key)
  } catch {} // a frame may not store
}

function openFor<S extends Playable>(stage: S, door: DoorName, fault: Fault<S>): Promise<Opened> {
  return stage.openSignedIn(door, optionsOf(stage, fault))
}

function optionsOf<S extends Playable>(stage: S, { open = {} }: Fault<S>): OpenOptions {
  return typeof open === 'function' ? open(stage) : open
}
