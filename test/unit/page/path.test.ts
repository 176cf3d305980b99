import { expect, it } from 'vitest'
import { isPathOfThisOrigin } from '../../../src/page/path.js'

const page = { location: new URL('https://app.example/chat/room?id=7') } as unknown as Window

it.each<[unknown, boolean]>([
  ['/', true],
  ['/chat?room=1#last', true],
  ['/a//b', true],
  ['/%5Cevil.example', true],
  ['', false],
  ['chat/', false],
  ['?room=1', false],
  ['https://app.example/', false],
  ['//evil.example', false],
  ['///evil.example', false],
  ['/\\evil.example', false],
  ['/chat\\', false],
  ['/\t/evil.example', false],
  ['/\n/evil.example', false],
  ['//[', false],
  [undefined, false],
  [{ startsWith: () => true, includes: () => false, toString: () => '/' }, false],
])('%j stays on this origin: %s', (path, stays) => {
  expect(isPathOfThisOrigin(path, page)).toBe(stays)
})
