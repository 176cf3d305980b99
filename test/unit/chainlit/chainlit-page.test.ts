import { describe, expect, it } from 'vitest'
import { readPage } from '../../../src/chainlit/chainlit-page.js'

const origin = 'https://chat.contoso.example'

/** What a page at `href` reads of itself whose root path is `root`. `null`: its head does not say. */
function read(root: string | null, href = `${origin}/`, baseHref = href) {
  const querySelector = (selector: string) =>
    selector === 'meta[property="og:root_path"]' && root !== null ? { getAttribute: () => root } : null
  const page = { document: { querySelector, baseURI: baseHref }, location: new URL(href) }
  return readPage(page as unknown as Window)
}

describe('a page of Chainlit', () => {
  it.each([
    ['', ''],
    ['/', ''],
    ['//', ''],
    ['/chat', '/chat'],
    ['/chat/', '/chat'],
    ['/a/b-c_d.e~f', '/a/b-c_d.e~f'],
  ])('with the root path %j lives below %j', (root, base) => {
    const page = read(root)
    expect(page?.base).toBe(base)
    expect(page?.urlOf('/user')).toBe(`${origin}${base}/user`)
    expect(page?.pathOf(`${origin}${base}/user?a=b#c`)).toBe('/user')
  })

  it.each([
    null,
    '//evil.example',
    '/\\evil.example',
    '/a\\b',
    'https://evil.example',
    '@evil.example',
    '.evil.example',
    ':8443',
    'chat',
    '/chat?x',
    '/chat#x',
    '/chat/../x',
    '/chat/./x',
    '/a%2fb',
    '/a%2Eb',
    '/a//b',
    '/ch\u00e4t',
    '/a b',
    '/\tchat',
    ' ',
    'javascript:alert(1)',
  ])('is none with the root path %j', (root) => {
    expect(read(root)).toBeUndefined()
  })

  it.each(['file:///index.html', 'about:blank', 'data:text/html,x', 'blob:https://chat.contoso.example/1'])(
    'is none at %s',
    (href) => {
      expect(read('', href)).toBeUndefined()
      expect(read('/chat', href)).toBeUndefined()
    },
  )

  it('knows its paths by address, URL and Request, from wherever they are called', () => {
    const page = read('/chat', `${origin}/chat/thread/1`)
    expect(page?.pathOf('/chat/user')).toBe('/user')
    expect(page?.pathOf('../user')).toBe('/user')
    expect(page?.pathOf('2')).toBe('/thread/2')
    expect(page?.pathOf(new URL(`${origin}/chat/user`))).toBe('/user')
    expect(page?.pathOf(new Request(`${origin}/chat/user`))).toBe('/user')
    expect(page?.pathOf({ url: `${origin}/chat/user`, headers: {} } as Request)).toBe('/user')
    expect(page?.pathOf(`${origin}:443/chat/user`)).toBe('/user')
    expect(page?.pathOf('HTTPS://CHAT.contoso.example/chat')).toBe('')
    expect(page?.pathOf(`${origin}/chat/`)).toBe('/')
  })

  it('goes by the base of the document, as the browser does, and lives where it was loaded from', () => {
    const page = read('/chat', `${origin}/chat/`, 'https://cdn.example/chat/')
    expect(page?.pathOf('/chat/user')).toBeUndefined()
    expect(page?.pathOf('user')).toBeUndefined()
    expect(page?.pathOf(`${origin}/chat/user`)).toBe('/user')
    expect(page?.urlOf('/auth/header')).toBe(`${origin}/chat/auth/header`)
  })

  it('takes nothing that is no address for one of its own', () => {
    const page = read('')
    for (const odd of ['https://', 'http://[', 'wss://chat.contoso.example/user', 'ws://chat.contoso.example/user'])
      expect(page?.pathOf(odd)).toBeUndefined()
  })
})
