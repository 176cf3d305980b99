// @vitest-environment node
import { io, type Socket } from 'socket.io-client'
import { describe, expect, it, vi } from 'vitest'
import { isServerAnswer, isUnauthorized } from '../../../../src/carriers/sockets/connect-error.js'
import { withSocketAuth } from '../../../../src/carriers/sockets/wrap.js'
import { AuthError } from '../../../../src/shared/errors.js'
import {
  accessToken,
  closeAfterTest,
  deferred,
  errorsOf,
  fakeAuth,
  freezeTime,
  open,
  Refused,
  settle,
  startServer,
  until,
  withoutJitter,
} from './world.js'

describe('a refusal means "unauthorized"', () => {
  it.each([
    { message: 'unauthorized' },
    { message: 'Unauthorised' },
    { message: 'jwt expired' },
    { message: 'Invalid token' },
    { message: 'Authentication error' },
    { message: 'authentication failed' },
    { message: 'HTTP 401' },
    { message: 'no', data: { code: 401 } },
    { message: 'no', data: { code: 4401 } },
    { message: 'no', data: { status: 401 } },
    { message: 'no', data: { statusCode: '401' } },
    { message: 'no', data: { type: 'UNAUTHORIZED' } },
    ...['token_missing', 'token_invalid', 'token_expired', 'invalid_token', 'authentication_failed'].map((code) => ({
      message: 'no',
      data: { code },
    })),
  ])('with %o', (refusal) => {
    expect(isUnauthorized(refusal)).toBe(true)
  })

  it.each([
    { message: 'the database is down' },
    { message: undefined },
    { message: null, data: null },
    { message: 'forbidden', data: { code: 403 } },
    { message: 'unauthorized', data: { code: 403 } },
    { message: 'unauthorized', data: { code: 'temporarily_unavailable' } },
    { message: 'port 14010 is closed' },
    { message: { toString: 1 }, data: { code: {} } },
    { message: 'x', data: 'unauthorized' },
    { message: 'x', data: [] },
  ])('but not with %o', (refusal) => {
    expect(isUnauthorized(refusal)).toBe(false)
  })

  it.each([undefined, null, 7, 'unauthorized', new Error('xhr poll error'), {}])('%o is no refusal', (error) => {
    expect(isServerAnswer(error)).toBe(false)
  })
})

const onlyTakes =
  (...good: string[]) =>
  (socket: { handshake: { auth: Record<string, unknown> } }) => {
    if (!good.includes(String(socket.handshake.auth['token'])))
      throw new Refused('unauthorized', { code: 'token_expired' })
  }

describe.each(['polling', 'websocket'] as const)('a refused token over %s', (transport) => {
  it('is renewed once, by comparison, and the second CONNECT is accepted', async () => {
    const { url, tokens, count } = await startServer(onlyTakes('t2'))
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = () => accessToken('t2')
    const socket = open(url, auth, { transports: [transport] })
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    await settle()
    expect(tokens()).toEqual(['t1', 't2'])
    expect(auth.asked.map(({ rejectedToken }) => rejectedToken)).toEqual(['t1'])
    expect(errors.map(({ message }) => message)).toEqual(['unauthorized'])
    expect(count()).toBe(1)
    expect(auth.actions()).toEqual(['refused'])
  })

  it('is given up when the fresh one is refused as well', async () => {
    const { url, tokens, engines } = await startServer(onlyTakes())
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = () => accessToken('t2')
    const socket = open(url, auth, { transports: [transport] })
    const errors = errorsOf(socket)
    await until(() => errors.length === 3)
    await settle()
    expect(tokens()).toEqual(['t1', 't2'])
    expect(errors.map(({ message }) => message).slice(0, 2)).toEqual(['unauthorized', 'unauthorized'])
    expect(errors[2]).toBeInstanceOf(AuthError)
    expect(errors[2]).toMatchObject({ code: 'token_rejected', phase: 'socket', retryable: false, cause: errors[1] })
    expect(JSON.stringify(errors) + String(errors[2]?.stack)).not.toMatch(/t1|"t2"/)
    expect(socket.active).toBe(false)
    expect(auth.subscribers()).toBe(0)
    expect(auth.actions()).toEqual(['refused', 'refused', 'gave-up'])
    await until(() => engines() === 0)
  })

  it('is not sent again when the renewal brings the same one', async () => {
    const { url, tokens } = await startServer(onlyTakes())
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth, { transports: [transport] })
    const errors = errorsOf(socket)
    await until(() => errors.length === 2)
    await settle()
    expect(tokens()).toEqual(['t1'])
    expect(auth.asked).toHaveLength(1)
    expect(errors[1]).toMatchObject({ code: 'token_rejected', cause: errors[0] })
  })
})

describe('after giving up', () => {
  it('connect() begins anew, with whatever token there is', async () => {
    withoutJitter()
    const good: string[] = []
    const { url, tokens, count } = await startServer((socket) => onlyTakes(...good)(socket))
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => errors.length === 2)
    good.push('t1')
    socket.connect()
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1', 't1'])
    expect(count()).toBe(1)
    expect(auth.subscribers()).toBe(1)
  })

  it('a listener that always calls connect() is held to the back-off', async () => {
    freezeTime()
    withoutJitter(0.999)
    const { url, tokens } = await startServer(onlyTakes())
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    socket.on('connect_error', () => socket.connect())
    await until(() => tokens().length === 1)
    await settle()
    expect(tokens()).toHaveLength(1)
    for (let second = 0; second < 60; second += 1) {
      await vi.advanceTimersByTimeAsync(1_000)
      await settle()
    }
    expect(tokens().length).toBeLessThan(10)
    expect(tokens().length).toBeGreaterThan(2)
  })

  it('a listener that was there first and always calls disconnect().connect() is held to it too', async () => {
    freezeTime()
    withoutJitter(0.999)
    const { url, tokens } = await startServer(onlyTakes())
    let serial = 1
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = () => accessToken(`t${++serial}`)
    const socket = open(url, auth, { autoConnect: false })
    socket.on('connect_error', () => socket.disconnect().connect())
    socket.connect()
    for (let second = 0; second < 30; second += 1) {
      await vi.advanceTimersByTimeAsync(1_000)
      await settle()
    }
    expect(tokens().length).toBeLessThan(20)
  })
})

describe('a listener that was first and has begun anew', () => {
  it('gets one CONNECT, not a second one beside it', async () => {
    const gate = deferred()
    const { url, arrivals, server } = await startServer((socket) => {
      if (socket.nsp.name !== '/b') return
      if (arrivals.filter(({ namespace }) => namespace === '/b').length === 1) throw new Error('unauthorized')
      return gate.promise
    })
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = () => accessToken('t2')
    const connect = withSocketAuth(io, auth)
    const [a, b] = ['/a', '/b'].map((name) => closeAfterTest(connect(url + name, { autoConnect: false }))) as [
      Socket,
      Socket,
    ]
    a.connect()
    await until(() => a.connected)
    b.once('connect_error', () => b.disconnect().connect())
    b.connect()
    await until(() => arrivals.length === 3)
    await settle()
    gate.resolve(undefined)
    await until(() => b.connected)
    await settle()
    expect(arrivals).toHaveLength(3)
    expect(server.of('/b').sockets.size).toBe(1)
  })
})

describe('three namespaces that are refused at once', () => {
  it('each ask by comparison and connect on one engine', async () => {
    const { url, arrivals, count } = await startServer(onlyTakes('t2'))
    const auth = fakeAuth(accessToken('t1'))
    let mints = 0
    auth.answer = ({ rejectedToken }) => {
      if (rejectedToken === auth.cached?.token) {
        mints += 1
        auth.cached = accessToken('t2')
      }
      return auth.cached
    }
    const connect = withSocketAuth(io, auth)
    const sockets = ['a', 'b', 'c'].map((name) =>
      closeAfterTest(connect(`${url}/${name}`, { transports: ['websocket'] })),
    )
    await until(() => sockets.every((socket) => socket.connected))
    expect(mints).toBe(1)
    expect(arrivals).toHaveLength(6)
    expect(count()).toBe(3)
  })
})

describe('another refusal', () => {
  it('is repeated with a growing back-off, and no token is renewed for it', async () => {
    freezeTime()
    withoutJitter(0.5)
    let down = true
    const { url, tokens } = await startServer(() => {
      if (down) throw new Error('the database is down')
    })
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    for (const [attempt, delay] of [250, 500, 1_000, 2_000].entries()) {
      await until(() => tokens().length === attempt + 1 && !socket.active)
      await vi.advanceTimersByTimeAsync(delay - 1)
      await settle()
      expect(tokens()).toHaveLength(attempt + 1)
      down = attempt < 3
      await vi.advanceTimersByTimeAsync(1)
    }
    await until(() => socket.connected)
    expect(auth.asked).toEqual([])
  })

  it('is never later than 30 s', async () => {
    freezeTime()
    withoutJitter(0.999)
    const { url, tokens } = await startServer(() => {
      throw new Error('the database is down')
    })
    const socket = open(url, fakeAuth(accessToken('t1')))
    for (let attempt = 1; attempt < 12; attempt += 1) {
      await until(() => tokens().length === attempt && !socket.active)
      await vi.advanceTimersByTimeAsync(30_000)
    }
    await until(() => tokens().length === 12)
  })

  it.each([
    ['denied', new Refused('banned', { retry: false })],
    ['token_rejected', new Refused('unauthorized', { retry: false })],
    ['token_rejected', new Refused('unauthorized', { code: 'wrong_audience', retry: false })],
    ['token_rejected', new Refused('no', { code: 'token_malformed', retry: false })],
  ])('with retry: false ends as %s', async (code, refusal) => {
    const { url, tokens } = await startServer(() => {
      throw refusal
    })
    const auth = fakeAuth(accessToken('t1'))
    const errors = errorsOf(open(url, auth))
    await until(() => errors.length === 2)
    await settle()
    expect(tokens()).toHaveLength(1)
    expect(auth.asked).toEqual([])
    expect(errors[1]).toMatchObject({ code, phase: 'socket', cause: errors[0] })
  })

  it('because there is no such namespace ends as denied, as it is final for io', async () => {
    freezeTime()
    const { url } = await startServer()
    const socket = open(`${url}/nobody`, fakeAuth(accessToken('t1')))
    let connects = 0
    socket.io.on('open', () => {
      connects += 1
    })
    const errors = errorsOf(socket)
    await until(() => errors.length === 2)
    await vi.advanceTimersByTimeAsync(60_000)
    await settle()
    expect(errors).toMatchObject([{ message: 'Invalid namespace' }, { code: 'denied', cause: errors[0] }])
    expect(connects).toBe(1)
  })

  it('because the token is of another user than the socket closes it for good', async () => {
    const { url, tokens } = await startServer(() => {
      throw new Refused('unauthorized', { code: 'account_mismatch', retry: false })
    })
    const socket = open(url, fakeAuth(accessToken('t1')))
    const errors = errorsOf(socket)
    socket.emit('letter')
    await until(() => errors.length === 2)
    expect(errors[1]).toMatchObject({ code: 'account_mismatch', phase: 'socket' })
    expect(socket.sendBuffer).toEqual([])
    socket.connect()
    await until(() => errors.length === 3)
    expect(tokens()).toHaveLength(1)
  })

  it.each([null, 'text', 0, [], { code: { deep: 1 } }, { retry: 'false' }])(
    'with %o as data is repeated, not thrown about',
    async (data) => {
      withoutJitter()
      const { url, tokens } = await startServer(() => {
        if (tokens().length < 3) throw new Refused('busy', data)
      })
      const socket = open(url, fakeAuth(accessToken('t1')))
      await until(() => socket.connected)
      expect(tokens()).toHaveLength(3)
    },
  )

  it('makes the server forget nothing that was to be sent', async () => {
    withoutJitter()
    const heard: unknown[] = []
    const { url, server, tokens } = await startServer(() => {
      if (tokens().length < 3) throw new Error('busy')
    })
    server.on('connection', (socket) => socket.on('n', (n) => heard.push(n)))
    const socket = open(url, fakeAuth(accessToken('t1')))
    socket.emit('n', 1).emit('n', 2)
    await until(() => heard.length === 2)
    expect(heard).toEqual([1, 2])
  })
})

describe('disconnect() of the app', () => {
  it('is respected while the token is renewed', async () => {
    const { url, tokens, engines } = await startServer(onlyTakes('t2'))
    const auth = fakeAuth(accessToken('t1'))
    const answer = deferred()
    auth.answer = () => answer.promise
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => auth.asked.length === 1)
    socket.disconnect()
    expect(auth.asked[0]?.abortSignal?.aborted).toBe(true)
    answer.resolve(accessToken('t2'))
    await settle()
    expect(tokens()).toEqual(['t1'])
    expect(errors).toHaveLength(1)
    expect(auth.subscribers()).toBe(0)
    await until(() => engines() === 0)
    socket.connect()
    auth.cached = accessToken('t2')
    await until(() => socket.connected)
  })

  it('is respected during a back-off', async () => {
    freezeTime()
    const { url, tokens } = await startServer(() => {
      throw new Error('busy')
    })
    const socket = open(url, fakeAuth(accessToken('t1')))
    await until(() => tokens().length === 1 && !socket.active)
    const timers = vi.getTimerCount()
    socket.disconnect()
    expect(vi.getTimerCount()).toBe(timers - 1)
    await vi.advanceTimersByTimeAsync(60_000)
    await settle()
    expect(tokens()).toHaveLength(1)
  })

  it('is respected inside a listener of connect_error', async () => {
    const { url, tokens } = await startServer(onlyTakes('t2'))
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = () => accessToken('t2')
    const socket = open(url, auth, { autoConnect: false })
    socket.on('connect_error', () => socket.disconnect())
    socket.connect()
    await until(() => tokens().length === 1)
    await settle()
    expect(tokens()).toEqual(['t1'])
    expect(socket.active).toBe(false)
  })
})

describe('an error of the transport', () => {
  it('is left to the Manager, and a 401 renews the token once', async () => {
    const { url, server, count } = await startServer()
    let refuse = true
    server.engine.use(
      (_request: unknown, response: { writeHead(status: number): void; end(): void }, next: () => void) => {
        if (!refuse) return next()
        response.writeHead(401)
        response.end()
      },
    )
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth, { transports: ['polling'] })
    const errors = errorsOf(socket)
    await until(() => errors.length >= 3)
    expect(errors.every(({ message }) => message === 'xhr poll error')).toBe(true)
    expect(auth.asked.map(({ rejectedToken }) => rejectedToken)).toEqual(['t1'])
    expect(socket.active).toBe(true)
    refuse = false
    await until(() => socket.connected)
    expect(count()).toBe(1)
  })
})

describe('a transport that tells no status, as WebSockets in a browser', () => {
  it('renews the token once after three failures in a row, in case that was the reason', async () => {
    const { url, server, count } = await startServer()
    let refuse = true
    server.engine.opts.allowRequest = (_request, decide) => decide(refuse ? 'no' : null, !refuse)
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth, { transports: ['websocket'] })
    const errors = errorsOf(socket)
    await until(() => errors.length === 2)
    expect(auth.asked).toEqual([])
    await until(() => errors.length >= 6)
    expect(auth.asked.map(({ rejectedToken }) => rejectedToken)).toEqual(['t1'])
    refuse = false
    await until(() => socket.connected)
    expect(count()).toBe(1)
  })

  it('costs the socket none of its attempts: a token that is refused afterwards is still renewed', async () => {
    let refuse = true
    const { url, server, tokens } = await startServer(onlyTakes('t2'))
    server.engine.opts.allowRequest = (_request, decide) => decide(refuse ? 'no' : null, !refuse)
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth, { transports: ['websocket'] })
    const errors = errorsOf(socket)
    await until(() => errors.length >= 4)
    auth.answer = () => accessToken('t2')
    refuse = false
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1', 't2'])
  })
})

describe('a refused token whose renewal fails for now', () => {
  /** What the cache of an `Auth` does: while its source is down, whoever asks gets the old token. */
  function failingAuth() {
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = () => {
      if (auth.asked.length === 1) throw new AuthError('unavailable', { phase: 'renewal' })
      return accessToken(auth.asked.length < 5 ? 't1' : 't2')
    }
    return auth
  }

  it('is not sent again, and the socket goes on trying until there is another one', async () => {
    withoutJitter()
    const { url, tokens } = await startServer(onlyTakes('t2'))
    const socket = open(url, failingAuth())
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1', 't2'])
    expect(errors.slice(1)).toMatchObject([{ code: 'unavailable' }])
  })

  it('is given up once that has been some minutes ago', async () => {
    freezeTime()
    withoutJitter(0.999)
    const { url, tokens } = await startServer(onlyTakes('t2'))
    const auth = failingAuth()
    const errors = errorsOf(open(url, auth))
    await until(() => errors.length === 2)
    auth.answer = () => accessToken('t1')
    for (let second = 0; second < 300 && errors.length < 3; second += 1) {
      await vi.advanceTimersByTimeAsync(1_000)
      await settle()
    }
    expect(errors.at(-1)).toMatchObject({ code: 'token_rejected' })
    expect(tokens()).toEqual(['t1'])
  })
})

describe('the server ends the connection', () => {
  it('without a word, when the token is at its end: it is taken to mean the token', async () => {
    const { url, only, tokens } = await startServer()
    const auth = fakeAuth({ ...accessToken('t1'), expiresOnTimestamp: Date.now() + 59_000 })
    auth.answer = () => accessToken('t2')
    const socket = open(url, auth)
    await until(() => socket.connected)
    only().disconnect()
    await until(() => tokens().length === 2 && socket.connected)
    expect(tokens()).toEqual(['t1', 't2'])
    only().disconnect()
    await until(() => !socket.connected)
    await settle()
    expect(tokens()).toHaveLength(2)
  })

  it('for good, and that is respected', async () => {
    const { url, only, tokens } = await startServer()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    await until(() => socket.connected)
    only().disconnect()
    await until(() => !socket.connected)
    await settle()
    expect(tokens()).toHaveLength(1)
    expect(auth.subscribers()).toBe(0)
    socket.connect()
    await until(() => socket.connected)
  })

  it.each([
    ['the transport', (socket: { conn: { close(): void } }) => socket.conn.close()],
    ['the namespace', (socket: { disconnect(): void }) => socket.disconnect()],
  ])('after auth:expired, by closing %s: the next CONNECT has a fresh token', async (_, end) => {
    const { url, only, tokens, count } = await startServer()
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = () => accessToken('t2')
    const socket = open(url, auth)
    await until(() => socket.connected)
    only().emit('auth:expired', { code: 'token_expired' })
    end(only() as never)
    await until(() => tokens().length === 2 && socket.connected)
    expect(tokens()).toEqual(['t1', 't2'])
    expect(auth.asked.map(({ rejectedToken }) => rejectedToken)).toEqual(['t1'])
    expect(count()).toBe(1)
  })

  it('right after accepting, again and again: the socket gives up', async () => {
    const { url, server, tokens } = await startServer()
    server.on('connection', (socket) => {
      socket.emit('auth:expired')
      socket.conn.close()
    })
    let serial = 1
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = () => accessToken(`t${++serial}`)
    const errors = errorsOf(open(url, auth))
    await until(() => errors.length === 1)
    await settle()
    expect(tokens()).toEqual(['t1', 't2'])
    expect(errors[0]).toMatchObject({ code: 'token_rejected', phase: 'socket' })
  })

  it('an hour later it may be renewed again', async () => {
    freezeTime()
    const { url, only, tokens } = await startServer()
    let serial = 1
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = () => {
      auth.cached = accessToken(`t${++serial}`)
      return auth.cached
    }
    const socket = open(url, auth)
    for (let hour = 1; hour <= 4; hour += 1) {
      await until(() => tokens().length === hour && socket.connected)
      vi.setSystemTime(Date.now() + 3_600_000)
      only().emit('auth:expired')
      only().disconnect()
    }
    await until(() => tokens().length === 5 && socket.connected)
    expect(tokens()).toEqual(['t1', 't2', 't3', 't4', 't5'])
  })
})

it('tries again after a refusal whose code is not a text and cannot be made one', async () => {
  withoutJitter()
  let refusals = 0
  const { url, tokens } = await startServer(() => {
    refusals += 1
    if (refusals === 1) throw new Refused('not now', { code: { toString: 1, valueOf: 1 } })
  })
  const socket = open(url, fakeAuth(accessToken('t1')))
  await until(() => socket.connected)
  expect(tokens()).toEqual(['t1', 't1'])
})
