// @vitest-environment node
import { io, Manager } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { withSocketAuth } from '../../../../src/carriers/sockets/wrap.js'
import {
  accessToken,
  closeAfterTest,
  deferred,
  fakeAuth,
  open,
  settle,
  startServer,
  type Transport,
  until,
  withoutJitter,
} from './world.js'

const transports: Transport[] = ['polling', 'websocket']

describe.each(transports)('a CONNECT over %s', (transport) => {
  it('carries the cached token beside the payload of the app', async () => {
    const { url, arrivals, count } = await startServer()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth, { transports: [transport], auth: { room: 'x', token: 'of the app' } })
    await until(() => socket.connected)
    expect(arrivals.map((arrival) => arrival.auth)).toEqual([{ room: 'x', token: 't1' }])
    expect(auth.asked).toEqual([])
    expect(count()).toBe(1)
  })

  it('waits for a token that is not there yet', async () => {
    const { url, tokens, count } = await startServer()
    const auth = fakeAuth()
    const answer = deferred()
    auth.answer = () => answer.promise
    const socket = open(url, auth, { transports: [transport] })
    await until(() => auth.asked.length === 1)
    await settle()
    expect(tokens()).toEqual([])
    answer.resolve(accessToken('t1'))
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1'])
    expect(count()).toBe(1)
  })

  it('has a fresh token after each drop', async () => {
    const { url, tokens, count, only } = await startServer()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth, { transports: [transport] })
    for (const next of ['t2', 't3']) {
      await until(() => socket.connected)
      auth.cached = accessToken(next)
      only().conn.close()
      await until(() => !socket.connected)
    }
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1', 't2', 't3'])
    expect(count()).toBe(1)
  })

  it('never takes the token of an engine that is gone', async () => {
    const { url, server, tokens, arrivals, count } = await startServer()
    const auth = fakeAuth()
    const answers = [deferred(), deferred()]
    auth.answer = () => answers[auth.asked.length - 1]?.promise
    const socket = open(url, auth, { transports: [transport] })
    await until(() => auth.asked.length === 1)
    for (const client of Object.values(
      (server.engine as unknown as { clients: Record<string, { close(): void }> }).clients,
    )) {
      client.close()
    }
    await until(() => auth.asked.length === 2)
    expect(auth.asked[0]?.abortSignal?.aborted).toBe(true)
    answers[0]?.resolve(accessToken('late'))
    await settle()
    expect(tokens()).toEqual([])
    answers[1]?.resolve(accessToken('fresh'))
    await until(() => socket.connected)
    await settle()
    expect(tokens()).toEqual(['fresh'])
    expect(arrivals).toHaveLength(1)
    expect(count()).toBe(1)
  })

  it('is one, after disconnect() and connect() while the token is on its way', async () => {
    const { url, tokens, count } = await startServer()
    const auth = fakeAuth()
    const answers = [deferred(), deferred()]
    auth.answer = () => answers[auth.asked.length - 1]?.promise
    const socket = open(url, auth, { transports: [transport] })
    await until(() => auth.asked.length === 1)
    socket.disconnect()
    socket.connect()
    await until(() => auth.asked.length === 2)
    answers[0]?.resolve(accessToken('old'))
    answers[1]?.resolve(accessToken('new'))
    await until(() => socket.connected)
    await settle()
    expect(tokens()).toEqual(['new'])
    expect(count()).toBe(1)
  })

  it('leaves no ghost when a slow server answers a socket that has begun anew', async () => {
    const gates = [deferred(), deferred()]
    const { url, arrivals, count } = await startServer(() => gates[arrivals.length - 1]?.promise)
    const socket = open(url, fakeAuth(accessToken('t1')), { transports: [transport] })
    await until(() => arrivals.length === 1)
    socket.disconnect()
    socket.connect()
    await until(() => arrivals.length === 2)
    for (const gate of gates) gate.resolve(undefined)
    await until(() => socket.connected)
    await settle()
    expect(count()).toBe(1)
    expect(new Set(arrivals.map(({ engine }) => engine)).size).toBe(2)
  })

  it('is not sent twice by connect() while the first has no answer', async () => {
    const gate = deferred()
    const { url, arrivals, count } = await startServer(() => gate.promise)
    const socket = open(url, fakeAuth(accessToken('t1')), { transports: [transport] })
    await until(() => arrivals.length === 1)
    for (let again = 0; again < 5; again += 1) socket.connect().open()
    await settle()
    gate.resolve(undefined)
    await until(() => socket.connected)
    socket.connect()
    await settle()
    expect(arrivals).toHaveLength(1)
    expect(count()).toBe(1)
  })
})

describe('a second namespace', () => {
  it('gets its token inside the constructor of the socket, when the connection is open already', async () => {
    const { url, arrivals, count, engines } = await startServer()
    const connect = withSocketAuth(io, fakeAuth(accessToken('t1')))
    const a = closeAfterTest(connect(`${url}/a`, { auth: { in: 'a' } }))
    await until(() => a.connected)
    const b = closeAfterTest(connect(`${url}/b`, { auth: { in: 'b' } }))
    await until(() => b.connected)
    await settle()
    expect(arrivals.map(({ namespace, auth }) => [namespace, auth])).toEqual([
      ['/a', { in: 'a', token: 't1' }],
      ['/b', { in: 'b', token: 't1' }],
    ])
    expect(count()).toBe(2)
    expect(engines()).toBe(1)
  })

  it('leaves no ghost and no dead sibling when it is disconnected before the server has answered', async () => {
    const gate = deferred()
    const { url, arrivals, count, server } = await startServer((socket) => socket.nsp.name === '/b' && gate.promise)
    const connect = withSocketAuth(io, fakeAuth(accessToken('t1')))
    const a = closeAfterTest(connect(`${url}/a`, { reconnectionDelay: 10 }))
    await until(() => a.connected)
    const b = closeAfterTest(connect(`${url}/b`))
    await until(() => arrivals.some(({ namespace }) => namespace === '/b'))
    const { engine } = a.io
    b.disconnect()
    gate.resolve(undefined)
    await until(() => a.io.engine !== engine && a.connected && server.of('/a').sockets.size === 1)
    await settle()
    expect(server.of('/b').sockets.size).toBe(0)
    b.connect()
    await until(() => b.connected)
    await settle()
    expect(count()).toBe(2)
  })

  it.each<[string, Transport[]]>([
    ['in the middle of the upgrade', ['polling', 'websocket']],
    ['while its sibling is sending', ['polling']],
  ])('costs its sibling nothing that it sends, when it is disconnected without an answer %s', async (_, transports) => {
    const gate = deferred()
    const { url, arrivals, server } = await startServer((socket) => socket.nsp.name === '/b' && gate.promise)
    const heard: unknown[] = []
    server.of('/a').on('connection', (socket) => socket.on('note', (note) => heard.push(note)))
    const connect = withSocketAuth(io, fakeAuth(accessToken('t1')))
    const a = closeAfterTest(connect(`${url}/a`, { transports, reconnectionDelay: 10 }))
    const b = closeAfterTest(connect(`${url}/b`))
    let note = 0
    const leave = () => {
      a.emit('note', ++note)
      b.disconnect()
      for (let n = 0; n < 5; n += 1) setTimeout(() => a.emit('note', ++note), n)
    }
    if (transports.length > 1) a.io.once('open', () => a.io.engine.once('upgrading', leave))
    await until(() => a.connected && arrivals.some(({ namespace }) => namespace === '/b'))
    if (transports.length === 1) leave()
    gate.resolve(undefined)
    await until(() => heard.length === 6)
    expect(heard).toEqual([1, 2, 3, 4, 5, 6])
    await until(() => server.of('/b').sockets.size === 0)
    b.connect()
    await until(() => b.connected && a.connected)
    await settle()
    expect(server.of('/b').sockets.size).toBe(1)
  })

  it('is refused and connected again on the same engine, without harm to its sibling', async () => {
    const { url, server, count, arrivals } = await startServer((socket) => {
      if (socket.nsp.name === '/b' && socket.handshake.auth['token'] === 't1') throw new Error('unauthorized')
    })
    const auth = fakeAuth(accessToken('t1'))
    const connect = withSocketAuth(io, auth)
    const a = closeAfterTest(connect(`${url}/a`))
    await until(() => a.connected)
    const before = server.of('/a').sockets.keys().next().value
    auth.answer = () => accessToken('t2')
    const b = closeAfterTest(connect(`${url}/b`))
    await until(() => b.connected)
    await settle()
    expect(auth.asked.map(({ rejectedToken }) => rejectedToken)).toEqual(['t1'])
    expect(server.of('/a').sockets.keys().next().value).toBe(before)
    expect(new Set(arrivals.map(({ engine }) => engine)).size).toBe(1)
    expect(count()).toBe(2)
  })
})

describe('the payload of the app', () => {
  it('may be changed and assigned later', async () => {
    const { url, arrivals, only } = await startServer()
    const own: Record<string, unknown> = { first: 1 }
    const socket = open(url, fakeAuth(accessToken('t1')), { auth: own })
    const again = async () => {
      await until(() => socket.connected)
      only().conn.close()
      await until(() => !socket.connected)
      await until(() => socket.connected)
      return arrivals.at(-1)?.auth
    }
    const view = socket.auth as Record<string, unknown>
    view['second'] = 2
    own['third'] = 3
    expect({ ...view }).toEqual({ first: 1, second: 2, third: 3 })
    expect('second' in view).toBe(true)
    expect(await again()).toEqual({ first: 1, second: 2, third: 3, token: 't1' })
    delete view['first']
    expect(await again()).toEqual({ second: 2, third: 3, token: 't1' })
    socket.auth = { other: true }
    expect(await again()).toEqual({ other: true, token: 't1' })
    socket.auth = (send) => send({ by: 'function' })
    expect(await again()).toEqual({ by: 'function', token: 't1' })
  })

  it('comes from a function that is asked at each CONNECT, late answers included', async () => {
    const { url, arrivals, only } = await startServer()
    let asked = 0
    const socket = open(url, fakeAuth(accessToken('t1')), {
      auth: (send) => {
        asked += 1
        const turn = asked
        setImmediate(() => send({ turn }))
      },
    })
    await until(() => socket.connected)
    only().conn.close()
    await until(() => arrivals.length === 2)
    expect(arrivals.map(({ auth }) => auth)).toEqual([
      { turn: 1, token: 't1' },
      { turn: 2, token: 't1' },
    ])
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['a frozen object', Object.freeze({ a: 1 })],
    ['a function that answers nothing', (send: (payload?: unknown) => void) => send()],
    ['a function that answers twice', (send: (payload?: unknown) => void) => [send({ a: 1 }), send({ a: 2 })]],
  ])('can be %s', async (_, own) => {
    const { url, tokens, count } = await startServer()
    const socket = open(url, fakeAuth(accessToken('t1')), { auth: own as never })
    await until(() => socket.connected)
    await settle()
    expect(tokens()).toEqual(['t1'])
    expect(count()).toBe(1)
  })

  it('shows itself, not the function behind it', async () => {
    const { url } = await startServer()
    const socket = open(url, fakeAuth(accessToken('t1')), { auth: Object.freeze({ name: 'Ada' }) })
    expect(Object.keys(socket.auth)).toEqual(['name'])
    expect((socket.auth as { name: string }).name).toBe('Ada')
    expect(JSON.stringify({ ...socket.auth })).toBe('{"name":"Ada"}')
  })
})

describe('the socket', () => {
  it('goes on reconnecting when a listener calls connect() at each failure of the transport', async () => {
    const { url, server } = await startServer()
    await server.close()
    const socket = open(url, fakeAuth(accessToken('t1')))
    let failures = 0
    socket.on('connect_error', () => {
      failures += 1
      socket.connect()
    })
    await until(() => failures === 6)
    expect(socket.active).toBe(true)
  })

  it('waits for connect() with autoConnect: false, and takes its namespace from a Manager', async () => {
    const { url, tokens, count } = await startServer()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth, { autoConnect: false })
    await settle()
    expect(auth.subscribers()).toBe(0)
    expect(tokens()).toEqual([])
    socket.open()
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1'])
    expect(count()).toBe(1)
    expect(socket.io).toBeInstanceOf(Manager)
  })

  it('leaves no timer, listener or subscription behind disconnect(), and connects again', async () => {
    const { url, count } = await startServer()
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    await until(() => socket.connected)
    expect(auth.subscribers()).toBe(1)
    socket.close()
    expect(auth.subscribers()).toBe(0)
    for (const event of ['connect', 'connect_error', 'disconnect', 'auth:session', 'auth:expired']) {
      expect(socket.listeners(event)).toEqual([])
    }
    await until(() => count() === 0)
    socket.connect()
    await until(() => socket.connected)
    expect(auth.subscribers()).toBe(1)
    expect(count()).toBe(1)
  })

  it('survives an app that removes all listeners', async () => {
    const { url, tokens, only } = await startServer((socket) => {
      if (socket.handshake.auth['token'] === 'bad') throw new Error('unauthorized')
    })
    const auth = fakeAuth(accessToken('t1'))
    const socket = open(url, auth)
    await until(() => socket.connected)
    socket.removeAllListeners()
    auth.cached = accessToken('bad')
    auth.answer = () => accessToken('t2')
    only().conn.close()
    await until(() => tokens().length === 3 && socket.connected)
    expect(tokens()).toEqual(['t1', 'bad', 't2'])
  })

  it('keeps what is emitted meanwhile, in order', async () => {
    const { url, server } = await startServer()
    const heard: number[] = []
    server.on('connection', (socket) => socket.on('n', (n: number) => heard.push(n)))
    const auth = fakeAuth()
    const answer = deferred()
    auth.answer = () => answer.promise
    const socket = open(url, auth)
    for (let n = 0; n < 50; n += 1) socket.emit('n', n)
    await until(() => auth.asked.length === 1)
    for (let n = 50; n < 100; n += 1) socket.emit('n', n)
    answer.resolve(accessToken('t1'))
    await until(() => heard.length === 100)
    expect(heard).toEqual(Array.from({ length: 100 }, (_, n) => n))
  })
})

/** A small seeded generator, so that a failure can be repeated. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

describe('whatever happens in whatever order', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])('never leaves a ghost or a dead socket (seed %i)', async (seed) => {
    const random = seeded(seed)
    const pick = (n: number) => Math.floor(random() * n)
    const pause = async () => {
      for (let turn = pick(30); turn > 0; turn -= 1) await new Promise((resolve) => setImmediate(resolve))
    }
    const refusals = ['unauthorized', 'the database is down']
    withoutJitter()
    const { url, server, arrivals, count } = await startServer(async () => {
      await pause()
      const refusal = refusals[pick(10)]
      if (refusal) throw new Error(refusal)
    })
    const auth = fakeAuth()
    auth.answer = async () => {
      await pause()
      return accessToken('t1')
    }
    const socket = open(url, auth, {
      transports: [seed % 2 ? 'websocket' : 'polling'],
      reconnectionDelay: 1,
      reconnectionDelayMax: 2,
    })
    const actions = [
      () => socket.disconnect(),
      () => socket.connect(),
      () => socket.disconnect().connect(),
      () => server.disconnectSockets(),
      () => socket.io.engine.readyState === 'open' && socket.io.engine.close(),
      () => auth.publish(accessToken('t1')),
      () => Object.assign(auth, { cached: undefined }),
    ]
    for (let step = 0; step < 40; step += 1) {
      actions[pick(actions.length)]?.()
      await pause()
    }
    // Asked again and again: a last disconnect by the server may still be on its way.
    await until(() => socket.connect().connected && count() === 1)
    await settle()
    expect(socket.connected).toBe(true)
    expect(count()).toBe(1)
    expect(arrivals.every((arrival) => arrival.auth['token'] === 't1')).toBe(true)
    const perEngine = arrivals.map(({ engine }) => engine)
    expect(new Set(perEngine).size).toBe(perEngine.length)
  })
})
