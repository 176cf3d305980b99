// The ways to make trouble at Entra ID. Those of the host are in its page.

import type { EntraEmulator } from '../../testing/entra/entra.js'
import type { Wire } from './wire.js'

/** Long enough to see a renewal coming, which is at half of it. */
const SHORT_LIFETIME_S = 60
const SLOW_MS = 5_000
const RETRY_AFTER_S = 10

/** By the name that the page sends. */
export type Controls = ReadonlyMap<string, () => unknown>

export function createControls(entra: EntraEmulator, wire: Wire): Controls {
  const { accessToken, continuousAccessToken } = entra.lifetimes
  const everybody = entra.users

  const controls: Record<string, readonly [result: string, act: () => unknown]> = {
    'short tokens': [
      `from now on they live ${SHORT_LIFETIME_S} s`,
      () => Object.assign(entra.lifetimes, { accessToken: SHORT_LIFETIME_S, continuousAccessToken: SHORT_LIFETIME_S }),
    ],
    'long tokens': ['as at Entra ID', () => Object.assign(entra.lifetimes, { accessToken, continuousAccessToken })],
    'require consent': ['no new token without it', () => entra.requireConsent()],
    'require a second factor': ['no new token without it', () => entra.requireMfa()],
    'revoke everybody': ['as after a change of the password', () => everybody.forEach(entra.revoke)],
    'end the sessions': [
      'refresh tokens too',
      () => {
        entra.signOutEverywhere()
        entra.expireRefreshTokens()
      },
    ],
    'throttle once': [
      `the next token request gets 429, ${RETRY_AFTER_S} s`,
      () => entra.faults.push({ at: 'token', retryAfterSeconds: RETRY_AFTER_S }),
    ],
    'break once': ['the next token request gets no answer', () => entra.faults.push({ at: 'token', drop: true })],
    'slow once': [
      `the next token takes ${SLOW_MS / 1000} s`,
      () => entra.faults.push({ at: 'token', delayMs: SLOW_MS }),
    ],
    'new signing key': ['the last one stays published', () => entra.rotateKeys()],
  }
  return new Map(
    Object.entries(controls).map(([what, [result, act]]) => [
      what,
      () => {
        wire.tell({ from: 'dev', what, result, tone: 'plain' })
        return act()
      },
    ]),
  )
}
