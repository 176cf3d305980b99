import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { attachInternals, type TokenProvider } from '../../../../src/carriers/internals.js'
import {
  type AccessToken,
  AuthError,
  type AuthErrorCode,
  type AuthEvent,
  type AuthStatus,
  type KeepSessionOptions,
  type KeptSession,
  keepSession,
} from '../../../../src/index.js'
import { createTestAuth } from '../../../../src/testing/test-auth.js'
import { accessToken, adele, bob, tenantId } from '../../jwt.js'

const HOUR = 3_600_000
const url = '/session'
const keyOf = (objectId: string) => `entra:${tenantId}:${objectId}` as const
const signedIn = (objectId = adele): AuthStatus => ({
  status: 'signed-in',
  account: { key: keyOf(objectId), tenantId, objectId },
})
const signedOut = (reason: 'no-account' | 'expired' | 'consent' | 'by-user'): AuthStatus => ({
  status: 'signed-out',
  reason,
})
const code = (wanted: AuthErrorCode) => expect.objectContaining({ name: 'AuthError', code: wanted })
const json = (body: unknown, status = 200, headers = {}) => Response.json(body, { status, headers })
const unauthorized = () => json({ code: 'token_expired' }, 401)
const never = () => new Promise<never>(() => {})
/** A date of a server whose clock is a day ahead. */
const dateAt = (inMs: number) => new Date(Date.now() + 24 * HOUR + inMs).toUTCString()

interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly init: RequestInit
}

/** A server with one cookie. What is in `next` is answered first, by method. */
function createServer() {
  const server = {
    sent: [] as Sent[],
    /** Whom the cookie stands for. */
    cookie: undefined as string | undefined,
    sticks: true,
    lifetimeMs: HOUR,
    next: {} as Record<string, (() => Response | Promise<Response>)[]>,
    keyOfToken: (token: string) =>
      keyOf(
        (JSON.parse(atob(token.split('.')[1]?.replace(/-/g, '+').replace(/_/g, '/') ?? '')) as { oid: string }).oid,
      ),
    methods: () => server.sent.splice(0).map(({ method }) => method),
    async fetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
      const { method = 'GET' } = init
      const headers = new Headers(init.headers)
      server.sent.push({ method, url: String(input), headers, init })
      const given = server.next[method]?.shift()
      if (given) return given()
      const token = headers.get('authorization')?.slice('Bearer '.length) ?? ''
      if (method === 'POST' && server.sticks) server.cookie = server.keyOfToken(token)
      if (method === 'POST') return server.tell(server.keyOfToken(token))
      if (method === 'DELETE') server.cookie = undefined
      if (method === 'DELETE') return new Response(null, { status: 204 })
      return server.cookie === undefined ? json({ code: 'session_missing' }, 401) : server.tell(server.cookie)
    },
    tell: (key: string) => json({ key, expiresInMs: server.lifetimeMs }),
  }
  return server
}

let server: ReturnType<typeof createServer>
const kept: KeptSession[] = []

/** A session and the `Auth` that it is kept for, with what its link hears in reach. */
function setUp(initial: AuthStatus = signedIn(), options: KeepSessionOptions = {}) {
  const auth = createTestAuth(initial)
  const tokenListeners = new Set<(token: AccessToken) => void>()
  const wakeListeners = new Set<() => void>()
  const events: AuthEvent[] = []
  const protect = vi.fn()
  const listen = <T>(listeners: Set<T>, listener: T) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  // A link of its own in front of that of the test Auth, so that what goes over it can be seen.
  const linked: typeof auth = Object.create(auth)
  attachInternals(linked, {
    hasResponse: false,
    peek: () => undefined,
    accounts: () => [],
    onToken: (listener) => listen(tokenListeners, listener),
    onWake: (listener) => listen(wakeListeners, listener),
    onAccount: () => () => {},
    disposed: new AbortController().signal,
    protect,
    scopesFor: () => undefined,
    emit: (event) => events.push(event),
  })
  const session = keepSession(linked, url, { fetch: server.fetch, ...options })
  kept.push(session)
  return {
    auth,
    session,
    events,
    protect,
    listening: () => tokenListeners.size + wakeListeners.size,
    wake: () => {
      for (const listener of wakeListeners) listener()
    },
    newToken: () => {
      for (const listener of tokenListeners) listener({} as AccessToken)
    },
  }
}

const flush = () => vi.advanceTimersByTimeAsync(0)
/** Longer than all tries together with their back-off. */
const untilGivenUp = () => vi.advanceTimersByTimeAsync(120_000)

beforeEach(() => {
  vi.useFakeTimers()
  ;(window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL('https://app.example/chat/room')
  server = createServer()
})

afterEach(async () => {
  for (const session of kept.splice(0)) session.stop()
  await flush()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

describe('keepSession', () => {
  it('exchanges the token and looks whether the cookie came back', async () => {
    const { session } = setUp()
    expect(await session.ready).toEqual({ key: keyOf(adele), expiresAt: Date.now() + HOUR })
    expect(server.sent.map(({ method }) => method)).toEqual(['POST', 'GET'])
    const [post, get] = server.sent as [Sent, Sent]
    for (const { init, headers, url: to } of [post, get]) {
      expect(to).toBe('https://app.example/session')
      expect(init).toMatchObject({ credentials: 'include', redirect: 'error', cache: 'no-store' })
      expect(headers.get('x-twodoor-context')).toBe('top')
    }
    expect(post.headers.get('authorization')).toMatch(/^Bearer [\w-]+\.[\w-]+\./)
    expect(get.headers.has('authorization')).toBe(false)
  })

  it('says that the page is framed', async () => {
    vi.spyOn(window, 'parent', 'get').mockReturnValue({} as typeof window)
    await setUp().session.ready
    expect(server.sent.map(({ headers }) => headers.get('x-twodoor-context'))).toEqual(['framed', 'framed'])
  })

  it('makes the URL a protected one', () => {
    expect(setUp().protect.mock.calls).toEqual([['https://app.example/session']])
  })

  it('sends its requests with the fetch of the page at that time', async () => {
    const { session } = setUp(signedIn(), { fetch: undefined })
    vi.stubGlobal('fetch', server.fetch)
    await session.renew()
    expect(server.methods()).toContain('POST')
  })

  it('waits while starting, without timers and requests', async () => {
    const { auth, session } = setUp({ status: 'starting' })
    await flush()
    expect([server.sent.length, vi.getTimerCount()]).toEqual([0, 0])
    const renewed = session.renew()
    auth.set(signedIn())
    expect(await session.ready).toMatchObject({ key: keyOf(adele) })
    expect(await renewed).toMatchObject({ key: keyOf(adele) })
    expect(server.methods()).toEqual(['POST', 'GET'])
  })

  it.each([
    ['no-account', 'sign_in_required'],
    ['expired', 'sign_in_required'],
    ['consent', 'consent_required'],
  ] as const)('says that somebody has to sign in (%s), and begins once somebody does', async (reason, wanted) => {
    const { auth, session } = setUp(signedOut(reason))
    await expect(session.ready).rejects.toEqual(code(wanted))
    await expect(session.renew()).rejects.toEqual(code(wanted))
    expect([server.sent.length, vi.getTimerCount()]).toEqual([0, 0])
    auth.set(signedIn())
    expect(await session.ready).toMatchObject({ key: keyOf(adele) })
  })

  it('rejects with the error of a failed start', async () => {
    const { auth, session } = setUp({ status: 'failed', error: new AuthError('host_timeout', { phase: 'host' }) })
    await expect(session.ready).rejects.toEqual(code('host_timeout'))
    auth.set(signedIn())
    expect(await session.ready).toMatchObject({ key: keyOf(adele) })
  })

  it('leaves no rejection unhandled when nobody looks', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    server.sticks = false
    setUp()
    setUp(signedOut('no-account'))
    await untilGivenUp()
    vi.useRealTimers()
    await new Promise((done) => setTimeout(done))
    vi.useFakeTimers()
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })

  it('shows no token, neither of a session nor of an error', async () => {
    const { session, events } = setUp()
    await session.ready
    const token = server.sent[0]?.headers.get('authorization')?.split('.')[1] as string
    server.next = { GET: Array.from({ length: 6 }, () => () => Promise.reject(new TypeError('Failed to fetch'))) }
    const failed = session.renew().catch((error: unknown) => error)
    await untilGivenUp()
    expect(JSON.stringify([session, await session.ready, await failed, events])).not.toContain(token)
  })

  it.each<[string, unknown[], RegExp]>([
    ['no Auth', [undefined, url], /`auth` must be an Auth/],
    ['an object without getToken', [{}, url], /`auth`/],
    ['no URL', [{ getToken: never }, undefined], /`url` must be an https URL/],
    ['plain http', [{ getToken: never }, 'http://api.example/session'], /`url`/],
    ['a query', [{ getToken: never }, '/session?x'], /`url`/],
    ['a password', [{ getToken: never }, 'https://a:b@api.example/'], /`url`/],
    ['text for options', [{ getToken: never }, url, 'x'], /`options`/],
    ['text for fetch', [{ getToken: never }, url, { fetch: 'x' }], /`fetch`/],
    ['a number for the clock', [{ getToken: never }, url, { now: 7 }], /`now`/],
  ])('refuses %s', (_, args, message) => {
    const attempt = () => Reflect.apply(keepSession, undefined, args)
    expect(attempt).toThrow(code('config_invalid'))
    expect(attempt).toThrow(message)
  })

  it('is unsupported where there is no window', async () => {
    vi.stubGlobal('window', undefined)
    const { session } = setUp({ status: 'starting' })
    await expect(session.ready).rejects.toEqual(code('unsupported'))
    await expect(session.renew()).rejects.toEqual(code('unsupported'))
    expect(() => session.stop()).not.toThrow()
  })
})

describe('a cookie that does not stick', () => {
  it.each([
    [false, 'Path=/; Secure; SameSite=Lax'],
    [true, 'Secure; SameSite=None; Partitioned'],
  ])('is tried twice, then named with what it lacks (framed: %s)', async (framed, attributes) => {
    if (framed) vi.spyOn(window, 'parent', 'get').mockReturnValue({} as typeof window)
    server.sticks = false
    const { session, events } = setUp()
    await expect(session.ready).rejects.toMatchObject({
      code: 'session_refused',
      phase: 'session',
      retryable: false,
      message: expect.stringContaining(attributes),
    })
    expect(server.methods()).toEqual(['POST', 'GET', 'POST', 'GET'])
    expect(events).toEqual([{ type: 'warning', message: expect.stringContaining(attributes) }])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is not tried again by waking up or by a new token, but by renew()', async () => {
    server.sticks = false
    const { session, wake, newToken } = setUp()
    await session.ready.catch(() => {})
    server.methods()
    wake()
    newToken()
    await untilGivenUp()
    expect(server.sent).toEqual([])
    server.sticks = true
    expect(await session.renew()).toMatchObject({ key: keyOf(adele) })
    expect(await session.ready).toMatchObject({ key: keyOf(adele) })
  })

  it('may stick the second time', async () => {
    server.next = { GET: [unauthorized] }
    expect(await setUp().session.ready).toMatchObject({ key: keyOf(adele) })
    expect(server.methods()).toEqual(['POST', 'GET', 'POST', 'GET'])
  })
})

describe('a token that the server refuses', () => {
  it('is replaced once', async () => {
    server.next = { POST: [unauthorized] }
    const { session, auth } = setUp()
    await session.ready
    expect(server.sent.map(({ method }) => method)).toEqual(['POST', 'POST', 'GET'])
    const [first, second] = server.sent.map(({ headers }) => headers.get('authorization'))
    expect(first).not.toBe(second)
    expect(auth.calls.getToken).toHaveLength(2)
  })

  it('is token_rejected if the next one is refused too', async () => {
    server.next = { POST: [unauthorized, unauthorized] }
    await expect(setUp().session.ready).rejects.toEqual(code('token_rejected'))
    expect(server.methods()).toEqual(['POST', 'POST'])
  })

  it('is not sent twice', async () => {
    server.next = { POST: [unauthorized, unauthorized] }
    const provider: TokenProvider = { getToken: async () => ({ token: 'same', expiresOnTimestamp: 0 }) }
    const session = keepSession(provider, url, { fetch: server.fetch })
    kept.push(session)
    await expect(session.ready).rejects.toEqual(code('token_rejected'))
    expect(server.methods()).toEqual(['POST'])
  })

  it('passes a claims challenge on', async () => {
    const challenge = `Bearer error="insufficient_claims", claims="${btoa('{"access_token":{}}')}"`
    server.next = { POST: [() => json({}, 401, { 'www-authenticate': challenge })] }
    const getToken = vi.fn<TokenProvider['getToken']>(async () => ({ token: 'same', expiresOnTimestamp: 0 }))
    const session = keepSession({ getToken }, url, { fetch: server.fetch })
    kept.push(session)
    const refusal = { code: 'token_rejected', claims: '{"access_token":{}}' }
    await expect(session.ready).rejects.toMatchObject(refusal)
    expect(getToken.mock.calls[1]?.[1]).toMatchObject({ rejectedToken: 'same', claims: '{"access_token":{}}' })
  })
})

describe('what fails for now', () => {
  it.each<[string, () => Response | Promise<Response>, AuthErrorCode]>([
    ['a broken connection', () => Promise.reject(new TypeError('Failed to fetch')), 'unavailable'],
    ['a server in trouble', () => json({}, 503), 'unavailable'],
    ['a throttling server', () => json({}, 429), 'throttled'],
    ['a server that does not answer', never, 'timed_out'],
  ])('is repeated a few times: %s', async (_, failure, wanted) => {
    server.next = { POST: Array.from({ length: 20 }, () => failure) }
    const { session } = setUp()
    const outcome = expect(session.ready).rejects.toEqual(code(wanted))
    await untilGivenUp()
    await outcome
    expect(server.methods()).toEqual(Array.from({ length: 6 }, () => 'POST'))
    expect(vi.getTimerCount()).toBe(0)
  })

  it('pauses longer and longer', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const times: number[] = []
    const failure = () => {
      times.push(Date.now())
      return json({}, 500)
    }
    server.next = { POST: Array.from({ length: 6 }, () => failure) }
    setUp()
    await untilGivenUp()
    expect(times.slice(1).map((time, i) => time - (times[i] ?? 0))).toEqual([1_000, 2_000, 4_000, 8_000, 16_000])
  })

  describe.each([
    ['in seconds', 429, () => ({ 'retry-after': '40' })],
    ['as a date', 503, () => ({ 'retry-after': new Date(Date.now() + 40_000).toUTCString() })],
    ['as a date by a clock that is wrong', 503, () => ({ 'retry-after': dateAt(40_000), date: dateAt(0) })],
  ] as const)('and says when to ask again, %s', (_, status, headers) => {
    const refusal = () => json({}, status, headers())

    beforeEach(() => {
      vi.setSystemTime('2026-01-02T03:04:05Z') // what such dates cannot tell is less than a second
    })

    it('is not repeated before, nor much later', async () => {
      vi.spyOn(Math, 'random').mockReturnValue(0)
      server.next = { POST: [refusal] }
      const { session } = setUp()
      await vi.advanceTimersByTimeAsync(39_999)
      expect(server.methods()).toEqual(['POST'])
      await vi.advanceTimersByTimeAsync(1)
      expect(await session.ready).toMatchObject({ key: keyOf(adele) })
    })

    it('is not repeated before by a page that wakes, by a new token or by renew()', async () => {
      server.next = { POST: [refusal] }
      const { session, wake, newToken } = setUp()
      for (let i = 0; i < 39; i += 1) {
        await vi.advanceTimersByTimeAsync(1_000)
        wake()
        newToken()
        void session.renew()
      }
      expect(server.methods()).toEqual(['POST'])
      await vi.advanceTimersByTimeAsync(2_000)
      expect(server.methods()).toEqual(['POST', 'GET'])
    })
  })

  it('is not repeated by all pages at the very time that the server says', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    server.next = { POST: [() => json({}, 429, { 'retry-after': '40' })] }
    setUp()
    await vi.advanceTimersByTimeAsync(40_999)
    expect(server.methods()).toEqual(['POST'])
    await vi.advanceTimersByTimeAsync(1)
    expect(server.methods()).toEqual(['POST', 'GET'])
  })

  it.each(['86400', 'Infinity', new Date(8e14).toUTCString()])(
    'is repeated after 2 min at the latest, though the server says %s',
    async (value) => {
      vi.spyOn(Math, 'random').mockReturnValue(0)
      server.next = { POST: [() => json({}, 429, { 'retry-after': value })] }
      const { session } = setUp()
      await vi.advanceTimersByTimeAsync(119_999)
      expect(server.methods()).toEqual(['POST'])
      await vi.advanceTimersByTimeAsync(1)
      expect(server.methods()).toEqual(['POST', 'GET'])
      void session.renew()
      await flush()
      expect(server.methods()).toEqual(['GET', 'POST', 'GET'])
    },
  )

  it.each(['', 'soon', '-5', '0', 'Thu, 01 Jan 1970 00:00:00 GMT'])(
    'is repeated as ever where the server says %j',
    async (value) => {
      vi.spyOn(Math, 'random').mockReturnValue(1)
      server.next = { POST: [() => json({}, 503, { 'retry-after': value })] }
      setUp()
      await vi.advanceTimersByTimeAsync(999)
      expect(server.methods()).toEqual(['POST'])
      await vi.advanceTimersByTimeAsync(1)
      expect(server.methods()).toEqual(['POST', 'GET'])
    },
  )

  it('is repeated at once by a page that slept through what the server asked for', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    server.next = { POST: [() => json({}, 429, { 'retry-after': '40' })] }
    const { wake } = setUp()
    await flush()
    server.methods()
    vi.setSystemTime(Date.now() + 40_000) // timers stand still in sleep
    wake()
    await flush()
    expect(server.methods()).toEqual(['POST', 'GET'])
  })

  it('leaves the server alone after the last try too', async () => {
    const refusals = Array.from({ length: 6 }, (_, i) => () => json({}, 503, { 'retry-after': i < 5 ? '0' : '40' }))
    server.next = { POST: refusals }
    const { session, wake } = setUp()
    await Promise.all([expect(session.ready).rejects.toEqual(code('unavailable')), vi.advanceTimersByTimeAsync(31_000)])
    server.methods()
    wake()
    await vi.advanceTimersByTimeAsync(9_000)
    expect(server.methods()).toEqual([])
    await vi.advanceTimersByTimeAsync(31_000)
    expect(await session.ready).toMatchObject({ key: keyOf(adele) })
  })

  it('is done in time for ready when it passes', async () => {
    server.next = { POST: [() => json({}, 500)], GET: [() => json({}, 502)] }
    const { session } = setUp()
    await untilGivenUp()
    expect(await session.ready).toMatchObject({ key: keyOf(adele) })
    expect(server.methods()).toEqual(['POST', 'POST', 'GET', 'POST', 'GET'])
  })

  it('does not wait for the end of its pause when the page wakes', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    server.next = { POST: [() => json({}, 500)] }
    const { session, wake } = setUp()
    await flush()
    wake()
    await flush()
    expect(await session.ready).toMatchObject({ key: keyOf(adele) })
  })

  it('is taken up again when the page wakes, after all tries', async () => {
    server.next = { POST: Array.from({ length: 6 }, () => () => json({}, 500)) }
    const { session, wake } = setUp()
    await untilGivenUp()
    await expect(session.ready).rejects.toEqual(code('unavailable'))
    wake()
    await flush()
    expect(await session.ready).toMatchObject({ key: keyOf(adele) })
  })

  it('is offline without a network', async () => {
    vi.spyOn(window.navigator, 'onLine', 'get').mockReturnValue(false)
    server.next = { POST: Array.from({ length: 6 }, () => () => Promise.reject(new TypeError('Failed to fetch'))) }
    const { session } = setUp()
    const outcome = expect(session.ready).rejects.toEqual(code('offline'))
    await untilGivenUp()
    await outcome
  })

  it('is a provider that never gives a token', async () => {
    const session = keepSession({ getToken: never }, url, { fetch: server.fetch })
    kept.push(session)
    const outcome = expect(session.ready).rejects.toEqual(code('timed_out'))
    await vi.advanceTimersByTimeAsync(180_000)
    await outcome
  })

  it.each<[string, unknown]>([
    ['nothing', null],
    ['no text', { token: 7 }],
    ['a line break', { token: 'a\nb' }],
  ])('is a provider that gives %s', async (_, answer) => {
    const session = keepSession({ getToken: async () => answer as never }, url, { fetch: server.fetch })
    kept.push(session)
    const outcome = expect(session.ready).rejects.toEqual(code('unavailable'))
    await untilGivenUp()
    await outcome
    expect(server.sent).toEqual([])
  })
})

describe('an answer that is none of a session', () => {
  it.each<[string, () => Response]>([
    ['no JSON', () => new Response('<!doctype html>')],
    ['null', () => json(null)],
    ['no key', () => json({ expiresInMs: 1 })],
    ['an empty key', () => json({ key: '', expiresInMs: 1 })],
    ['a key that is no text', () => json({ key: 7, expiresInMs: 1 })],
    ['no time', () => json({ key: keyOf(adele) })],
    ['a time in text', () => json({ key: keyOf(adele), expiresInMs: '1' })],
    ['no time left', () => json({ key: keyOf(adele), expiresInMs: 0 })],
    ['a status that says no', () => json({ code: 'wrong_origin' }, 403)],
    ['a wrong address', () => json({}, 404)],
    ['another method', () => json({}, 405)],
  ])('is session_refused at once: %s', async (_, answer) => {
    for (const method of ['POST', 'GET']) {
      server.next = { [method]: [answer] }
      await expect(setUp().session.ready).rejects.toEqual(code('session_refused'))
    }
    expect(server.methods()).toEqual(['POST', 'POST', 'GET'])
  })

  it('is told with the status and the code', async () => {
    server.next = { POST: [() => json({ code: 'wrong_origin' }, 403)] }
    await expect(setUp().session.ready).rejects.toThrow('status 403 and the code wrong_origin')
  })
})

describe('another account', () => {
  it('in the answer is account_mismatch', async () => {
    server.keyOfToken = () => keyOf(bob)
    await expect(setUp().session.ready).rejects.toEqual(code('account_mismatch'))
    expect(server.methods()).toEqual(['POST'])
  })

  it('in the cookie is account_mismatch', async () => {
    server.next = { GET: [() => server.tell(keyOf(bob))] }
    await expect(setUp().session.ready).rejects.toEqual(code('account_mismatch'))
  })

  it('that signs in gets a session of its own, and what was pending rejects', async () => {
    let answer = () => {}
    const slow = () =>
      new Promise<Response>((resolve) => {
        answer = () => {
          server.cookie = keyOf(adele)
          resolve(server.tell(keyOf(adele)))
        }
      })
    server.next = { POST: [slow] }
    const { auth, session } = setUp()
    await flush()
    const first = session.ready
    auth.set(signedIn(bob))
    await expect(first).rejects.toEqual(code('account_mismatch'))
    await flush()
    // Two at once could arrive in any order.
    expect(server.methods()).toEqual(['POST', 'DELETE'])
    answer()
    expect(await session.ready).toMatchObject({ key: keyOf(bob) })
    expect(server.methods()).toEqual(['DELETE', 'POST', 'GET'])
    expect(server.cookie).toBe(keyOf(bob))
  })

  it('that signs in ends the session of the one before, even if its own cannot begin', async () => {
    const { auth, session } = setUp()
    await session.ready
    server.methods()
    server.next = { POST: [() => json({}, 400)] }
    auth.set(signedIn(bob))
    await expect(session.ready).rejects.toEqual(code('session_refused'))
    expect(server.methods()).toEqual(['DELETE', 'POST'])
    expect(server.cookie).toBeUndefined()
  })

  it('whose token comes before anybody hears of the switch begins nothing', async () => {
    const { auth, session } = setUp({ status: 'starting' })
    vi.spyOn(auth, 'getToken').mockResolvedValue(accessToken({ objectId: bob }))
    auth.set(signedIn(adele))
    await expect(session.ready).rejects.toEqual(code('account_mismatch'))
    expect(server.methods()).toEqual([])
  })

  it('whose token comes after a refusal gets nothing of the one before', async () => {
    server.next = { POST: [unauthorized] }
    const provider = {
      getToken: vi
        .fn()
        .mockResolvedValueOnce(accessToken({ objectId: adele }))
        .mockResolvedValueOnce(accessToken({ objectId: bob })),
    }
    const session = keepSession(provider, url, { fetch: server.fetch })
    kept.push(session)
    await expect(session.ready).rejects.toEqual(code('account_mismatch'))
    expect(server.methods()).toEqual(['POST'])
  })

  it('in another tab keeps its session: this page looks first, and gives up', async () => {
    const { session, newToken } = setUp()
    await session.ready
    server.cookie = keyOf(bob)
    server.methods()
    await vi.advanceTimersByTimeAsync(HOUR)
    newToken()
    await untilGivenUp()
    expect(server.methods()).toEqual(['GET'])
    await expect(session.ready).rejects.toEqual(code('account_mismatch'))
    expect(server.cookie).toBe(keyOf(bob))
  })

  it('of a provider that does not tell is noticed by the server', async () => {
    let objectId = adele
    const payload = () => btoa(JSON.stringify({ oid: objectId })).replace(/=+$/, '')
    const provider: TokenProvider = { getToken: async () => ({ token: `a.${payload()}.b`, expiresOnTimestamp: 0 }) }
    const session = keepSession(provider, url, { fetch: server.fetch })
    kept.push(session)
    expect(await session.ready).toMatchObject({ key: keyOf(adele) })
    objectId = bob
    await expect(session.renew()).rejects.toEqual(code('account_mismatch'))
  })
})

describe('a renewal', () => {
  it.each([
    [HOUR, HOUR - 240_000],
    [600_000, 480_000],
    [1_000, 10_000],
  ])('of a session of %i ms comes after %i ms', async (lifetimeMs, after) => {
    server.lifetimeMs = lifetimeMs
    await setUp().session.ready
    server.methods()
    await vi.advanceTimersByTimeAsync(after - 1)
    expect(server.sent).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(server.methods()).toEqual(['GET', 'POST', 'GET'])
  })

  it('goes on and on', async () => {
    const { session } = setUp()
    await vi.advanceTimersByTimeAsync(24 * HOUR)
    expect((await session.ready).expiresAt).toBeGreaterThan(Date.now())
    expect(server.methods().filter((method) => method === 'POST')).toHaveLength(26)
  })

  it('comes with each new token', async () => {
    const { session, newToken } = setUp()
    await session.ready
    server.methods()
    newToken()
    await flush()
    expect(server.methods()).toEqual(['GET', 'POST', 'GET'])
  })

  it('is one for all who ask', async () => {
    const { session } = setUp()
    const [one, two] = await Promise.all([session.renew(), session.renew(), session.ready])
    expect(one).toBe(two)
    expect(server.methods()).toEqual(['POST', 'GET'])
  })

  it('that failed for now is repeated while the session is good, and ready stays', async () => {
    const { session, events } = setUp()
    const before = await session.ready
    server.next = { POST: Array.from({ length: 6 }, () => () => json({}, 503)) }
    await vi.advanceTimersByTimeAsync(HOUR - 240_000 + 62_000)
    expect(await session.ready).toBe(before)
    expect(events).toEqual([])
    await vi.advanceTimersByTimeAsync(120_000)
    expect((await session.ready).expiresAt).toBeGreaterThan(before.expiresAt)
  })

  it('that the server puts off comes when it says, and the session at hand goes on', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const { session } = setUp()
    const before = await session.ready
    server.methods()
    server.next = { POST: [() => json({}, 429, { 'retry-after': '90' })] }
    await vi.advanceTimersByTimeAsync(HOUR - 240_000 + 89_999)
    expect(server.methods()).toEqual(['GET', 'POST'])
    expect(await session.ready).toBe(before)
    await vi.advanceTimersByTimeAsync(1)
    expect((await session.ready).expiresAt).toBeGreaterThan(before.expiresAt)
  })

  it('that fails until the session is over is given up, in a bounded number of tries', async () => {
    const { session, events } = setUp()
    await session.ready
    server.methods()
    server.next = { GET: Array.from({ length: 500 }, () => () => json({}, 503)) }
    await vi.advanceTimersByTimeAsync(24 * HOUR)
    await expect(session.ready).rejects.toEqual(code('unavailable'))
    expect(server.sent.length).toBeLessThanOrEqual(36)
    expect(events).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('can be asked for anew by whoever hears of a failure', async () => {
    server.next = { POST: [() => json({}, 404)] }
    const { session } = setUp()
    const renewed = session.ready.catch(() => session.renew())
    expect(await renewed).toMatchObject({ key: keyOf(adele) })
  })
})

describe('a page that wakes', () => {
  it('looks whether the session is still there', async () => {
    const { session, wake } = setUp()
    await session.ready
    await vi.advanceTimersByTimeAsync(60_000)
    server.methods()
    wake()
    await flush()
    expect(server.methods()).toEqual(['GET'])
    wake()
    await flush()
    expect(server.methods()).toEqual([])
  })

  it('begins anew where it is not', async () => {
    const { session, wake } = setUp()
    await session.ready
    await vi.advanceTimersByTimeAsync(60_000)
    server.cookie = undefined
    wake()
    await flush()
    expect(server.cookie).toBe(keyOf(adele))
  })

  it('renews what was due while it slept', async () => {
    const { session, wake } = setUp()
    await session.ready
    server.methods()
    vi.setSystemTime(Date.now() + HOUR - 100_000) // timers stand still in sleep
    wake()
    await flush()
    expect(server.methods()).toEqual(['GET', 'POST', 'GET'])
  })
})

describe('a sign-out', () => {
  it('ends the session at the server, even if the page is left', async () => {
    const { auth, session } = setUp()
    await session.ready
    auth.set(signedOut('by-user'))
    expect(server.sent.at(-1)).toMatchObject({ method: 'DELETE', init: { keepalive: true, credentials: 'include' } })
    await flush()
    expect(server.cookie).toBeUndefined()
    await expect(session.ready).rejects.toEqual(code('sign_in_required'))
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends it once, however often the state is told', async () => {
    const { auth, session } = setUp()
    await session.ready
    server.methods()
    for (let i = 0; i < 3; i += 1) auth.set({ ...auth.state, ...signedOut('by-user') })
    await flush()
    expect(server.methods()).toEqual(['DELETE'])
  })

  it('ends a session too that begins after it, by a slow request', async () => {
    let answer = () => {}
    const slow = () =>
      new Promise<Response>((resolve) => {
        answer = () => {
          server.cookie = keyOf(adele)
          resolve(server.tell(keyOf(adele)))
        }
      })
    server.next = { POST: [slow] }
    const { auth, session } = setUp()
    await flush()
    auth.set(signedOut('by-user'))
    await flush()
    expect(server.methods()).toEqual(['POST', 'DELETE'])
    answer()
    await flush()
    expect(server.methods()).toEqual(['DELETE'])
    expect(server.cookie).toBeUndefined()
    await expect(session.ready).rejects.toEqual(code('sign_in_required'))
  })

  it('waits no longer for a slow request than that has time', async () => {
    server.next = { POST: [never] }
    const { auth } = setUp()
    await flush()
    auth.set(signedOut('by-user'))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(server.sent[0]?.init.signal?.aborted).toBe(true)
    expect(server.methods()).toEqual(['POST', 'DELETE', 'DELETE'])
  })

  it('that came before the page is sent again', async () => {
    server.cookie = keyOf(adele)
    setUp(signedOut('by-user'))
    await flush()
    expect(server.cookie).toBeUndefined()
  })

  it('is repeated a few times where it fails for now', async () => {
    server.next = { DELETE: Array.from({ length: 20 }, () => () => json({}, 503)) }
    const { events } = setUp(signedOut('by-user'))
    await untilGivenUp()
    expect(server.methods()).toHaveLength(6)
    expect(events).toHaveLength(1)
  })

  it('is sent at once, and repeated when the server wants to be asked again', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    server.next = { DELETE: [() => json({}, 503, { 'retry-after': '40' })] }
    setUp(signedOut('by-user'))
    await vi.advanceTimersByTimeAsync(39_999)
    expect(server.methods()).toEqual(['DELETE'])
    await vi.advanceTimersByTimeAsync(1)
    expect(server.methods()).toEqual(['DELETE'])
  })

  it('is told to the server too where the account is gone', async () => {
    const { auth, session } = setUp()
    await session.ready
    auth.set({ status: 'signed-out', reason: 'expired', account: accessToken().account })
    auth.set(signedOut('no-account'))
    await flush()
    expect(server.methods()).toEqual(['POST', 'GET', 'DELETE'])
    expect(server.cookie).toBeUndefined()
  })

  it('of which a page begins that has begun no session is left to the tab that has', async () => {
    server.cookie = keyOf(adele)
    setUp(signedOut('no-account'))
    await flush()
    expect(server.methods()).toEqual([])
    expect(server.cookie).toBe(keyOf(adele))
  })

  it.each(['expired', 'consent'] as const)('of no choice (%s) leaves the session to its end', async (reason) => {
    const { auth, session } = setUp()
    await session.ready
    auth.set(signedOut(reason))
    await untilGivenUp()
    expect(server.methods()).toEqual(['POST', 'GET'])
  })

  it('is over before the next sign-in begins a session', async () => {
    const { auth, session } = setUp()
    await session.ready
    server.methods()
    let answer = () => {}
    server.next = { DELETE: [() => new Promise((done) => (answer = () => done(new Response(null, { status: 204 }))))] }
    auth.set(signedOut('by-user'))
    auth.set(signedIn(bob))
    await flush()
    expect(server.methods()).toEqual(['DELETE'])
    answer()
    expect(await session.ready).toMatchObject({ key: keyOf(bob) })
  })

  it('that is still being repeated ends with the next sign-in', async () => {
    server.next = { DELETE: [() => json({}, 503)] }
    const { auth, session } = setUp(signedOut('by-user'))
    await flush()
    auth.set(signedIn())
    await session.ready
    await untilGivenUp()
    expect(server.cookie).toBe(keyOf(adele))
  })
})

describe('stop()', () => {
  it('ends timers and listeners', async () => {
    const { auth, session, listening } = setUp()
    await session.ready
    session.stop()
    session.stop()
    expect([listening(), vi.getTimerCount()]).toEqual([0, 0])
    server.methods()
    auth.set(signedIn(bob))
    auth.set(signedOut('by-user'))
    await untilGivenUp()
    expect(server.sent).toEqual([])
    await expect(session.renew()).rejects.toEqual(code('disposed'))
  })

  it.each(['POST', 'GET'])('ends a pending %s', async (method) => {
    server.next = { [method]: [never] }
    const { session } = setUp()
    await flush()
    const { ready } = session
    session.stop()
    await expect(ready).rejects.toEqual(code('disposed'))
    expect(server.sent.at(-1)?.init.signal?.aborted).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends a wait that the server has asked for', async () => {
    server.next = { POST: [() => json({}, 429, { 'retry-after': '40' })] }
    const { session } = setUp()
    await flush()
    const { ready } = session
    session.stop()
    await expect(ready).rejects.toEqual(code('disposed'))
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends a back-off, and a wait for the start', async () => {
    server.next = { POST: [() => json({}, 503)] }
    const pausing = setUp()
    const waiting = setUp({ status: 'starting' })
    await flush()
    for (const { session } of [pausing, waiting]) {
      const { ready } = session
      session.stop()
      await expect(ready).rejects.toEqual(code('disposed'))
    }
    expect(vi.getTimerCount()).toBe(0)
  })

  it('comes by itself with dispose()', async () => {
    const { auth, session, listening } = setUp()
    await session.ready
    auth.dispose()
    expect(listening()).toBe(0)
    await expect(session.ready).rejects.toEqual(code('disposed'))
  })
})
