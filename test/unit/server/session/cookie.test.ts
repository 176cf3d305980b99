// @vitest-environment node
import { expect, it } from 'vitest'
import { readCookie } from '../../../../src/server/session/cookie.js'

const read = (cookie: string) => readCookie({ headers: { cookie } }, '__Host-session')

it.each([
  ['as long as browsers keep one', 4_096, true],
  ['longer', 4_097, false],
])('a cookie is read that is %s: %d characters, %s', (_what, length, isRead) => {
  const pair = '__Host-session='.padEnd(length, 'x')
  expect(read(`a=b; ${pair}`)).toBe(isRead ? pair.slice('__Host-session='.length) : undefined)
})

it.each([
  ['as long as servers take', 65_536, '1'],
  ['longer', 65_537, undefined],
])('a header is read that is %s: %d characters', (_what, length, value) => {
  expect(read(`${'a'.repeat(length - '; __Host-session=1'.length)}; __Host-session=1`)).toBe(value)
})
