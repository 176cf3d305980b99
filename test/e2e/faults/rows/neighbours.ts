// What else there is: the life of the page, other tabs, other apps and another copy of twodoor.

import type { Page } from 'playwright'
import type { EntraUser } from '../../../../src/testing/index.js'
import { appOrigin, until } from '../../doors.js'
import { type DoorName, doorNames, type Row } from '../row.js'
import { atExpiry, atStart, type Fault, later, onTheWayBack, whileSignedIn } from '../scenarios.js'
import { AUTHS_A_PAGE } from '../site.js'
import type { Opened, OpenOptions, Stage } from '../stage.js'

const HOUR_MS = 3_600_000
/** In storage that all tabs of the origin share. */
const SHARED: OpenOptions = { options: { browser: { cacheLocation: 'localStorage' } } }

type Play = (stage: Stage, door: DoorName) => ReturnType<Row<Stage>['run']>

function row(group: string, fault: string, door: DoorName, transient: boolean, play: Play): Row<Stage> {
  return { group, fault, door, transient, run: (stage) => play(stage, door) }
}

/** Chromium's own: what it does to a tab that nobody has looked at for long. */
const frozen: Fault = {
  async begin({ clock }, { page }) {
    const session = await page.context().newCDPSession(page)
    await session.send('Page.setWebLifecycleState', { state: 'frozen' })
    await clock.freeze(page, 2 * HOUR_MS)
    await session.send('Page.setWebLifecycleState', { state: 'active' })
  },
}

/** Playwright keeps Chromium from having such a cache, so what it does to a page is done to it here. */
const backAndForward: Fault = {
  async begin({ clock }, { page, at }) {
    await at.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
    await clock.freeze(page, 2 * HOUR_MS)
    await at.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
  },
}

async function openBeside(stage: Stage, { page }: Opened, path: string): Promise<Page> {
  const other = await page.context().newPage()
  await stage.doors.configure(other, SHARED.options ?? {})
  await other.goto(appOrigin + path)
  await until(other, 'signed-in')
  return other
}

const PAGES = 5
const manyTabs: Fault = {
  open: { ...SHARED, path: '/many' },
  async begin(stage, opened) {
    for (let i = 1; i < PAGES; i += 1) await openBeside(stage, opened, '/many')
    for (const page of opened.page.context().pages())
      await page.waitForFunction(() => window.tabs.states.every((each) => each === 'signed-in'))
  },
}

const LIFE = 'The life of a page'
const lifeRows: readonly Row<Stage>[] = [
  ...doorNames.flatMap((door) => [
    row(LIFE, 'frozen for 2 h', door, true, (stage) => later(stage, door, frozen, 0)),
    row(LIFE, 'back from the back/forward cache after 2 h', door, true, (stage) =>
      later(stage, door, backAndForward, 0),
    ),
  ]),
  row(LIFE, `${PAGES * AUTHS_A_PAGE} Auths in ${PAGES} tabs, as the token expires`, 'browser', true, (stage, door) =>
    atExpiry(stage, door, manyTabs),
  ),
]

/** A tab keeps its turn for a moment after a sign-in, until the others can see what it has stored. */
const TURN_MS = 100

async function signInBeside(page: Page, user: EntraUser): Promise<void> {
  await page.evaluate(() => void window.app.auth.signIn({ prompt: 'select_account' }))
  await page.click(`button[data-user="${user.username}"]`)
  await page.waitForURL(`${appOrigin}/**`)
  await until(page, 'signed-in')
}

const signOutBeside: Fault = {
  open: SHARED,
  async begin(stage, opened) {
    const other = await openBeside(stage, opened, '/')
    await other.evaluate(() => window.app.auth.signOut())
    await until(opened.at, 'signed-out')
  },
}
const switchBeside: Fault = {
  open: SHARED,
  async begin(stage, opened) {
    const other = await openBeside(stage, opened, '/')
    await signInBeside(other, stage.doors.bob)
    await stage.clock.advance(opened.page, TURN_MS)
    await opened.at.waitForFunction(
      (name) => JSON.stringify(window.app.auth.state).includes(name),
      stage.doors.bob.username,
    )
  },
}
const signInAgainBeside: Fault = {
  open: SHARED,
  async begin(stage, opened) {
    const other = await openBeside(stage, opened, '/')
    await opened.at.evaluate(() => window.app.auth.signOut())
    await until(other, 'signed-out')
    await signInBeside(other, stage.doors.adele)
    await stage.clock.advance(opened.page, TURN_MS)
    await until(opened.at, 'signed-in')
  },
}
const switchInHost: Fault = {
  async begin(stage, opened) {
    const user = { tenantId: stage.doors.entra.tenant, ...stage.doors.bob }
    await opened.page.evaluate((other) => window.host.setUser(other), user)
    // The renewal in the background finds out.
    await stage.clock.sleep(opened.page, HOUR_MS - 20_000)
    await stage.quiet(opened, 0)
    await opened.at.waitForFunction((name) => JSON.stringify(window.app.auth.state).includes(name), user.username)
  },
}

const TABS = 'Other tabs'
const tabRows: readonly Row<Stage>[] = [
  row(TABS, 'one signs out', 'browser', false, (stage, door) => whileSignedIn(stage, door, signOutBeside, ['call'])),
  row(TABS, 'one switches the account', 'browser', true, (stage, door) =>
    whileSignedIn(stage, door, switchBeside, ['call']),
  ),
  row(TABS, 'one signs in after a sign-out here', 'browser', true, (stage, door) =>
    whileSignedIn(stage, door, signInAgainBeside, ['call']),
  ),
  ...(['Teams', 'nested'] as const).map((door) =>
    row(TABS, 'the account is switched in the host, before the token expires', door, true, (stage) =>
      later(stage, door, switchInHost, 0),
    ),
  ),
]

const at = (path: string, begin: Fault['begin'] = () => undefined): Fault => ({ open: { path }, begin })
const removeSession = (_: Stage, { page }: Opened) =>
  page.evaluate(async () => {
    const client = await window.tabs.plain
    await client?.clearCache()
  })

const BESIDE = 'Beside the app, on the same page'
const besideRows: readonly Row<Stage>[] = [
  row(BESIDE, 'a second copy of twodoor, as the token expires', 'browser', true, (stage, door) =>
    atExpiry(stage, door, at('/twice')),
  ),
  row(BESIDE, 'an app with MSAL and another client ID, as the token expires', 'browser', true, (stage, door) =>
    atExpiry(stage, door, at('/other-client')),
  ),
  // MSAL then clears what it keeps for all client IDs.
  row(BESIDE, 'an app with MSAL and another client ID, which clears its cache', 'browser', false, (stage, door) =>
    whileSignedIn(stage, door, at('/other-client', removeSession), ['call', 'claims']),
  ),
  row(BESIDE, 'an app with MSAL and the same client ID, as the token expires', 'browser', true, (stage, door) =>
    atExpiry(stage, door, at('/same-client')),
  ),
  row(BESIDE, 'an app with MSAL and the same client ID, which clears its cache', 'browser', false, (stage, door) =>
    whileSignedIn(stage, door, at('/same-client', removeSession), ['call']),
  ),
  row(BESIDE, 'create, dispose, create, while the page starts', 'browser', true, (stage, door) =>
    atStart(stage, door, at('/strict')),
  ),
  row(BESIDE, 'create, dispose, create, on the way back from Entra ID', 'browser', true, (stage) =>
    onTheWayBack(stage, at('/strict')),
  ),
]

export const neighbourRows = [...lifeRows, ...tabRows, ...besideRows]
