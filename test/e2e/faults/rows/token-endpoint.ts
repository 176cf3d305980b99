// What the token endpoint can do to a browser. In Teams the host asks it, so there it can do nothing that is not in host.ts.

import type { EntraFault } from '../../../../src/testing/index.js'
import type { Row } from '../row.js'
import { atExpiry, atStart, type Fault, onTheWayBack } from '../scenarios.js'
import type { Stage } from '../stage.js'

const RETRY_AFTER_S = 90

/** A fault of the emulator, for as long as it takes. */
function broken(fault: Omit<EntraFault, 'at' | 'times'>, more: Partial<Fault> = {}): Fault {
  return {
    begin: ({ doors }) => doors.entra.faults.push({ at: 'token', times: Number.POSITIVE_INFINITY, ...fault }),
    end: ({ doors }) => doors.entra.faults.clear(),
    ...more,
  }
}

const FOR_EVER_MS = 2 ** 30
const HTML = '<!doctype html><title>Sign in to the hotel</title>'
const TRUNCATED = '{"token_type":"Bearer","expires_in":3599,"access_token":"'

/** What passes by itself. */
const passing: readonly (readonly [string, Fault])[] = [
  ['503', broken({ status: 503 })],
  [
    '503 with `Retry-After` in seconds',
    broken({ status: 503, retryAfterSeconds: RETRY_AFTER_S }, { retryAfterMs: RETRY_AFTER_S * 1_000 }),
  ],
  ['503 with `Retry-After` as a date', withDate()],
  ['429', broken({ status: 429 })],
  ['429 with `Retry-After`', broken({ retryAfterSeconds: RETRY_AFTER_S }, { retryAfterMs: RETRY_AFTER_S * 1_000 })],
  [
    '429 with `Retry-After`, as a page of HTML',
    broken({ status: 429, raw: HTML, retryAfterSeconds: RETRY_AFTER_S }, { retryAfterMs: RETRY_AFTER_S * 1_000 }),
  ],
  ['400, AADSTS90033: a transient error', broken({ code: 90033 })],
  ['400, AADSTS50196: the app asks too often', broken({ code: 50196, error: 'invalid_grant' })],
  ['500 with a page of HTML', broken({ status: 500, raw: HTML })],
  ['200 with a page of HTML, as of a hotel', broken({ raw: HTML })],
  ['an answer that breaks off', broken({ raw: TRUNCATED })],
  ['`{}`', broken({ raw: '{}' })],
  ['the connection breaks', broken({ drop: true })],
  ['no answer', broken({ delayMs: FOR_EVER_MS }, { held: 1 })],
]

/** What only a person can mend: the user, an administrator or a developer. */
const refusing: readonly (readonly [string, Fault])[] = [
  ['400, AADSTS700016: no such app', broken({ code: 700016 })],
  ['400, AADSTS9002326: not a single-page application', broken({ code: 9002326 })],
  ['400, AADSTS50105: the user is not assigned', broken({ code: 50105, error: 'invalid_grant' })],
  ['400, AADSTS53003: blocked by Conditional Access', broken({ code: 53003, error: 'invalid_grant' })],
  ['400, AADSTS70011: no such scope', broken({ code: 70011 })],
  ['400 with a number that nobody knows', broken({ code: 7999999, error: 'invalid_grant' })],
  ['the refresh token has expired', { begin: ({ doors }) => doors.entra.expireRefreshTokens() }],
  ['the session is revoked', { begin: ({ doors }) => doors.entra.revoke(doors.adele) }],
  ['consent is withdrawn', { open: ofUser('bob'), begin: ({ doors }) => doors.entra.requireConsent(doors.bob) }],
  [
    'a claims challenge: a second factor is demanded',
    { open: ofUser('megan'), begin: ({ doors }) => doors.entra.requireMfa(doors.megan) },
  ],
]

function ofUser(name: 'bob' | 'megan') {
  return ({ doors }: Stage) => ({ user: doors[name] })
}

/** RFC 9110 §10.2.3 allows it, and proxies send it. */
function withDate(): Fault {
  const unavailable = broken({ status: 503 }, { retryAfterMs: RETRY_AFTER_S * 1_000 - 1_000 })
  return {
    ...unavailable,
    begin(stage, opened) {
      stage.changes.ofToken = (response) => {
        const headers = new Headers(response.headers)
        headers.set('retry-after', new Date(stage.clock.now() + RETRY_AFTER_S * 1_000).toUTCString())
        headers.set('date', new Date(stage.clock.now()).toUTCString())
        return new Response(response.body, { status: response.status, headers })
      }
      return unavailable.begin(stage, opened)
    },
    end(stage, opened) {
      stage.changes.ofToken = undefined
      return unavailable.end?.(stage, opened)
    },
  }
}

const door = 'browser' as const
/** The others differ from these in their words alone, which the rows above show. */
const atStartToo =
  /^(503 with `Retry-After` in|500|an answer|the conn|no answer|400, AADSTS700016|the refresh|the session)/
const wayBackToo = /^(503 with `Retry-After` in|429$|200 with|`{}`|the conn|no answer)/

export const tokenEndpointRows: readonly Row<Stage>[] = [
  ...passing.map(([fault, how]) => ({
    group: 'Token endpoint, 20 s before the token expires',
    fault,
    door,
    transient: true,
    run: (stage: Stage) => atExpiry(stage, door, how),
  })),
  ...refusing.map(([fault, how]) => ({
    group: 'Token endpoint, 20 s before the token expires',
    fault,
    door,
    transient: false,
    run: (stage: Stage) => atExpiry(stage, door, how),
  })),
  ...[...passing, ...refusing]
    .filter(([fault]) => atStartToo.test(fault))
    .map(([fault, how]) => ({
      group: 'Token endpoint, while a page starts with a refresh token only',
      fault,
      door,
      transient: passing.some(([name]) => name === fault),
      run: (stage: Stage) => atStart(stage, door, how),
    })),
  ...passing
    .filter(([fault]) => wayBackToo.test(fault))
    .map(([fault, how]) => ({
      group: 'Token endpoint, on the way back from Entra ID',
      fault,
      door,
      transient: false,
      run: (stage: Stage) => onTheWayBack(stage, how),
    })),
]
