// @vitest-environment node
import { describe, expect, it, vi } from 'vitest'
import { withSocketAuth } from '../../../../src/carriers/sockets/wrap.js'
import { AuthError } from '../../../../src/shared/errors.js'
import { clients, versions } from './clients.js'
import {
  accessToken,
  closeAfterTest,
  deferred,
  errorsOf,
  fakeAuth,
  freezeTime,
  open,
  settle,
  startServer,
  until,
  withoutJitter,
} from './world.js'

const signInRequired = () => Promise.reject(new AuthError('sign_in_required', { phase: 'source' }))

describe('a token that does not come', () => {
  it.each<[string, () => unknown, string]>([
    ['a rejection', () => Promise.reject(new Error('no network')), 'unavailable'],
    ['a typed rejection', () => Promise.reject(new AuthError('offline', { phase: 'source' })), 'offline'],
    ['a rejection without a reason', () => Promise.reject(undefined), 'unavailable'],
    [
      'a throw',
      () => {
        throw new TypeError('broken')
      },
      'unavailable',
    ],
    ['null', () => Promise.resolve(null), 'unavailable'],
    ['undefined, and not in a promise', () => undefined, 'unavailable'],
    ['a number', () => Promise.resolve(7), 'unavailable'],
    ['a token that is a number', () => Promise.resolve({ token: 7 }), 'unavailable'],
    ['an empty token', () => Promise.resolve({ token: '' }), 'unavailable'],
  ])('(%s) means no CONNECT, a typed error and a back-off', async (_, answer, code) => {
    withoutJitter()
    const { url, tokens, count } = await startServer()
    const auth = fakeAuth()
    auth.answer = () => (auth.asked.length < 4 ? answer() : accessToken('t1'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1'])
    expect(errors.map((error) => error.code)).toEqual([code, code, code])
    expect(errors.every((error) => error instanceof AuthError)).toBe(true)
    expect(count()).toBe(1)
  })

  it('is not waited for longer than 15 s', async () => {
    freezeTime()
    withoutJitter(0.5)
    const { url, tokens, engines } = await startServer()
    const auth = fakeAuth()
    auth.answer = () => (auth.asked.length === 1 ? new Promise(() => {}) : accessToken('t1'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => auth.asked.length === 1)
    await vi.advanceTimersByTimeAsync(14_999)
    expect(errors).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(errors).toMatchObject([{ code: 'timed_out', phase: 'socket', retryable: true }])
    await until(() => engines() === 0)
    expect(tokens()).toEqual([])
    await vi.advanceTimersByTimeAsync(250)
    await until(() => socket.connected)
  })

  it('leaves no timer when the app disconnects meanwhile', async () => {
    freezeTime()
    const { url } = await startServer()
    const auth = fakeAuth()
    auth.answer = () => new Promise(() => {})
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => auth.asked.length === 1)
    const deadline = vi.spyOn(globalThis, 'clearTimeout')
    socket.disconnect()
    await settle()
    expect(deadline).toHaveBeenCalled()
    deadline.mockRestore()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(errors).toEqual([])
    expect(auth.asked).toHaveLength(1)
  })

  it('because the payload of the app does not come either: the same deadline', async () => {
    freezeTime()
    const { url } = await startServer()
    const socket = open(url, fakeAuth(accessToken('t1')), { auth: () => {} })
    const errors = errorsOf(socket)
    await until(() => socket.io.engine.readyState === 'open')
    await settle()
    await vi.advanceTimersByTimeAsync(15_000)
    expect(errors).toMatchObject([{ code: 'timed_out' }])
  })

  it.each<[string, (send: (payload: object) => void) => unknown]>([
    [
      'throws',
      () => {
        throw new Error('of the app')
      },
    ],
    ['rejects', () => Promise.reject(new Error('of the app'))],
  ])('because the function of the app %s: a typed error, and a back-off', async (_, own) => {
    withoutJitter()
    const { url, tokens } = await startServer()
    let broken = true
    const socket = open(url, fakeAuth(accessToken('t1')), {
      auth: (send) => {
        if (broken) return own(send) as never
        send({})
      },
    })
    const errors = errorsOf(socket)
    await until(() => errors.length >= 2)
    expect(errors[0]).toMatchObject({ code: 'unavailable', phase: 'socket' })
    expect(tokens()).toEqual([])
    broken = false
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1'])
  })
})

const circular: Record<string, unknown> = {}
circular['self'] = circular
const unsendable: [string, object][] = [
  ['has no end', circular],
  ['has a BigInt', { big: 1n }],
  [
    'throws',
    {
      broken: {
        toJSON() {
          throw new Error('of the app')
        },
      },
    },
  ],
  [
    'throws where it is read',
    {
      get broken() {
        throw new Error('of the app')
      },
    },
  ],
]

describe.each(versions)('a payload that cannot be sent, with a client %s', (version) => {
  describe.each(unsendable)('because it %s', (_, own) => {
    it.each([
      ['an object', () => own],
      ['given by a function', () => (send: (payload: object) => void) => send(own)],
    ])('and is %s, is told once, and nothing is tried until connect()', async (_how, give) => {
      freezeTime()
      const { url, tokens, engines } = await startServer()
      const auth = fakeAuth(accessToken('t1'))
      const options = { forceNew: true, transports: ['websocket'], auth: give() }
      const socket = closeAfterTest(withSocketAuth(clients[version], auth)(url, options))
      const errors = errorsOf(socket)
      await until(() => errors.length === 1 && engines() === 0)
      await vi.advanceTimersByTimeAsync(120_000)
      auth.publish(accessToken('t2'))
      await settle()
      expect(errors).toMatchObject([{ code: 'config_invalid', phase: 'socket', retryable: false }])
      expect(errors[0]?.message).toMatch(/`auth`/)
      expect(errors[0]?.message).not.toContain('t1')
      expect(auth.actions()).toEqual(['gave-up'])
      expect(vi.getTimerCount()).toBe(0)
      socket.auth = { fine: true }
      socket.connect()
      await until(() => socket.connected)
      expect(tokens()).toEqual(['t2'])
    })
  })
})

describe('the token of a CONNECT', () => {
  it('is taken after the payload of the app, however long that takes', async () => {
    const { url, arrivals } = await startServer()
    const auth = fakeAuth(accessToken('t1'))
    const payload = deferred<object>()
    let asked = false
    const socket = open(url, auth, {
      auth: (send) => {
        asked = true
        void payload.promise.then(send)
      },
    })
    await until(() => asked)
    auth.cached = accessToken('t2') // nobody tells: a sibling tab has renewed
    payload.resolve({ room: 'a' })
    await until(() => socket.connected)
    expect(arrivals.map((arrival) => arrival.auth)).toEqual([{ room: 'a', token: 't2' }])
  })

  it('is asked for after the payload as well, and both together have 15 s', async () => {
    freezeTime()
    withoutJitter(0.5)
    const { url } = await startServer()
    const auth = fakeAuth()
    auth.answer = () => new Promise(() => {})
    const payload = deferred<object>()
    const socket = open(url, auth, { auth: (send) => void payload.promise.then(send) })
    const errors = errorsOf(socket)
    await until(() => socket.io.engine.readyState === 'open')
    await settle()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(auth.asked).toEqual([])
    payload.resolve({})
    await until(() => auth.asked.length === 1)
    await vi.advanceTimersByTimeAsync(4_999)
    expect(errors).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(errors).toMatchObject([{ code: 'timed_out' }])
  })

  it('of another account who came while the payload was waited for is not sent, even if nobody tells', async () => {
    const { url, tokens } = await startServer()
    const auth = fakeAuth(accessToken('t1', 'alice'))
    const payload = deferred<object>()
    let asked = false
    const socket = open(url, auth, {
      auth: (send) => {
        asked = true
        void payload.promise.then(send)
      },
    })
    const errors = errorsOf(socket)
    socket.emit('letter of alice')
    await until(() => asked)
    auth.cached = accessToken('t2', 'bob')
    payload.resolve({})
    await until(() => errors.length === 1)
    expect(errors).toMatchObject([{ code: 'account_mismatch' }])
    expect(tokens()).toEqual([])
  })

  it('goes with what the payload was when it was read', async () => {
    const { url, arrivals } = await startServer()
    const auth = fakeAuth()
    const answer = deferred()
    auth.answer = () => answer.promise
    const own = { room: 'a' }
    const socket = open(url, auth, { auth: (send) => send(own) })
    await until(() => auth.asked.length === 1)
    own.room = 'b'
    answer.resolve(accessToken('t1'))
    await until(() => socket.connected)
    expect(arrivals.map((arrival) => arrival.auth)).toEqual([{ room: 'a', token: 't1' }])
  })
})

describe('with nobody signed in', () => {
  it.each(['sign_in_required', 'consent_required'] as const)(
    '(%s) the socket waits and goes on with a token',
    async (code) => {
      const heard: unknown[] = []
      const { url, server, tokens, engines } = await startServer()
      server.on('connection', (socket) => socket.on('n', (n) => heard.push(n)))
      const auth = fakeAuth()
      auth.answer = () => Promise.reject(new AuthError(code, { phase: 'source' }))
      const socket = open(url, auth)
      const errors = errorsOf(socket)
      socket.emit('n', 1)
      await until(() => errors.length === 1)
      await until(() => engines() === 0)
      await settle()
      expect(errors).toMatchObject([{ code }])
      expect(auth.asked).toHaveLength(1)
      expect(tokens()).toEqual([])
      auth.publish(accessToken('t1'))
      await until(() => heard.length === 1)
      expect(tokens()).toEqual(['t1'])
      expect(auth.actions()).toEqual(['paused', 'resumed'])
    },
  )

  it('disconnect() ends the waiting', async () => {
    const { url, tokens } = await startServer()
    const auth = fakeAuth()
    auth.answer = signInRequired
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => errors.length === 1)
    socket.disconnect()
    expect(auth.subscribers()).toBe(0)
    auth.publish(accessToken('t1'))
    await settle()
    expect(tokens()).toEqual([])
  })

  it('connect() asks again, and the socket may wait again', async () => {
    withoutJitter()
    const { url } = await startServer()
    const auth = fakeAuth()
    auth.answer = signInRequired
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => errors.length === 1)
    socket.connect()
    await until(() => errors.length === 2)
    auth.publish(accessToken('t1'))
    await until(() => socket.connected)
  })

  it('a token that came just before the refusal is not overlooked', async () => {
    withoutJitter()
    const { url } = await startServer()
    const auth = fakeAuth()
    const answer = deferred<never>()
    auth.answer = () => answer.promise
    const socket = open(url, auth)
    await until(() => auth.asked.length === 1)
    auth.publish(accessToken('t1'))
    answer.reject(new AuthError('sign_in_required', { phase: 'source' }))
    await until(() => socket.connected)
  })

  it('a refused token is not used again when the renewal needs a person', async () => {
    const { url, tokens } = await startServer((socket) => {
      if (socket.handshake.auth['token'] === 't1') throw new Error('unauthorized')
    })
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = ({ rejectedToken }) => (rejectedToken === auth.cached?.token ? signInRequired() : auth.cached)
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => errors.length === 2)
    await settle()
    expect(tokens()).toEqual(['t1'])
    auth.publish(accessToken('t2'))
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1', 't2'])
  })

  it.each(['denied', 'disposed', 'config_invalid'] as const)(
    'a definite %s is not asked for again and again',
    async (code) => {
      freezeTime()
      const { url } = await startServer()
      const auth = fakeAuth()
      auth.answer = () => Promise.reject(new AuthError(code, { phase: 'source' }))
      const errors = errorsOf(open(url, auth))
      await until(() => errors.length === 1)
      await vi.advanceTimersByTimeAsync(120_000)
      await settle()
      expect(auth.asked).toHaveLength(1)
    },
  )
})

describe('a foreign token provider', () => {
  it('needs getToken() alone', async () => {
    const { url, tokens, only } = await startServer()
    let serial = 0
    const socket = open(url, { getToken: async () => ({ token: `f${++serial}`, expiresOnTimestamp: 0 }) })
    await until(() => socket.connected)
    only().conn.close()
    await until(() => tokens().length === 2 && socket.connected)
    expect(tokens()).toEqual(['f1', 'f2'])
  })

  it('is asked again after sign_in_required, since nobody tells when a token comes', async () => {
    withoutJitter()
    const { url } = await startServer()
    let asked = 0
    const getToken = async () => {
      asked += 1
      if (asked < 3) throw new AuthError('sign_in_required', { phase: 'source' })
      return { token: 'f1', expiresOnTimestamp: 0 }
    }
    const socket = open(url, { getToken })
    await until(() => socket.connected)
    expect(asked).toBe(3)
  })
})

describe('another account', () => {
  const closed = { code: 'account_mismatch', phase: 'socket' }

  it('signs in while the socket is connected: it closes for good and drops what was to be sent', async () => {
    const { url, tokens, engines } = await startServer()
    const auth = fakeAuth(accessToken('t1', 'alice'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    auth.publish(accessToken('t2', 'bob'))
    await until(() => errors.length === 1)
    expect(errors).toMatchObject([closed])
    expect(socket.connected).toBe(false)
    expect(auth.subscribers()).toBe(0)
    await until(() => engines() === 0)
    socket.emit('letter of alice')
    socket.connect()
    await until(() => errors.length === 2)
    auth.publish(accessToken('t3', 'alice'))
    await settle()
    expect(tokens()).toEqual(['t1'])
    expect(errors).toMatchObject([closed, closed])
    expect(auth.actions()).toEqual(['gave-up'])
  })

  it('is there when the transport comes back: nothing of the first one is sent', async () => {
    const { url, tokens, only } = await startServer()
    const auth = fakeAuth(accessToken('t1', 'alice'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    auth.cached = accessToken('t2', 'bob')
    only().conn.close()
    await until(() => !socket.connected)
    socket.emit('letter of alice')
    expect(socket.sendBuffer).toHaveLength(1)
    await until(() => errors.length === 1)
    expect(errors).toMatchObject([closed])
    expect(socket.sendBuffer).toEqual([])
    expect(socket.receiveBuffer).toEqual([])
    await settle()
    expect(tokens()).toEqual(['t1'])
  })

  it('signs in while CONNECT has no answer yet', async () => {
    const gate = deferred()
    const { url, count, arrivals } = await startServer(() => gate.promise)
    const auth = fakeAuth(accessToken('t1', 'alice'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => arrivals.length === 1)
    auth.publish(accessToken('t2', 'bob'))
    gate.resolve(undefined)
    await until(() => errors.length === 1)
    await settle()
    expect(errors).toMatchObject([closed])
    expect(socket.connected).toBe(false)
    expect(count()).toBe(0)
  })

  it('of a foreign provider is told where its answer names the account', async () => {
    const { url, tokens, only } = await startServer()
    let oid = 'alice'
    const socket = open(url, {
      getToken: async () => ({ token: `of ${oid}`, expiresOnTimestamp: 0, account: { key: `entra:contoso:${oid}` } }),
    })
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    oid = 'bob'
    only().conn.close()
    await until(() => errors.length === 1)
    expect(errors).toMatchObject([closed])
    expect(tokens()).toHaveLength(1)
  })

  it('comes before the first CONNECT: that is no change', async () => {
    withoutJitter()
    const { url, tokens } = await startServer()
    const auth = fakeAuth()
    auth.answer = () => {
      auth.cached = accessToken('t2', 'bob')
      return Promise.reject(new AuthError('account_mismatch', { phase: 'source' }))
    }
    const socket = open(url, auth)
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t2'])
  })

  it.each([
    ['with a token', true],
    ['whose token is past its hard window', false],
  ])(
    'comes before the first CONNECT, but after somebody %s has written: nothing of that is sent',
    async (_, usable) => {
      const { url, tokens } = await startServer()
      const auth = fakeAuth(accessToken('t1', 'alice'))
      if (!usable) auth.cached = undefined
      const socket = open(url, auth, { autoConnect: false })
      const errors = errorsOf(socket)
      socket.emit('letter of alice')
      auth.publish(accessToken('t2', 'bob'))
      socket.connect()
      await until(() => errors.length === 1)
      await settle()
      expect(errors).toMatchObject([closed])
      expect(socket.sendBuffer).toEqual([])
      expect(tokens()).toEqual([])
    },
  )

  it.each([
    ['that has been connected', true],
    ['that has never been connected', false],
  ])(
    'writes into a socket %s while it is closed: nothing of that is sent once the first is back',
    async (_, before) => {
      const { url, tokens } = await startServer()
      const auth = fakeAuth(accessToken('t1', 'alice'))
      const socket = open(url, auth, { autoConnect: before })
      const errors = errorsOf(socket)
      if (before) await until(() => socket.connected)
      socket.disconnect()
      auth.publish(accessToken('t2', 'bob'))
      socket.emit('letter of bob')
      auth.publish(accessToken('t3', 'alice'))
      socket.connect()
      await until(() => errors.length === 1)
      await settle()
      expect(errors).toMatchObject([closed])
      expect(socket.sendBuffer).toEqual([])
      expect(tokens()).toEqual(before ? ['t1'] : [])
    },
  )

  it('writes into a socket that the server has ended: nothing of that is sent once the first is back', async () => {
    const { url, tokens, only } = await startServer()
    const auth = fakeAuth(accessToken('t1', 'alice'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    only().disconnect()
    await until(() => !socket.connected)
    auth.publish(accessToken('t2', 'bob'))
    socket.emit('letter of bob')
    auth.publish(accessToken('t3', 'alice'))
    socket.connect()
    await until(() => errors.length === 1)
    expect(errors).toMatchObject([closed])
    expect(tokens()).toEqual(['t1'])
  })

  it('was there before the socket was made: that is no change', async () => {
    const { url, tokens } = await startServer()
    const auth = fakeAuth(accessToken('t1', 'alice'))
    auth.leave()
    const socket = open(url, auth, { autoConnect: false })
    auth.publish(accessToken('t2', 'bob'))
    socket.connect()
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t2'])
  })

  it('signs in while the first connection does not come about: the socket closes for good', async () => {
    const { url, server } = await startServer()
    await server.close()
    const auth = fakeAuth()
    const errors = errorsOf(open(url, auth))
    auth.publish(accessToken('t1', 'alice'))
    auth.publish(accessToken('t2', 'bob'))
    await until(() => errors.length > 0 && auth.actions().includes('gave-up'))
    expect(errors.at(0)).toMatchObject(closed)
    expect(auth.subscribers()).toBe(0)
  })

  it('is no change when the same account signs out and in while the socket is closed', async () => {
    const { url, tokens } = await startServer()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    await until(() => socket.connected)
    socket.disconnect()
    auth.leave()
    auth.publish(accessToken('t2'))
    socket.connect()
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1', 't2'])
  })

  it('is no change when it is the same account with another token', async () => {
    const { url } = await startServer()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    auth.publish(accessToken('t2'))
    await settle()
    expect(socket.connected).toBe(true)
    expect(errors).toEqual([])
  })
})
