// What follows from what, as a table. The rest of these tests judges it with real sockets.
import { describe, expect, it } from 'vitest'
import {
  afterDisconnect,
  afterRefusal,
  afterTokenFailure,
  type Decision,
} from '../../../../src/carriers/sockets/decisions.js'
import { AuthError, type AuthErrorCode } from '../../../../src/shared/errors.js'

/** The status, and the code that the app hears. */
const inShort = ({ status, error }: Decision) => [status, error?.code]

describe('after a refusal of CONNECT', () => {
  const unauthorized = { data: { code: 'token_expired' } }

  it.each([
    ['another token could help, for the first time', unauthorized, true, 'connecting', undefined],
    ['another token did not help', unauthorized, false, 'failed', 'token_rejected'],
    ['the message alone says so', { message: 'jwt expired', data: undefined }, true, 'connecting', undefined],
    ['the server is busy', { message: 'busy', data: {} }, true, 'waiting', undefined],
    [
      'the server is busy, and no fresh token may be asked for',
      { message: 'busy', data: {} },
      false,
      'waiting',
      undefined,
    ],
    ['trying again is of no use', { message: 'banned', data: { retry: false } }, true, 'failed', 'denied'],
    ['the token is of no use', { data: { code: 401, retry: false } }, true, 'failed', 'token_rejected'],
    [
      'the token is of no use, by the message',
      { message: 'jwt expired', data: { code: 7, retry: false } },
      true,
      'failed',
      'token_rejected',
    ],
    ['there is no such namespace', { message: 'Invalid namespace', data: undefined }, true, 'failed', 'denied'],
    ['it is another account', { data: { code: 'account_mismatch' } }, true, 'closed', 'account_mismatch'],
    [
      'it is another account, for good',
      { data: { code: 'account_mismatch', retry: false } },
      false,
      'closed',
      'account_mismatch',
    ],
  ] as const)('%s', (_, answer, canRefresh, status, code) => {
    const decision = afterRefusal(answer, canRefresh)
    expect(inShort(decision)).toEqual([status, code])
    if (status === 'failed') expect(decision.error?.cause).toBe(answer)
  })
})

describe('after a disconnect', () => {
  it.each([
    [
      'a drop, which the Manager mends',
      { wasAnnounced: false, canRefresh: true, isActive: true },
      'connecting',
      undefined,
    ],
    [
      'a drop, whatever was refreshed before',
      { wasAnnounced: false, canRefresh: false, isActive: true },
      'connecting',
      undefined,
    ],
    ['the server means it', { wasAnnounced: false, canRefresh: true, isActive: false }, 'idle', undefined],
    ['the token has ended', { wasAnnounced: true, canRefresh: true, isActive: false }, 'connecting', undefined],
    [
      'the token has ended, and the connection dropped',
      { wasAnnounced: true, canRefresh: true, isActive: true },
      'connecting',
      undefined,
    ],
    [
      'the fresh token was not good for long',
      { wasAnnounced: true, canRefresh: false, isActive: true },
      'failed',
      'token_rejected',
    ],
  ] as const)('%s', (_, disconnection, status, code) => {
    const { wasAnnounced, canRefresh, isActive } = disconnection
    expect(inShort(afterDisconnect(wasAnnounced, canRefresh, isActive))).toEqual([status, code])
  })
})

describe('after a failure to get a token', () => {
  const normal = { isClaimed: true, canPause: true, isTokenUnproven: false }
  const source = (code: AuthErrorCode) => new AuthError(code, { phase: 'source' })
  const socket = (code: AuthErrorCode) => new AuthError(code, { phase: 'socket' })

  it.each([
    ['somebody has to sign in', source('sign_in_required'), normal, 'paused'],
    ['somebody has to consent', source('consent_required'), normal, 'paused'],
    ['the configuration has to change', source('config_invalid'), normal, 'paused'],
    [
      'somebody has to sign in, and nobody would tell',
      source('sign_in_required'),
      { ...normal, canPause: false },
      'waiting',
    ],
    ['it can pass', source('unavailable'), normal, 'waiting'],
    ['it took too long', socket('timed_out'), normal, 'waiting'],
    ['the app has a mistake', socket('config_invalid'), normal, 'failed'],
    ['it is another account', source('account_mismatch'), normal, 'closed'],
    [
      'it is another account than one that never connected',
      source('account_mismatch'),
      { ...normal, isClaimed: false },
      'waiting',
    ],
    ['there is none but the one that was rejected', socket('token_rejected'), normal, 'failed'],
  ] as const)('%s', (_, error, situation, status) => {
    const { isClaimed, canPause, isTokenUnproven } = situation
    expect(inShort(afterTokenFailure(error, isClaimed, canPause, isTokenUnproven))).toEqual([status, error.code])
  })

  it('there is none but the one that was rejected, because the source fails for now: the app has heard why', () => {
    const decision = afterTokenFailure(socket('token_rejected'), true, true, true)
    expect(decision).toEqual({ status: 'waiting' })
  })
})
