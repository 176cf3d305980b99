// @vitest-environment node
// What renews a live socket is a part of its own, which is loaded once the server has accepted a CONNECT.
import type { Socket } from 'socket.io-client'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createLifetime } from '../../../../src/carriers/sockets/lifetime.js'
import { loadLifetime } from '../../../../src/carriers/sockets/load-lifetime.js'
import { AuthError } from '../../../../src/shared/errors.js'
import {
  accessToken,
  deferred,
  errorsOf,
  fakeAuth,
  freezeTime,
  open,
  patient,
  settle,
  startServer,
  until,
} from './world.js'

vi.mock('../../../../src/carriers/sockets/load-lifetime.js', () => ({ loadLifetime: vi.fn() }))

type Loaded = Awaited<ReturnType<typeof loadLifetime>>

const part = { createLifetime }
const refused = { refused: 'unavailable', message: 'Not here.', remedy: 'Reload the page.' } as const
const SESSION = { expiresInMs: 3_600_000, graceMs: 30_000, renew: 'auth:renew' }
let loads: ReturnType<typeof deferred<Loaded>>[] = []

/** The part comes when the test says so. */
function come(answer: Loaded = part): void {
  for (const load of loads.splice(0)) load.resolve(answer)
}

beforeEach(() => {
  loads = []
  vi.mocked(loadLifetime).mockImplementation(() => {
    const load = deferred<Loaded>()
    loads.push(load)
    return load.promise
  })
})

/** A server that says how long it takes a token, and takes others. */
async function startRenewing() {
  const world = await startServer()
  const renewals: unknown[] = []
  world.server.on('connection', (peer) => {
    peer.on('auth:renew', ({ token }, ack) => {
      renewals.push(token)
      ack({ ok: true, expiresInMs: 3_600_000 })
    })
  })
  return { ...world, renewals }
}

/** Sends the socket a session message, and waits until it is there. */
async function sendSession(socket: Socket, world: Awaited<ReturnType<typeof startServer>>, session = SESSION) {
  const came = new Promise((resolve) => void socket.once('auth:session', resolve))
  world.only().emit('auth:session', session)
  await came
}

/** An `auth` that says `sign_in_required` after a sign-out. */
function leavingAuth() {
  const auth = fakeAuth(accessToken('t1'))
  auth.answer = () => auth.cached ?? Promise.reject(new AuthError('sign_in_required', { phase: 'source' }))
  return auth
}

describe('the part that keeps a socket alive', () => {
  it('is asked for once a CONNECT was accepted, and not before', async () => {
    const answer = deferred()
    const { url, arrivals } = await startServer(() => answer.promise)
    const socket = open(url, fakeAuth(accessToken('t1')))
    await until(() => arrivals.length === 1)
    expect(loads).toHaveLength(0)
    answer.resolve(undefined)
    await until(() => socket.connected)
    expect(loads).toHaveLength(1)
  })

  it('is not asked for again once it is there', async () => {
    const { url, only } = await startServer()
    const socket = open(url, fakeAuth(accessToken('t1')))
    await until(() => loads.length === 1)
    come()
    await settle()
    only().conn.close()
    await until(() => !socket.connected)
    await until(() => socket.connected)
    expect(loads).toHaveLength(0)
  })

  it('is not there yet: a sign-out ends the socket all the same', async () => {
    const { url, count } = await startServer()
    const auth = leavingAuth()
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    auth.leave()
    expect(socket.connected).toBe(false)
    await until(() => count() === 0)
    come()
    await settle()
    expect(errors).toMatchObject([{ code: 'sign_in_required' }])
    expect(count()).toBe(0)
  })

  it('is not there yet: dispose() ends the socket all the same', async () => {
    const { url, count } = await startServer()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    auth.dispose()
    await until(() => count() === 0)
    expect(errors).toMatchObject([{ code: 'disposed' }])
  })

  it('is not waited for by what the app sends', async () => {
    const { url, server } = await startServer()
    server.on('connection', (peer) => peer.on('note', (_text, ack) => ack('taken')))
    const socket = open(url, fakeAuth(accessToken('t1')))
    expect(await socket.emitWithAck('note', 'before it is there')).toBe('taken')
    expect(loads).toHaveLength(1)
  })

  it('is asked for again with the next CONNECT when it did not come, and the log hears why', async () => {
    const { url, only, tokens } = await startServer()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => loads.length === 1)
    come(refused)
    await settle()
    expect(auth.events).toEqual([{ type: 'warning', message: 'Not here. Reload the page.' }])
    expect(socket.connected).toBe(true)
    only().conn.close()
    await until(() => loads.length === 1)
    come()
    await settle()
    expect(socket.connected).toBe(true)
    expect(errors).toEqual([])
    expect(tokens()).toEqual(['t1', 't1'])
  })

  it.each<[string, (auth: ReturnType<typeof fakeAuth>) => void]>([
    ['a wake-up', (auth) => auth.wake()],
    ['a new token', (auth) => auth.publish(accessToken('t2'))],
  ])('is asked for again by %s, and then renews the connection that is there', async (_, act) => {
    freezeTime()
    const world = await startRenewing()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(world.url, auth)
    await until(() => socket.connected)
    await sendSession(socket, world)
    come(refused)
    await settle()
    act(auth)
    await until(() => loads.length === 1)
    come()
    await settle()
    auth.cached = accessToken('t2')
    await vi.advanceTimersByTimeAsync(3_600_000 - 60_000)
    await until(() => auth.actions().includes('renewed'))
    expect(world.renewals).toEqual(['t2'])
  })

  it('does not send a token that came before a sign-out', async () => {
    const world = await startRenewing()
    const auth = leavingAuth()
    const socket = open(world.url, auth)
    errorsOf(socket)
    await until(() => socket.connected)
    auth.publish(accessToken('t2'))
    auth.leave()
    auth.publish(accessToken('t3'))
    await until(() => socket.connected)
    await sendSession(socket, world)
    come()
    await settle()
    expect(world.renewals).toEqual([])
    expect(world.tokens()).toEqual(['t1', 't3'])
  })

  it('gets the session message that came before it, by the time at which that came', async () => {
    freezeTime()
    const world = await startRenewing()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(world.url, auth)
    await until(() => socket.connected)
    await sendSession(socket, world)
    await vi.advanceTimersByTimeAsync(600_000)
    come()
    await settle()
    expect(world.renewals).toEqual([])
    auth.cached = accessToken('t2')
    await vi.advanceTimersByTimeAsync(3_600_000 - 600_000 - 60_000)
    await until(() => auth.actions().includes('renewed'))
    expect(world.renewals).toEqual(['t2'])
  })

  it('coming when it is time to renew already renews at once', async () => {
    freezeTime()
    const world = await startRenewing()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(world.url, auth)
    await until(() => socket.connected)
    await sendSession(socket, world)
    await vi.advanceTimersByTimeAsync(3_590_000)
    auth.cached = accessToken('t2')
    come()
    await settle()
    await vi.advanceTimersByTimeAsync(5_000)
    await until(() => auth.actions().includes('renewed'))
    expect(world.renewals).toEqual(['t2'])
  })

  it('sends a token that came before it', async () => {
    const world = await startRenewing()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(world.url, auth)
    await until(() => socket.connected)
    await sendSession(socket, world)
    auth.publish(accessToken('t2'))
    come()
    await until(() => auth.actions().includes('renewed'))
    expect(world.renewals).toEqual(['t2'])
  })

  it('is told nothing of the session message of an earlier connection', async () => {
    const world = await startRenewing()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(world.url, auth)
    await until(() => socket.connected)
    await sendSession(socket, world)
    world.only().conn.close()
    await until(() => !socket.connected)
    await until(() => socket.connected)
    come()
    await settle()
    auth.publish(accessToken('t2'))
    await settle()
    expect(world.renewals).toEqual([])
  })

  it('coming after a sign-out connects nobody', async () => {
    const { url, tokens } = await startServer()
    const auth = leavingAuth()
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => loads.length > 0)
    auth.leave()
    come()
    await until(() => errors.length > 0)
    await settle()
    expect(errors).toMatchObject([{ code: 'sign_in_required' }])
    expect(tokens()).toEqual(['t1'])
    auth.publish(accessToken('t2'))
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1', 't2'])
  })

  it.each(Array.from({ length: 13 }, (_, i) => i))(
    'coming %i steps before a sign-out connects nobody',
    async (steps) => {
      const { url, count } = await startServer()
      const auth = leavingAuth()
      const socket = open(url, auth)
      errorsOf(socket)
      await until(() => loads.length > 0)
      await settle()
      come()
      for (let step = 0; step < steps; step += 1) await undefined
      auth.leave()
      await settle()
      expect(socket.connected).toBe(false)
      expect(count()).toBe(0)
    },
  )

  it('coming after an account switch connects nobody as the new one', async () => {
    const { url, tokens } = await startServer()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => loads.length > 0)
    auth.leave()
    socket.emit('note', 'nobody wrote this')
    auth.publish(accessToken('t2', 'bob'))
    come()
    await until(() => errors.length > 1)
    await settle()
    expect(errors).toMatchObject([{ code: 'sign_in_required' }, { code: 'account_mismatch' }])
    expect(tokens()).toEqual(['t1'])
    expect(socket.sendBuffer).toEqual([])
  })

  it('lets a socket come back at a wake-up that never had a connection', async () => {
    freezeTime()
    const { url } = await startServer()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open('http://127.0.0.1:1', auth, patient)
    const errors = errorsOf(socket)
    await until(() => errors.length > 0)
    expect(loads).toHaveLength(0)
    Reflect.set(socket.io, 'uri', url) // the server is there again
    auth.wake()
    await until(() => loads.length > 0)
    come()
    await until(() => socket.connected)
  })
})
