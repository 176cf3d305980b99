import { expect, it, vi } from 'vitest'
import { type RefusalCode, TokenRefusedError, toTokenRefused } from '../../../src/server/refusal.js'

it.each<RefusalCode>(['wrong_audience', 'token_expired', 'keys_unavailable'])(
  'a refusal of another copy of twodoor stays what it is: %s',
  async (code) => {
    vi.resetModules()
    const other = await import('../../../src/server/refusal.js')
    const refusal = new other.TokenRefusedError(code, 'Because.')
    expect(refusal).not.toBeInstanceOf(TokenRefusedError)
    expect(toTokenRefused(refusal)).toBe(refusal)
  },
)

it.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['text', 'TokenRefusedError'],
  ['a plain error', new Error('wrong_audience')],
  ['an error with the name of a code', Object.assign(new Error('x'), { code: 'wrong_audience' })],
  ['an unknown code', Object.assign(new Error('x'), { name: 'TokenRefusedError', code: 'brand_new' })],
  [
    'the name of a member of every object',
    Object.assign(new Error('x'), { name: 'TokenRefusedError', code: 'valueOf' }),
  ],
])('%s is a check that has failed', (_, error) => {
  expect(toTokenRefused(error)).toMatchObject({ code: 'temporarily_unavailable', status: 503, retry: true })
})
