import { describe, expect, it } from 'vitest'
import { isLoopback, isTrustworthy, parseOrigin, parseUrl } from '../../../src/shared/origins.js'
import { scopeKey } from '../../../src/shared/scopes.js'

describe('loopback', () => {
  it.each([
    ['http://localhost', true],
    ['http://app.localhost', true],
    ['http://127.0.0.1', true],
    ['http://127.255.0.9:80', true],
    ['http://[::1]', true],
    ['http://localhost.evil.example', false],
    ['http://127.0.0.1.evil.example', false],
    ['http://notlocalhost', false],
    ['http://evil127.0.0.1.example', false],
    ['http://10.127.0.1', false],
    ['http://[::2]', false],
  ])('%s: %s', (url, is) => {
    expect(isLoopback(new URL(url))).toBe(is)
  })
})

describe('a URL that nobody on the way can read', () => {
  it.each([
    ['https://api.example/', undefined, true],
    ['http://localhost:3000/', undefined, true],
    ['http://api.example/', undefined, false],
    ['http://api.example/', 'http://api.example/page', true],
    ['http://api.example:8080/', 'http://api.example/page', false],
    ['ftp://api.example/', undefined, false],
  ])('%s on the page %s: %s', (url, page, is) => {
    expect(isTrustworthy(new URL(url), page)).toBe(is)
  })
})

describe('an address in the options', () => {
  it.each<[unknown, string | undefined]>([
    ['https://api.example/a', 'https://api.example/a'],
    ['/a', 'https://app.example/a'],
    ['https://api.example/?a', undefined],
    ['https://api.example/#a', undefined],
    ['https://*.example/', undefined],
    ['https:\\\\api.example', undefined],
    ['https://user@api.example/', undefined],
    ['ws://api.example/', undefined],
    ['xhttps://api.example/', undefined],
    ['https://[', undefined],
    ['', undefined],
    [1, undefined],
  ])('%j is read as %s', (value, url) => {
    expect(parseUrl(value, 'https://app.example/')?.href).toBe(url)
  })

  it('may have a query where it is a page', () => {
    expect(parseUrl('https://app.example/?a', undefined, true)?.search).toBe('?a')
  })
})

describe('an origin', () => {
  it.each<[unknown, string | undefined]>([
    ['https://app.example', 'https://app.example'],
    ['https://APP.example:443/', 'https://app.example'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['http://app.example', undefined],
    ['https://app.example/path', undefined],
    ['https://app.example?', undefined],
    ['app.example', undefined],
    ['null', undefined],
    [undefined, undefined],
  ])('in %j is %s', (value, origin) => {
    expect(parseOrigin(value)).toBe(origin)
  })
})

it('a set of scopes has one name, in whatever order they come, and keeps its order', () => {
  const scopes = ['b', 'a', 'c']
  expect(scopeKey(scopes)).toBe('a b c')
  expect(scopes).toEqual(['b', 'a', 'c'])
})
