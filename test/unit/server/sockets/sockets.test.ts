// @vitest-environment node
import { Server } from 'socket.io'
import { afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  createVerifier,
  protectSockets,
  type SocketProtectionOptions,
  type Verifier,
} from '../../../../src/server/index.js'
import {
  adele,
  bob,
  claimsOf,
  createSigningKey,
  NOW,
  optionsFor,
  publish,
  type SigningKey,
  sign,
} from '../authority.js'
import {
  eventually,
  freezeTime,
  gate,
  identityOf,
  nextOf,
  openWorld,
  patient,
  readableToken,
  readableVerifier,
  refusalOf,
  tokensInTurn,
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
    ['20 KB', 'token_malformed', false, () => ({ token: `a.b.${'c'.repeat(20_480)}` })],
    ['garbage', 'token_malformed', false, () => ({ token: 'garbage' })],
    ['a token of nobody', 'token_invalid', true, () => ({ token: 'eyJhbGciOiJub25lIn0.e30.x' })],
    ['an expired token', 'token_expired', true, async () => ({ token: await sign(key, claimsOf({ exp: 1 })) })],
    [
      'a token for another API',
      'wrong_audience',
      false,
      async () => ({ token: await sign(key, claimsOf({ aud: bob })) }),
    ],
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

  const forms: readonly [string, string, unknown][] = [
    ['none', 'token_missing', undefined],
    ['null', 'token_missing', null],
    ['an empty text', 'token_missing', ''],
    ['a number', 'token_malformed', 42],
    ['true', 'token_malformed', true],
    ['an object', 'token_malformed', { toString: 'x' }],
    ['a list', 'token_malformed', ['adele 9999999999999']],
    ['a text of 16,385 characters', 'token_malformed', 'x'.repeat(16_385)],
  ]

  it.each(forms)('never reaches the verifier, in a CONNECT or a renewal: %s (%s)', async (_, code, token) => {
    const verify = vi.fn(readableVerifier.verify)
    const { connect, refusals } = await setUp({ verifier: { verify } })
    expect(await refusalOf(connect({ token }))).toMatchObject({ data: { code, retry: code === 'token_missing' } })
    expect(verify).not.toHaveBeenCalled()
    const client = connect({ token: readableToken('adele') })
    await nextOf(client, 'auth:session')
    expect(await client.emitWithAck('auth:renew', { token })).toEqual({ ok: false, code })
    expect(verify).toHaveBeenCalledTimes(1)
    expect(refusals).toMatchObject([{ code }, { code }])
  })

  it('reaches the verifier with up to 16,384 characters', async () => {
    const verify = vi.fn(readableVerifier.verify)
    const { connect } = await setUp({ verifier: { verify } })
    const token = 'x'.repeat(16_384)
    expect(await refusalOf(connect({ token }))).toMatchObject({ data: { code: 'token_invalid' } })
    expect(verify).toHaveBeenCalledWith(token)
  })

  it.each([
    ['', 1],
    ['production', 0],
  ])('is told to the developer once where nobody listens, NODE_ENV=%s', async (mode, times) => {
    vi.stubEnv('NODE_ENV', mode)
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { connect } = await setUp({ verifier, protection: { onRefused: undefined } })
    for (const payload of [{}, {}]) expect(await refusalOf(connect(payload))).toMatchObject({ message: 'unauthorized' })
    expect(warn.mock.calls).toHaveLength(times)
    for (const [line] of warn.mock.calls) expect(line).toMatch(/token_missing.*withSocketAuth/)
    warn.mockRestore()
    vi.unstubAllEnvs()
  })

  it('is told to come back when the verifier does not answer in 10 s', async () => {
    const verify = vi.fn(() => new Promise<never>(() => {}))
    const { connect } = await setUp({ verifier: { verify } })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const refusal = refusalOf(connect({ token: 'x' }))
    await eventually(() => expect(verify).toHaveBeenCalled())
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await refusal).toMatchObject({ data: { code: 'temporarily_unavailable', retry: true } })
  })

  it('is refused the same when the log throws', async () => {
    const { connect } = await setUp({ protection: { onRefused: () => crash() } })
    expect(await refusalOf(connect())).toMatchObject({ data: { code: 'token_missing' } })
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
    expect(await refusalOf(connect({}, {}, namespace))).toMatchObject({ data: { code: 'token_missing' } })
    await nextOf(connect({ token: readableToken('adele') }, {}, namespace), 'auth:session')
  })

  it('takes its own token over a connection that is shared', async () => {
    const { io, connect } = await setUp()
    io.of('/admin')
    const main = connect({ token: readableToken('adele') })
    await nextOf(main, 'connect')
    const admin = main.io.socket('/admin', { auth: {} })
    expect(await refusalOf(admin)).toMatchObject({ data: { code: 'token_missing' } })
    expect(main.connected).toBe(true)
  })
})

describe('a namespace that is made when somebody asks for it', () => {
  it('is made for nobody without a valid token, who can send one on the same connection', async () => {
    const asked = vi.fn()
    const { io, connect } = await setUp({
      before: (server) =>
        void server.of((name, auth, next) => {
          asked(name, { ...auth })
          next(null, name === '/room')
        }),
    })
    const main = connect({ token: readableToken('adele') })
    await nextOf(main, 'connect')
    const room = main.io.socket('/room', { auth: { token: readableToken('adele', -1), seat: 7 } })
    const data = { code: 'token_expired', retry: true }
    expect(await refusalOf(room)).toEqual({ message: 'unauthorized', data })
    expect(asked).not.toHaveBeenCalled()
    expect(io._nsps.has('/room')).toBe(false)
    room.auth = { token: readableToken('adele'), seat: 7 }
    room.connect()
    await nextOf(room, 'auth:session')
    expect(asked.mock.calls).toEqual([['/room', { seat: 7 }]])
    expect(main.connected).toBe(true)
  })

  it('has its token checked once', async () => {
    const verify = vi.fn(readableVerifier.verify)
    const { connect } = await setUp({ verifier: { verify }, before: (io) => void io.of(/^\/room/) })
    await nextOf(connect({ token: readableToken('adele') }, {}, '/room'), 'auth:session')
    expect(verify).toHaveBeenCalledOnce()
  })

  it('stays unknown where nothing of the app knows it', async () => {
    const { connect } = await setUp({ before: (io) => void io.of(/^\/room/) })
    expect(await refusalOf(connect({ token: readableToken('adele') }, {}, '/other'))).toMatchObject({
      message: 'Invalid namespace',
    })
  })

  it('is not made for a client that has left during the check', async () => {
    const slow = gate()
    const verify = vi.fn(async (token: unknown) => {
      await slow.opened
      return readableVerifier.verify(token)
    })
    const { io, connect } = await setUp({ verifier: { verify }, before: (server) => void server.of(/^\/room/) })
    const client = connect({ token: readableToken('adele') }, {}, '/room')
    await eventually(() => expect(verify).toHaveBeenCalled())
    client.io.engine.close()
    await eventually(() => expect(io.engine.clientsCount).toBe(0))
    slow.open()
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(io._nsps.has('/room')).toBe(false)
  })

  it('is as it was once the protection is undone', async () => {
    const { io, undo, connect } = await setUp({ before: (server) => void server.of(/^\/room/) })
    undo()
    await nextOf(connect({}, {}, '/room'), 'connect')
    expect(Object.hasOwn(io, 'of')).toBe(false)
  })
})

describe('a token that the verifier tolerates', () => {
  /** As of a verifier, which lets a token pass for a minute after its end. */
  const tolerant: Verifier = {
    async verify(token) {
      const [, user = '', expiresAt] = /^(\w+) (\d+)$/.exec(String(token)) ?? []
      return identityOf(user, Number(expiresAt))
    },
  }

  it.each([
    ['after the grace', 0, 1, 'token_expired'],
    ['at the end of the grace', 30_000, 30_000, 'token_expired'],
    ['within the grace', 30_000, 29_999, undefined],
    ['in a grace that is longer than the tolerance', 300_000, 59_000, undefined],
  ])('%s (%i ms): %i ms after its end', async (_, graceMs, age, code) => {
    freezeTime()
    const { connect, refusals } = await setUp({ verifier: tolerant, protection: { graceMs }, server: patient })
    const client = connect({ token: readableToken('adele', -age) })
    if (code) expect(await refusalOf(client)).toMatchObject({ data: { code, retry: true } })
    else await nextOf(client, 'auth:session')
    expect(refusals).toHaveLength(code ? 1 : 0)
  })

  it('lets nobody in only to send them away: a plain client that goes on showing it comes once', async () => {
    const connected = vi.fn()
    const { connect, refusals } = await setUp({
      verifier: tolerant,
      protection: { graceMs: 0 },
      before: (io) => void io.on('connection', connected),
    })
    const client = connect({ token: readableToken('adele', -1) }, { reconnection: true, reconnectionDelay: 1 })
    await refusalOf(client)
    expect(client.active).toBe(false)
    expect(connected).not.toHaveBeenCalled()
    expect(refusals).toMatchObject([{ code: 'token_expired', reason: expect.stringContaining('grace') }])
  })

  it('does not renew after the grace', async () => {
    const { connect } = await setUp({ verifier: tolerant, protection: { graceMs: 0 } })
    const client = connect({ token: readableToken('adele') })
    await nextOf(client, 'auth:session')
    const answer = await client.emitWithAck('auth:renew', { token: readableToken('adele', -1) })
    expect(answer).toEqual({ ok: false, code: 'token_expired' })
  })
})

describe('a server that asks for a role and a scope', () => {
  const withClaims = (roles: readonly string[], scopes = ['chat']): Verifier => ({
    verify: async (token) => ({ ...(await readableVerifier.verify(token)), roles, scopes }),
  })
  const protection = { roles: ['Admin', 'Owner'], scopes: ['chat'] }

  it('lets in whoever has both', async () => {
    const { connect, nextSocket } = await setUp({ verifier: withClaims(['Owner']), protection })
    const incoming = nextSocket()
    connect({ token: readableToken('adele') })
    expect((await incoming).data.auth.roles).toEqual(['Owner'])
  })

  it.each([
    ['wrong_role', withClaims(['Reader'])],
    ['wrong_role', { verify: readableVerifier.verify }],
    ['wrong_scope', withClaims(['Admin'], ['read'])],
  ])('refuses others with %s, for good', async (code, verifier) => {
    const { connect } = await setUp({ verifier, protection: code === 'wrong_role' ? { roles: ['Admin'] } : protection })
    const client = connect({ token: readableToken('adele') })
    expect(await refusalOf(client)).toEqual({ message: 'unauthorized', data: { code, retry: false } })
  })

  it('tells the developer, whose verifier knows nothing of it', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    onTestFinished(() => warn.mockRestore())
    const asked = { roles: ['Admin'], onRefused: undefined }
    const { connect } = await setUp({ verifier: withClaims(['Reader']), protection: asked })
    for (let i = 0; i < 2; i++) await refusalOf(connect({ token: readableToken('adele') }))
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('a socket was refused (wrong_role). `roles` has none of')],
    ])
  })

  it('does not renew with a token that has the role no more', async () => {
    let roles = ['Admin']
    const verifier = { verify: async (token: unknown) => ({ ...(await readableVerifier.verify(token)), roles }) }
    const { connect } = await setUp({ verifier, protection: { roles: ['Admin'] } })
    const client = connect({ token: readableToken('adele', 60_000) })
    await nextOf(client, 'auth:session')
    roles = []
    const answer = await client.emitWithAck('auth:renew', { token: readableToken('adele', 120_000) })
    expect(answer).toEqual({ ok: false, code: 'wrong_role' })
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

  it('is known to an app that has put another object in the place of the data', async () => {
    const { client, socket } = await connected()
    const { auth } = socket.data
    socket.data = { auth }
    await client.emitWithAck('auth:renew', { token: readableToken('adele', 120_000) })
    expect(socket.data.auth.expiresAt).toBeGreaterThan(auth.expiresAt)
  })

  it('is told to the log when it has given a later token, and whatever the log does', async () => {
    const onRenewed = vi.fn<NonNullable<SocketProtectionOptions['onRenewed']>>(() => crash())
    const { client, socket } = await connected({ protection: { onRenewed } })
    for (const token of [readableToken('bob'), readableToken('adele', 1_000), readableToken('adele', 120_000)])
      await client.emitWithAck('auth:renew', { token })
    const { id, data } = socket
    expect(onRenewed.mock.calls).toEqual([[{ id, namespace: '/', identity: data.auth }]])
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
    expect(answer).toEqual({ ok: false, code: 'account_mismatch' })
    expect(socket.data.auth.objectId).toBe('adele')
    expect(refusals).toMatchObject([{ code: 'account_mismatch' }])
  })

  it('needs no acknowledgement, and counts all the same', async () => {
    const { client, socket } = await connected()
    client.emit('auth:renew')
    client.emit('auth:renew', null)
    client.emit('auth:renew', { token: readableToken('adele', 120_000) })
    await eventually(() => expect(socket.data.auth.expiresAt).toBeGreaterThan(Date.now() + 100_000))
    for (let i = 0; i < 3; i += 1)
      expect(await client.emitWithAck('auth:renew')).toMatchObject({ code: 'token_missing' })
    expect(await client.emitWithAck('auth:renew')).toEqual({ ok: false, code: 'too_many_requests' })
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
  /** A socket that may stay for a minute and a grace. */
  async function connected(graceMs: number) {
    freezeTime()
    const opened = await setUp({ server: patient, protection: { graceMs } })
    const client = opened.connect({ token: readableToken('adele', 60_000) })
    const expired = vi.fn()
    client.on('auth:expired', expired)
    await nextOf(client, 'auth:session')
    return { ...opened, client, expired, ask: () => client.emitWithAck('auth:renew', {}) }
  }

  it('is announced, and then closes the transport', async () => {
    const { client, expired, refusals } = await connected(0)
    const disconnected = nextOf(client, 'disconnect')
    await vi.advanceTimersByTimeAsync(60_000)
    const [reason] = await disconnected
    expect(reason).toBe('transport close')
    expect(expired).toHaveBeenCalledExactlyOnceWith({ code: 'token_expired' }, expect.any(Function))
    expect(refusals).toMatchObject([{ code: 'token_expired' }])
  })

  it('comes only after the grace, in which a renewal is still taken', async () => {
    const { client, expired, ask } = await connected(30_000)
    await vi.advanceTimersByTimeAsync(89_999)
    expect(await ask()).toMatchObject({ ok: false })
    expect(expired).not.toHaveBeenCalled()
    expect(await client.emitWithAck('auth:renew', { token: readableToken('adele', 60_000) })).toEqual({
      ok: true,
      expiresInMs: 60_000,
    })
    await vi.advanceTimersByTimeAsync(89_999)
    expect(await ask()).toMatchObject({ ok: false })
    expect(expired).not.toHaveBeenCalled()
    const disconnected = nextOf(client, 'disconnect')
    await vi.advanceTimersByTimeAsync(1)
    await disconnected
    expect(expired).toHaveBeenCalledOnce()
  })

  it('is not put off by a token that the verifier tolerates a little longer', async () => {
    freezeTime()
    const expiresAt = Date.now() + 60_000
    const verifier: Verifier = { verify: async () => identityOf('adele', expiresAt) }
    const { connect } = await setUp({ server: patient, verifier })
    const client = connect({ token: 'x' })
    await nextOf(client, 'auth:session')
    const disconnected = nextOf(client, 'disconnect')
    await vi.advanceTimersByTimeAsync(70_000)
    expect(await client.emitWithAck('auth:renew', { token: 'x' })).toEqual({ ok: true, expiresInMs: 0 })
    await vi.advanceTimersByTimeAsync(20_000)
    await disconnected
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

  it('is waited for anew when the clock was set back', async () => {
    const { client, expired, ask } = await connected(30_000)
    vi.setSystemTime(Date.now() - 3_600_000)
    await vi.advanceTimersByTimeAsync(90_000)
    expect(await ask()).toMatchObject({ ok: false })
    expect(expired).not.toHaveBeenCalled()
    const disconnected = nextOf(client, 'disconnect')
    await vi.advanceTimersByTimeAsync(3_600_000)
    await disconnected
    expect(expired).toHaveBeenCalledOnce()
  })

  it('comes also where the app has removed all listeners, and takes every namespace of the connection along', async () => {
    freezeTime()
    const { io, connect } = await setUp({ server: patient, protection: { graceMs: 0 } })
    io.of('/admin')
    io.on('connection', (socket) => socket.removeAllListeners())
    const client = connect({ token: readableToken('adele', 60_000) })
    await nextOf(client, 'connect')
    const admin = client.io.socket('/admin', { auth: { token: readableToken('adele') } })
    await nextOf(admin, 'auth:session')
    const disconnected = nextOf(admin, 'disconnect')
    await vi.advanceTimersByTimeAsync(60_000)
    const [reason] = await disconnected
    expect(reason).toBe('transport close')
    expect(client.connected).toBe(false)
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
    await eventually(() => expect(vi.getTimerCount()).toBe(0))
  })

  it('leaves no timer behind when a listener of the app has sent the socket away at once', async () => {
    const { connect, refusals } = await setUp({
      // The listeners of a parent namespace run before those of its children.
      before: (io) => void io.of(/^\/room-/).on('connection', (socket) => socket.disconnect()),
    })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const client = connect({ token: readableToken('adele') }, {}, '/room-1')
    await nextOf(client, 'disconnect')
    client.io.engine.close()
    await eventually(() => expect(vi.getTimerCount()).toBe(0))
    expect(refusals).toEqual([])
  })

  it('leaves nothing behind when the server is closed, whatever was on its way', async () => {
    const hanging = gate()
    const verify: Verifier['verify'] = async (token) => {
      if (String(token).startsWith('bob')) await hanging.opened
      return readableVerifier.verify(String(token).replace('bob', 'adele'))
    }
    const verifier = { verify: vi.fn(verify) }
    const { io, connect } = await setUp({ verifier })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    const client = connect({ token: readableToken('adele') })
    await nextOf(client, 'auth:session')
    client.emit('auth:renew', { token: readableToken('bob', 7_200_000) })
    const coming = connect({ token: readableToken('bob') })
    await eventually(() => expect(verifier.verify).toHaveBeenCalledTimes(3))
    const closed = Promise.all([client, coming].map((each) => nextOf(each, 'disconnect').catch(() => {})))
    await io.close()
    await closed
    hanging.open()
    await eventually(() => expect(vi.getTimerCount()).toBe(0))
  })

  it('lets a plain client come back by itself with a fresh token, and miss nothing', async () => {
    freezeTime()
    const { io, connect } = await setUp({
      protection: { graceMs: 0 },
      server: { ...patient, connectionStateRecovery: {} },
    })
    const auth = tokensInTurn(readableToken('adele', 60_000), readableToken('adele', 120_000))
    const client = connect(auth, { reconnection: true, reconnectionDelay: 10 })
    const heard: unknown[] = []
    client.on('news', (text) => heard.push(text))
    await nextOf(client, 'auth:session')
    void io.emit('news', 1)
    const disconnected = nextOf(client, 'disconnect')
    await vi.advanceTimersByTimeAsync(60_000)
    await disconnected
    void io.emit('news', 2)
    const connected = nextOf(client, 'connect')
    await vi.advanceTimersByTimeAsync(20)
    await connected
    void io.emit('news', 3)
    await eventually(() => expect(heard).toEqual([1, 2, 3]))
    expect(client.recovered).toBe(true)
  })
})

describe('protectSockets', () => {
  it('can be undone, and done again: those who are connected stay', async () => {
    freezeTime()
    const { io, undo, connect } = await setUp({ server: patient })
    const staying = connect({ token: readableToken('adele', 60_000) })
    await nextOf(staying, 'auth:session')
    undo()
    await nextOf(connect(), 'connect')
    protectSockets(io, readableVerifier)
    expect(await refusalOf(connect())).toMatchObject({ data: { code: 'token_missing' } })
    await vi.advanceTimersByTimeAsync(3_600_000)
    const late = connect({ token: readableToken('adele') })
    await nextOf(late, 'auth:session')
    expect(staying.connected).toBe(true)
  })

  it('sends away who was on the way in before, to come back with a token', async () => {
    const [reached, waiting] = [gate(), gate()]
    const { io, undo, connect, refusals } = await setUp({
      before: (server) =>
        void server.use((_, next) => {
          reached.open()
          void waiting.opened.then(() => next())
        }),
    })
    undo()
    const early = connect()
    const told = Promise.all([nextOf(early, 'auth:expired'), nextOf(early, 'disconnect')])
    await reached.opened
    protectSockets(io, readableVerifier, { onRefused: (refusal) => void refusals.push(refusal) })
    waiting.open()
    const [[expired], [reason]] = await told
    expect(expired).toEqual({ code: 'token_missing' })
    expect(reason).toBe('transport close')
    expect(refusals).toMatchObject([{ code: 'token_missing' }])
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

function crash(): never {
  throw new Error('crash with a secret')
}
