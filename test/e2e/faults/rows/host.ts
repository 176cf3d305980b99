// What a Microsoft 365 host can do to the app that it shows, with Teams SSO and with nested app auth.

import type { TeamsSettingsChanges } from '../../../../src/testing/index.js'
import type { DoorName, Row } from '../row.js'
import { atExpiry, atStart, type Fault } from '../scenarios.js'
import type { Opened, Stage } from '../stage.js'
import { answerTwice, type GivenToken, giveToken, sayNonsense } from './host-page.js'

type Named = readonly [fault: string, how: Fault]

/** A host that behaves so for as long as it takes, with no token of before. */
function hostWith(change: TeamsSettingsChanges, more: Partial<Fault> = {}): Fault {
  return {
    begin: (_stage, { page }) => page.evaluate(beginWith, change as Record<string, unknown>),
    end: (_stage, { page }) => page.evaluate(endAgain, Object.keys(change)),
    ...more,
  }
}

function beginWith(change: Record<string, unknown>): void {
  window.host.set(change)
  window.host.clearTokenCache()
}

function endAgain(names: readonly string[]): void {
  window.host.set(Object.fromEntries(names.map((name) => [name, undefined])))
}

/** What the host asks Entra ID for, as the page of the host sees it. */
const MINT = '**/mint'

/** The host gets this from Entra ID instead of a token. */
function hostGets(answer: { status?: number; body: string } | 'nothing'): Fault {
  return {
    async begin(_stage, { page }) {
      await page.evaluate(() => window.host.clearTokenCache())
      await page.route(MINT, (route) => (answer === 'nothing' ? route.abort() : route.fulfill(answer)))
    },
    end: (_stage, { page }) => page.unroute(MINT),
  }
}

function hostGives(token: GivenToken): Fault {
  return { begin: (stage, opened) => giveToken(stage, opened, token), end: (_stage, { page }) => page.unroute(MINT) }
}

/** A new page of the host, and with it a new frame of the app. */
async function reloadHost(stage: Stage, opened: Opened): Promise<void> {
  await opened.page.reload()
  opened.at = await stage.doors.frameOf(opened.page)
  await opened.at.waitForFunction(() => window.app !== undefined)
}

const gone: Fault = { begin: (_stage, { page }) => page.evaluate(() => window.host.dispose()), end: reloadHost }
const twice: Fault = { begin: (_stage, { page }) => page.evaluate(answerTwice) }
const nonsense: Fault = { begin: (_stage, { page }) => page.evaluate(sayNonsense) }

/** Nested app auth would take over. */
const SSO_ALONE = { options: { teams: { method: 'sso' as const } } }

const passing: readonly Named[] = [
  ['silent', hostWith({ silent: true })],
  ['late, by 10 s', hostWith({ latencyMs: 10_000 })],
  ['late, by 40 s', hostWith({ latencyMs: 40_000 })],
  ['answers twice, and differently', twice],
  ['says nonsense', nonsense],
  ['refuses with `Unexpected`', hostWith({ sso: 'Unexpected' })],
  ['refuses with `renewalTimeout`', hostWith({ sso: 'renewalTimeout' })],
  ['gets 503 from Entra ID', hostGets({ status: 503, body: 'Service Unavailable' })],
  ['cannot reach Entra ID', hostGets('nothing')],
  ['gives a token that has expired', hostGives('expired')],
]

const refusing: readonly Named[] = [
  ['refuses with `uiRequired`', hostWith({ sso: 'uiRequired' })],
  ['refuses with `tokenRevoked`', hostWith({ sso: 'tokenRevoked' })],
  ['refuses with `resourceRequiresMfa`', hostWith({ sso: 'resourceRequiresMfa' })],
  ['refuses with `resourceRequiresConsent`', hostWith({ sso: 'resourceRequiresConsent' })],
  ['refuses with `resourceDisabled`', hostWith({ sso: 'resourceDisabled' }, { open: SSO_ALONE })],
  ['refuses in words that nobody knows', hostWith({ sso: 'Definition not found' }, { open: SSO_ALONE })],
  ['gives what is no token', hostGives('garbage')],
  ['gives an ID token', hostGives('an ID token')],
  ['gives a token of another API', hostGives('of another API')],
  ['is gone', gone],
]

const startingOnly: readonly Named[] = [
  ['silent to `initialize`', hostWith({ mute: ['initialize'] })],
  ['too new for teams-js', hostWith({ apiVersion: 99 })],
  ['reloads', { begin: reloadHost }],
]

const nestedPassing: readonly Named[] = [
  ['silent', hostWith({ silent: true })],
  ['late, by 10 s', hostWith({ latencyMs: 10_000 })],
  ['answers twice, and differently', twice],
  ['refuses with `NO_NETWORK`', hostWith({ nestedFailure: { status: 'NO_NETWORK' } })],
  ['refuses with `TRANSIENT_ERROR`', hostWith({ nestedFailure: { status: 'TRANSIENT_ERROR' } })],
  ['cannot reach Entra ID', hostGets('nothing')],
]
const nestedRefusing: readonly Named[] = [
  ['refuses with `USER_INTERACTION_REQUIRED`', hostWith({ nestedFailure: { status: 'USER_INTERACTION_REQUIRED' } })],
  ['refuses with `PERSISTENT_ERROR`', hostWith({ nestedFailure: { status: 'PERSISTENT_ERROR' } })],
  ['refuses with `DISABLED`', hostWith({ nestedFailure: { status: 'DISABLED' } })],
  ['refuses with `ACCOUNT_UNAVAILABLE`', hostWith({ nestedFailure: { status: 'ACCOUNT_UNAVAILABLE' } })],
]

/** The others differ from these in their words alone, which the rows above show. */
const atStartToo =
  /^(silent|late|answers|says|refuses with `(Unexpected|uiRequired|resourceD|TRANSIENT)|gets 503|gives)/

function rowsOf(door: DoorName, group: string, play: typeof atExpiry, list: readonly Named[], transient: boolean) {
  return list.map(
    ([fault, how]): Row<Stage> => ({ group, fault, door, transient, run: (stage) => play(stage, door, how) }),
  )
}

const AT_EXPIRY = 'Host, 20 s before the token expires'
const AT_START = 'Host, while a page starts'
const isAtStart = ([fault]: Named) => atStartToo.test(fault)

export const hostRows: readonly Row<Stage>[] = [
  ...rowsOf('Teams', AT_EXPIRY, atExpiry, passing, true),
  ...rowsOf('Teams', AT_EXPIRY, atExpiry, refusing, false),
  ...rowsOf('nested', AT_EXPIRY, atExpiry, nestedPassing, true),
  ...rowsOf('nested', AT_EXPIRY, atExpiry, nestedRefusing, false),
  // teams-js asks a host once: one that never answers needs a page that is loaded anew.
  ...rowsOf('Teams', AT_START, atStart, [...passing, ...refusing].filter(isAtStart), false),
  ...rowsOf('Teams', AT_START, atStart, startingOnly, false),
  ...rowsOf('nested', AT_START, atStart, nestedPassing.filter(isAtStart), false),
]
