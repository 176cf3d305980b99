import type { Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AuthError } from '../../src/shared/errors.js'
import { type Chainlit, deferred, natives, openChainlit, patches, patchPage } from './chainlit-world.js'

// The real client of Socket.IO, as Chainlit uses it, against a real server.

const transports = ['polling', 'websocket', 'polling, websocket', 'websocket, polling']

let io: typeof import('socket.io-client').io
let chainlit: Chainlit
let sockets: Socket[]

beforeAll(async () => {
  patchPage()
  ;({ io } = await import('socket.io-client')) // it keeps the WebSocket that it finds
})

beforeEach(async () => {
  chainlit = await openChainlit()
  sockets = []
})

afterEach(() => {
  for (const socket of sockets) socket.close()
})

afterAll(() => patches.restore())

function connect(use: string[], namespace = '') {
  const socket = io(chainlit.url + namespace, {
    path: '/ws/socket.io',
    transports: use,
    withCredentials: true,
    forceNew: true,
    auth: { sessionId: '1' },
    reconnectionDelay: 1,
    reconnectionDelayMax: 1,
  })
  sockets.push(socket)
  const events: string[] = []
  socket.on('connect', () => events.push('connect'))
  socket.on('disconnect', (reason) => events.push(`disconnect: ${reason}`))
  socket.on('connect_error', ({ message }) => events.push(`connect_error: ${message}`))
  const next = (name: string) => new Promise<void>((resolve) => void socket.once(name, () => resolve()))
  return { socket, events, next }
}

const isHandshake = ({ method, url }: { method: string; url: string }) =>
  method === 'GET' && url.startsWith('/ws/socket.io/') && !url.includes('sid=')
const handshakes = async () => (await chainlit.log()).filter(isHandshake)

describe.each(transports)('a socket by %s', (names) => {
  const given = names.split(', ')

  it('waits with its handshake, and with nothing else', async () => {
    const release = chainlit.hold()
    const { socket, next } = connect(given)
    expect(chainlit.ensureSession).toHaveBeenCalledTimes(1)
    expect(await chainlit.log()).toEqual([])
    release()
    await next('connect')
    expect(await socket.emitWithAck('echo', 'hello')).toBe('hello')
    expect(await handshakes()).toHaveLength(1)
    expect(chainlit.ensureSession).toHaveBeenCalledTimes(1)
  })

  it('goes out all the same where the session cannot be checked', async () => {
    chainlit.ensureSession.mockRejectedValue(new Error('offline'))
    await connect(given).next('connect')
    expect(await handshakes()).toHaveLength(1)
  })

  it('carries text and bytes in both directions', async () => {
    const { socket, next } = connect(given)
    await next('connect')
    if (given.length > 1 && given[0] === 'polling') {
      await expect.poll(() => socket.io.engine.transport.name).toBe('websocket')
    }
    expect(await socket.emitWithAck('echo', '44{"message":"not a refusal"} ü \u001e')).toBe(
      '44{"message":"not a refusal"} ü \u001e',
    )
    const bytes = new Uint8Array(100_000).map((_, i) => i)
    const back = await socket.emitWithAck('echo', bytes)
    expect(back).toBeInstanceOf(ArrayBuffer)
    const received = new Uint8Array(back as ArrayBuffer)
    expect([received.length, bytes.every((byte, i) => byte === received[i])]).toEqual([bytes.length, true])
    const [first, second] = (await socket.emitWithAck('echo', [bytes.subarray(0, 3), 'x'])) as [ArrayBuffer, string]
    expect([...new Uint8Array(first), second]).toEqual([0, 1, 2, 'x'])
  })

  it('connects again when it is dropped, after another look at the session', async () => {
    const { events, next, socket } = connect(given)
    await next('connect')
    chainlit.ensureSession.mockClear()
    const again = next('connect')
    await chainlit.drop()
    await again
    // A long poll that is cut is an error, one that has just been answered is not.
    expect(events).toEqual(['connect', expect.stringMatching(/^disconnect: transport (close|error)$/), 'connect'])
    expect(chainlit.ensureSession).toHaveBeenCalledTimes(1)
    expect(await socket.emitWithAck('echo', 1)).toBe(1)
  })

  it('never hears of a refusal that is mended', async () => {
    await chainlit.deny('Connection refused by server')
    const { events, next, socket } = connect(given)
    await next('connect')
    expect(events.filter((event) => event.startsWith('connect'))).toEqual(['connect'])
    expect(chainlit.ensureSession.mock.calls).toContainEqual([true])
    expect(chainlit.ensureSession.mock.calls.filter(([mustAsk]) => mustAsk)).toHaveLength(1)
    expect(await socket.emitWithAck('echo', 1)).toBe(1)
    expect(await handshakes()).toHaveLength(2)
  })

  it('waits until it is mended before it connects again', async () => {
    const mended = deferred()
    let isMended = false
    chainlit.ensureSession.mockImplementation(async (mustAsk) => {
      if (mustAsk || chainlit.ensureSession.mock.calls.length > 1) await mended.promise
    })
    await chainlit.deny('authentication failed')
    const { next } = connect(given)
    const connected = next('connect').then(() => expect(isMended).toBe(true))
    await expect.poll(() => chainlit.ensureSession.mock.calls.some(([mustAsk]) => mustAsk)).toBe(true)
    expect(await handshakes()).toHaveLength(1)
    isMended = true
    mended.resolve()
    await connected
    expect(await handshakes()).toHaveLength(2)
  })

  it('hears of the second refusal in half a minute, and has another one mended later', async () => {
    await chainlit.deny('authorization failed', 'authorization failed')
    const { events, next, socket } = connect(given)
    await next('connect_error')
    expect(events.filter((event) => event.startsWith('connect'))).toEqual(['connect_error: authorization failed'])
    expect(await handshakes()).toHaveLength(2)

    chainlit.pass(29_999)
    await chainlit.deny('authorization failed')
    const refused = next('connect_error')
    socket.connect()
    await refused

    chainlit.pass(1)
    await chainlit.deny('authorization failed')
    const connected = next('connect')
    socket.connect()
    await connected
    expect(events.filter((event) => event.startsWith('connect_error'))).toHaveLength(2)
  })

  it('of another namespace is refused at once', async () => {
    await chainlit.deny('not here')
    const { events, next } = connect(given, '/other')
    await next('connect_error')
    expect(events).toEqual(['connect_error: not here'])
    expect(chainlit.ensureSession).toHaveBeenCalledTimes(1)
  })
})

it('that is closed while its WebSocket waits sends nothing', async () => {
  const release = chainlit.hold()
  const { socket } = connect(['websocket'])
  socket.close()
  release()
  await chainlit.ensureSession.mock.results[0]?.value
  const other = connect(['polling'])
  await other.next('connect')
  expect((await handshakes()).every(({ url }) => url.includes('transport=polling'))).toBe(true)
})

it('gets no token, whatever it sends', async () => {
  await connect(['polling', 'websocket']).next('connect')
  expect((await chainlit.log()).filter(({ authorization }) => authorization !== undefined)).toEqual([])
})

it('to another server is not touched', async () => {
  const { url } = chainlit
  chainlit = await openChainlit()
  const release = chainlit.hold()
  const other = io(url, { path: '/ws/socket.io', transports: ['websocket'], forceNew: true })
  sockets.push(other)
  await new Promise<void>((resolve) => void other.once('connect', () => resolve()))
  expect(chainlit.ensureSession).not.toHaveBeenCalled()
  release()
})

it('to another path of the server is not touched', async () => {
  const release = chainlit.hold()
  const socket = io(chainlit.url, { path: '/ws/socket.io/x', transports: ['polling'], forceNew: true })
  sockets.push(socket)
  await new Promise<void>((resolve) => void socket.once('connect', () => resolve()))
  expect(chainlit.ensureSession).not.toHaveBeenCalled()
  release()
})

describe('a server that does not know the connection that it has just made', () => {
  /** Until the gate is closed nothing else ends the attempts of the client. */
  function closeGate(): Promise<AuthError> {
    return new Promise((resolve) => {
      chainlit.closeForGood.mockImplementation((error) => {
        chainlit.hold()
        resolve(error)
      })
    })
  }

  it.each([[['polling']], [['polling', 'websocket']]])(
    'again and again (%j) is told of, and asked no more',
    async (use) => {
      await chainlit.forget(1_000)
      const refused = closeGate()
      connect(use)
      const error = await refused
      expect(error).toMatchObject({ phase: 'socket', retryable: false })
      expect(error.remedy).toMatch(/transports = \["websocket"\].*sticky sessions/)
      await natives.fetch(`${chainlit.url}/test/log`)
      expect(await handshakes()).toHaveLength(3)
      expect(chainlit.ensureSession).toHaveBeenCalledTimes(4) // the last one waits
      expect(chainlit.closeForGood).toHaveBeenCalledTimes(1)
    },
  )

  it('twice, and then does, is a server that has begun anew', async () => {
    await chainlit.forget(2)
    await connect(['polling']).next('connect')
    expect(await handshakes()).toHaveLength(3)
    expect(chainlit.closeForGood).not.toHaveBeenCalled()
  })

  it('now and then is told of to nobody', async () => {
    for (let i = 0; i < 4; i += 1) {
      await chainlit.forget(2)
      await connect(['polling']).next('connect')
      chainlit.pass(60_000)
    }
    expect(chainlit.closeForGood).not.toHaveBeenCalled()
  })

  it('any more after a while is told of to nobody', async () => {
    const { socket, next } = connect(['polling'])
    await next('connect')
    for (let i = 0; i < 4; i += 1) {
      chainlit.pass(10_001)
      const again = next('connect')
      await chainlit.forgetAll()
      socket.emit('echo', 'x', () => {})
      await again
    }
    expect(chainlit.closeForGood).not.toHaveBeenCalled()
  })
})
