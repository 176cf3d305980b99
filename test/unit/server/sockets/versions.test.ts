// @vitest-environment node
// The oldest Socket.IO that is supported and the newest, as server and as client, over every transport.
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { io as oldIo } from 'socket.io-client-4.4'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { withSocketAuth } from '../../../../src/carriers/sockets/wrap.js'
import type { Verifier } from '../../../../src/server/index.js'
import type { AccessToken } from '../../../../src/sources/source.js'
import { accessToken, fakeAuth } from '../../carriers/sockets/world.js'
import {
  type ClientSocket,
  eventually,
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
let supervised: ClientSocket | undefined

afterEach(async () => {
  supervised?.disconnect()
  supervised = undefined
  await world?.close()
  world = undefined
})

// The tests use what both have. This version has no types for ES modules, and those of the client are of their own.
const oldServer: string = 'socket.io-4.4'
const { Server: OldServer } = (await import(oldServer)) as { Server: typeof Server }
const servers = { '4.4.0': OldServer, '4.8.4': Server }
const clients = { '4.4.0': oldIo as unknown as typeof io, '4.8.4': io }
const transports = { polling: ['polling'], WebSocket: ['websocket'], 'an upgrade': ['polling', 'websocket'] }

const pairs = Object.keys(servers).flatMap((server) => Object.keys(clients).map((client) => ({ server, client })))
const cases = pairs.flatMap((pair) => Object.keys(transports).map((transport) => ({ ...pair, transport })))

/** Takes the first token for so short that the test can wait for its end, from the moment that it is checked. */
function shortAtFirst(): Verifier {
  let lifetime = 100
  return {
    async verify(token) {
      const identity = await readableVerifier.verify(token)
      const expiresAt = Date.now() + lifetime
      lifetime = 3_600_000
      return { ...identity, expiresAt }
    },
  }
}

it('runs the versions that it says', async () => {
  const versionOf = async (name: string) => {
    const { default: manifest } = await import(`../../../../node_modules/${name}/package.json`)
    return (manifest as { version: string }).version
  }
  const names = ['socket.io-4.4', 'socket.io', 'socket.io-client-4.4', 'socket.io-client']
  expect(await Promise.all(names.map(versionOf))).toEqual(['4.4.0', '4.8.4', '4.4.0', '4.8.4'])
})

describe.each(cases)('a server $server and a client $client over $transport', ({ server, client, transport }) => {
  const versions = { Server: servers[server as keyof typeof servers], io: clients[client as keyof typeof clients] }
  const settings = {
    transports: transports[transport as keyof typeof transports],
    reconnection: true,
    reconnectionDelay: 10,
    reconnectionDelayMax: 20,
  }

  async function setUp(options: WorldOptions = {}) {
    const opened = await openWorld({ versions, ...options, server: { ...patient, ...options.server } })
    world = opened
    return opened
  }

  describe('with a plain client', () => {
    it('let it in and say hello', async () => {
      const { connect, nextSocket } = await setUp()
      const incoming = nextSocket()
      const [hello] = await nextOf(connect({ token: readableToken('adele'), room: 'a' }, settings), 'auth:session')
      expect(hello).toEqual({ expiresInMs: expect.any(Number), graceMs: 30_000, renew: 'auth:renew' })
      const { data, handshake } = await incoming
      expect(data.auth.objectId).toBe('adele')
      expect(handshake.auth).toEqual({ room: 'a' })
    })

    it('refuse it in every namespace', async () => {
      const { io, connect } = await setUp({ before: (all) => void all.of(/^\/room-/).in(all.of('/before').name) })
      io.of('/later')
      for (const namespace of ['/', '/before', '/later', '/room-1']) {
        const refusal = { message: 'unauthorized', data: { code: 'token_expired', retry: true } }
        expect(await refusalOf(connect({ token: readableToken('adele', -1) }, settings, namespace))).toEqual(refusal)
        await nextOf(connect({ token: readableToken('adele') }, settings, namespace), 'auth:session')
      }
    })

    it('answer its renewals', async () => {
      const { connect, nextSocket } = await setUp()
      const incoming = nextSocket()
      const plain = connect({ token: readableToken('adele', 60_000) }, settings)
      await nextOf(plain, 'auth:session')
      const renew = (message: unknown) => new Promise((resolve) => void plain.emit('auth:renew', message, resolve))
      expect(await renew({ token: readableToken('bob') })).toEqual({ ok: false, code: 'account_mismatch' })
      expect(await renew(null)).toEqual({ ok: false, code: 'token_missing' })
      const answer = await renew({ token: readableToken('adele', 120_000) })
      expect(answer).toEqual({ ok: true, expiresInMs: expect.any(Number) })
      expect((await incoming).data.auth.expiresAt).toBeGreaterThan(Date.now() + 100_000)
    })

    it('send it away in time, to come back by itself', async () => {
      const { connect } = await setUp({ verifier: shortAtFirst(), protection: { graceMs: 0 } })
      const plain = connect({ token: readableToken('adele') }, settings)
      const [[expired], [reason]] = await Promise.all([nextOf(plain, 'auth:expired'), nextOf(plain, 'disconnect')])
      expect(expired).toEqual({ code: 'token_expired' })
      expect(reason).toBe('transport close')
      await nextOf(plain, 'auth:session')
    })
  })

  describe('with withSocketAuth', () => {
    /** A page whose `Auth` has this token, and gives another one when that is refused. */
    async function open(
      first: AccessToken,
      next = tokenOf('adele'),
      options: WorldOptions = {},
      verifier = readableVerifier,
    ) {
      const verify = vi.fn(verifier.verify)
      const opened = await setUp({ ...options, verifier: { verify } })
      const auth = fakeAuth(first)
      auth.answer = ({ rejectedToken }) => (rejectedToken === auth.cached?.token ? next : auth.cached)
      const incoming = opened.nextSocket()
      const socket = withSocketAuth(versions.io, auth)(opened.url, { ...settings, forceNew: true })
      supervised = socket
      return { ...opened, auth, socket, incoming, verify }
    }

    function tokenOf(user: string, expiresInMs?: number): AccessToken {
      return accessToken(readableToken(user, expiresInMs), user)
    }

    it('mend a refused token, once', async () => {
      const { socket, refusals } = await open(tokenOf('adele', -1))
      await new Promise((resolve) => void socket.once('auth:session', resolve))
      expect(refusals).toMatchObject([{ code: 'token_expired' }])
    })

    it('give up on a token that is refused again', async () => {
      const { socket, refusals, io } = await open(tokenOf('adele', -1), tokenOf('adele', -60_000))
      const error = new Promise((resolve) => {
        socket.on('connect_error', (each) => Reflect.get(each, 'code') && resolve(each))
      })
      expect(await error).toMatchObject({ code: 'token_rejected' })
      expect(refusals).toHaveLength(2)
      expect(io.of('/').sockets.size).toBe(0)
    })

    it('connect, and renew in band', async () => {
      const { socket, auth, incoming } = await open(tokenOf('adele', 60_000))
      await nextOf(socket, 'auth:session')
      const { id } = socket
      auth.publish(tokenOf('adele', 120_000))
      const { data } = await incoming
      await eventually(() => expect(data.auth.expiresAt).toBeGreaterThan(Date.now() + 100_000))
      expect(socket.id).toBe(id)
    })

    it('come back with another token after the end of the first', async () => {
      const [first, next] = [tokenOf('adele'), tokenOf('adele', 7_200_000)]
      const { socket, io, verify } = await open(first, next, { protection: { graceMs: 0 } }, shortAtFirst())
      await nextOf(socket, 'disconnect')
      await nextOf(socket, 'auth:session')
      expect(verify.mock.calls).toEqual([[first.token], [next.token]])
      expect(io.of('/').sockets.size).toBe(1)
    })

    it('close for good for another account', async () => {
      const { socket, auth, io } = await open(tokenOf('adele'))
      await nextOf(socket, 'auth:session')
      const error = new Promise((resolve) => void socket.once('connect_error', resolve))
      auth.publish(tokenOf('bob'))
      expect(await error).toMatchObject({ code: 'account_mismatch' })
      expect(socket.connected).toBe(false)
      await eventually(() => expect(io.of('/').sockets.size).toBe(0))
    })

    const recovers = server === '4.8.4' && client === '4.8.4'
    if (!recovers) return
    it('recover what was missed', async () => {
      const { socket, io } = await open(tokenOf('adele'), undefined, { server: { connectionStateRecovery: {} } })
      const heard: unknown[] = []
      socket.on('news', (text: unknown) => heard.push(text))
      await nextOf(socket, 'auth:session')
      void io.emit('news', 1)
      await eventually(() => expect(heard).toEqual([1]))
      socket.io.engine.close()
      void io.emit('news', 2)
      await nextOf(socket, 'auth:session')
      await eventually(() => expect(heard).toEqual([1, 2]))
      expect(socket.recovered).toBe(true)
    })
  })
})

describe.each(Object.keys(servers))('a server %s', (server) => {
  it('makes no namespace for a client without a token, and hears it a hundred times', async () => {
    const version = { Server: servers[server as keyof typeof servers], io }
    world = await openWorld({ versions: version, before: (all) => void all.of(/^\/room-/) })
    const { connect, refusals, io: all } = world
    const plain = connect({ token: readableToken('adele') })
    await nextOf(plain, 'auth:session')
    const disconnected = nextOf(plain, 'disconnect')
    for (let i = 0; i < 20_000; i += 1) plain.io.engine.write(`0/room-${i},{}`)
    await disconnected
    expect([...all._nsps.keys()]).toEqual(['/'])
    expect(refusals.length).toBeLessThanOrEqual(101)
  })

  it.each(['0null', '0["x"]', '0"x"', '2{}', '9'])('lives through %s', async (packet) => {
    // Old versions say so when nobody listens for the error of a socket.
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    world = await openWorld({ versions: { Server: servers[server as keyof typeof servers], io } })
    const { connect } = world
    const plain = connect({ token: readableToken('adele') })
    await nextOf(plain, 'auth:session')
    // Old versions take some of these for a second CONNECT, and refuse it.
    const over = new Promise((resolve) => plain.once('disconnect', resolve).once('connect_error', resolve))
    plain.io.engine.write(packet)
    await over
    log.mockRestore()
    await nextOf(connect({ token: readableToken('adele') }), 'auth:session')
  })
})
