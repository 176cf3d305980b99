// @vitest-environment node
import { expect, it } from 'vitest'
import { checkTokenForm } from '../../../../src/server/tokens/token-form.js'

it('a token may have 16 KB, and no more', () => {
  const longest = 'a'.repeat(16_384)
  expect(checkTokenForm(longest)).toBe(longest)
  expect(() => checkTokenForm(`${longest}a`)).toThrow('The token is longer than 16 KB.')
})
