// What each step of a sequence does to the world.

import { APP } from './browser.js'
import type { Action, Step } from './sequence.js'
import type { Tab } from './tab.js'
import type { World } from './world.js'

type Ways = {
  readonly [Name in Action['do']]: (world: World, action: Extract<Action, { do: Name }>) => Promise<void> | void
}

export const MINUTE_MS = 60_000

function tabAt({ living }: World, place: number): Tab | undefined {
  const all = living()
  return all[place % all.length]
}

export function wakeAll({ living }: World): void {
  for (const { page } of living()) wake(page)
}

function wake(page: Tab['page']): void {
  page.deaf = false
  page.dispatch('visibilitychange')
}

const ignore = () => {}

const ways: Ways = {
  call(world, { tab, kind, count }) {
    const chosen = tabAt(world, tab)
    if (chosen?.isDisposed === false) for (let n = 0; n < count; n += 1) chosen.begin(kind)
  },
  abort: (world, { tab }) => tabAt(world, tab)?.abort(),
  /** It takes a person, and Entra ID, longer than a change of storage, such as a sign-out just before, takes to the other tabs. */
  async 'sign in'(world, { tab, user, outcome }) {
    if (world.setting.lag > 0) await world.clock.pass(world.setting.lag)
    const chosen = tabAt(world, tab)
    if (!chosen || chosen.isDisposed) return
    world.trips.set(chosen.page, { user, outcome })
    world.host.plan(user, outcome)
    world.noteSignIn()
    chosen.auth.signIn({ prompt: 'select_account' }).catch(ignore)
  },
  'sign out'(world, { tab, entra }) {
    const chosen = tabAt(world, tab)
    if (!chosen || chosen.isDisposed) return
    world.noteSignOut()
    chosen.auth.signOut({ entra }).catch(ignore)
  },
  source: ({ entra }, { mood }) => entra.setMood(mood),
  api: ({ entra }, { verdict }) => entra.judge(verdict),
  'end grants': ({ entra }) => entra.endGrants(),
  pass: ({ clock }, { seconds }) => clock.pass(seconds * 1000),
  age: ({ clock, setting }, { part }) => clock.pass(part * setting.lifetime * 1000),
  sleep(world, { seconds }) {
    world.clock.sleep(seconds * 1000)
    wakeAll(world)
  },
  /** Nobody does it in the milliseconds that a change of storage takes to the other tabs. */
  async clock({ clock, setting }, { seconds }) {
    if (setting.lag > 0) await clock.pass(setting.lag)
    clock.adjust(seconds * 1000)
  },
  wake(world, { tab }) {
    const chosen = tabAt(world, tab)
    if (chosen) wake(chosen.page)
  },
  offline: (world) => world.setOnline(false),
  online: (world) => world.setOnline(true),
  deafen(world, { tab }) {
    const chosen = tabAt(world, tab)
    if (chosen) chosen.page.deaf = true
  },
  async storage(world, { how }) {
    if (how !== 'cleared') return world.origin.setHealth(how)
    // Nobody does it in the milliseconds in which another app stores what it got.
    await world.quick()
    world.origin.clear()
  },
  open(world, { beside }) {
    const chosen = beside === undefined ? undefined : tabAt(world, beside)
    if (chosen && world.living().length < 4) world.openAt(chosen.page, `${APP}/`)
    else world.add()
  },
  reload(world, { tab }) {
    const chosen = tabAt(world, tab)
    if (chosen) world.replacePage(chosen.page, chosen.window.location.href)
  },
  dispose: (world, { tab }) => tabAt(world, tab)?.dispose(),
  remake(world, { tab }) {
    const chosen = tabAt(world, tab)
    if (!chosen) return
    chosen.dispose()
    if (world.living().length < 6) world.openAt(chosen.page, chosen.window.location.href)
  },
  'host user': ({ host }, { user }) => host.become(user),
  'other app': (world, { user }) => void world.runOtherApp(user),
}

export async function perform(world: World, step: Step): Promise<void> {
  const way = ways[step.do] as (world: World, action: Action) => Promise<void> | void
  await way(world, step)
  await world.clock.pass(step.turns === undefined ? 200 : step.turns)
}
