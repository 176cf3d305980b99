// @vitest-environment node
import { expect, it } from 'vitest'
import { checkTokenForm } from '../../../../src/server/tokens/token-form.js'

it('a token may have 16 KB, and no more', () => {
  const longest = 'a'.repeat(16_384)
  expect(checkTokenForm(longest)).toBe(longest)
  expect(() => checkTokenForm(`${longest}a`)).toThrow('The token is longer than 16 KB.')
})

it.each<[unknown, string, string]>([
  [undefined, 'token_missing', 'There is no token. A page sends it by `auth.fetch` or `withSocketAuth`; '],
  [null, 'token_missing', 'There is no token. '],
  ['', 'token_missing', 'There is no token. '],
  [7, 'token_malformed', 'The token is not a string.'],
  [['a'], 'token_malformed', 'The token is not a string.'],
  [{ length: 1 }, 'token_malformed', 'The token is not a string.'],
])('%j is no token: %s', (token, code, words) => {
  expect(() => checkTokenForm(token)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(words) }),
  )
})
