import { expect, it } from 'vitest'
import type { Refusal } from '../../../src/sources/source.js'
import { errorOf } from '../../../src/tokens/error-of.js'

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
