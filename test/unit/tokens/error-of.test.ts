import { expect, it } from 'vitest'
import type { Refusal } from '../../../src/sources/source.js'
import { errorOf, isStepUpRefused } from '../../../src/tokens/error-of.js'

it.each([
  ['host_timeout', 'host'],
  ['host_refused', 'host'],
  ['framed', 'host'],
  ['offline', 'source'],
  ['sign_in_required', 'source'],
  ['consent_required', 'source'],
] as const)('%s is an error of the %s', (refused, phase) => {
  expect(errorOf({ refused })).toMatchObject({ code: refused, phase })
})

it('carries what the refusal says', () => {
  const refusal: Refusal = { refused: 'config_invalid', retryable: false, message: 'In words.', claims: '{"a":1}' }
  expect(errorOf(refusal, 'source')).toMatchObject({
    code: 'config_invalid',
    phase: 'source',
    retryable: false,
    message: 'In words.',
    claims: '{"a":1}',
  })
})

it('takes the reason of a renewal for a guess where it is one, and never says that of a first token', () => {
  const guess: Refusal = { refused: 'config_invalid', why: 'csp', retryable: false, message: 'In words.' }
  expect(errorOf(guess, 'renewal')).toMatchObject({ code: 'unavailable', phase: 'renewal', retryable: true })
  expect(errorOf(guess, 'source')).toMatchObject({ code: 'config_invalid', phase: 'source', retryable: false })
  const known: Refusal = { refused: 'sign_in_required' }
  expect(errorOf(known, 'renewal')).toMatchObject({ code: 'sign_in_required', phase: 'renewal', retryable: false })
})

const STEP_UP = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
const REVOKED = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'
const policy = '{"access_token":{"capolids":{"essential":true,"values":["a"]}}}'

it.each([
  ['a step up', STEP_UP, { refused: 'sign_in_required', claims: policy }, STEP_UP, true],
  ['a step up that is denied', STEP_UP, { refused: 'denied' }, STEP_UP, true],
  ['a step up that the user cancels', STEP_UP, { refused: 'cancelled' }, STEP_UP, true],
  ['a step up that waits for the network', STEP_UP, { refused: 'offline' }, undefined, true],
  ['a step up that may only seem to be refused', STEP_UP, { refused: 'sign_in_required', why: 'csp' }, undefined, true],
  ['a step up where nobody is signed in', STEP_UP, { refused: 'sign_in_required', noAccount: true }, undefined, false],
  ['a token that was revoked', REVOKED, { refused: 'sign_in_required', claims: policy }, policy, false],
  ['a token that was revoked, and no more', REVOKED, { refused: 'sign_in_required' }, undefined, false],
  ['no challenge', undefined, { refused: 'sign_in_required', claims: policy }, policy, false],
] as const)('has the claims that signIn() needs, after %s', (_, asked, refusal, claims, isOfStepUp) => {
  expect(errorOf(refusal, 'renewal', asked).claims).toBe(claims)
  expect(isStepUpRefused(refusal, asked)).toBe(isOfStepUp)
})
