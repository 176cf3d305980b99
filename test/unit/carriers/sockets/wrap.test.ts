// @vitest-environment node
import * as client from 'socket.io-client'
import { io, Manager, type Socket } from 'socket.io-client'
import { describe, expect, expectTypeOf, it, onTestFinished, vi } from 'vitest'
import { socketAuth, withSocketAuth } from '../../../../src/carriers/sockets/wrap.js'
import type { AccessToken } from '../../../../src/sources/source.js'
import {
  accessToken,
  closeAfterTest,
  deferred,
  errorsOf,
  fakeAuth,
  settle,
  startServer,
  until,
  withoutJitter,
} from './world.js'

describe('withSocketAuth', () => {
  it('has the type of the io it was given', () => {
    const connect = withSocketAuth(io, fakeAuth())
    expectTypeOf(connect).toEqualTypeOf<typeof io>()
    expectTypeOf<ReturnType<typeof connect>>().toEqualTypeOf<Socket>()
    expectTypeOf(withSocketAuth).parameter(1).toExtend<{
      getToken(scopes?: string | string[]): Promise<Pick<AccessToken, 'token' | 'expiresOnTimestamp'> | null>
    }>()
    type Typed = (url: string) => Socket<{ news: (text: string) => void }, { say: (text: string) => void }>
    expectTypeOf(withSocketAuth<Typed>).returns.toEqualTypeOf<Typed>()
    // @ts-expect-error: the function must return a socket
    withSocketAuth(() => 1, fakeAuth())
  })

  it('has the members of io, and none of them leads past it', () => {
    const connect = withSocketAuth(io, fakeAuth()) as typeof io & Record<string, unknown>
    expect(Object.keys(connect).sort()).toEqual(Object.keys(io).sort())
    expect(connect['Manager']).toBe(client.Manager)
    expect(connect['Socket']).toBe(client.Socket)
    expect(connect['connect']).toBe(connect)
    expect(connect['io']).toBe(connect)
  })

  it('takes the same arguments as io', async () => {
    const { url, arrivals } = await startServer()
    const connect = withSocketAuth(io, fakeAuth(accessToken('t1')))
    vi.stubGlobal('location', new URL(url))
    onTestFinished(() => {
      vi.unstubAllGlobals()
    })
    const sockets = [
      connect(url),
      connect('/a', { forceNew: true }),
      connect({ forceNew: true, auth: { only: 'options' } }),
    ].map(closeAfterTest)
    await until(() => sockets.every((socket) => socket.connected))
    expect(arrivals.map(({ auth }) => auth['token'])).toEqual(['t1', 't1', 't1'])
    expect(arrivals.map(({ auth }) => auth['only'])).toContain('options')
  })

  it('does not change the options of the app', async () => {
    const { url } = await startServer()
    const own = { room: 'x' }
    const options = Object.freeze({ auth: own, forceNew: true })
    const socket = closeAfterTest(withSocketAuth(io, fakeAuth(accessToken('t1')))(url, options))
    await until(() => socket.connected)
    expect(options.auth).toBe(own)
    expect(own).toEqual({ room: 'x' })
  })

  it('does nothing until it is called', () => {
    const auth = fakeAuth(accessToken('t1'))
    withSocketAuth(io, auth)
    expect(auth.subscribers()).toBe(0)
    expect(auth.asked).toEqual([])
  })

  it.each([undefined, null, 7, {}, 'io'])('refuses %o for io', (wrong) => {
    expect(() => withSocketAuth(wrong as never, fakeAuth())).toThrow(
      expect.objectContaining({ code: 'config_invalid', phase: 'config' }),
    )
  })

  it.each([undefined, null, 7, {}, { getToken: 'x' }])('refuses %o for auth', (wrong) => {
    expect(() => withSocketAuth(io, wrong as never)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
    expect(() => socketAuth(wrong as never)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  })

  it('puts no token where the page could see it', async () => {
    const { url, server } = await startServer()
    const urls: unknown[] = []
    server.engine.on('initial_headers', (_: unknown, request: { url: string; headers: object }) =>
      urls.push(request.url, JSON.stringify(request.headers)),
    )
    const socket = closeAfterTest(withSocketAuth(io, fakeAuth(accessToken('secret-token')))(url))
    await until(() => socket.connected)
    expect(urls.length).toBeGreaterThan(0)
    expect(urls.join()).not.toContain('secret-token')
    expect(JSON.stringify(socket.auth) ?? '').not.toContain('secret-token')
    expect(JSON.stringify(socket.io.opts)).not.toContain('secret-token')
  })
})

describe('socketAuth', () => {
  it('is the auth of an io() that somebody else calls', async () => {
    const { url, arrivals, only, count } = await startServer()
    const auth = fakeAuth(accessToken('t1'))
    const socket = closeAfterTest(
      io(url, { auth: socketAuth(auth, { payload: { room: 'x' } }), reconnectionDelay: 10, forceNew: true }),
    )
    await until(() => socket.connected)
    auth.cached = accessToken('t2')
    only().conn.close()
    await until(() => arrivals.length === 2 && socket.connected)
    expect(arrivals.map((arrival) => arrival.auth)).toEqual([
      { room: 'x', token: 't1' },
      { room: 'x', token: 't2' },
    ])
    expect(count()).toBe(1)
  })

  it('serves several sockets at once, and one that is built on an open connection', async () => {
    const { url, arrivals, count } = await startServer()
    const manager = new Manager(url, { reconnectionDelay: 10 })
    const auth = socketAuth(fakeAuth(accessToken('t1')), { payload: (send) => send({ by: 'function' }) })
    const a = closeAfterTest(manager.socket('/a', { auth }))
    await until(() => a.connected)
    const b = closeAfterTest(manager.socket('/b', { auth }))
    await until(() => b.connected)
    expect(arrivals.map((arrival) => arrival.auth)).toEqual([
      { by: 'function', token: 't1' },
      { by: 'function', token: 't1' },
    ])
    expect(count()).toBe(2)
  })

  it('disconnects and reports when there is no token, and goes on later', async () => {
    withoutJitter()
    const { url, tokens } = await startServer()
    const auth = fakeAuth()
    auth.answer = () => Promise.reject(new Error('no network'))
    const socket = closeAfterTest(io(url, { auth: socketAuth(auth), forceNew: true }))
    const errors = errorsOf(socket)
    await until(() => errors.length >= 2)
    expect(errors[0]).toMatchObject({ code: 'unavailable', phase: 'socket' })
    expect(tokens()).toEqual([])
    auth.cached = accessToken('t1')
    await until(() => socket.connected)
  })

  it('renews once after a refusal', async () => {
    const { url, tokens } = await startServer((socket) => {
      if (socket.handshake.auth['token'] === 't1') throw new Error('unauthorized')
    })
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = () => accessToken('t2')
    const socket = closeAfterTest(io(url, { auth: socketAuth(auth), forceNew: true }))
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1', 't2'])
  })

  it('calls back once, whatever calls it', async () => {
    const { url, count } = await startServer()
    const auth = fakeAuth()
    const answer = deferred()
    auth.answer = () => answer.promise
    const guarded = socketAuth(auth)
    const socket = closeAfterTest(io(url, { auth: guarded, forceNew: true }))
    await until(() => auth.asked.length === 1)
    const payloads: object[] = []
    for (let again = 0; again < 3; again += 1) guarded.call(socket, (payload: object) => payloads.push(payload))
    answer.resolve(accessToken('t1'))
    await until(() => socket.connected)
    guarded.call(socket, (payload: object) => payloads.push(payload))
    await settle()
    expect(payloads).toEqual([])
    expect(count()).toBe(1)
  })

  it.each([undefined, null, 7, {}, { io: 1 }])(
    'does nothing but warn without a socket as its `this` (%o)',
    async (self) => {
      const auth = fakeAuth(accessToken('t1'))
      const payloads: object[] = []
      socketAuth(auth).call(self, (payload: object) => payloads.push(payload))
      await settle()
      expect(payloads).toEqual([])
      expect(auth.actions()).toEqual(['warning'])
    },
  )
})
