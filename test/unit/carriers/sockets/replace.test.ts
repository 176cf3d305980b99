// @vitest-environment node
import { Manager } from 'socket.io-client'
import { describe, expect, it, vi } from 'vitest'
import { type AccessToken, withSocketAuth } from '../../../../src/index.js'
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
  until,
} from './world.js'

const HOUR_MS = 3_600_000
const LEAD_MS = 60_000

/** Tokens that live for an hour from now on. */
function hourlyAuth(
  second: (rejected: string | undefined) => AccessToken | Promise<AccessToken> = () => accessToken('t2'),
) {
  const auth = fakeAuth(accessToken('t1'))
  auth.answer = ({ rejectedToken }) => {
    const answer = second(rejectedToken)
    if (!(answer instanceof Promise)) auth.cached = answer
    return answer
  }
  return auth
}

describe('a server without a hello', () => {
  it('that restores connections gets the next token by another one, and nothing is lost', async () => {
    freezeTime()
    const { url, server, tokens, only } = await startServer(() => {}, recovery)
    const received: unknown[] = []
    server.on('connection', (peer) => peer.on('up', (n) => received.push(n)))
    const socket = open(url, hourlyAuth(), patient)
    const heard: unknown[] = []
    socket.on('down', (n) => heard.push(n))
    await until(() => socket.connected)
    const { id } = socket
    only().emit('down', 1)
    await until(() => heard.length === 1)
    await vi.advanceTimersByTimeAsync(HOUR_MS - LEAD_MS + 1_000)
    await settle()
    expect(tokens()).toEqual(['t1'])
    const room = only().id
    socket.once('disconnect', () => {
      socket.emit('up', 1)
      server.to(room).emit('down', 3)
    })
    only().emit('down', 2)
    await until(() => heard.length === 2)
    await vi.advanceTimersByTimeAsync(1)
    await until(() => !socket.connected && server.sockets.sockets.size === 0)
    await vi.advanceTimersByTimeAsync(patient.reconnectionDelay)
    await until(() => socket.connected && received.length === 1 && heard.length === 3)
    expect(tokens()).toEqual(['t1', 't2'])
    expect(socket.recovered).toBe(true)
    expect(socket.id).toBe(id)
    expect(heard).toEqual([1, 2, 3])
    expect(received).toEqual([1])
  })

  it('gets it later where somebody waits for an acknowledgement, who hears of no drop', async () => {
    freezeTime()
    const { url, server, tokens, only } = await startServer(() => {}, recovery)
    const answers: ((answer: string) => void)[] = []
    server.on('connection', (peer) => peer.on('question', (answer) => answers.push(answer)))
    const socket = open(url, hourlyAuth(), patient)
    const heard: unknown[] = []
    socket.on('down', (n) => heard.push(n))
    await until(() => socket.connected)
    await vi.advanceTimersByTimeAsync(HOUR_MS - LEAD_MS)
    await settle()
    const answered = socket.emitWithAck('question')
    await until(() => answers.length === 1)
    only().emit('down', 1)
    await until(() => heard.length === 1)
    await vi.advanceTimersByTimeAsync(1)
    await settle()
    expect(socket.connected).toBe(true)
    answers[0]?.('answer')
    await expect(answered).resolves.toBe('answer')
    only().emit('down', 2)
    await until(() => heard.length === 2)
    await vi.advanceTimersByTimeAsync(1)
    await until(() => !socket.connected)
    await vi.advanceTimersByTimeAsync(patient.reconnectionDelay)
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1', 't2'])
    expect(socket.recovered).toBe(true)
  })

  it('is left alone where the acknowledgement never comes', async () => {
    freezeTime()
    const { url, tokens, only } = await startServer(() => {}, recovery)
    const socket = open(url, hourlyAuth(), patient)
    await until(() => socket.connected)
    await vi.advanceTimersByTimeAsync(HOUR_MS - LEAD_MS)
    socket.emit('question', () => {})
    for (let n = 0; n < 3; n += 1) {
      only().emit('down', n)
      await settle()
      await vi.advanceTimersByTimeAsync(LEAD_MS)
    }
    expect(tokens()).toEqual(['t1'])
    expect(socket.connected).toBe(true)
  })

  it('is left alone while it sends nothing, because then it could not restore the connection', async () => {
    freezeTime()
    const { url, tokens } = await startServer(() => {}, recovery)
    const socket = open(url, hourlyAuth(), patient)
    await until(() => socket.connected)
    await vi.advanceTimersByTimeAsync(2 * HOUR_MS)
    await settle()
    expect(tokens()).toEqual(['t1'])
    expect(socket.connected).toBe(true)
  })

  it('is left alone where another namespace has the same connection', async () => {
    freezeTime()
    const { url, tokens, only } = await startServer(() => {}, recovery)
    const auth = hourlyAuth()
    const manager = new Manager(url, { ...patient, transports: ['websocket'] })
    const connect = withSocketAuth((namespace: string, options: object) => manager.socket(namespace, options), auth)
    const sockets = ['/', '/a'].map((namespace) => closeAfterTest(connect(namespace, {})))
    await until(() => sockets.every(({ connected }) => connected))
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    only().emit('down', 1)
    await settle()
    expect(tokens()).toEqual(['t1', 't1'])
    expect(sockets.every(({ connected }) => connected)).toBe(true)
  })

  it('that restores none is left alone: a new connection would lose messages', async () => {
    freezeTime()
    const { url, tokens } = await startServer()
    const auth = hourlyAuth()
    const socket = open(url, auth, patient)
    await until(() => socket.connected)
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    await settle()
    expect(tokens()).toEqual(['t1'])
    expect(auth.asked).toEqual([])
  })

  it.each<[string, () => AccessToken | Promise<AccessToken>]>([
    ['there is no other token', () => accessToken('t1')],
    ['the source fails', () => Promise.reject(new Error('down'))],
    [
      'the new token seems to be at its end, because the clock is wrong',
      () => ({ ...accessToken('t2'), expiresOnTimestamp: 0 }),
    ],
  ])('keeps its connection where %s', async (_, second) => {
    freezeTime()
    const { url, tokens } = await startServer(() => {}, recovery)
    const auth = hourlyAuth(second)
    const socket = open(url, auth, patient)
    await until(() => socket.connected)
    await vi.advanceTimersByTimeAsync(HOUR_MS + 10 * LEAD_MS)
    await settle()
    expect(auth.asked).toHaveLength(1)
    expect(tokens()).toEqual(['t1'])
    expect(socket.connected).toBe(true)
  })

  it('loses the socket for good where the next token is of another account', async () => {
    freezeTime()
    const { url, count } = await startServer(() => {}, recovery)
    const socket = open(
      url,
      hourlyAuth(() => accessToken('t2', 'bob')),
      patient,
    )
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    await vi.advanceTimersByTimeAsync(HOUR_MS - LEAD_MS)
    await until(() => errors.length === 1 && count() === 0)
    expect(errors).toMatchObject([{ code: 'account_mismatch' }])
  })

  it('is left with no timer after disconnect()', async () => {
    freezeTime()
    const { url, count } = await startServer(() => {}, recovery)
    const auth = hourlyAuth()
    const socket = open(url, auth, patient)
    await until(() => socket.connected)
    socket.disconnect()
    await until(() => count() === 0)
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    expect(auth.asked).toEqual([])
    expect(socket.io.listeners('packet')).toEqual([])
  })
})

describe('a server that says hello', () => {
  it('is asked for no second connection, whatever it restores', async () => {
    freezeTime()
    const { url, server, tokens } = await startServer(() => {}, recovery)
    const renewals: unknown[] = []
    server.on('connection', (peer) => {
      peer.on('auth:renew', ({ token }, ack) => {
        renewals.push(token)
        ack({ ok: true, expiresInMs: HOUR_MS })
      })
      peer.emit('auth:session', { expiresInMs: HOUR_MS, graceMs: 30_000, renew: 'auth:renew' })
      peer.emit('greeted')
    })
    let greeted = false
    const socket = open(url, hourlyAuth(), patient)
    socket.on('greeted', () => {
      greeted = true
    })
    await until(() => greeted)
    await vi.advanceTimersByTimeAsync(HOUR_MS - LEAD_MS)
    await until(() => renewals.length === 1)
    await vi.advanceTimersByTimeAsync(LEAD_MS / 2)
    await settle()
    expect(tokens()).toEqual(['t1'])
  })
})
