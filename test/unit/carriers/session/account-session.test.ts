import { describe, expect, it } from 'vitest'
import { renewalPauseMs, repeatPauseMs } from '../../../../src/carriers/session/account-session.js'
import { AuthError } from '../../../../src/shared/errors.js'

const MINUTE_MS = 60_000

describe('the pause before a renewal', () => {
  it.each([
    ['of an hour', 60 * MINUTE_MS, 56 * MINUTE_MS],
    ['of twenty minutes', 20 * MINUTE_MS, 16 * MINUTE_MS],
    ['of five minutes', 5 * MINUTE_MS, 4 * MINUTE_MS],
    ['of ten seconds', 10_000, 10_000],
    ['of one millisecond', 1, 10_000],
  ])('of a session %s', (_, expiresInMs, pauseMs) => {
    expect(renewalPauseMs(expiresInMs)).toBe(pauseMs)
  })
})

describe('the pause before a failed renewal is repeated', () => {
  const offline = new AuthError('offline', { phase: 'session' })
  const refused = new AuthError('session_refused', { phase: 'session' })

  it.each([
    ['is half of what is left', offline, 8 * MINUTE_MS, 4 * MINUTE_MS],
    ['is half of what is left, just before the end', offline, 20_001, 10_000.5],
    ['is none at the end', offline, 20_000, undefined],
    ['is none without a session', offline, -Date.now(), undefined],
    ['is none after a refusal', refused, 8 * MINUTE_MS, undefined],
  ])('%s', (_, error, remainingMs, pauseMs) => {
    expect(repeatPauseMs(error, remainingMs)).toBe(pauseMs)
  })
})
