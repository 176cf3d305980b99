// Where most rows are played: both doors in one world, against the emulators.

import type { Page } from 'playwright'
import { openDoors, signIn, until } from '../doors.js'
import { createClock } from './clock.js'
import { type Opened, type OpenOptions, observe, playable } from './playable.js'
import type { DoorName } from './row.js'
import { openSite } from './site.js'

export type { Opened, OpenOptions } from './playable.js'
export type Stage = Awaited<ReturnType<typeof openStage>>

export async function openStage() {
  const clock = createClock()
  const doors = await openDoors(await openSite(), undefined, { now: clock.now })
  const { entra } = doors
  const answer = entra.handle
  const changes: { ofToken?: ((response: Response) => Response) | undefined } = {}
  entra.handle = async (request) => {
    const response = await answer(request)
    // On a connection that it has used before, Chromium itself sends a request again that was dropped.
    if (response.type !== 'error') response.headers.set('connection', 'close')
    return changes.ofToken && request.method === 'POST' ? changes.ofToken(response) : response
  }

  async function open(door: DoorName, how: OpenOptions = {}): Promise<Opened> {
    const { options = {}, host = {}, skewMs = 0, path = '/', prepare = async () => {} } = how
    const beforeApp = async (page: Page) => {
      await page.clock.install({ time: clock.now() + skewMs })
      await prepare(page)
    }
    if (door === 'browser') {
      const page = await doors.openTab(options, { path, prepare: beforeApp })
      return observe(door, page, page)
    }
    const method = door === 'nested' ? { teams: { method: 'nested' as const } } : {}
    const { page, frame } = await doors.openTeams({ ...method, ...options }, { ...host, prepare: beforeApp })
    return observe(door, page, frame)
  }

  async function openSignedIn(door: DoorName, how: OpenOptions = {}): Promise<Opened> {
    const opened = await open(door, how)
    if (door === 'browser') await signIn(opened.page, how.user ?? doors.adele)
    await until(opened.at, 'signed-in')
    await opened.at.evaluate(() => window.app.me())
    entra.clearRequests()
    return opened
  }

  /** Whom Entra ID knows in this browser, or Adele. */
  async function passSignIn({ page }: Opened): Promise<void> {
    const known = page.locator('button[data-accept], button[data-approve], button[data-user]:has-text("signed in")')
    const button = known.or(page.locator(`button[data-user="${doors.adele.username}"]`)).first()
    for (;;) {
      const isBack = page.waitForFunction(() => window.app?.auth.state.status === 'signed-in').then(() => 'back')
      const isAsked = button.waitFor().then(() => 'asked')
      if ((await Promise.any([isBack, isAsked])) === 'back') return
      // Each button leads to another page. Until that is there, the old one would be found once more.
      const isLeft = page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame())
      await button.click()
      await isLeft
    }
  }

  async function awaitUser({ page }: Opened): Promise<() => Promise<unknown>> {
    const button = page.locator(`button[data-user="${doors.adele.username}"]`)
    await button.waitFor()
    return () => button.click()
  }

  async function reset(): Promise<void> {
    await doors.reset()
    changes.ofToken = undefined
    clock.reset()
  }

  const tokenTimes = () => entra.requests.filter(({ endpoint }) => endpoint === 'token').map(({ time }) => time)
  const own = {
    clock,
    doors,
    changes,
    open,
    openSignedIn,
    passSignIn,
    awaitUser,
    tokenTimes,
    reset,
    close: doors.close,
  }
  return playable(own, doors.world)
}
