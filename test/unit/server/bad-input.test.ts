// @vitest-environment node
// Whatever a client sends: an answer, a live server, and nobody else who notices.
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createVerifier, type Verifier } from '../../../src/server/index.js'
import { bob, claimsOf, createSigningKey, NOW, optionsFor, publish, type SigningKey, sign } from './authority.js'
import {
  eventually,
  nextOf,
  openWorld,
  readableToken,
  readableVerifier,
  type World,
  type WorldOptions,
} from './sockets/socket-world.js'

let world: World | undefined

afterEach(async () => {
  await world?.close()
  world = undefined
})

async function connected(options: WorldOptions = {}, token = readableToken('adele')) {
  world = await openWorld(options)
  const incoming = world.nextSocket()
  const client = world.connect({ token })
  await nextOf(client, 'auth:session')
  return { ...world, client, socket: await incoming }
}

describe('a renewal', () => {
  let key: SigningKey
  let verifier: Verifier

  beforeAll(async () => {
    key = await createSigningKey('key-1')
    verifier = createVerifier(optionsFor(publish(key).fetch))
  })

  const renewals: readonly [string, string, () => unknown][] = [
    ['nothing', 'token_missing', () => undefined],
    ['null', 'token_missing', () => null],
    ['a text', 'token_missing', () => 'token'],
    ['a list', 'token_missing', () => [['token']]],
    ['no token', 'token_missing', () => ({})],
    ['an empty token', 'token_missing', () => ({ token: '' })],
    ['a token under another name', 'token_missing', () => JSON.parse('{"__proto__":{"token":"x"}}')],
    ['a number', 'token_malformed', () => ({ token: 42 })],
    ['a nested token', 'token_malformed', () => ({ token: { token: 'x' } })],
    ['bytes', 'token_malformed', () => ({ token: new Uint8Array([1, 2, 3]) })],
    ['20 KB', 'token_malformed', () => ({ token: `a.b.${'c'.repeat(20_480)}` })],
    ['garbage', 'token_malformed', () => ({ token: 'garbage' })],
    ['a token without a signature', 'token_invalid', () => ({ token: 'eyJhbGciOiJub25lIn0.e30.x' })],
    ['an expired token', 'token_expired', async () => ({ token: await sign(key, claimsOf({ exp: 1 })) })],
    ['a token for another API', 'wrong_audience', async () => ({ token: await sign(key, claimsOf({ aud: bob })) })],
    ['a token of another user', 'account_mismatch', async () => ({ token: await sign(key, claimsOf({ oid: bob })) })],
  ]

  it.each(renewals)('is refused, and the socket stays as it is: %s (%s)', async (_, code, message) => {
    const protection = { now: () => NOW }
    const { client, socket, refusals } = await connected({ verifier, protection }, await sign(key))
    const before = socket.data.auth
    expect(await client.emitWithAck('auth:renew', await message())).toEqual({ ok: false, code })
    expect(socket.data.auth).toBe(before)
    expect(refusals).toMatchObject([{ code }])
    expect(await client.emitWithAck('auth:renew', { token: await sign(key) })).toMatchObject({ ok: true })
  })

  it('is shown to no listener of the app', async () => {
    const seen: string[] = []
    const see = (message: unknown) => void seen.push(JSON.stringify(message))
    const { client } = await connected({
      before: (io) =>
        void io.on('connection', (socket) => {
          socket.onAny((_, message) => see(message))
          socket.use(([, message], next) => {
            see(message)
            next()
          })
          socket.on('auth:renew', see)
        }),
    })
    const token = readableToken('adele', 7_200_000)
    expect(await client.emitWithAck('auth:renew', { token, and: 'more' })).toMatchObject({ ok: true })
    expect(seen).toEqual([])
  })

  it('is acknowledged as often as it is sent, also while another one is checked', async () => {
    const verify = vi.fn(readableVerifier.verify)
    const { client } = await connected({ verifier: { verify } })
    const tokens = [9_000_000, 7_200_000, 8_000_000].map((lifetime) => readableToken('adele', lifetime))
    const answers = await Promise.all(tokens.map((token) => client.emitWithAck('auth:renew', { token })))
    for (const { ok, expiresInMs } of answers) {
      expect(ok).toBe(true)
      expect(expiresInMs).toBeGreaterThan(8_900_000)
    }
  })
})

describe('a flood', () => {
  const FLOOD = 5_000

  it('of renewals is answered, checked six times, and logged once', async () => {
    const verify = vi.fn(readableVerifier.verify)
    const { client, connect, refusals } = await connected({ verifier: { verify } })
    const renew = () => client.emitWithAck('auth:renew', { token: readableToken('adele') })
    const answers = await Promise.all(Array.from({ length: FLOOD }, renew))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(6)
    expect(answers.filter(({ code }) => code === 'too_many_requests')).toHaveLength(FLOOD - 6)
    expect(verify).toHaveBeenCalledTimes(7)
    expect(refusals).toEqual([expect.objectContaining({ code: 'too_many_requests' })])
    expect(client.connected).toBe(true)
    await nextOf(connect({ token: readableToken('bob') }), 'auth:session')
  })

  it.each<[string, (io: World['io']) => void]>([
    ['that is there', (io) => void io.of('/admin/0')],
    ['made by a pattern', (io) => void io.of(/^\/admin/)],
    ['made by a function', (io) => void io.of((name, _, next) => next(null, name.startsWith('/admin')))],
  ])('of CONNECTs without a token to a namespace %s is bounded, and ends the connection', async (_, before) => {
    const { io, client, connect, refusals } = await connected({ before })
    const other = connect({ token: readableToken('bob') })
    await nextOf(other, 'auth:session')
    const namespaces = io._nsps.size
    const disconnected = nextOf(client, 'disconnect')
    for (let i = 0; i < 4 * FLOOD; i += 1) client.io.engine.send(`0/admin/${i % 2 ? i : 0},{}`)
    await disconnected
    expect(io._nsps.size).toBe(namespaces)
    expect(refusals.length).toBeLessThanOrEqual(101)
    expect(refusals.filter(({ code }) => code === 'too_many_requests')).toHaveLength(1)
    expect(await other.emitWithAck('auth:renew', { token: readableToken('bob') })).toMatchObject({ ok: true })
  })

  it('of CONNECTs that nobody has answered yet is bounded too', async () => {
    const verify = vi.fn((token: unknown) =>
      token === 'slow' ? new Promise<never>(() => {}) : readableVerifier.verify(token),
    )
    const { client, refusals } = await connected({ verifier: { verify }, before: (io) => void io.of(/^\/room-/) })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const disconnected = nextOf(client, 'disconnect')
    for (let i = 0; i < FLOOD; i += 1) client.io.engine.send(`0/room-${i},{"token":"slow"}`)
    await disconnected
    expect(verify).toHaveBeenCalledTimes(101)
    expect(refusals).toMatchObject([{ code: 'too_many_requests' }])
    vi.useRealTimers()
  })

  it('of CONNECTs with a token is none', async () => {
    const { client } = await connected({ before: (io) => void io.of(/^\/room-/) })
    const token = readableToken('adele')
    for (let i = 0; i < 300; i += 1) {
      const room = client.io.socket(`/room-${i}`, { auth: { token } })
      await nextOf(room, 'connect')
    }
    expect(client.connected).toBe(true)
  })
})

describe('a client that speaks the protocol wrongly', () => {
  it.each([
    ['the events of the server', '2["auth:session",{"expiresInMs":-1}]', true],
    ['an announcement of its own end', '2["auth:expired",{"code":"x"}]', true],
    ['an acknowledgement that nobody asked for', '399999["x"]', true],
    ['an acknowledgement of nothing', '30[]', true],
    ['a renewal whose acknowledgement has no bounds', '29007199254740991["auth:renew",{}]', true],
    ['a renewal with many arguments', '21["auth:renew",1,2,3,{"token":"x"},[]]', true],
    ['a renewal by another name', '21["auth:renew ",{"token":"x"}]', true],
    ['an event without a name', '2[]', false],
    ['an event that is none', '2{"token":"x"}', false],
    ['a second CONNECT', '0{"token":"x"}', false],
    ['a CONNECT of null', '0null', false],
    ['a CONNECT of a list', '0["x"]', false],
    ['a CONNECT of a text', '0"x"', false],
    ['a CONNECT_ERROR', '4{"message":"x"}', false],
    ['no packet at all', '9', false],
    ['half a packet', '2["auth:renew",{"token":', false],
  ])('reaches nobody else: %s', async (_, packet, stays) => {
    const { client, connect } = await connected()
    const alive = connect({ token: readableToken('bob') })
    await nextOf(alive, 'auth:session')
    client.io.engine.send(packet)
    if (stays) expect(await client.emitWithAck('auth:renew', {})).toMatchObject({ ok: false })
    else await eventually(() => expect(client.connected).toBe(false))
    expect(await alive.emitWithAck('auth:renew', { token: readableToken('bob') })).toMatchObject({ ok: true })
    await nextOf(connect({ token: readableToken('adele') }), 'auth:session')
  })
})

describe('a verifier with absurd times', () => {
  it.each([
    ['far away', 8.64e15, Number.MAX_VALUE],
    ['beyond all dates', Number.MAX_VALUE, Number.MAX_VALUE],
    ['with a fraction', 4e12 + 0.5, 4e12],
  ])('says hello with a number that is one: %s', async (_, expiresAt, most) => {
    const verify: Verifier['verify'] = async (token) => ({ ...(await readableVerifier.verify(token)), expiresAt })
    world = await openWorld({ verifier: { verify } })
    const [hello] = await nextOf(world.connect({ token: readableToken('adele') }), 'auth:session')
    const { expiresInMs } = hello as { expiresInMs: unknown }
    expect(expiresInMs).toSatisfy(Number.isFinite)
    expect(expiresInMs).toBeGreaterThanOrEqual(0)
    expect(expiresInMs).toBeLessThanOrEqual(most)
  })

  it.each([1, -Number.MAX_VALUE])('lets nobody in whose token has ended long ago: %s', async (expiresAt) => {
    const verify: Verifier['verify'] = async (token) => ({ ...(await readableVerifier.verify(token)), expiresAt })
    world = await openWorld({ verifier: { verify } })
    const refused = nextOf(world.connect({ token: readableToken('adele') }), 'auth:session')
    await expect(refused).rejects.toMatchObject({ data: { code: 'token_expired', retry: true } })
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, '4e12', undefined])('is not believed: %s', async (expiresAt) => {
    const verify = async (token: unknown) => ({ ...(await readableVerifier.verify(token)), expiresAt })
    world = await openWorld({ verifier: { verify } as never })
    const refused = nextOf(world.connect({ token: readableToken('adele') }), 'auth:session')
    await expect(refused).rejects.toMatchObject({ data: { code: 'temporarily_unavailable' } })
  })
})
