// @vitest-environment node
import { describe, expect, it, vi } from 'vitest'
import { AuthError } from '../../../../src/shared/errors.js'
import {
  accessToken,
  errorsOf,
  fakeAuth,
  freezeTime,
  open,
  settle,
  startServer,
  until,
  withoutJitter,
} from './world.js'

type Ack = (...answer: unknown[]) => void
const hello = { expiresInMs: 100_000, graceMs: 30_000, renew: 'auth:renew' }

/** A server that says hello and answers renewals. */
async function startRenewingServer({
  answer = (_: unknown, ack: Ack): void => ack({ ok: true, expiresInMs: 100_000 }),
  greetings = [hello] as unknown[],
} = {}) {
  const world = await startServer()
  const renewals: unknown[] = []
  world.server.on('connection', (socket) => {
    socket.on('auth:renew', (message: { token?: unknown }, ack: Ack) => {
      renewals.push(message.token)
      answer(message.token, ack)
    })
    socket.emit('auth:session', ...greetings)
    socket.emit('greeted')
  })
  return { ...world, renewals }
}

/** A connected socket to which the server has said hello. */
async function connected(url: string, auth: ReturnType<typeof fakeAuth>, options = {}) {
  const socket = open(url, auth, options)
  let greeted = false
  socket.on('greeted', () => {
    greeted = true
  })
  await until(() => greeted)
  return socket
}

/** Gives another token with each comparison, like a source that renews. */
function renewingAuth() {
  let serial = 1
  const auth = fakeAuth(accessToken('t1'))
  auth.answer = ({ rejectedToken }) => {
    if (rejectedToken === auth.cached?.token) auth.cached = accessToken(`t${++serial}`)
    return auth.cached
  }
  return auth
}

describe('a live socket', () => {
  it('survives the expiry of its token, again and again', async () => {
    freezeTime()
    const { url, renewals, tokens } = await startRenewingServer()
    const auth = renewingAuth()
    const socket = await connected(url, auth)
    const { id } = socket
    for (const count of [1, 2, 3]) {
      await vi.advanceTimersByTimeAsync(79_999)
      await settle()
      expect(renewals).toHaveLength(count - 1)
      await vi.advanceTimersByTimeAsync(1)
      await until(() => auth.actions().length === count)
    }
    expect(renewals).toEqual(['t2', 't3', 't4'])
    expect(tokens()).toEqual(['t1'])
    expect(socket.id).toBe(id)
    expect(auth.actions()).toEqual(['renewed', 'renewed', 'renewed'])
  })

  it('lives for days, with a token of an hour, on one connection', async () => {
    freezeTime()
    const hour = 3_600_000
    const { url, renewals, tokens } = await startRenewingServer({
      answer: (_, ack) => ack({ ok: true, expiresInMs: hour }),
      greetings: [{ ...hello, expiresInMs: hour }],
    })
    const auth = renewingAuth()
    const socket = await connected(url, auth)
    const { id } = socket
    for (let count = 1; count <= 72; count += 1) {
      await vi.advanceTimersByTimeAsync(hour - 60_000)
      await until(() => auth.actions().length === count)
    }
    expect(renewals).toHaveLength(72)
    expect(tokens()).toEqual(['t1'])
    expect(socket.id).toBe(id)
  })

  it('begins a minute before the end of a long one', async () => {
    freezeTime()
    const { url, renewals } = await startRenewingServer({ greetings: [{ ...hello, expiresInMs: 3_600_000 }] })
    await connected(url, renewingAuth())
    await vi.advanceTimersByTimeAsync(3_540_000)
    await until(() => renewals.length === 1)
  })

  it('sends a new token as soon as there is one, without a reconnect', async () => {
    const { url, renewals, tokens } = await startRenewingServer()
    const auth = fakeAuth(accessToken('t1'))
    const socket = await connected(url, auth)
    auth.publish(accessToken('t2'))
    await until(() => auth.actions().includes('renewed'))
    auth.publish(accessToken('t2'))
    await settle()
    expect(renewals).toEqual(['t2'])
    expect(tokens()).toEqual(['t1'])
    expect(socket.connected).toBe(true)
  })

  it('sends a token once that is published while it is asked for', async () => {
    freezeTime()
    const { url, renewals } = await startRenewingServer()
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = () => {
      auth.publish(accessToken('t2'))
      return auth.cached
    }
    await connected(url, auth)
    await vi.advanceTimersByTimeAsync(80_000)
    await until(() => auth.actions().includes('renewed'))
    await settle()
    expect(renewals).toEqual(['t2'])
  })

  it('after a renewal, compares with the token that the server has now', async () => {
    const { url, only, tokens } = await startRenewingServer()
    const auth = renewingAuth()
    const socket = await connected(url, auth)
    auth.publish(accessToken('new'))
    await until(() => auth.actions().includes('renewed'))
    only().emit('auth:expired')
    only().conn.close()
    await until(() => tokens().length === 2 && socket.connected)
    expect(auth.asked.at(-1)?.rejectedToken).toBe('new')
  })

  it('renews past what waits in the queue of `retries`', async () => {
    const { url, renewals } = await startRenewingServer()
    const auth = fakeAuth(accessToken('t1'))
    const socket = await connected(url, auth, { retries: 5, ackTimeout: 60_000 })
    socket.emit('nobody answers this')
    await settle()
    auth.publish(accessToken('t2'))
    await until(() => renewals.length === 1)
  })

  it.each(['polling', 'websocket'])('renews past that queue over a %s transport that is busy', async (transport) => {
    const { url, renewals, only } = await startRenewingServer()
    const auth = fakeAuth(accessToken('t1'))
    const socket = await connected(url, auth, { retries: 5, ackTimeout: 60_000, transports: [transport] })
    only().on('note', (_, ack) => ack())
    let sent = 0
    // The next message goes out with the answer to the last one: the transport is never idle when something is asked.
    const send = () => {
      sent += 1
      if (renewals.length === 0 && sent < 500) socket.emit('note', sent, send)
    }
    for (let i = 0; i < 5; i += 1) send()
    auth.publish(accessToken('t2'))
    await until(() => auth.actions().includes('renewed'))
    expect(renewals).toEqual(['t2'])
  })

  it('does not renew with a server that does not say hello', async () => {
    const { url, only } = await startServer()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    await until(() => socket.connected)
    const heard: unknown[] = []
    only().onAny((event) => heard.push(event))
    auth.publish(accessToken('t2'))
    await settle()
    expect(heard).toEqual([])
  })

  it('leaves no timer behind when it is disconnected', async () => {
    freezeTime()
    const { url, renewals, count } = await startRenewingServer()
    const auth = renewingAuth()
    const socket = await connected(url, auth)
    socket.disconnect()
    await until(() => count() === 0)
    await vi.advanceTimersByTimeAsync(200_000)
    await settle()
    expect(auth.asked).toEqual([])
    expect(renewals).toEqual([])
  })
})

describe('a renewal that the server does not take', () => {
  it('because of the token: one fresh token is tried', async () => {
    const { url, renewals } = await startRenewingServer({
      answer: (token, ack) =>
        ack(token === 't3' ? { ok: true, expiresInMs: 100_000 } : { ok: false, code: 'token_expired' }),
    })
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = () => accessToken('t3')
    await connected(url, auth)
    auth.publish(accessToken('t2'))
    await until(() => auth.actions().includes('renewed'))
    expect(renewals).toEqual(['t2', 't3'])
    expect(auth.asked.map(({ rejectedToken }) => rejectedToken)).toEqual(['t2'])
  })

  it('because of the account: the socket closes for good', async () => {
    const { url, count } = await startRenewingServer({
      answer: (_, ack) => ack({ ok: false, code: 'account_mismatch' }),
    })
    const auth = fakeAuth(accessToken('t1'))
    const socket = await connected(url, auth)
    const errors = errorsOf(socket)
    auth.publish(accessToken('t2'))
    await until(() => errors.length === 1)
    expect(errors).toMatchObject([{ code: 'account_mismatch', phase: 'socket' }])
    await until(() => count() === 0)
  })

  it.each<[string, (ack: Ack) => void]>([
    ['nothing', (ack) => ack()],
    ['null', (ack) => ack(null)],
    ['a text', (ack) => ack('unauthorized')],
    ['a list', (ack) => ack([true])],
    ['a truth that is a text', (ack) => ack({ ok: 'true' })],
    ['a code that is an object', (ack) => ack({ ok: false, code: {} })],
    ['no answer at all', () => {}],
  ])('with %s as the answer: it is tried again, at half of the time that remains', async (_, answer) => {
    freezeTime()
    const { url, renewals } = await startRenewingServer({
      answer: (_token, ack) => (renewals.length < 2 ? answer(ack) : ack({ ok: true, expiresInMs: 100_000 })),
    })
    const auth = renewingAuth()
    const socket = await connected(url, auth)
    await vi.advanceTimersByTimeAsync(80_000)
    await until(() => renewals.length === 1)
    for (let second = 0; second < 13; second += 1) {
      await settle()
      await vi.advanceTimersByTimeAsync(1_000)
    }
    await until(() => auth.actions().includes('renewed'))
    expect(renewals).toEqual(['t2', 't2'])
    expect(socket.connected).toBe(true)
  })

  it('is not tried without end', async () => {
    freezeTime()
    const { url, renewals } = await startRenewingServer({ answer: (_, ack) => ack({ ok: false }) })
    const auth = renewingAuth()
    await connected(url, auth)
    for (let minute = 0; minute < 60; minute += 1) {
      await vi.advanceTimersByTimeAsync(5_000)
      await settle()
    }
    expect(renewals.length).toBeGreaterThan(0)
    expect(renewals.length).toBeLessThan(7)
  })
})

describe('a renewal for which there is no token', () => {
  it.each([
    ['a rejection', () => Promise.reject(new AuthError('sign_in_required', { phase: 'renewal' }))],
    ['the same token', () => accessToken('t1')],
    ['null', () => null],
    [
      'a throw',
      () => {
        throw new Error('broken')
      },
    ],
  ])('(%s) leaves the socket as it is', async (_, answer) => {
    freezeTime()
    const { url, renewals } = await startRenewingServer()
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = answer
    const socket = await connected(url, auth)
    const errors = errorsOf(socket)
    await vi.advanceTimersByTimeAsync(100_000)
    await settle()
    expect(auth.asked.length).toBeGreaterThan(0)
    expect(auth.asked.length).toBeLessThan(5)
    expect(renewals).toEqual([])
    expect(errors).toEqual([])
    expect(socket.connected).toBe(true)
    auth.publish(accessToken('t2'))
    await until(() => renewals.length === 1)
  })

  it('until its end goes on through the grace, no faster than the server takes it', async () => {
    freezeTime()
    const { url, renewals, server } = await startRenewingServer()
    const auth = renewingAuth()
    const times: number[] = []
    const began = Date.now()
    auth.answer = () => {
      times.push(Math.round((Date.now() - began) / 1000))
      throw new AuthError('unavailable', { phase: 'renewal' })
    }
    const socket = await connected(url, auth)
    for (let second = 0; second < 200; second += 1) {
      await vi.advanceTimersByTimeAsync(1_000)
      await settle()
    }
    expect(times).toEqual([80, 90, 95, 105, 115, 125])
    expect(renewals).toEqual([])
    expect(server.sockets.sockets.size).toBe(1)
    expect(socket.connected).toBe(true)
  })

  it('because it belongs to another account: the socket closes for good', async () => {
    freezeTime()
    const { url, renewals, count } = await startRenewingServer()
    const auth = fakeAuth(accessToken('t1', 'alice'))
    auth.answer = () => accessToken('t2', 'bob')
    const errors = errorsOf(await connected(url, auth))
    await vi.advanceTimersByTimeAsync(80_000)
    await until(() => errors.length === 1)
    expect(errors).toMatchObject([{ code: 'account_mismatch' }])
    expect(renewals).toEqual([])
    await until(() => count() === 0)
  })
})

describe('a hello', () => {
  it.each([
    ['nothing'],
    ['null', null],
    ['a text', 'auth:renew'],
    ['a number', 7],
    ['no event', { expiresInMs: 100_000 }],
    ['an event that is true', { ...hello, renew: true }],
    ['a reserved event', { ...hello, renew: 'connect' }],
  ])('with %s is ignored', async (_, ...greetings: unknown[]) => {
    freezeTime()
    const { url, renewals } = await startRenewingServer({ greetings })
    const auth = renewingAuth()
    const socket = await connected(url, auth)
    auth.publish(accessToken('t2'))
    await vi.advanceTimersByTimeAsync(100_000)
    await settle()
    expect(renewals).toEqual([])
    expect(auth.asked).toEqual([])
    expect(socket.connected).toBe(true)
  })

  it.each([
    ['negative', -5_000],
    ['zero', 0],
    ['NaN, which JSON makes null', Number.NaN],
    ['a text', '100000'],
    ['endless', 1e308],
    ['missing', undefined],
  ])('with a time that is %s starts no loop; new tokens still go over the live socket', async (_, expiresInMs) => {
    freezeTime()
    const answer = (_token: unknown, ack: Ack) => ack({ ok: true, expiresInMs })
    const { url, renewals } = await startRenewingServer({ answer, greetings: [{ ...hello, expiresInMs }] })
    const auth = renewingAuth()
    const socket = await connected(url, auth)
    await vi.advanceTimersByTimeAsync(60_000)
    auth.wake()
    await settle()
    expect(renewals).toEqual([])
    expect(auth.asked).toEqual([])
    auth.publish(accessToken('new'))
    await until(() => auth.actions().includes('renewed'))
    await vi.advanceTimersByTimeAsync(60_000)
    await settle()
    expect(renewals).toEqual(['new'])
    expect(socket.connected).toBe(true)
  })

  it('with a time in seconds renews every 5 s and not faster', async () => {
    freezeTime()
    const answer = (_token: unknown, ack: Ack) => ack({ ok: true, expiresInMs: 3 })
    const { url, renewals } = await startRenewingServer({ answer, greetings: [{ ...hello, expiresInMs: 3 }] })
    await connected(url, renewingAuth())
    for (let second = 0; second < 20; second += 1) {
      await vi.advanceTimersByTimeAsync(1_000)
      await settle()
    }
    expect(renewals.length).toBeGreaterThan(2)
    expect(renewals.length).toBeLessThanOrEqual(4)
  })

  it('said twice counts once', async () => {
    freezeTime()
    const { url, renewals, only } = await startRenewingServer()
    const auth = renewingAuth()
    const socket = await connected(url, auth)
    let twice = false
    socket.on('twice', () => {
      twice = true
    })
    only().emit('auth:session', hello)
    only().emit('twice')
    await until(() => twice)
    await vi.advanceTimersByTimeAsync(80_000)
    await until(() => auth.actions().includes('renewed'))
    await settle()
    expect(renewals).toEqual(['t2'])
  })
})

describe('what connection state recovery replays', () => {
  it('is no notice for the new connection', async () => {
    const { url, server, tokens } = await startServer(() => {}, {
      connectionStateRecovery: { maxDisconnectionDuration: 60_000, skipMiddlewares: false },
    })
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth, { reconnectionDelay: 50, reconnectionDelayMax: 50, randomizationFactor: 0 })
    let offset = false
    socket.on('first', () => {
      offset = true
    })
    server.on('connection', (peer) => !peer.recovered && peer.emit('first'))
    await until(() => offset)
    const [room] = server.sockets.sockets.keys()
    socket.io.engine.close()
    await until(() => server.sockets.sockets.size === 0)
    server.to(room as string).emit('auth:expired', { code: 'token_expired' })
    await until(() => socket.connected)
    expect(socket.recovered).toBe(true)
    socket.io.engine.close()
    await until(() => tokens().length === 3 && socket.connected)
    expect(auth.asked).toEqual([])
  })

  it('reaches the app once, even if the connection goes before it has accepted the CONNECT', async () => {
    const { url } = await startServer()
    const socket = open(url, fakeAuth(accessToken('t1')), { autoConnect: false })
    const heard: unknown[] = []
    socket.on('n', (n) => heard.push(n))
    socket.receiveBuffer.push(['n', 1] as never)
    socket.connect()
    await until(() => socket.connected)
    await settle()
    expect(heard).toEqual([])
  })

  it('reaches the app once, even if the CONNECT is refused first', async () => {
    withoutJitter()
    const { url, server, tokens } = await startServer(
      () => {
        if (tokens().length === 2) throw new Error('busy')
      },
      { connectionStateRecovery: { maxDisconnectionDuration: 60_000, skipMiddlewares: false } },
    )
    const socket = open(url, fakeAuth(accessToken('t1')), { reconnectionDelay: 50, reconnectionDelayMax: 50 })
    const heard: unknown[] = []
    socket.on('n', (n) => heard.push(n))
    server.on('connection', (peer) => !peer.recovered && peer.emit('n', 1))
    await until(() => heard.length === 1)
    const [room] = server.sockets.sockets.keys()
    socket.io.engine.close()
    await until(() => server.sockets.sockets.size === 0)
    server.to(room as string).emit('n', 2)
    await until(() => tokens().length === 3 && socket.connected)
    await settle()
    expect(heard).toEqual([1, 2])
  })
})
