// @vitest-environment node
import { expect, it } from 'vitest'
import { hasMemberTwice, isCanonical, readPart } from '../../../../src/server/tokens/jws.js'

it.each<[string, boolean]>([
  ['{}', false],
  ['{"a":1,"b":1}', false],
  ['{"a":1,"a":1}', true],
  ['{ "a" : 1 , "a"\n:1}', true],
  ['{"a":"a","b":"a"}', false],
  ['{"a":["a","a"]}', false],
  ['{"a":{"a":{"a":1}}}', false],
  ['[{"a":1},{"a":1}]', false],
  ['{"a":[{"b":1}],"b":1}', false],
  ['{"a":[{}],"b":{},"a":1}', true],
  ['{"x":{"a":1,"a":2}}', true],
  ['{"a":"}","b":"{","a":1}', true],
  ['{"a":"\\"","b":"\\",\\"a\\":1"}', false],
  ['{"a\\\\":1,"a":1}', false],
  ['{"\\u0061lg":1,"alg":1}', true],
  ['{"\\ud83d\\ude00":1,"😀":1}', true],
  ['{"a":1,"A":1}', false],
  ['{"":1,"":1}', true],
  ['{"__proto__":1,"__proto__":1}', true],
  ['{"__proto__":1,"constructor":1}', false],
  ['"a"', false],
])('an object has a member twice in %s: %s', (json, expected) => {
  JSON.parse(json)
  expect(hasMemberTwice(json)).toBe(expected)
})

it('is quick with 16 KB of anything', () => {
  const names = Array.from({ length: 1_500 }, (_, i) => `"k${i}":1`)
  expect(hasMemberTwice(`{${names}}`)).toBe(false)
  expect(hasMemberTwice('['.repeat(8_000) + ']'.repeat(8_000))).toBe(false)
  expect(hasMemberTwice(JSON.stringify({ a: '\\"'.repeat(4_000) }))).toBe(false)
})

const nested = (depth: number) => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`
const lists = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`

it.each([
  ['a hundred deep', nested(100), true],
  ['deeper', nested(101), false],
  ['a hundred deep in lists', lists(100), true],
  ['deeper in lists', lists(101), false],
  ['wide', `{"a":[${Array(500).fill('{"b":[]}').join()}]}`, true],
  ['of brackets in a text', `{"a":"${'[{'.repeat(200)}"}`, true],
  ['a list', '[]', false],
  ['nothing', '', false],
])('a part is read that is %s', (_what, json, isRead) => {
  const part = btoa(json).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
  expect(readPart(part)).toEqual(isRead ? JSON.parse(json) : undefined)
})

it.each<[string, boolean]>([
  ['', true],
  ['AA', true],
  ['AB', false],
  ['AAA', true],
  ['AAB', false],
  ['AAAA', true],
  ['A', false],
  ['AAAAA', false],
  ['-_-_', true],
  ['+/+/', false],
  ['AA==', false],
  ['A A', false],
  ['é', false],
])('canonical base64url: %j is %s', (text, expected) => {
  expect(isCanonical(text)).toBe(expected)
})

it.each([
  ['with a byte order mark', [0xef, 0xbb, 0xbf, 0x7b, 0x7d]],
  ['of bytes that are no UTF-8', [0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]],
])('no part is read %s', (_what, bytes) => {
  expect(readPart(Buffer.from(bytes).toString('base64url'))).toBeUndefined()
})
