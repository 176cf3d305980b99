import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findResource, parseResource, type Resource } from '../../../src/shared/resources.js'

const page = 'https://app.example/home/index.html'
const resource = (url: string, ...scopes: string[]) => parseResource(url, page, scopes.length > 0 ? { scopes } : {})
const matches = (resources: Resource[], url: string) => findResource(resources, new URL(url, page)) !== undefined

const api = resource('https://api.example/v1')
const whole = resource('https://api.example')

describe('findResource', () => {
  it.each([
    'https://api.example/v1',
    'https://api.example/v1/',
    'https://api.example/v1/messages/7?query=%2F..%2F#fragment',
    'https://api.example:443/v1/messages',
    'https://API.EXAMPLE/v1/messages',
    'HTTPS://api.example/v1',
    'https:\\\\api.example\\v1\\messages',
    'https://api.example/v2/../v1/messages',
    'https://api.example/v1/./messages',
    'https://api.example/v1?to=https://evil.example',
    'https://api.example/v1/%20%C3%BC',
    'https://api%2Eexample/v1',
  ])('finds %s in https://api.example/v1', (url) => {
    expect(matches([api], url)).toBe(true)
  })

  it.each([
    ['a path that only begins like it', 'https://api.example/v10'],
    ['a path that only begins like it, with a dot', 'https://api.example/v1.evil'],
    ['another case of the path', 'https://api.example/V1/messages'],
    ['a path around it', 'https://api.example/'],
    ['a path that leaves it', 'https://api.example/v1/../admin'],
    ['a path that leaves it, with encoded dots', 'https://api.example/v1/%2e%2e/admin'],
    ['a path that leaves it, with half encoded dots', 'https://api.example/v1/.%2E/admin'],
    ['a path that leaves it for a server that decodes slashes', 'https://api.example/v1/..%2fadmin'],
    ['a path that leaves it for a server that decodes backslashes', 'https://api.example/v1/..%5Cadmin'],
    ['a path that leaves it by a backslash', 'https://api.example/v1\\..\\admin'],
    ['a path with an empty segment', 'https://api.example/v1//admin'],
    ['a path behind an empty segment', 'https://api.example//v1/messages'],
    ['an encoded slash behind it', 'https://api.example/v1%2fadmin'],
    ['another scheme', 'http://api.example/v1'],
    ['another port', 'https://api.example:8443/v1'],
    ['a host below it', 'https://x.api.example/v1'],
    ['a host that ends like it', 'https://evil-api.example/v1'],
    ['a host that begins like it', 'https://api.example.evil.test/v1'],
    ['a host with a dot at the end', 'https://api.example./v1'],
    ['a look-alike with another letter', 'https://аpi.example/v1'],
    ['a look-alike with another dot', 'https://apixexample/v1'],
    ['its name as the user of another host', 'https://api.example@evil.test/v1'],
    ['its name as the user, with a password', 'https://api.example:443@evil.test/v1'],
    ['its name behind a backslash', 'https://evil.test\\@api.example/v1'],
    ['a user', 'https://user@api.example/v1'],
    ['a user and a password', 'https://user:password@api.example/v1'],
    ['its address in a query', 'https://evil.test/?https://api.example/v1'],
    ['its address in a fragment', 'https://evil.test/#https://api.example/v1'],
    ['its address in a path', 'https://evil.test/https://api.example/v1'],
    ['a blob of its origin', 'blob:https://api.example/v1'],
    ['a web socket', 'wss://api.example/v1'],
    ['a file', 'file://api.example/v1'],
    ['data', 'data:text/plain,https://api.example/v1'],
    ['a file system', 'filesystem:https://api.example/v1'],
  ])('does not find %s in it', (_, url) => {
    expect(matches([api], url)).toBe(false)
  })

  it('covers every path of an origin that was given whole', () => {
    for (const path of ['', '/', '/a/b', '//a', '/a%2fb', '/a/..%2f'])
      expect(matches([whole], whole.origin + path)).toBe(true)
    expect(matches([whole], 'https://api.example.evil.test/')).toBe(false)
  })

  it('resolves relative entries against the page', () => {
    expect(resource('/api')).toStrictEqual({ origin: 'https://app.example', path: '/api' })
    expect(resource('api/')).toEqual({ origin: 'https://app.example', path: '/home/api' })
    expect(resource('.')).toEqual({ origin: 'https://app.example', path: '/home' })
    expect(resource('/api//')).toEqual({ origin: 'https://app.example', path: '/api' })
    expect(resource('/')).toEqual({ origin: 'https://app.example', path: '' })
  })

  it('takes the first entry that fits, with its scopes', () => {
    const list = [resource('https://api.example/v1/admin', 'admin'), resource('https://api.example/v1', 'user'), whole]
    const scopesOf = (path: string) => findResource(list, new URL(path, 'https://api.example'))?.scopes
    expect(scopesOf('/v1/admin/users')).toEqual(['admin'])
    expect(scopesOf('/v1/adminusers')).toEqual(['user'])
    expect(findResource(list, new URL('https://api.example/v2'))).toBe(whole)
  })

  it('finds nothing in an empty list', () => {
    expect(matches([], 'https://api.example')).toBe(false)
  })

  it('is not fooled by an address that a file or an opaque page would have', () => {
    expect(new URL('file:///x').origin).toBe('null')
    expect(findResource([{ origin: 'null', path: '' }], new URL('file:///x'))).toBeUndefined()
  })
})

describe('fuzzed addresses', () => {
  const hosts = [
    ...['api.example', 'API.Example', 'api.example.', 'api.example.evil.test', 'evil-api.example', 'x.api.example'],
    ...[
      'аpi.example',
      'api。example',
      'ａｐｉ.example',
      'api%2eexample',
      'xn--pi-6kc.example',
      'api-example',
      'app.example',
    ],
    ...['127.0.0.1', '0x7f.1', '[::1]', 'localhost', 'evil.test'],
  ]
  const oddScheme = fc.constantFrom(
    'http://',
    'HTTPS://',
    'https:',
    'https:\\\\',
    '//',
    '\\\\',
    '',
    'blob:https://',
    'wss://',
  )
  const scheme = mostly('https://', oddScheme)
  const user = mostly('', fc.constantFrom('user@', 'user:pw@', 'api.example@', 'api.example:443@', '@', '%40@'))
  const host = mostly('api.example', fc.constantFrom(...hosts))
  const port = mostly('', fc.constantFrom(':443', ':80', ':8443', ':0443', ':'))
  const segment = fc.oneof(
    fc.constantFrom(
      'v1',
      'v1',
      'v10',
      'V1',
      'v1.',
      '',
      '.',
      '..',
      '%2e',
      '%2E%2e',
      '.%2e',
      'admin',
      '%2fadmin',
      '..%2fadmin',
    ),
    fc.constantFrom(
      '..%5cadmin',
      '%252e%252e',
      '..;',
      'a b',
      '\t',
      '\n',
      'ü',
      '%c3%bc',
      '*',
      '@',
      ':',
      'v1%2f..%2fadmin',
    ),
    fc.string({ maxLength: 3 }),
  )
  const slash = fc.constantFrom('/', '/', '/', '//', '\\', '%2f')
  const rest = fc
    .array(fc.tuple(slash, segment), { maxLength: 5 })
    .map((parts) => parts.map((part) => part.join('')).join(''))
  const path = fc.tuple(mostly('/v1', fc.constant('')), rest).map((parts) => parts.join(''))
  const tail = fc.constantFrom('', '?', '#', '?to=https://api.example/v1', '#https://api.example/v1', '/..', '/%2e%2e')
  const address = fc
    .tuple(scheme, user, host, port, path, tail)
    .map((parts) => parts.join(''))
    .filter((text) => URL.canParse(text, page))
  const resources = [
    'https://api.example/v1',
    'https://api.example/v1/',
    'https://api.example',
    'http://localhost:8443/v1',
    '/v1',
  ]

  it('never match outside of the resource, however a server reads them', () => {
    let found = 0
    fc.assert(
      fc.property(address, fc.constantFrom(...resources), (text, entry) => {
        const { href } = new URL(text, page)
        if (!matches([resource(entry)], text)) return true
        found++
        const [origin, ...paths] = readingsOf(href)
        const base = readingsOf(new URL(entry, page).href)
        const prefix = base[1]?.replace(/\/$/, '') ?? ''
        return origin === base[0] && paths.every((each) => prefix === '' || `${each}/`.startsWith(`${prefix}/`))
      }),
      { numRuns: 5_000 },
    )
    expect(found).toBeGreaterThan(500)
  })

  it('match inside of the resource where nothing is odd about them', () => {
    const plain = fc.array(fc.stringMatching(/^[a-z0-9~_-]{1,6}(\.[a-z]{1,3})?$/), { maxLength: 5 })
    const query = fc.constantFrom('', '?a=b', '#c', '?a=%2f..//')
    fc.assert(
      fc.property(plain, query, (segments, rest) =>
        matches([api], ['https://api.example/v1', ...segments].join('/') + rest),
      ),
      { numRuns: 1_000 },
    )
  })
})

/** One value half of the time: with too many oddities at once an address would be refused for the wrong one. */
function mostly(value: string, odd: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof({ weight: 2, arbitrary: fc.constant(value) }, odd)
}

/**
 * An independent reading of an absolute address: its origin, then its path as it stands and as a server reads it that
 * decodes once, takes backslashes for slashes, skips empty segments and then follows the dots.
 */
function readingsOf(href: string): [origin: string, ...paths: string[]] {
  const [, origin = '', path = ''] = /^(https?:\/\/[^/?#@]+)([^?#]*)/.exec(href) ?? []
  const loose = path
    .replace(/%2f|%5c|\\/gi, '/')
    .replace(/%2e/gi, '.')
    .replace(/\/+/g, '/')
  return [origin, follow(path), follow(loose)]
}

function follow(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/').slice(1)) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}`
}
