// @vitest-environment node
import { Server } from 'socket.io'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createVerifier, protectSockets, type Verifier } from '../../../src/server/index.js'
import { adele, claimsOf, createSigningKey, NOW, optionsFor, publish, type SigningKey, sign } from './authority.js'
import {
  identityOf,
  nextOf,
  openWorld,
  readableToken,
  readableVerifier,
  refusalOf,
  type World,
  type WorldOptions,
} from './socket-world.js'

let world: World | undefined

afterEach(async () => {
  vi.useRealTimers()
  await world?.close()
  world = undefined
})

async function setUp(options?: WorldOptions): Promise<World> {
  world = await openWorld(options)
  return world
}

describe('a socket with a valid token', () => {
  it('is let in, with its identity and without its token', async () => {
    const { connect, nextSocket } = await setUp()
    const incoming = nextSocket()
    await nextOf(connect({ token: readableToken('adele'), room: 'a' }), 'connect')
    const socket = await incoming
    expect(socket.data.auth).toMatchObject({ objectId: 'adele', claims: { name: 'adele' } })
    expect(socket.handshake.auth).toEqual({ room: 'a' })
  })

  it('is known to the middleware that comes after', async () => {
    const seen: unknown[] = []
    const { io, connect } = await setUp()
    io.use((socket, next) => {
      seen.push(socket.data.auth?.objectId)
      next()
    })
    await nextOf(connect({ token: readableToken('adele') }), 'connect')
    expect(seen).toEqual(['adele'])
  })

  it('is told how long it may stay and how to renew', async () => {
    const { connect } = await setUp({ protection: { graceMs: 1_000 } })
    const [hello] = await nextOf(connect({ token: readableToken('adele', 60_000) }), 'auth:session')
    expect(hello).toEqual({ expiresInMs: expect.any(Number), graceMs: 1_000, renew: 'auth:renew' })
    const { expiresInMs } = hello as { expiresInMs: number }
    expect(expiresInMs).toBeLessThanOrEqual(60_000)
    expect(expiresInMs).toBeGreaterThan(50_000)
  })

  it('gets what the app answers', async () => {
    const { io, connect } = await setUp()
    io.on('connection', (socket) => socket.on('whoami', (ack) => (ack as (id: string) => void)(socket.data.auth.key)))
    const client = connect({ token: readableToken('adele') })
    expect(await client.emitWithAck('whoami')).toBe(identityOf('adele', 0).key)
  })
})

describe('a socket without a valid token', () => {
  let key: SigningKey
  let verifier: Verifier

  beforeAll(async () => {
    key = await createSigningKey('key-1')
    verifier = createVerifier(optionsFor(publish(key).fetch))
  })

  const payloads: readonly [string, string, boolean, () => object | undefined | Promise<object>][] = [
    ['no payload', 'token_missing', true, () => undefined],
    ['an empty payload', 'token_missing', true, () => ({})],
    ['null', 'token_missing', true, () => ({ token: null })],
    ['a number', 'token_malformed', false, () => ({ token: 42 })],
    ['an object', 'token_malformed', false, () => ({ token: { toString: 1, length: 2 } })],
    ['a list', 'token_malformed', false, () => ({ token: ['a.b.c'] })],
    ['bytes', 'token_malformed', false, () => ({ token: 'a'.repeat(20_000) })],
    ['garbage', 'token_malformed', false, () => ({ token: 'garbage' })],
    ['a token of nobody', 'token_invalid', true, () => ({ token: 'eyJhbGciOiJub25lIn0.e30.x' })],
    ['an expired token', 'token_expired', true, async () => ({ token: await sign(key, claimsOf({ exp: 1 })) })],
    ['an ID token', 'not_an_access_token', false, async () => ({ token: await sign(key, claimsOf({ nonce: 'n' })) })],
    ['a foreign tenant', 'wrong_tenant', false, async () => ({ token: await sign(key, claimsOf({ tid: adele })) })],
    ['another key for the prototype', 'token_missing', true, () => JSON.parse('{"__proto__":{"token":"x"}}') as object],
  ]

  it.each(payloads)('is refused: %s (%s, retry %s)', async (_, code, retry, payload) => {
    const { connect, refusals } = await setUp({ verifier })
    expect(await refusalOf(connect(await payload()))).toEqual({ message: 'unauthorized', data: { code, retry } })
    expect(refusals).toMatchObject([{ code, namespace: '/' }])
    await nextOf(connect({ token: await sign(key, claimsOf({}, NOW)) }), 'connect')
  })

  const failures: readonly [string, Verifier['verify']][] = [
    ['throws', () => crash()],
    ['rejects with no error', () => Promise.reject('token-in-a-text')],
    ['rejects with nothing', () => Promise.reject()],
    ['gives nothing', () => Promise.resolve(undefined as never)],
    ['gives half an identity', () => Promise.resolve({ key: 'x' } as never)],
  ]

  it.each(failures)('is told to come back when the verifier %s', async (_, verify) => {
    const { connect, refusals } = await setUp({ verifier: { verify } })
    const data = { code: 'temporarily_unavailable', retry: true }
    expect(await refusalOf(connect({ token: 'secret' }))).toEqual({ message: 'unauthorized', data })
    expect(JSON.stringify(refusals)).not.toMatch(/secret|token-in-a-text/)
  })

  it('is told to come back when the verifier does not answer in 10 s', async () => {
    const verify = vi.fn(() => new Promise<never>(() => {}))
    const { connect } = await setUp({ verifier: { verify } })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const refusal = refusalOf(connect({ token: 'x' }))
    await vi.waitUntil(() => verify.mock.calls.length > 0)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await refusal).toMatchObject({ data: { code: 'temporarily_unavailable', retry: true } })
  })

  it('is refused the same when the log throws', async () => {
    const { connect } = await setUp({ protection: { onRefused: () => crash() } })
    expect(await refusalOf(connect())).toMatchObject({ data: { code: 'token_invalid' } })
  })
})

describe('every namespace', () => {
  it.each([
    ['there before', '/before'],
    ['made later', '/later'],
    ['made by a pattern', '/dynamic-1'],
    ['made by a function', '/computed'],
  ])('is protected: %s', async (_, namespace) => {
    const { io, connect } = await setUp({
      before: (server) => {
        server.of('/before')
        server.of(/^\/dynamic-\d$/)
        server.of((name, __, next) => next(null, name === '/computed'))
      },
    })
    io.of('/later')
    expect(await refusalOf(connect({}, {}, namespace))).toMatchObject({ data: { code: 'token_invalid' } })
    await nextOf(connect({ token: readableToken('adele') }, {}, namespace), 'auth:session')
  })

  it('takes its own token over a connection that is shared', async () => {
    const { io, connect } = await setUp()
    io.of('/admin')
    const main = connect({ token: readableToken('adele') })
    await nextOf(main, 'connect')
    const admin = main.io.socket('/admin', { auth: {} })
    expect(await refusalOf(admin)).toMatchObject({ data: { code: 'token_invalid' } })
    expect(main.connected).toBe(true)
  })
})

describe('renewal', () => {
  async function connected(options?: WorldOptions) {
    const { connect, nextSocket, ...rest } = await setUp(options)
    const incoming = nextSocket()
    const client = connect({ token: readableToken('adele', 60_000) })
    await nextOf(client, 'auth:session')
    return { ...rest, client, socket: await incoming }
  }

  it('gives the socket the new token of the same user', async () => {
    const { client, socket } = await connected()
    const before = socket.data.auth
    const answer = await client.emitWithAck('auth:renew', { token: readableToken('adele', 120_000) })
    expect(answer).toEqual({ ok: true, expiresInMs: expect.any(Number) })
    expect(answer.expiresInMs).toBeGreaterThan(100_000)
    expect(socket.data.auth.expiresAt).toBeGreaterThan(before.expiresAt)
  })

  it('with an older token changes nothing', async () => {
    const { client, socket } = await connected()
    const before = socket.data.auth
    const answer = await client.emitWithAck('auth:renew', { token: readableToken('adele', 1_000) })
    expect(answer.ok).toBe(true)
    expect(answer.expiresInMs).toBeGreaterThan(50_000)
    expect(socket.data.auth).toBe(before)
  })

  it('with the token of somebody else is refused, and leaves the socket as it was', async () => {
    const { client, socket, refusals } = await connected()
    const answer = await client.emitWithAck('auth:renew', { token: readableToken('bob') })
    expect(answer).toEqual({ ok: false, code: 'user_mismatch' })
    expect(socket.data.auth.objectId).toBe('adele')
    expect(refusals).toMatchObject([{ code: 'user_mismatch' }])
  })

  it.each([
    ['nothing', []],
    ['null', [null]],
    ['text', ['token']],
    ['no token', [{}]],
    ['a nested token', [{ token: { token: 'x' } }]],
    ['bytes', [new Uint8Array([1, 2, 3])]],
    ['many arguments', [1, 2, 3, 4]],
  ])('with garbage is answered: %s', async (_, args) => {
    const { client } = await connected()
    expect(await client.emitWithAck('auth:renew', ...args)).toEqual({ ok: false, code: 'token_invalid' })
    expect(client.connected).toBe(true)
  })

  it('needs no acknowledgement', async () => {
    const { client, socket } = await connected()
    client.emit('auth:renew')
    client.emit('auth:renew', null)
    client.emit('auth:renew', { token: readableToken('adele', 120_000) })
    await vi.waitFor(() => expect(socket.data.auth.expiresAt).toBeGreaterThan(Date.now() + 100_000))
  })

  it('is answered when the verifier throws', async () => {
    let calls = 0
    const verify: Verifier['verify'] = (token) => (++calls > 1 ? crash() : readableVerifier.verify(token))
    const { client } = await connected({ verifier: { verify } })
    expect(await client.emitWithAck('auth:renew', { token: 'x' })).toEqual({
      ok: false,
      code: 'temporarily_unavailable',
    })
  })

  it('is refused from the seventh in a minute on, without asking the verifier', async () => {
    let now = Date.now()
    const verify = vi.fn(readableVerifier.verify)
    const { client } = await connected({ verifier: { verify }, protection: { now: () => now } })
    const renew = () => client.emitWithAck('auth:renew', { token: readableToken('adele', 120_000) })
    for (let i = 0; i < 6; i += 1) expect(await renew()).toMatchObject({ ok: true })
    for (let i = 0; i < 20; i += 1) expect(await renew()).toEqual({ ok: false, code: 'too_many_requests' })
    expect(verify).toHaveBeenCalledTimes(7)
    now += 60_000
    expect(await renew()).toMatchObject({ ok: true })
  })
})

describe('expiry', () => {
  it('is announced, and then closes the transport', async () => {
    const { connect, refusals } = await setUp({ protection: { graceMs: 0 } })
    const client = connect({ token: readableToken('adele', 50) })
    const expired = nextOf(client, 'auth:expired')
    const [reason] = await nextOf(client, 'disconnect')
    expect((await expired)[0]).toEqual({ code: 'token_expired' })
    expect(reason).toBe('transport close')
    expect(refusals).toMatchObject([{ code: 'token_expired' }])
  })

  it('comes only after the grace', async () => {
    const { connect } = await setUp({ protection: { graceMs: 200 } })
    const begin = Date.now()
    await nextOf(connect({ token: readableToken('adele', 50) }), 'auth:expired')
    expect(Date.now() - begin).toBeGreaterThanOrEqual(249)
  })

  it('does not come to a socket that has renewed', async () => {
    const { connect } = await setUp({ protection: { graceMs: 0 } })
    const [short, long] = ['adele', 'adele'].map((user) => connect({ token: readableToken(user, 400) }))
    if (!short || !long) throw new Error('unreachable')
    await nextOf(long, 'auth:session')
    await long.emitWithAck('auth:renew', { token: readableToken('adele', 60_000) })
    await nextOf(short, 'disconnect')
    expect(long.connected).toBe(true)
  })

  it.each([
    ['the token and the grace together', 60_000, [64_000, 65_000]],
    ['as long as a timer can, where that is longer', 2 ** 40, [2 ** 31 - 1, 2 ** 31 - 1]],
  ])('is waited for with one timer: %s', async (_, lifetimeMs, [least = 0, most = 0]) => {
    const { connect, nextSocket } = await setUp({ protection: { graceMs: 5_000 } })
    const incoming = nextSocket()
    const setTimeout = vi.spyOn(globalThis, 'setTimeout')
    const client = connect({ token: readableToken('adele', lifetimeMs) })
    await nextOf(client, 'auth:session')
    expect(await client.emitWithAck('auth:renew', {})).toMatchObject({ ok: false })
    // Those of Socket.IO itself are shorter.
    const delays = setTimeout.mock.calls.map(([, delay]) => delay ?? 0).filter((delay) => delay > 50_000)
    setTimeout.mockRestore()
    expect(delays).toHaveLength(1)
    expect(delays[0]).toBeGreaterThanOrEqual(least)
    expect(delays[0]).toBeLessThanOrEqual(most)
    expect((await incoming).connected).toBe(true)
  })

  it('leaves no timer behind when the socket is gone', async () => {
    const { connect, nextSocket } = await setUp()
    const incoming = nextSocket()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const client = connect({ token: readableToken('adele') })
    await nextOf(client, 'auth:session')
    const gone = new Promise((resolve) => void incoming.then((socket) => socket.on('disconnect', resolve)))
    client.disconnect()
    await gone
    await vi.waitUntil(() => vi.getTimerCount() === 0)
  })

  it('lets a plain client come back by itself with a fresh token, and miss nothing', async () => {
    const { io, connect } = await setUp({
      protection: { graceMs: 0 },
      server: { connectionStateRecovery: { skipMiddlewares: false } },
    })
    const lifetimes = [300, 60_000]
    const auth = (send: (payload: object) => void) =>
      send({ token: readableToken('adele', lifetimes.shift() ?? 60_000) })
    const client = connect(auth, { reconnection: true, reconnectionDelay: 10 })
    const heard: unknown[] = []
    client.on('news', (text) => heard.push(text))
    await nextOf(client, 'connect')
    void io.emit('news', 1)
    await nextOf(client, 'disconnect')
    void io.emit('news', 2)
    await nextOf(client, 'connect')
    void io.emit('news', 3)
    await vi.waitFor(() => expect(heard).toEqual([1, 2, 3]))
    expect(client.recovered).toBe(true)
  })
})

describe('connection state recovery', () => {
  async function interrupted(skipMiddlewares: boolean, next: () => string, options?: WorldOptions) {
    const opened = await setUp({ ...options, server: { connectionStateRecovery: { skipMiddlewares } } })
    const tokens = [readableToken('adele', 60_000)]
    const auth = (send: (payload: object) => void) => send({ token: tokens.shift() ?? next() })
    const client = opened.connect(auth, { reconnection: true, reconnectionDelay: 10 })
    const incoming = opened.nextSocket()
    await nextOf(client, 'auth:session')
    return { ...opened, client, socket: await incoming }
  }

  it.each([true, false])('keeps the socket of the same user (skipMiddlewares %s)', async (skipMiddlewares) => {
    const { client, io, nextSocket } = await interrupted(skipMiddlewares, () => readableToken('adele', 120_000))
    const incoming = nextSocket()
    client.io.engine.close()
    void io.emit('missed', 'news')
    const missed = nextOf(client, 'missed')
    await nextOf(client, 'auth:session')
    expect(client.recovered).toBe(true)
    expect((await missed)[0]).toBe('news')
    const socket = await incoming
    expect(socket.data.auth.expiresAt).toBeGreaterThan(Date.now() + 100_000)
    expect(socket.handshake.auth).not.toHaveProperty('token')
  })

  it('refuses another user in the middleware', async () => {
    const { client } = await interrupted(false, () => readableToken('bob'))
    client.io.engine.close()
    expect(await refusalOf(client)).toMatchObject({ data: { code: 'user_mismatch', retry: false } })
  })

  it('ends the socket of another user where the middleware is skipped, and hears nothing it says', async () => {
    const said = gate()
    const verify: Verifier['verify'] = async (token) => {
      if (String(token).startsWith('bob')) await said.opened
      return readableVerifier.verify(token)
    }
    const { client, io, nextSocket } = await interrupted(true, () => readableToken('bob'), { verifier: { verify } })
    const heard: unknown[] = []
    io.on('connection', (socket) => socket.on('say', (text) => heard.push(text)))
    const incoming = nextSocket()
    client.io.engine.close()
    client.emit('say', 'as adele')
    const expired = nextOf(client, 'auth:expired')
    const socket = await incoming
    expect(socket.recovered).toBe(true)
    socket.conn.on('packet', ({ data }) => void (String(data).includes('say') && setImmediate(said.open)))
    expect((await expired)[0]).toEqual({ code: 'user_mismatch' })
    // Not restored again: it connects as the one it is.
    await nextOf(client, 'auth:session')
    expect(client.recovered).toBe(false)
    expect(heard).toEqual([])
  })

  it('passes on what the same user says while the token is checked, in order', async () => {
    const { client, io } = await interrupted(true, () => readableToken('adele', 120_000))
    const heard: unknown[] = []
    io.on('connection', (socket) => socket.on('say', (text) => heard.push(text)))
    client.io.engine.close()
    for (const text of [1, 2, 3]) client.emit('say', text)
    await nextOf(client, 'auth:session')
    client.emit('say', 4)
    await vi.waitFor(() => expect(heard).toEqual([1, 2, 3, 4]))
  })

  it.each([true, false])(
    'sends nothing to a session that is long over (skipMiddlewares %s)',
    async (skipMiddlewares) => {
      let now = Date.now()
      const { client, io, socket } = await interrupted(skipMiddlewares, () => 'garbage', {
        protection: { now: () => now },
      })
      const heard: unknown[] = []
      client.onAny((event) => heard.push(event))
      const lost = new Promise((resolve) => void socket.on('disconnect', resolve))
      client.io.engine.close()
      await lost
      void io.emit('secret')
      now += 121_000
      expect(await refusalOf(client)).toMatchObject({ data: { code: 'token_invalid' } })
      expect(heard).toEqual([])
    },
  )
})

describe('protectSockets', () => {
  it('can be undone, and done again', async () => {
    const { io, undo, connect } = await setUp()
    const staying = connect({ token: readableToken('adele', 60_000) })
    await nextOf(staying, 'auth:session')
    undo()
    await nextOf(connect(), 'connect')
    expect(staying.connected).toBe(true)
    protectSockets(io, readableVerifier)
    expect(await refusalOf(connect())).toMatchObject({ data: { code: 'token_invalid' } })
  })

  const verifier = readableVerifier
  const mistakes: readonly [string, () => unknown, RegExp][] = [
    ['no server', () => protectSockets(undefined as never, verifier), /`io` must be a Server/],
    ['an HTTP server', () => protectSockets({ on() {} } as never, verifier), /`io` must be a Server/],
    ['no verifier', () => protectSockets(new Server(), undefined as never), /`verifier`/],
    ['a function for a verifier', () => protectSockets(new Server(), (() => {}) as never), /`verifier`/],
    ['a negative grace', () => protectSockets(new Server(), verifier, { graceMs: -1 }), /`graceMs`.*30000/],
    ['a grace of an hour', () => protectSockets(new Server(), verifier, { graceMs: 3_600_000 }), /`graceMs`/],
    ['NaN', () => protectSockets(new Server(), verifier, { graceMs: Number.NaN }), /`graceMs`/],
    ['a misspelt option', () => protectSockets(new Server(), verifier, { grace: 1 } as never), /`grace`.*graceMs/],
    ['a second time', () => protectTwice(), /`io`.*not protected yet/],
  ]

  it.each(mistakes)('refuses at once: %s', (_, call, message) => {
    const error = { name: 'AuthError', code: 'config_invalid', message: expect.stringMatching(message) }
    expect(call).toThrow(expect.objectContaining(error))
  })
})

function protectTwice(): void {
  const io = new Server()
  protectSockets(io, readableVerifier)
  protectSockets(io, readableVerifier)
}

/** Something to wait for until it is opened. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

function crash(): never {
  throw new Error('crash with a secret')
}
