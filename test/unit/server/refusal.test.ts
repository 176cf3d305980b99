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

it('tells of each code which status fits and whether another try can succeed', () => {
  const answers: Record<RefusalCode, [status: number, retry: boolean]> = {
    token_missing: [401, true],
    request_malformed: [400, false],
    token_malformed: [401, false],
    token_invalid: [401, true],
    token_expired: [401, true],
    wrong_issuer: [401, false],
    wrong_tenant: [401, false],
    wrong_audience: [401, false],
    wrong_client: [403, false],
    wrong_scope: [403, false],
    wrong_role: [403, false],
    insufficient_claims: [401, true],
    not_an_access_token: [401, false],
    keys_unavailable: [503, true],
    temporarily_unavailable: [503, true],
  }
  for (const [code, [status, retry]] of Object.entries(answers)) {
    const refusal = new TokenRefusedError(code as RefusalCode, 'Because.')
    expect(refusal).toMatchObject({ name: 'TokenRefusedError', code, status, retry, message: 'Because.' })
  }
})

it.each([
  [new TypeError('secret'), 'TypeError'],
  ['secret', 'string'],
  [undefined, 'undefined'],
])('a check that has failed names the kind of its error alone: %s', (error, kind) => {
  expect(toTokenRefused(error).message).toBe(`The check of the token failed (${kind}).`)
})

it.each<unknown>([
  { name: 'TokenRefusedError', code: ['wrong_scope'] },
  { name: 'Error', code: 'wrong_scope' },
])('what only looks like a refusal is none: %j', (error) => {
  expect(toTokenRefused(error).code).toBe('temporarily_unavailable')
})

const CLAIMS = '{"access_token":{"acrs":{"value":"c1"}}}'

it.each([
  [CLAIMS, CLAIMS],
  [undefined, undefined],
  [{ access_token: {} }, undefined],
])('a refusal of another copy that answers otherwise keeps its claims, if they are text: %j', (claims, kept) => {
  const other = { name: 'TokenRefusedError', code: 'insufficient_claims', message: 'Because.', claims }
  for (const answer of [{}, { status: 401 }, { retry: true }, { status: 200, retry: true }]) {
    const refusal = toTokenRefused({ ...other, ...answer })
    expect(refusal).toMatchObject({ code: 'insufficient_claims', status: 401, retry: true, message: 'Because.' })
    expect(refusal.claims).toBe(kept)
  }
})

it('a refusal has the claims that it is made with', () => {
  expect(new TokenRefusedError('wrong_scope', 'Because.').claims).toBe(undefined)
  expect(new TokenRefusedError('insufficient_claims', 'Because.', CLAIMS).claims).toBe(CLAIMS)
})
