// What has to hold, whatever has happened before.

import { internalsOf } from '../../../../src/carriers/internals.js'
import { CLIENT_ID, keyOfUser } from './entra.js'
import { activeUser, hasAccount, isAccountListed, secretsIn } from './msal.js'
import { MINUTE_MS, wakeAll } from './perform.js'
import type { Step, User } from './sequence.js'
import { accountKey, type Tab } from './tab.js'
import type { World } from './world.js'

/** Longer than all deadlines of a start and of a renewal together. */
const PATIENCE_MS = 300_000
const FLAG = `twodoor.${CLIENT_ID}.signed-out`
/** So many requests can follow each other: MSAL where storage is full, in each tab. */
const MOST_ANSWERS = 12
/** More requests of one Auth within ten seconds are a loop. Where the network fails, each is made twice. */
const LOOP = { requests: 20, withinMs: 10_000 }
/** What MSAL has been asked for before dispose() reaches the network some steps later. What it brings is for the next Auth. */
const MSAL_STEPS_MS = 10

/** Holds whenever what is quick is done. */
export function checkAtRest(world: World): void {
  const { origin, wrong, clock, entra } = world
  for (const tab of world.living()) checkTab(world, tab)
  checkSignedOut(world)
  checkSwitched(world)
  const recent = entra.requests.filter(({ at }) => at > clock.awake() - LOOP.withinMs)
  const busiest = Math.max(0, ...world.living().map(({ id }) => recent.filter(({ asker }) => asker === id).length))
  if (busiest > LOOP.requests) wrong(`An Auth made ${busiest} requests within seconds.`)
  const isProbing = [...origin.local.keys()].some((key) => key.endsWith('.probe'))
  if (isProbing) wrong('A probe of storage was left.')
}

function checkTab({ wrong, clock }: World, tab: Tab): void {
  const { auth, isDisposed, calls } = tab
  const { state } = auth
  const token = internalsOf(auth)?.peek()
  const heard = tab.heard()
  if (isDisposed && !(state.status === 'failed' && state.error.code === 'disposed')) wrong('The state hides dispose().')
  if (token && accountKey(auth) !== token.account.key) wrong('There is a token of somebody who is not signed in.')
  if (state.status !== 'starting' && heard !== state && !isSame(heard, state))
    wrong('A listener was not told the state.')
  const lost = calls.find(({ isSettled, began }) => !isSettled && clock.awake() - began > PATIENCE_MS)
  if (lost) wrong(`A call for ${lost.kind} has waited for minutes.`)
  if (state.status === 'failed' && /twodoor failed/.test(state.error.message)) wrong(`A bug: ${state.error.cause}`)
  if (tab.eventsAfterwards() > 0) wrong('An event came after dispose().')
}

/** Only a sign-in undoes a sign-out. */
function checkSignedOut(world: World): void {
  const { origin, living, wrong } = world
  if (!world.isSignedOut() || world.hasOtherApp() || origin.wasBlocked) return
  for (const { auth, page, id, isDisposed } of living())
    if (!page.deaf && !isDisposed && accountKey(auth))
      wrong(`Auth ${id} says that somebody is signed in after a sign-out.`)
}

/** A sign-in that the user goes through with signs in, where nothing is amiss and nothing else was under way. */
export function checkSignIn(world: World, before: readonly Step[], step: Step): void {
  const isQuiet = (each: Step) => each.turns === undefined && (each.do !== 'sign in' || each.outcome === 'done')
  if (step.do !== 'sign in' || ![...before, step].every(isQuiet) || !isCalm(world)) return
  const able = world.living().filter(({ isDisposed }) => !isDisposed)
  if (able.length > 0 && able.length === world.living().length && !able.some((each) => names(each, step.user)))
    world.wrong(`${step.user} has signed in, and no Auth says so.`)
}

const names = ({ auth }: Tab, user: User) => accountKey(auth) === keyOfUser(user)

function isCalm({ entra, origin, isOnline }: World): boolean {
  return entra.mood === 'well' && entra.isIdle() && isOnline() && !entra.hasRefused && !origin.wasBlocked
}

/** A switch of the account in one tab reaches the others by itself, where nothing is amiss. */
function checkSwitched(world: World): void {
  const { origin, living, wrong, setting } = world
  const active = setting.door === 'local' && isCalm(world) ? activeUser(origin.local) : undefined
  if (!active) return
  for (const { auth, page, id, isDisposed } of living()) {
    const signedIn = accountKey(auth)
    if (!page.deaf && !isDisposed && signedIn && signedIn !== keyOfUser(active))
      wrong(`Auth ${id} says that ${signedIn} is signed in, and somebody has switched to ${active}.`)
  }
}

function isSame(heard: unknown, state: object): boolean {
  return JSON.stringify(heard) === JSON.stringify(state)
}

/** Once all is well, everybody knows within minutes who is signed in, and has a token. */
export async function checkRecovery(world: World): Promise<void> {
  const { entra, origin, clock, living, wrong } = world
  entra.setMood('well')
  entra.judge('well')
  origin.setHealth('works')
  world.setOnline(true)
  entra.release()
  await world.quick()
  wakeAll(world)
  await clock.pass(2 * MINUTE_MS)
  wakeAll(world)
  await clock.pass(MINUTE_MS)
  checkAtRest(world)
  for (const tab of living().filter(({ isDisposed }) => !isDisposed)) await checkTruth(world, tab)
  for (const { calls, page } of living())
    for (const call of calls)
      if (!call.isSettled && !page.gone)
        wrong(`A call for ${call.kind} was never answered, and all was well for minutes.`)
}

/** Where MSAL keeps what it has. */
function areaOf({ setting, origin }: World, { page }: Tab): ReadonlyMap<string, string> {
  return setting.door === 'local' ? origin.local : page.session
}

/** Who an Auth has to say is signed in, by what is stored. Without an active account, it is whoever it was before. */
function truthFor(world: World, tab: Tab): string | undefined {
  const { setting, host } = world
  if (setting.door === 'teams') return keyOfUser(host.user)
  const area = areaOf(world, tab)
  const { state } = tab.auth
  const said = state.status === 'signed-in' ? (state.account.objectId as User) : undefined
  const active = activeUser(area)
  // An app that takes no turns can lose its account to the tabs that hear of a sign-out in the same moment.
  const isLost = active && world.hasOtherApp() && !isAccountListed(area, active)
  const user = (isLost ? undefined : active) ?? (said && hasAccount(area, said) ? said : undefined)
  return user && keyOfUser(user)
}

async function checkTruth(world: World, tab: Tab): Promise<void> {
  const { origin, wrong, setting } = world
  const { auth, page, id } = tab
  if (page.gone) return
  const { state } = auth
  const truth = truthFor(world, tab)
  const signedIn = accountKey(auth)
  const isFlagged = origin.local.has(FLAG) && !origin.wasBlocked
  if (state.status === 'starting') wrong(`Auth ${id} is still starting.`)
  if (state.status === 'failed' && state.error.retryable) wrong(`Auth ${id} does not recover from ${state.error.code}.`)
  if (isFlagged && signedIn) wrong(`Auth ${id} says that ${signedIn} is signed in after a sign-out.`)
  if (isFlagged && !world.hasOtherApp()) checkNothingKept(world, tab)
  if (isFlagged && !world.hasOtherApp() && 'account' in state) wrong(`Auth ${id} keeps an account after a sign-out.`)
  if (setting.door !== 'teams' && signedIn && signedIn !== truth)
    wrong(`Auth ${id} says that ${signedIn} is signed in, and it is ${truth}.`)
  // MSAL can remove a refresh token that another app was about to store.
  const isRenewable =
    setting.door === 'teams' ||
    secretsIn(areaOf(world, tab)).some((key) => key.includes(`${truth?.split(':')[2]}.home`) && key.includes('refresh'))
  if (
    !isFlagged &&
    isRenewable &&
    !origin.wasBlocked &&
    truth &&
    !world.entra.hasRefused &&
    state.status === 'signed-out' &&
    state.reason === 'no-account'
  )
    wrong(`Auth ${id} says that nobody is signed in, and it is ${truth}.`)
  if (!signedIn) return
  tab.begin('token')
  await world.quick()
  if (tab.calls.at(-1)?.isSettled !== true) wrong(`Auth ${id} has no token, and all is well.`)
}

function checkNothingKept({ origin, wrong }: World, { page }: Tab): void {
  const kept = [...secretsIn(origin.local), ...secretsIn(page.session)]
  if (kept.length > 0) wrong(`After a sign-out there is still ${kept[0]}.`)
}

/** After dispose() nothing is left that could act. */
export async function checkDisposed(world: World): Promise<void> {
  const { tabs, entra, origin, clock, wrong } = world
  world.end()
  for (const tab of tabs) tab.dispose()
  await clock.pass(MSAL_STEPS_MS)
  const requests = entra.requests.length
  for (const { calls, page } of tabs)
    for (const { isSettled, kind } of calls)
      if (!isSettled && !page.gone && kind !== 'fetch') wrong(`A call for ${kind} still waits after dispose().`)
  const listeners = tabs.reduce((sum, { page }) => sum + page.listeners.size, 0)
  if (listeners > 0) wrong(`${listeners} listeners are left after dispose().`)
  for (let n = 0; n < MOST_ANSWERS; n += 1) {
    entra.release()
    await world.quick()
  }
  if (clock.count() > 0) wrong(`${clock.count()} timers are left after dispose(), of ${clock.delays()} ms.`)
  const sending = tabs.some(({ calls, page }) => !page.gone && calls.some(({ isSettled }) => !isSettled))
  if (sending) wrong('A call for fetch was never answered.')
  if (origin.openChannels() > 0) wrong(`${origin.openChannels()} channels are left after dispose().`)
  if (origin.locksInUse() > 0) wrong('A lock is held after dispose().')
  await clock.pass(MINUTE_MS)
  if (entra.requests.length > requests) wrong('A token was asked for after dispose().')
  if (tabs.some((tab) => tab.eventsAfterwards() > 0)) wrong('An event came after dispose().')
}
