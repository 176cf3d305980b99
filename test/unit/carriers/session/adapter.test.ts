import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type AuthStatus,
  chainlitSession,
  type FoundSession,
  type KeptSession,
  keepSession,
  type SessionAdapter,
} from '../../../../src/index.js'
import { createTestAuth } from '../../../../src/testing/test-auth.js'
import { adele, tenantId } from '../../jwt.js'

const HOUR = 3_600_000
const key = `entra:${tenantId}:${adele}` as const
const signedIn: AuthStatus = { status: 'signed-in', account: { key, tenantId, objectId: adele } }
const kept: KeptSession[] = []

/** A wiki with a session of its own, which knows nothing of twodoor. */
function createWiki() {
  const wiki = {
    sent: [] as { to: string; headers: Headers; init: RequestInit }[],
    cookie: false,
    next: undefined as Response | undefined,
    async fetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
      const headers = new Headers(init.headers)
      wiki.sent.push({ to: `${init.method} ${String(input)}`, headers, init })
      const { next } = wiki
      wiki.next = undefined
      if (next) return next
      if (String(input).endsWith('/login/token')) wiki.cookie = true
      if (String(input).endsWith('/logout')) wiki.cookie = false
      if (String(input).endsWith('/whoami'))
        return new Response('{"name":"adele"}', { status: wiki.cookie ? 200 : 401 })
      return new Response('{"ok":true}')
    },
    to: () => wiki.sent.splice(0).map(({ to }) => to),
  }
  return wiki
}

const adapter: SessionAdapter = {
  url: 'https://wiki.example/v2/',
  begin: { method: 'POST', path: '/login/token', headers: { Accept: 'text/x' }, body: 'a=1' },
  probe: { method: 'GET', path: '/whoami' },
  end: { method: 'POST', path: '/logout' },
  read: (_, asked) => (asked === 'begin' ? { expiresInMs: HOUR } : {}),
}

function setUp(more: Partial<SessionAdapter> = {}, status: AuthStatus = signedIn) {
  const wiki = createWiki()
  const auth = createTestAuth(status)
  const session = keepSession(auth, { ...adapter, ...more }, { fetch: wiki.fetch })
  kept.push(session)
  return { wiki, auth, session }
}

afterEach(() => {
  for (const session of kept.splice(0)) session.stop()
  vi.useRealTimers()
})

describe('the session of a server that is not ours', () => {
  it('is begun with the token, looked at, and taken for that of the page', async () => {
    const { wiki, session, auth } = setUp()
    expect(await session.ready).toMatchObject({ key })
    const [begin, probe] = wiki.sent
    expect(wiki.to()).toEqual(['POST https://wiki.example/v2/login/token', 'GET https://wiki.example/v2/whoami'])
    expect(begin?.headers.get('authorization')).toBe(`Bearer ${(await auth.getToken()).token}`)
    expect([begin?.headers.get('accept'), begin?.init.body]).toEqual(['text/x', 'a=1'])
    expect(begin?.init).toMatchObject({ credentials: 'include', redirect: 'error', cache: 'no-store' })
    expect(probe?.headers.get('authorization')).toBeNull()
    expect(begin?.headers.get('x-twodoor-context')).toBeNull()
  })

  it('is gone after a sign-out', async () => {
    const { wiki, session, auth } = setUp()
    await session.ready
    wiki.to()
    auth.set({ status: 'signed-out', reason: 'by-user' })
    await vi.waitFor(() => expect(wiki.cookie).toBe(false))
    expect(wiki.to()).toEqual(['POST https://wiki.example/v2/logout'])
    await expect(session.ready).rejects.toMatchObject({ code: 'sign_in_required' })
  })

  it('is ended by a page that begins signed out, whatever cookie there is', async () => {
    const { wiki } = setUp({}, { status: 'signed-out', reason: 'by-user' })
    await vi.waitFor(() => expect(wiki.to()).toEqual(['POST https://wiki.example/v2/logout']))
  })

  it('gets the token that its entry of `protectedResources` names, and no other', async () => {
    const wiki = createWiki()
    const scopes = ['api://wiki/read']
    const auth = createTestAuth(signedIn, { protectedResources: [{ url: 'https://wiki.example', scopes }] })
    const getToken = vi.spyOn(auth, 'getToken')
    for (const each of [adapter, 'https://wiki.example/session', 'https://other.example/session']) {
      const session = keepSession(auth, each, { fetch: wiki.fetch })
      kept.push(session)
      await session.ready.catch(() => {})
    }
    expect(getToken.mock.calls.map(([asked]) => asked)).toEqual([scopes, scopes, undefined])
  })

  it.each([Number.NaN, 0, -1, Number.POSITIVE_INFINITY])(
    'is renewed in time where a look gives %d for its end',
    async (expiresInMs) => {
      vi.useFakeTimers()
      const { wiki, session } = setUp({ read: (_, asked) => ({ expiresInMs: asked === 'begin' ? HOUR : expiresInMs }) })
      await session.ready
      await vi.advanceTimersByTimeAsync(HOUR / 2)
      expect(wiki.to()).toHaveLength(2)
    },
  )

  it('is told of the frame where the adapter says so', async () => {
    const { wiki, session } = setUp({ tellsContext: true })
    await session.ready
    expect(wiki.sent[0]?.headers.get('x-twodoor-context')).toBe('top')
  })

  it.each<[string, Partial<SessionAdapter>, string]>([
    ['a session of somebody else', { read: () => ({ key: 'entra:t:other', expiresInMs: HOUR }) }, 'account_mismatch'],
    ['no end', { read: () => ({}) }, 'session_refused'],
    ['an end in the past', { read: () => ({ expiresInMs: -1 }) }, 'session_refused'],
    ['no session at all', { read: () => undefined }, 'token_rejected'],
  ])('is refused where its answer stands for %s', async (_, more, code) => {
    await expect(setUp(more).session.ready).rejects.toMatchObject({ code })
  })

  it('is refused in the words of the adapter, or by the status', async () => {
    const { AuthError } = await import('../../../../src/index.js')
    const refuse = () => new AuthError('denied', { phase: 'session', message: 'Not on the list.' })
    for (const [more, expected] of [
      [{ refuse }, { code: 'denied', message: 'Not on the list.' }],
      [{ refuse: () => undefined }, { code: 'session_refused' }],
      [{}, { code: 'session_refused' }],
    ] as const) {
      const wiki = createWiki()
      wiki.next = new Response('', { status: 403 })
      const session = keepSession(createTestAuth(signedIn), { ...adapter, ...more }, { fetch: wiki.fetch })
      kept.push(session)
      await expect(session.ready).rejects.toMatchObject(expected)
    }
  })

  it('is what it was when it was handed over, methods of a class included', async () => {
    class Wiki {
      url = adapter.url
      begin = { ...adapter.begin }
      probe = adapter.probe
      end = adapter.end
      lifetimeMs = HOUR
      read(): FoundSession {
        return { expiresInMs: this.lifetimeMs }
      }
    }
    const given: SessionAdapter & { url: string } = new Wiki()
    const wiki = createWiki()
    const session = keepSession(createTestAuth(signedIn), given, { fetch: wiki.fetch })
    kept.push(session)
    given.url = 'https://evil.example'
    Object.assign(given.begin, { path: '/elsewhere' })
    await session.ready
    expect(wiki.to()[0]).toBe('POST https://wiki.example/v2/login/token')
  })
})

describe('an adapter', () => {
  const step = (name: 'begin' | 'probe' | 'end', more: object) => ({ [name]: { ...adapter[name], ...more } })

  it.each<[string, object]>([
    ['url', { url: 'http://wiki.example' }],
    ['url', { url: undefined }],
    ['read', { read: undefined }],
    ['begin.method', { begin: undefined }],
    ['probe.method', step('probe', { method: '' })],
    ['end.path', step('end', { path: undefined })],
    ['end.path', step('end', { path: 'logout' })],
    ['begin.path', step('begin', { path: '/../login' })],
    ['begin.path', step('begin', { path: '/%2e%2e/login' })],
    ['begin.path', step('begin', { path: '//evil.example' })],
    ['begin.path', step('begin', { path: '/a\\..\\..\\b' })],
    ['begin.path', step('begin', { path: '/login#x' })],
    ['begin.headers', step('begin', { headers: { authorization: 'Basic x' } })],
    ['begin.headers', step('begin', { headers: { 'X-Twodoor-Context': 'top' } })],
  ])('is refused by name where %s is wrong: %j', (name, more) => {
    expect(() => setUp(more as Partial<SessionAdapter>)).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(`\`${name}\``) }),
    )
  })

  it.each([null, undefined, 7, {}, []])('cannot be %j', (given) => {
    expect(() => keepSession(createTestAuth(signedIn), given as never)).toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    )
  })
})

describe('chainlitSession()', () => {
  it.each([
    [undefined, 'http://localhost:3000'],
    ['https://chat.contoso.com/chat/', 'https://chat.contoso.com/chat'],
  ])('is that of the Chainlit at %s', async (url, base) => {
    const sent: string[] = []
    const fetch = vi.fn(async (input: RequestInfo | URL, init?: RequestInit) => {
      sent.push(`${init?.method} ${String(input)}`)
      return Response.json({ identifier: key }, { headers: { 'X-Twodoor-Expires-In-Ms': '60000' } })
    })
    const session = keepSession(createTestAuth(signedIn), chainlitSession(url), { fetch })
    kept.push(session)
    const before = Date.now()
    const { key: whose, expiresAt } = await session.ready
    expect(whose).toBe(key)
    expect(expiresAt - before).toBeGreaterThan(50_000)
    expect(sent).toEqual([`POST ${base}/auth/header`, `GET ${base}/user`])
  })
})
