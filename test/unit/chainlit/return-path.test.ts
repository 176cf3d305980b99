import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type ChainlitPage, readPage } from '../../../src/chainlit/chainlit-page.js'
import { keepReturnPath } from '../../../src/chainlit/return-path.js'

const origin = 'https://chat.contoso.example'
const clientId = '11111111-2222-3333-4444-555555555555'
const LOGIN = ['/login', '/login/callback']
const PAUSE_MS = 30_000
const KEY = `twodoor.${clientId}.return-path`
let clock = 1_000_000

/** Each call is another page in the same tab. */
function open(path: string, { base = '', baseHref = '', loginPaths = LOGIN } = {}) {
  const { happyDOM } = window as unknown as { happyDOM: { setURL(url: string): void } }
  happyDOM.setURL(origin + path)
  document.head.innerHTML = `${baseHref && `<base href="${baseHref}">`}<meta property="og:root_path" content="${base}">`
  const page = readPage(window) as ChainlitPage
  const undo = keepReturnPath({ window, page, clientId, loginPaths, now: () => clock })
  onTestFinished(() => {
    undo()
    window.sessionStorage.clear()
    document.head.innerHTML = ''
  })
  return { page, undo, leave: () => window.dispatchEvent(new Event('pagehide')) }
}

const here = () => location.href.slice(origin.length)
const noted = () => sessionStorage.getItem(KEY)

describe('a page that begins at /login', () => {
  it.each(['/thread/4711', '/?prompt=hello%20there', '/thread/4711?a=b#c', '/share/x', '/'])(
    'is where the user was before: %s',
    (path) => {
      open(path)
      clock += PAUSE_MS
      open('/login')
      expect(here()).toBe(path)
    },
  )

  it('is at the start where nobody knows of a place before', () => {
    open('/login')
    expect(here()).toBe('/')
    clock += PAUSE_MS
    open('/chat/login', { base: '/chat' })
    expect(here()).toBe('/chat/')
  })

  it('is where the user had gone to without a new page', () => {
    const { leave } = open('/')
    history.pushState(null, '', `${origin}/thread/7`)
    leave()
    clock += PAUSE_MS
    open('/login')
    expect(here()).toBe('/thread/7')
  })

  it('stays below the root path', () => {
    open('/chat/thread/1', { base: '/chat' })
    clock += PAUSE_MS
    open('/chat/login', { base: '/chat' })
    expect(here()).toBe('/chat/thread/1')
  })

  it('keeps the state of the history', () => {
    open('/thread/1')
    clock += PAUSE_MS
    history.replaceState({ idx: 3 }, '')
    const { happyDOM } = window as unknown as { happyDOM: { setURL(url: string): void } }
    happyDOM.setURL(`${origin}/login`)
    const replace = vi.spyOn(history, 'replaceState')
    keepReturnPath({ window, page: readPage(window) as ChainlitPage, clientId, loginPaths: LOGIN, now: () => clock })()
    expect(replace).toHaveBeenCalledWith(history.state, '', `${origin}/thread/1`)
    replace.mockRestore()
  })

  it('does not return twice within half a minute, and so goes round no circle', () => {
    open('/thread/1')
    clock += PAUSE_MS
    open('/login')
    expect(here()).toBe('/thread/1')
    clock += PAUSE_MS - 1
    open('/login')
    expect(here()).toBe('/login')
    open('/thread/2')
    clock += PAUSE_MS
    open('/login')
    expect(here()).toBe('/thread/2')
  })

  it("is Chainlit's own where the page before has been left to Chainlit", () => {
    open('/thread/1').undo()
    clock += PAUSE_MS - 1
    open('/login').undo()
    expect(here()).toBe('/login')
    clock += PAUSE_MS - 1
    open('/login/callback?success=True')
    expect(here()).toBe('/login/callback?success=True')
    clock += PAUSE_MS
    open('/login')
    expect(here()).toBe('/thread/1')
  })

  it('is given back to Chainlit by the undo, as long as the user is where it led', () => {
    const heard: string[] = []
    const hear = () => heard.push(here())
    window.addEventListener('popstate', hear)
    onTestFinished(() => window.removeEventListener('popstate', hear))
    open('/thread/1')
    clock += PAUSE_MS
    const { undo } = open('/login?error=oauth')
    expect(here()).toBe('/thread/1')
    undo()
    expect(heard).toEqual(['/login?error=oauth'])
    clock += PAUSE_MS
    const other = open('/login')
    history.pushState(null, '', `${origin}/thread/2`)
    other.undo()
    expect(here()).toBe('/thread/2')
    open('/thread/3').undo()
    expect(heard).toEqual(['/login?error=oauth'])
  })

  it.each([
    'https://evil.example/',
    '//evil.example/thread/1',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    'thread/1',
    '',
    '/chatter/thread/1',
    '/',
    '/user',
    '/chat/../admin',
    '/chat/..%2fadmin',
    '/chat%2fx',
  ])('never goes to %j, whoever has noted that', (evil) => {
    sessionStorage.setItem(KEY, evil)
    clock += PAUSE_MS
    open('/chat/login', { base: '/chat' })
    expect(here()).toBe('/chat/')
  })

  it.each(['//evil.example', '/\\evil.example', '/\t/evil.example', '.evil.example', '@evil.example', ':8443/', 'x'])(
    'never goes to %j at the root of a host either',
    (evil) => {
      sessionStorage.setItem(KEY, evil)
      clock += PAUSE_MS
      open('/login')
      expect(here()).toBe('/')
    },
  )

  it('never leaves the root path, whatever is noted', () => {
    const odd = fc.constantFrom(
      '/chat',
      '/',
      '\\',
      '..',
      '%2e',
      '%2f',
      '//',
      'evil.example',
      '@',
      ':',
      '\t',
      '\n',
      '?',
      '#',
    )
    const text = fc.array(fc.oneof(odd, fc.string({ maxLength: 3 })), { maxLength: 6 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, (note) => {
        clock += PAUSE_MS
        sessionStorage.setItem(KEY, note)
        const { undo } = open('/chat/login', { base: '/chat' })
        expect(location.origin).toBe(origin)
        expect(`${location.pathname}/`).toMatch(/^\/chat\/(?!login)/)
        expect(location.pathname).not.toMatch(/\/\/|%2f|%5c/i)
        undo()
      }),
      { numRuns: 1_000 },
    )
  })

  it('finds its way with a <base> of another origin', () => {
    open('/chat/thread/1', { base: '/chat', baseHref: 'https://cdn.example/' })
    clock += PAUSE_MS
    open('/chat/login', { base: '/chat', baseHref: 'https://cdn.example/' })
    expect(here()).toBe('/chat/thread/1')
  })

  it('works where storage is blocked', () => {
    const blocked = vi.spyOn(window, 'sessionStorage', 'get').mockImplementation(() => {
      throw new DOMException('Access is denied for this document.', 'SecurityError')
    })
    open('/login')
    expect(here()).toBe('/')
    blocked.mockRestore()
  })

  it('is left alone at other paths than those that it is for', () => {
    open('/thread/1', { loginPaths: ['/login/callback'] })
    clock += PAUSE_MS
    open('/login', { loginPaths: ['/login/callback'] })
    expect(here()).toBe('/login')
    open('/login/callback?success=True', { loginPaths: ['/login/callback'] })
    expect(here()).toBe('/thread/1')
    for (const path of ['/loginx', '/login/x', '/thread/login']) {
      clock += PAUSE_MS
      open(path)
      expect(here()).toBe(path)
    }
  })
})

describe('what is noted of a place', () => {
  it.each([
    '#code=0.AAAA-s3cret&state=eyJ&session_state=1',
    '#state=eyJ&code=s3cret',
    '#error=access_denied&error_description=s3cret&state=x',
  ])('is never an answer of Entra ID (%s)', (hash) => {
    const { leave } = open(`/thread/1?a=b${hash}`)
    expect(noted()).toBe('/thread/1?a=b')
    leave()
    expect(JSON.stringify({ ...sessionStorage })).not.toContain('s3cret')
  })

  it('is never the login page itself', () => {
    open('/login')
    history.replaceState(null, '', `${origin}/login/callback`)
    window.dispatchEvent(new Event('pagehide'))
    expect(noted()).toBe('/')
  })

  it('is nothing any more after the undo', () => {
    const { undo, leave } = open('/thread/1')
    undo()
    history.pushState(null, '', `${origin}/thread/2`)
    leave()
    expect(noted()).toBe('/thread/1')
  })
})
