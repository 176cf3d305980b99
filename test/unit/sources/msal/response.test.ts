import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writePendingRedirect } from '../../../../src/sources/msal/redirect-notes.js'
import {
  endPendingRedirect,
  type PendingRedirect,
  passOnResponse,
  readPendingRedirect,
  takeResponse,
} from '../../../../src/sources/msal/response.js'

const clientId = '11111111-2222-3333-4444-555555555555'
const pendingKey = `twodoor.${clientId}.redirect`
const app = 'https://app.example'

const stateOf = (interactionType: string) => btoa(JSON.stringify({ id: 'x', meta: { interactionType } }))
const state = stateOf('redirect')
const id = '5e2f1d3c-own-redirect'
const answer = `code=0.AXoA-secret&client_info=e30&state=${encodeURIComponent(`${state}|${id}`)}&session_state=s`
const refusal = `error=access_denied&error_description=AADSTS65004&state=${encodeURIComponent(`${state}|${id}`)}`

/** A page whose history refuses other origins, as a browser's does. */
function openPage(url: string, pending: unknown = pendingTo('/')) {
  const kept = new Map<string, string>()
  if (pending !== undefined) kept.set(pendingKey, typeof pending === 'string' ? pending : JSON.stringify(pending))
  const states: unknown[] = []
  const page = {
    location: new URL(url) as unknown as Location,
    sessionStorage: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    },
    history: {
      state: { router: 'entry 7' },
      replaceState(state: unknown, _: string, to: string | URL) {
        const target = new URL(to, page.location.href)
        if (target.origin !== page.location.origin) throw new DOMException('another origin', 'SecurityError')
        states.push(state)
        page.location = target as unknown as Location
      },
    },
  }
  const window = page as unknown as Window
  return { window, states, take: () => takeResponse(window, clientId), url: () => page.location.href, kept }
}

const pendingTo = (returnTo: unknown) => ({ id, returnTo, silent: false, automatic: false })

describe('takeResponse', () => {
  it.each([
    ['an answer', answer],
    ['a refusal', refusal],
  ])('takes %s out of the URL, at once', (_, response) => {
    const { take, url } = openPage(`${app}/callback#${response}`)
    expect(take()).toBe(response)
    expect(url()).toBe(`${app}/callback`)
  })

  it('takes it only once', () => {
    const { take } = openPage(`${app}/#${answer}`)
    take()
    expect(take()).toBeUndefined()
  })

  it('leaves no part of it in the URL', () => {
    const { take, url } = openPage(`${app}/?tab=1#${answer}`, pendingTo('/?tab=2#/inbox'))
    take()
    expect(url()).not.toMatch(/secret|code=|state=|client_info/)
  })

  it('leaves the entry of the router in the history alone', () => {
    const { take, states } = openPage(`${app}/#${answer}`)
    take()
    expect(states).toEqual([{ router: 'entry 7' }])
  })

  it.each([
    ['no fragment', ''],
    ['an empty fragment', '#'],
    ['a route', '#/inbox?code=1'],
    ['a route with a state that is not of MSAL', '#code=1&state=abc'],
    ['a response without state', '#code=1'],
    ['a response to a popup', `#code=1&state=${encodeURIComponent(stateOf('popup'))}`],
    ['a response to a hidden frame', `#code=1&state=${encodeURIComponent(stateOf('silent'))}`],
    ['a response to another library', `#code=1&state=${encodeURIComponent(btoa('{"id":"x"}'))}`],
    ['a response in the query', `?${answer}`],
    ['the answer to another app that uses MSAL', `#code=1&state=${encodeURIComponent(state)}`],
    ['the answer to a redirect of somebody else', `#code=1&state=${encodeURIComponent(`${state}|another`)}`],
    ['our id in the place of MSAL', `#code=1&state=${encodeURIComponent(`${id}|${state}`)}`],
    ['our id without a bar', `#code=1&state=${id}`],
    ['an empty id', `#code=1&state=${encodeURIComponent(`${state}|`)}`],
  ])('leaves %s where it is', (_, rest) => {
    const before = `${app}/page${rest}`
    const { take, url, states } = openPage(before, pendingTo('/page'))
    expect(take()).toBeUndefined()
    expect(url()).toBe(before)
    expect(states).toEqual([])
  })

  it('restores query and fragment where the user was on this very document', () => {
    const { take, url } = openPage(`${app}/chat#${answer}`, pendingTo('/chat?room=1#/last'))
    take()
    expect(url()).toBe(`${app}/chat?room=1#/last`)
  })

  it('stays on the redirect page where the user was on another document', () => {
    const { take, url } = openPage(`${app}/signed-in?v=2#${answer}`, pendingTo('/chat?room=1#/last'))
    take()
    expect(url()).toBe(`${app}/signed-in?v=2`)
  })

  it.each([
    ['is known', null],
    ['has an id', { returnTo: '/' }],
    ['has an id', { id: '', returnTo: '/' }],
  ])('leaves every response where it is where no redirect %s', (_, pending) => {
    for (const state of ['', 'x', 'x|', 'x|undefined', 'x|null', `x|${id}`]) {
      const before = `${app}/?v=2#code=1&state=${encodeURIComponent(state)}`
      const { take, url } = openPage(before, pending)
      expect(take()).toBeUndefined()
      expect(url()).toBe(before)
    }
  })

  it('leaves the answer to a redirect of the same page with another client ID', () => {
    const { window, url } = openPage(`${app}/#${answer}`)
    expect(takeResponse(window, 'another-client')).toBeUndefined()
    expect(url()).toBe(`${app}/#${answer}`)
  })

  it.each(['//evil.example/x', '/a//b', '/%2e%2e//x'])('cleans the URL of a page at %s', (path) => {
    const { take, url } = openPage(`${app}${path}#${answer}`)
    expect(take()).toBe(answer)
    expect(new URL(url()).origin).toBe(app)
    expect(url()).not.toContain('#')
  })

  it.each<[string, unknown]>([
    ['another origin', pendingTo('https://evil.example/')],
    ['another origin without scheme', pendingTo('//evil.example/')],
    ['a backslash', pendingTo('/\\evil.example/')],
    ['a backslash further on', pendingTo('/chat\\room')],
    ['two backslashes', pendingTo('\\\\evil.example/')],
    ['a tab in the slashes', pendingTo('/\t/evil.example/')],
    ['a line feed in the slashes', pendingTo('/\n/evil.example/')],
    ['a script', pendingTo('javascript:alert(1)')],
    ['data', pendingTo('data:text/html,x')],
    ['a path without a slash', pendingTo('chat')],
    ['a user', pendingTo('@evil.example')],
    ['empty text', pendingTo('')],
    ['a number', pendingTo(1)],
    ['a list', pendingTo(['/chat'])],
    ['an object', pendingTo({ toString: '/chat' })],
    ['nothing', pendingTo(undefined)],
    ['no object', 'true'],
    ['null', 'null'],
    ['text', '"/chat"'],
    ['a list of redirects', '[{"returnTo":"/chat"}]'],
    ['broken JSON', '{"returnTo":"/chat"'],
    ['nothing at all', ''],
  ])('knows no redirect to %s, so that its answer is not ours', (_, pending) => {
    const { window, take, url } = openPage(`${app}/?v=2#${answer}`, pending)
    expect(readPendingRedirect(window, clientId)).toBeUndefined()
    expect(take()).toBeUndefined()
    expect(url()).toBe(`${app}/?v=2#${answer}`)
  })

  it('stays on this origin, whatever storage and URL hold', () => {
    const returnTo = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl({ withFragments: true }),
      fc
        .array(fc.constantFrom('/', '\\', '.', '..', 'evil.example', ':', '@', '\t', '#', '?', '%2f'))
        .map((s) => s.join('')),
      fc.json(),
    )
    fc.assert(
      fc.property(returnTo, fc.boolean(), (to, raw) => {
        const { take, url } = openPage(`${app}/#${answer}`, raw ? to : pendingTo(to))
        const isTaken = take() === answer
        return new URL(url()).origin === app && isTaken !== url().includes('0.AXoA-secret')
      }),
      { numRuns: 2_000 },
    )
  })

  it('leaves it where storage is blocked: whose it is cannot be known', () => {
    const { window, url } = openPage(`${app}/callback#${answer}`)
    Object.defineProperty(window, 'sessionStorage', {
      get() {
        throw new DOMException('denied', 'SecurityError')
      },
    })
    expect(takeResponse(window, clientId)).toBeUndefined()
    expect(url()).toBe(`${app}/callback#${answer}`)
  })
})

describe('a pending redirect', () => {
  const pending: PendingRedirect = { id, returnTo: '/chat?room=1#/last', silent: true, automatic: true }

  it('is read as it was written, by the same application only', () => {
    const { window } = openPage(app, null)
    writePendingRedirect(window, clientId, pending)
    expect(readPendingRedirect(window, clientId)).toEqual(pending)
    expect(readPendingRedirect(window, 'another-client')).toBeUndefined()
  })

  it('ends', () => {
    const { window, kept } = openPage(app)
    writePendingRedirect(window, clientId, pending)
    writePendingRedirect(window, clientId, undefined)
    expect(readPendingRedirect(window, clientId)).toBeUndefined()
    expect(kept.size).toBe(0)
  })
})

describe('passOnResponse', () => {
  it('leaves the answer to the next one, and the URL as it is by then', () => {
    const { window, take, url } = openPage(`${app}/chat#${answer}`, pendingTo('/chat?room=1#last'))
    passOnResponse(clientId, take())
    window.history.replaceState(null, '', '/settings#profile')
    expect(take()).toBe(answer)
    expect(url()).toBe(`${app}/settings#profile`)
    expect(take()).toBeUndefined()
  })

  it('leaves it to no app of another client ID', () => {
    const { window, take } = openPage(`${app}/#${answer}`)
    passOnResponse(clientId, take())
    expect(takeResponse(window, 'd2222222-3333-4444-8555-666666666666')).toBeUndefined()
    expect(take()).toBe(answer)
  })

  it('leaves nothing once MSAL has been handed it, or the user has signed out', () => {
    const { window, take, kept } = openPage(`${app}/chat#${answer}`)
    kept.set(`twodoor.${clientId}.request`, '[]')
    const response = take()
    endPendingRedirect(window, clientId)
    passOnResponse(clientId, response)
    expect(take()).toBeUndefined()
    expect([...kept.keys()]).toEqual([])
  })
})
