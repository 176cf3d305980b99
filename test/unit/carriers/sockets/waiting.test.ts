// @vitest-environment node
// A socket that waits for a sign-in does nothing until then.
import { describe, expect, it } from 'vitest'
import { withSocketAuth } from '../../../../src/carriers/sockets/wrap.js'
import { AuthError, type AuthErrorCode } from '../../../../src/shared/errors.js'
import { clients, type Version, versions } from './clients.js'
import {
  accessToken,
  type ClientOptions,
  closeAfterTest,
  deferred,
  errorsOf,
  fakeAuth,
  freezeTime,
  settle,
  startServer,
  until,
  withoutJitter,
} from './world.js'

/** A server, and how many connections of Engine.IO it has had. */
async function startCounting() {
  const world = await startServer()
  const opened = { count: 0 }
  world.server.engine.on('connection', () => {
    opened.count += 1
  })
  return { ...world, opened }
}

/** Nobody is signed in, until there is a token. */
function signedOut(code: AuthErrorCode = 'sign_in_required') {
  const auth = fakeAuth()
  const error = new AuthError(code, { phase: 'source' })
  auth.obstacle = () => (auth.cached ? undefined : error)
  auth.answer = () => auth.cached ?? Promise.reject(error)
  return auth
}

describe.each(versions)('a socket without a sign-in, with a client %s', (version: Version) => {
  const connectOf = (auth: ReturnType<typeof fakeAuth>) => withSocketAuth(clients[version], auth)
  const patiently: ClientOptions = { reconnectionDelay: 10, reconnectionDelayMax: 20 }

  it.each(['sign_in_required', 'consent_required', 'framed', 'config_invalid'] as const)(
    'opens no connection, tells why once, and connects with the first token: %s',
    async (code) => {
      const { url, opened, tokens } = await startCounting()
      const auth = signedOut(code)
      const socket = closeAfterTest(connectOf(auth)(url, patiently))
      const errors = errorsOf(socket)
      await settle()
      expect(opened.count).toBe(0)
      expect(errors).toMatchObject([{ code }])
      auth.publish(accessToken('t1'))
      await until(() => socket.connected)
      expect(tokens()).toEqual(['t1'])
      expect(opened.count).toBe(1)
      expect(auth.actions()).toEqual(['paused', 'resumed'])
    },
  )

  it('opens none for connect() either, nor once the app has closed it', async () => {
    const { url, opened } = await startCounting()
    const auth = signedOut()
    const socket = closeAfterTest(connectOf(auth)(url, { ...patiently, autoConnect: false }))
    const errors = errorsOf(socket)
    await settle()
    expect(errors).toEqual([])
    socket.connect()
    await settle()
    socket.disconnect()
    auth.publish(accessToken('t1'))
    await settle()
    expect(opened.count).toBe(0)
    expect(socket.connected).toBe(false)
  })

  it.each(['signed out', 'signed in', 'closed by the app'])('waits for the start, which ends %s', async (end) => {
    const { url, opened } = await startCounting()
    const auth = signedOut()
    const { obstacle } = auth
    const start = deferred<void>()
    auth.obstacle = () => start.promise
    const socket = closeAfterTest(connectOf(auth)(url, patiently))
    const errors = errorsOf(socket)
    await settle()
    expect(opened.count).toBe(0)
    auth.obstacle = obstacle
    if (end === 'signed in') auth.publish(accessToken('t1'))
    if (end === 'closed by the app') socket.disconnect()
    start.resolve()
    if (end === 'signed in') await until(() => socket.connected)
    else await settle()
    expect(opened.count).toBe(end === 'signed in' ? 1 : 0)
    expect(errors).toHaveLength(end === 'signed out' ? 1 : 0)
    expect(socket.connected).toBe(end === 'signed in')
  })

  it.each(['signed out', 'before the end of the start', 'signed out after a first connection'])(
    'opens none for a second namespace of its Manager either: %s',
    async (when) => {
      const { url, opened } = await startCounting()
      const auth = signedOut()
      const { obstacle } = auth
      const first = when.endsWith('connection')
      if (first) auth.cached = accessToken('t0')
      const start = deferred<void>()
      if (when.startsWith('before')) auth.obstacle = () => start.promise
      const connect = connectOf(auth)
      const one = closeAfterTest(connect(url, patiently))
      if (first) {
        await until(() => one.connected)
        auth.leave()
      }
      await settle()
      const before = opened.count
      const two = closeAfterTest(connect(`${url}/b`, patiently))
      await settle()
      expect(two.io).toBe(one.io)
      expect(opened.count).toBe(before)
      auth.obstacle = obstacle
      auth.publish(accessToken('t1'))
      start.resolve()
      await until(() => one.connected && two.connected)
    },
  )

  it('lets a later namespace connect by itself, also where the app hands `io` its options as a copy', async () => {
    const { url } = await startCounting()
    const auth = signedOut()
    const io = ((uri: string, options: ClientOptions) =>
      clients[version](uri, { ...options })) as (typeof clients)['4.8.4']
    const connect = withSocketAuth(io, auth)
    const one = closeAfterTest(connect(url, patiently))
    auth.publish(accessToken('t1'))
    await until(() => one.connected)
    const two = closeAfterTest(connect(`${url}/b`, patiently))
    expect(two.io).toBe(one.io)
    await until(() => two.connected)
  })

  it('leaves it to the app whether its own Manager connects by itself', async () => {
    const { url, opened } = await startCounting()
    const auth = signedOut()
    const own = closeAfterTest(clients[version](url, { ...patiently, autoConnect: false }))
    const socket = closeAfterTest(connectOf(auth)(`${url}/b`, patiently))
    expect(socket.io).toBe(own.io)
    closeAfterTest(own.io.socket('/a', {}))
    await settle()
    expect(opened.count).toBe(0)
  })

  it('takes a connect() before the end of the start for no failure', async () => {
    freezeTime()
    withoutJitter(0.99)
    const { url } = await startCounting()
    const auth = signedOut()
    const start = deferred<void>()
    auth.obstacle = () => (auth.cached ? undefined : start.promise)
    const socket = closeAfterTest(connectOf(auth)(url, { ...patiently, transports: ['websocket'] }))
    for (let n = 0; n < 8; n += 1) socket.connect()
    socket.disconnect()
    socket.connect()
    auth.publish(accessToken('t1'))
    start.resolve()
    await until(() => socket.connected)
  })

  it('is patient with an app that calls connect() whenever it hears of an error', async () => {
    freezeTime()
    const { url, opened } = await startCounting()
    const socket = closeAfterTest(connectOf(signedOut())(url, patiently))
    const errors = errorsOf(socket)
    socket.on('connect_error', () => socket.connect())
    await settle()
    expect(errors).toHaveLength(1)
    expect(opened.count).toBe(0)
  })

  it('sends what the page has written meanwhile', async () => {
    const { url, server } = await startCounting()
    const notes: unknown[] = []
    server.on('connection', (peer) => peer.on('note', (note) => notes.push(note)))
    const auth = signedOut()
    const socket = closeAfterTest(connectOf(auth)(url, patiently))
    socket.emit('note', 1)
    auth.publish(accessToken('t1'))
    await until(() => notes.length === 1)
  })

  it('keeps no other socket of its Manager from connecting by itself', async () => {
    const { url } = await startCounting()
    const socket = closeAfterTest(connectOf(signedOut())(url, patiently))
    const plain = closeAfterTest(socket.io.socket('/b', {}))
    await until(() => plain.connected)
    expect(socket.connected).toBe(false)
  })

  it('is connected as ever where the failure can pass', async () => {
    withoutJitter()
    const { url, opened } = await startCounting()
    const auth = signedOut('unavailable')
    const socket = closeAfterTest(connectOf(auth)(url, patiently))
    await until(() => opened.count > 0)
    auth.publish(accessToken('t1'))
    await until(() => socket.connected)
  })
})
