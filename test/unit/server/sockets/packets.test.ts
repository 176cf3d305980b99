// @vitest-environment node
// Names that only Socket.IO itself may use, sent by a client, and renewals, which nothing of the app may see. The default
// parser lets every name through in 4.4, and the official one for MessagePack in every version.
import { Server } from 'socket.io'
import type { io } from 'socket.io-client'
import { io as oldIo } from 'socket.io-client-4.4'
import * as msgpack from 'socket.io-msgpack-parser'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { protectSockets } from '../../../../src/server/index.js'
import { kindOf } from '../../../../src/server/sockets/packets.js'
import {
  type ClientSocket,
  eventually,
  freezeTime,
  type IncomingSocket,
  nextOf,
  openWorld,
  patient,
  readableToken,
  readableVerifier,
  refusalOf,
  type World,
  type WorldOptions,
} from './socket-world.js'

let world: World | undefined

afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await world?.close()
  world = undefined
})

// This version has no types for ES modules, and those of the client are of their own.
const oldServer: string = 'socket.io-4.4'
const { Server: OldServer } = (await import(oldServer)) as { Server: typeof Server }
const parser = msgpack as never
const setups = [
  ['4.4.0', { versions: { Server: OldServer, io: oldIo as unknown as typeof io } }, {}],
  ['4.8.4 with MessagePack', { server: { parser } }, { parser }],
] as const

/** A socket that may stay for a minute. Its app answers `ping`. */
async function connected(
  options: WorldOptions,
  clientOptions = {},
  before: (socket: IncomingSocket) => void = () => {},
) {
  const listen = (socket: IncomingSocket) => {
    before(socket)
    socket.on('ping', (answer) => (answer as (text: string) => void)('pong'))
  }
  world = await openWorld({
    ...options,
    server: { ...patient, ...options.server },
    protection: { graceMs: 0, ...options.protection },
    before: (server) => void server.on('connection', listen),
  })
  const incoming = world.nextSocket()
  const client = world.connect({ token: readableToken('adele', 60_000) }, clientOptions)
  await nextOf(client, 'auth:session')
  return { ...world, client, socket: await incoming }
}

/** Sends what socket.io-client does not let an app send. */
function sendRaw(client: ClientSocket, packet: object): void {
  const manager = client.io as unknown as { _packet(packet: object): void }
  manager._packet({ nsp: '/', options: {}, ...packet })
}

/** Once this is answered, everything before has been heard. */
function ping(client: ClientSocket): Promise<unknown> {
  return new Promise((resolve) => void client.emit('ping', resolve))
}

const reserved = [
  ...['disconnect', 'disconnecting', 'error', 'connect', 'connection', 'connect_error'],
  ...['newListener', 'removeListener', 'auth:session', 'auth:expired'],
]
/** Socket.IO itself does not let anybody listen to that one. */
const heardByApps = reserved.filter((name) => name !== 'newListener')
/** An emitter takes a list of one text for that text. */
const names: readonly unknown[] = [...reserved, ...reserved.map((name) => [name]), [['disconnect']], null, true, {}]

describe.each(setups)('a client of Socket.IO %s', (_, options, clientOptions) => {
  it('does not outlive its token by an event of a reserved name, and nothing of the app hears one', async () => {
    freezeTime()
    const heard = vi.fn()
    const {
      client,
      refusals,
      io: server,
    } = await connected(options, clientOptions, (socket) => {
      for (const name of heardByApps) socket.on(name, () => heard(name))
      socket.onAny((name) => heard(name))
      socket.use(([name], next) => {
        heard(name)
        next()
      })
    })
    for (const name of names) sendRaw(client, { type: 2, data: [name, 'transport close'] })
    expect(await ping(client)).toBe('pong')
    expect(heard.mock.calls).toEqual([['ping'], ['ping']])
    const disconnected = nextOf(client, 'disconnect')
    await vi.advanceTimersByTimeAsync(60_000)
    expect((await disconnected)[0]).toBe('transport close')
    expect(refusals).toMatchObject([{ code: 'token_expired' }])
    await eventually(() => expect(server.of('/').sockets.size).toBe(0))
  })

  it('is not heard any more once its time is over, even if the timer is lost', async () => {
    freezeTime()
    const said = vi.fn()
    const { client, refusals } = await connected(options, clientOptions, (socket) => void socket.on('say', said))
    client.emit('say', 'in time')
    await ping(client)
    vi.clearAllTimers()
    vi.setSystemTime(Date.now() + 60_000)
    const disconnected = nextOf(client, 'disconnect')
    client.emit('say', 'too late')
    await disconnected
    expect(said.mock.calls).toEqual([['in time']])
    expect(refusals).toMatchObject([{ code: 'token_expired' }])
  })

  it('renews past everything of the app, which sees nothing of it', async () => {
    const seen: unknown[] = []
    const { client, socket } = await connected(options, clientOptions, (early) => {
      early.onAny((...args) => seen.push(args))
      early.on('auth:renew', (...args) => seen.push(args))
      // An allow-list, as apps have them.
      early.use(([event], next) => (event === 'ping' ? next() : seen.push(event)))
    })
    socket.prependAny((...args) => seen.push(args))
    socket.use(([event], next) => (event === 'ping' ? next() : next(new Error('not allowed'))))
    socket.removeAllListeners('auth:renew')
    seen.length = 0
    const renew = (...message: unknown[]) =>
      new Promise((resolve) => void client.emit('auth:renew', ...message, resolve))
    const answer = await renew({ token: readableToken('adele', 7_200_000) }, 'more')
    expect(answer).toEqual({ ok: true, expiresInMs: expect.any(Number) })
    expect(await renew({ token: readableToken('bob') })).toEqual({ ok: false, code: 'account_mismatch' })
    expect(socket.data.auth.expiresAt).toBeGreaterThan(Date.now() + 7_000_000)
    expect(seen).toEqual([])
  })

  it('leaves no timer behind where the app has removed all listeners', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { client, io: server } = await connected(options, clientOptions)
    for (const socket of server.of('/').sockets.values()) socket.removeAllListeners()
    client.disconnect()
    await eventually(() => expect(server.of('/').sockets.size).toBe(0))
    await eventually(() => expect(vi.getTimerCount()).toBe(0))
  })

  it.each(['_onpacket', '_onclose', 'ack'])('is refused with a reason where a socket has no %s', async (name) => {
    world = await openWorld({
      ...options,
      before: (server) =>
        void server.use((socket, next) => {
          Object.assign(socket, { [name]: undefined })
          next()
        }),
    })
    const client = world.connect({ token: readableToken('adele') }, clientOptions)
    expect(await refusalOf(client)).toMatchObject({ data: { code: 'temporarily_unavailable', retry: true } })
    expect(world.refusals).toMatchObject([{ reason: expect.stringContaining(name) }])
  })
})

it.each<[string, object, string]>([
  ['an event', { type: 2, data: ['say', 1] }, 'app'],
  ['an event whose name is a number', { type: 2, data: [7] }, 'app'],
  ['an event with bytes', { type: 5, data: ['say'] }, 'app'],
  ['an acknowledgement', { type: 3, id: 1, data: ['disconnect'] }, 'app'],
  ['an acknowledgement with bytes', { type: 6, id: 1, data: [] }, 'app'],
  ['a DISCONNECT', { type: 1 }, 'end'],
  ['a renewal', { type: 2, data: ['auth:renew', {}] }, 'renewal'],
  ['a renewal with bytes', { type: 5, data: ['auth:renew'] }, 'renewal'],
  ['a renewal in a list', { type: 2, data: [['auth:renew'], {}] }, 'reserved'],
  ['a CONNECT', { type: 0, data: {} }, 'reserved'],
  ['a CONNECT_ERROR', { type: 4, data: ['x'] }, 'reserved'],
  ['no type', { data: ['say'] }, 'reserved'],
  ['a type in text', { type: '2', data: ['say'] }, 'reserved'],
  ['no data', { type: 2 }, 'reserved'],
  ['no name', { type: 2, data: [] }, 'reserved'],
  ['no list', { type: 2, data: { 0: 'say' } }, 'reserved'],
  ...names.map((name): [string, object, string] => [JSON.stringify(name), { type: 2, data: [name] }, 'reserved']),
])('a client may say: %s', (_, packet, kind) => {
  expect(kindOf(packet)).toBe(kind)
})

it.each(['_checkNamespace', 'of', '_add'])('protectSockets refuses a server without %s at once', (name) => {
  const server = new Server()
  Object.assign(name === '_add' ? server.of('/') : server, { [name]: undefined })
  const error = { code: 'config_invalid', message: expect.stringMatching(/`io` must be .* 4\.4 to 4\.8/) }
  expect(() => protectSockets(server, readableVerifier)).toThrow(expect.objectContaining(error))
})
