// @vitest-environment node
// After a sign-out nothing that the page writes is taken for the user's.
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { socketAuth, withSocketAuth } from '../../../../src/carriers/sockets/wrap.js'
import { AuthError } from '../../../../src/shared/errors.js'
import { clients, type Version, versions } from './clients.js'
import {
  accessToken,
  type ClientOptions,
  closeAfterTest,
  deferred,
  errorsOf,
  fakeAuth,
  freezeTime,
  type Judge,
  patient,
  settle,
  startServer,
  until,
  withoutJitter,
} from './world.js'

const left = { code: 'sign_in_required', phase: 'socket' }

/** A server that keeps what it is told, and under whose token. */
async function startListening(judge: Judge = () => {}) {
  const world = await startServer(judge)
  const notes: unknown[] = []
  const ends: string[] = []
  for (const name of ['/', '/a', '/b']) {
    world.server.of(name).on('connection', (socket) => {
      socket.on('note', (text, ack?: () => void) => {
        notes.push([socket.handshake.auth['token'], text])
        ack?.()
      })
      socket.on('disconnect', (reason) => ends.push(reason))
    })
  }
  return { ...world, notes, ends }
}

describe.each(versions)('a sign-out, with a client %s', (version: Version) => {
  function open(url: string, auth: ReturnType<typeof fakeAuth>, options: ClientOptions = {}) {
    return closeAfterTest(
      withSocketAuth(clients[version], auth)(url, {
        transports: ['websocket'],
        forceNew: true,
        reconnectionDelay: 10,
        reconnectionDelayMax: 20,
        ...options,
      }),
    )
  }

  it.each(['polling', 'websocket'])(
    'ends a connected socket over %s at once, until the next sign-in',
    async (transport) => {
      const { url, notes, ends, tokens, count, engines } = await startListening()
      const auth = fakeAuth(accessToken('t1'))
      const socket = open(url, auth, { transports: [transport] })
      const errors = errorsOf(socket)
      await until(() => socket.connected)
      socket.emit('note', 'before')
      await until(() => notes.length === 1)
      auth.leave()
      expect(socket.connected).toBe(false)
      socket.emit('note', 'in between')
      await until(() => errors.length === 1 && engines() === 0)
      await settle()
      expect(errors).toMatchObject([left])
      expect(ends).toEqual(['client namespace disconnect'])
      expect(count()).toBe(0)
      auth.publish(accessToken('t2'))
      socket.emit('note', 'after')
      await until(() => notes.length === 2)
      await settle()
      expect(notes).toEqual([
        ['t1', 'before'],
        ['t2', 'after'],
      ])
      expect(tokens()).toEqual(['t1', 't2'])
      expect(auth.actions()).toEqual(['paused', 'resumed'])
    },
  )

  it('closes it for good for another account that comes next', async () => {
    const { url, notes, tokens } = await startListening()
    const auth = fakeAuth(accessToken('t1', 'alice'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    auth.leave()
    socket.emit('note', 'in between')
    auth.publish(accessToken('t2', 'bob'))
    await until(() => errors.length === 2)
    await settle()
    expect(errors).toMatchObject([left, { code: 'account_mismatch' }])
    expect(tokens()).toEqual(['t1'])
    expect(notes).toEqual([])
  })

  it('ends every namespace of a connection, and none that somebody else has on it', async () => {
    const { url, server, ends } = await startListening()
    const auth = fakeAuth(accessToken('t1'))
    const a = open(`${url}/a`, auth)
    await until(() => a.connected)
    const foreign = closeAfterTest(a.io.socket('/c'))
    const b = closeAfterTest(a.io.socket('/b', { auth: socketAuth(auth) }))
    const errors = [errorsOf(a), errorsOf(b)]
    await until(() => b.connected && foreign.connected)
    const { engine } = a.io
    auth.leave()
    await until(() => errors.every((each) => each.length === 1))
    await settle()
    expect(errors).toMatchObject([[left], [left]])
    expect(ends).toEqual(['client namespace disconnect', 'client namespace disconnect'])
    expect(foreign.connected).toBe(true)
    expect(a.io.engine).toBe(engine)
    expect(server.of('/c').sockets.size).toBe(1)
    auth.publish(accessToken('t2'))
    await until(() => a.connected && b.connected)
    expect(a.io.engine).toBe(engine)
  })

  it('sends no CONNECT whose token was taken before', async () => {
    const { url, tokens, engines } = await startListening()
    const auth = fakeAuth(accessToken('t1'))
    const payload = deferred<object>()
    let asked = 0
    const socket = open(url, auth, {
      auth: (send) => {
        asked += 1
        void payload.promise.then(send)
      },
    })
    const errors = errorsOf(socket)
    await until(() => asked === 1)
    auth.leave()
    payload.resolve({})
    await until(() => errors.length === 1 && engines() === 0)
    await settle()
    expect(errors).toMatchObject([left])
    expect(tokens()).toEqual([])
    auth.publish(accessToken('t2'))
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t2'])
  })

  it('sends none with a token that was on its way', async () => {
    const { url, tokens, engines } = await startListening()
    const auth = fakeAuth(accessToken('old'))
    auth.cached = undefined
    const answer = deferred()
    auth.answer = () => answer.promise
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => auth.asked.length === 1)
    auth.leave()
    answer.resolve(accessToken('t1'))
    await until(() => errors.length === 1 && engines() === 0)
    await settle()
    expect(errors).toMatchObject([left])
    expect(tokens()).toEqual([])
  })

  it('takes back a CONNECT that has no answer yet', async () => {
    const gate = deferred()
    const { url, arrivals, count } = await startListening(() => gate.promise)
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    socket.emit('note', 'before')
    await until(() => arrivals.length === 1)
    auth.leave()
    gate.resolve(undefined)
    await until(() => errors.length === 1)
    await settle()
    expect(errors).toMatchObject([left])
    expect(socket.connected).toBe(false)
    expect(count()).toBe(0)
  })

  it('ends a back-off', async () => {
    freezeTime()
    withoutJitter(0.5)
    const { url, tokens } = await startListening(() => {
      throw new Error('busy')
    })
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => errors.length === 1)
    auth.leave()
    await until(() => errors.length === 2)
    expect(errors[1]).toMatchObject(left)
    await vi.advanceTimersByTimeAsync(120_000)
    await settle()
    expect(tokens()).toEqual(['t1'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends a socket that waits for the Manager', async () => {
    const { url, tokens, only } = await startListening()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth, patient)
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    only().conn.close()
    await until(() => !socket.connected)
    expect(socket.active).toBe(true)
    auth.leave()
    expect(socket.active).toBe(false)
    await until(() => errors.length === 1)
    expect(errors).toMatchObject([left])
    auth.publish(accessToken('t2'))
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1', 't2'])
  })

  it('is told once to a socket that waits for a sign-in already, and what the user had written is kept', async () => {
    const { url, notes } = await startListening()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    auth.cached = undefined
    auth.answer = () => Promise.reject(new AuthError('sign_in_required', { phase: 'source' }))
    socket.io.engine.close()
    await until(() => errors.length === 1)
    socket.emit('note', 'before')
    auth.leave()
    socket.emit('note', 'in between')
    await settle()
    expect(errors).toMatchObject([{ code: 'sign_in_required' }])
    auth.publish(accessToken('t2'))
    await until(() => notes.length > 0)
    await settle()
    expect(notes).toEqual([['t2', 'before']])
  })

  it('ends a renewal, whoever is waited for', async () => {
    const { url, server, tokens } = await startListening()
    const renewals: unknown[] = []
    server.on('connection', (socket) => {
      socket.on('auth:renew', ({ token }) => renewals.push(token))
      socket.emit('auth:session', { expiresInMs: 100_000, renew: 'auth:renew' })
    })
    freezeTime()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    const greeted = new Promise((resolve) => void socket.on('auth:session', resolve))
    await greeted
    auth.publish(accessToken('t2'))
    await until(() => renewals.length === 1)
    auth.leave()
    await until(() => errors.length === 1)
    const answer = deferred()
    auth.answer = () => answer.promise
    auth.publish(accessToken('t3'))
    await until(() => socket.connected)
    await settle()
    await vi.advanceTimersByTimeAsync(80_000)
    expect(auth.asked).toHaveLength(1)
    auth.leave()
    answer.resolve(accessToken('t4'))
    await vi.advanceTimersByTimeAsync(200_000)
    await settle()
    expect(errors).toMatchObject([left, left])
    expect(renewals).toEqual(['t2'])
    expect(tokens()).toEqual(['t1', 't3'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends the sockets of socketAuth() alone', async () => {
    const { url, ends } = await startListening()
    const auth = fakeAuth(accessToken('t1'))
    const socket = closeAfterTest(clients[version](url, { auth: socketAuth(auth), forceNew: true }))
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    auth.leave()
    await until(() => errors.length === 1 && ends.length === 1)
    expect(errors).toMatchObject([left])
    auth.publish(accessToken('t2'))
    await until(() => socket.connected)
  })

  it('in a listener of `connect` that was there before ours ends the socket as well', async () => {
    const { url, count } = await startListening()
    const auth = fakeAuth(accessToken('t1'))
    const socket = closeAfterTest(clients[version](url, { auth: socketAuth(auth), autoConnect: false, forceNew: true }))
    const errors = errorsOf(socket)
    socket.once('connect', () => auth.leave())
    socket.connect()
    await until(() => errors.length === 1 && count() === 0)
    auth.publish(accessToken('t2'))
    await until(() => socket.connected)
    expect(count()).toBe(1)
  })

  it('sends no CONNECT for an app that calls connect() at every end', async () => {
    withoutJitter()
    const { url, tokens, count } = await startListening()
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = () => auth.cached ?? Promise.reject(new AuthError('sign_in_required', { phase: 'source' }))
    const socket = open(url, auth)
    let stopped = false
    onTestFinished(() => {
      stopped = true
    })
    const again = () => stopped || socket.connect()
    socket.on('disconnect', again).on('connect_error', again)
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    auth.leave()
    await until(() => errors.length >= 3)
    expect(tokens()).toEqual(['t1'])
    expect(count()).toBe(0)
    auth.publish(accessToken('t2'))
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1', 't2'])
    stopped = true
  })

  it.each([
    ['closed', true],
    ['not opened yet', false],
  ])('before which the app had the socket %s: what was written there is nobody’s', async (_, opened) => {
    const { url, notes } = await startListening()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth, { autoConnect: opened })
    if (opened) await until(() => socket.connected)
    socket.disconnect()
    auth.leave()
    socket.emit('note', 'in between')
    auth.publish(accessToken('t2'))
    socket.emit('note', 'after, but nobody can tell')
    socket.connect()
    await until(() => socket.connected)
    socket.emit('note', 'connected')
    await until(() => notes.length > 0)
    expect(notes).toEqual([['t2', 'connected']])
  })

  it('before a socket is made: what is written until the sign-in is dropped', async () => {
    const { url, notes } = await startListening()
    const auth = fakeAuth(accessToken('t0'))
    auth.leave()
    auth.answer = () => Promise.reject(new AuthError('sign_in_required', { phase: 'source' }))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    socket.emit('note', 'in between')
    await until(() => errors.length === 1)
    auth.publish(accessToken('t1'))
    socket.emit('note', 'after')
    await until(() => notes.length > 0)
    expect(notes).toEqual([['t1', 'after']])
  })

  it('is followed by nobody once the app has closed the socket', async () => {
    const { url } = await startListening()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    expect(auth.watchers()).toBe(1)
    socket.disconnect()
    expect(auth.watchers()).toBe(0)
    auth.leave()
    await settle()
    expect(errors).toEqual([])
  })

  it('of the `Auth` itself, dispose(), ends it too: nobody would tell of a sign-out any more', async () => {
    const { url, ends, engines } = await startListening()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    auth.dispose()
    await until(() => errors.length === 1 && engines() === 0)
    expect(errors).toMatchObject([{ code: 'disposed' }])
    expect(ends).toEqual(['client namespace disconnect'])
  })

  it('of the `Auth` itself while CONNECT has no answer yet ends it once it has one', async () => {
    const gate = deferred()
    const { url, arrivals, count, engines } = await startListening(() => gate.promise)
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => arrivals.length === 1)
    auth.dispose()
    gate.resolve(undefined)
    await until(() => errors.length === 1 && engines() === 0)
    await settle()
    expect(errors).toMatchObject([{ code: 'disposed' }])
    expect(socket.connected).toBe(false)
    expect(count()).toBe(0)
  })
})

describe('whoever waits for the acknowledgement of what is dropped', () => {
  it('hears so', async () => {
    const { url, notes } = await startListening()
    const auth = fakeAuth(accessToken('t1'))
    const socket = closeAfterTest(withSocketAuth(clients['4.8.4'], auth)(url, { forceNew: true }))
    await until(() => socket.connected)
    auth.leave()
    const answers = [socket.emitWithAck('note', 'promised'), socket.timeout(60_000).emitWithAck('note', 'timed')]
    const heard = Promise.allSettled(answers)
    auth.publish(accessToken('t2'))
    const refused = { status: 'rejected', reason: { code: 'sign_in_required' } }
    expect(await heard).toMatchObject([refused, refused])
    await until(() => socket.connected)
    await socket.emitWithAck('note', 'after')
    expect(notes).toEqual([['t2', 'after']])
  })

  it('hears so with `retries`, whose queue goes on', async () => {
    const { url, notes } = await startListening()
    const auth = fakeAuth(accessToken('t1'))
    const options = { forceNew: true, retries: 3, ackTimeout: 60_000 }
    const socket = closeAfterTest(withSocketAuth(clients['4.8.4'], auth)(url, options))
    await until(() => socket.connected)
    socket.io.engine.close()
    const before = socket.emitWithAck('note', 'before')
    auth.leave()
    socket.emit('note', 'in between')
    const refused = expect(socket.emitWithAck('note', 'promised')).rejects.toMatchObject({ code: 'sign_in_required' })
    auth.publish(accessToken('t2'))
    await refused
    await before
    await socket.emitWithAck('note', 'after')
    expect(notes).toEqual([
      ['t2', 'before'],
      ['t2', 'after'],
    ])
  })
})
