// @vitest-environment node
import { Manager } from 'socket.io-client'
import { describe, expect, it, vi } from 'vitest'
import { withSocketAuth } from '../../../../src/index.js'
import { AuthError } from '../../../../src/shared/errors.js'
import {
  accessToken,
  closeAfterTest,
  errorsOf,
  fakeAuth,
  freezeTime,
  open,
  patient,
  recovery,
  settle,
  startServer,
  type Transport,
  until,
  withoutJitter,
} from './world.js'

const transports: Transport[] = ['polling', 'websocket']

async function dropped(transport: Transport = 'websocket', serverOptions = {}) {
  if (transport === 'websocket') freezeTime() // polling needs timers of its own
  const world = await startServer(() => {}, serverOptions)
  const auth = fakeAuth(accessToken('t1'))
  const socket = open(world.url, auth, { ...patient, transports: [transport] })
  let isGreeted = false
  socket.on('greeting', () => {
    isGreeted = true
  })
  await until(() => socket.connected, 'a first connection')
  // What is restored begins with the last message that came.
  world.only().emit('greeting')
  await until(() => isGreeted)
  world.only().conn.close()
  await until(() => !socket.connected && world.count() === 0)
  await settle()
  return { ...world, auth, socket }
}

describe.each(transports)('a socket over %s that waits for the Manager', (transport) => {
  it('comes back at once when the page wakes, and once', async () => {
    const { auth, socket, tokens, count } = await dropped(transport)
    auth.wake()
    auth.wake()
    await until(() => socket.connected)
    await settle()
    expect(tokens()).toEqual(['t1', 't1'])
    expect(count()).toBe(1)
  })

  it('keeps what connection state recovery needs', async () => {
    const { auth, socket } = await dropped(transport, recovery)
    auth.wake()
    await until(() => socket.connected)
    expect(socket.recovered).toBe(true)
  })
})

describe('a wake-up', () => {
  it('leaves the next drop to the Manager', async () => {
    const { auth, socket, only, tokens } = await dropped()
    auth.wake()
    await until(() => socket.connected)
    only().conn.close()
    await until(() => !socket.connected)
    await settle()
    expect(tokens()).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(30_000)
    await until(() => socket.connected)
  })

  it('brings all namespaces of a connection back together', async () => {
    freezeTime()
    const { url, server, count, engines } = await startServer()
    const auth = fakeAuth(accessToken('t1'))
    const manager = new Manager(url, { ...patient, transports: ['websocket'] })
    const connect = withSocketAuth((namespace: string, options: object) => manager.socket(namespace, options), auth)
    const sockets = ['/', '/a', '/b'].map((namespace) => closeAfterTest(connect(namespace, {})))
    await until(() => sockets.every(({ connected }) => connected))
    manager.engine.close()
    await until(() => count() === 0 && engines() === 0)
    auth.wake()
    await until(() => sockets.every(({ connected }) => connected))
    await settle()
    expect(count()).toBe(3)
    expect(server.engine.clientsCount).toBe(1)
  })

  it('makes a drop that follows it be mended at once: the connection has been dead since before', async () => {
    freezeTime()
    const { url, only, tokens } = await startServer()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth, patient)
    await until(() => socket.connected)
    auth.wake()
    await vi.advanceTimersByTimeAsync(20_000)
    only().conn.close()
    await until(() => tokens().length === 2 && socket.connected)
    only().conn.close()
    await until(() => !socket.connected)
    await settle()
    expect(tokens()).toHaveLength(2)
  })

  it('cuts a back-off short', async () => {
    freezeTime()
    withoutJitter(0.999)
    let busy = true
    const { url, tokens } = await startServer(() => {
      if (busy) throw new Error('database down')
    })
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => errors.length === 1)
    busy = false
    auth.wake()
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1', 't1'])
  })

  it('renews a token whose time has come while the page slept', async () => {
    freezeTime()
    const { url, server, only } = await startServer()
    const renewals: unknown[] = []
    server.on('connection', (peer) => {
      peer.on('auth:renew', ({ token }, ack) => {
        renewals.push(token)
        ack({ ok: true, expiresInMs: 3_600_000 })
      })
    })
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = () => accessToken('t2')
    const socket = open(url, auth)
    await until(() => socket.connected)
    let greeted = false
    socket.on('greeted', () => {
      greeted = true
    })
    only().emit('auth:session', { expiresInMs: 3_600_000, graceMs: 30_000, renew: 'auth:renew' })
    only().emit('greeted')
    await until(() => greeted)
    auth.wake()
    await settle()
    expect(renewals).toEqual([])
    vi.setSystemTime(Date.now() + 3_590_000)
    auth.wake()
    await until(() => auth.actions().includes('renewed'))
    expect(renewals).toEqual(['t2'])
  })

  it.each<[string, (socket: ReturnType<typeof open>) => void]>([
    ['the app has disconnected', (socket) => void socket.disconnect()],
    ['the app wants no reconnection', (socket) => void socket.io.reconnection(false)],
  ])('leaves a socket alone that %s', async (_, leave) => {
    const { auth, socket, tokens } = await dropped()
    leave(socket)
    auth.wake()
    await settle()
    expect(tokens()).toHaveLength(1)
    socket.disconnect()
    expect(auth.sleepers()).toBe(0)
  })

  it('leaves a socket alone for which somebody has to sign in', async () => {
    const { url, tokens, engines } = await startServer()
    const auth = fakeAuth()
    auth.answer = () => Promise.reject(new AuthError('sign_in_required', { phase: 'source' }))
    const errors = errorsOf(open(url, auth))
    await until(() => errors.length === 1 && engines() === 0)
    auth.wake()
    await settle()
    expect(tokens()).toEqual([])
    expect(auth.asked).toHaveLength(1)
  })
})
