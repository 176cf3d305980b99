// docs/socket-protocol.md between the real client and another server: twodoor.socketio of the Python package.

import { io, type Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { withSocketAuth } from '../../src/carriers/sockets/wrap.js'
import { accessToken, fakeAuth } from '../unit/carriers/sockets/world.js'
import { type SocketServer, startSocketServer } from './sockets/server.js'

let server: SocketServer
const sockets: Socket[] = []

beforeAll(async () => {
  server = await startSocketServer()
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.disconnect()
  await until(async () => {
    const { sockets, sessions, tasks } = await server.state()
    return sockets + sessions + tasks === 0
  })
  expect(server.output()).not.toMatch(/secret|Traceback|never retrieved/)
})

afterAll(() => server.stop())

const settings = { reconnectionDelay: 10, reconnectionDelayMax: 20, forceNew: true }

/** A plain client, which shows this token at each CONNECT. */
function plain(token: unknown, namespace = '/', payload: object = {}): Socket {
  const socket = io(server.url + namespace, { ...settings, transports: ['websocket'], auth: { ...payload, token } })
  sockets.push(socket)
  return socket
}

/** Longer than anything takes on a slow machine. */
function until(condition: () => unknown): Promise<unknown> {
  return vi.waitUntil(condition, { timeout: 30_000, interval: 20 })
}

function nextOf(socket: Socket, event: string): Promise<unknown> {
  return new Promise((resolve) => void socket.once(event, resolve))
}

async function refusalOf(socket: Socket): Promise<unknown> {
  const error = (await nextOf(socket, 'connect_error')) as { message: string; data: unknown }
  return { message: error.message, data: error.data }
}

describe.each([
  ['polling', ['polling']],
  ['WebSocket', ['websocket']],
  ['an upgrade', ['polling', 'websocket']],
])('withSocketAuth over %s', (_, transports) => {
  function open(token: string) {
    const auth = fakeAuth(accessToken(token, 'adele'))
    const socket = withSocketAuth(io, auth)(server.url, { ...settings, transports, auth: { room: 'a' } })
    sockets.push(socket)
    return { auth, socket }
  }

  it('connects, and hears how long it may stay', async () => {
    const { socket } = open('adele 3600 secret')
    const events: string[] = []
    socket.on('connect', () => events.push('connect'))
    socket.onAny((event) => events.push(event))
    const { expiresInMs, ...hello } = (await nextOf(socket, 'auth:session')) as { expiresInMs: number }
    expect(hello).toEqual({ graceMs: 0, renew: 'auth:renew' })
    expect(expiresInMs).toBeGreaterThan(3_500_000)
    expect(expiresInMs).toBeLessThanOrEqual(3_600_000)
    expect(events).toEqual(['connect', 'auth:session'])
    const { user, auth } = await socket.emitWithAck('who')
    expect({ user, auth }).toEqual({ user: 'adele', auth: { room: 'a' } })
  })

  it('renews over the live socket', async () => {
    const { auth, socket } = open('adele 600 secret')
    await nextOf(socket, 'auth:session')
    const { id } = socket
    auth.publish(accessToken('adele 3600 secret', 'adele'))
    await until(() => auth.actions().includes('renewed'))
    const { secondsLeft } = await socket.emitWithAck('who')
    expect(secondsLeft).toBeGreaterThan(3_500)
    expect(socket.id).toBe(id)
  })

  it('mends a refused token, once', async () => {
    const { auth, socket } = open('expired secret')
    auth.answer = () => accessToken('adele 3600 secret', 'adele')
    await nextOf(socket, 'auth:session')
    expect(auth.asked).toMatchObject([{ rejectedToken: 'expired secret' }])
    expect(auth.actions()).toContain('refused')
  })

  it('gives up on what no token mends', async () => {
    const { socket } = open('foreign secret')
    const errors: unknown[] = []
    socket.on('connect_error', (error) => errors.push(error))
    await until(() => errors.length === 2)
    expect(errors).toMatchObject([{ data: { code: 'wrong_tenant', retry: false } }, { name: 'AuthError' }])
    expect(socket.active).toBe(false)
  })

  it('comes back with another token after the end of the first', async () => {
    const { auth, socket } = open('adele 0.2 secret')
    auth.answer = () => accessToken('adele 3600 secret', 'adele')
    const expired = nextOf(socket, 'auth:expired')
    await nextOf(socket, 'connect')
    const { id } = socket
    expect(await expired).toEqual({ code: 'token_expired' })
    await nextOf(socket, 'connect')
    expect(socket.id).not.toBe(id)
    expect((await server.state()).sockets).toBe(1)
  })

  it('closes for good when the server sees another user, whatever the page believes', async () => {
    const { auth, socket } = open('adele 600 secret')
    await nextOf(socket, 'auth:session')
    const error = nextOf(socket, 'connect_error')
    auth.publish(accessToken('bob 3600 secret', 'adele'))
    expect(await error).toMatchObject({ code: 'account_mismatch' })
    expect(socket.active).toBe(false)
  })
})

describe('the server', () => {
  it.each([
    ['nothing', undefined, 'token_missing', true],
    ['an empty token', '', 'token_missing', true],
    ['a number', 42, 'token_malformed', false],
    ['an object', { token: 'x' }, 'token_malformed', false],
    ['20 KB', 's'.repeat(20_480), 'token_malformed', false],
    ['garbage', 'garbage', 'token_invalid', true],
    ['an expired token', 'expired secret', 'token_expired', true],
    ['what no token mends', 'foreign secret', 'wrong_tenant', false],
    ['what the verifier throws at', 'broken secret', 'temporarily_unavailable', true],
    ['what the verifier says nothing about', 'nobody secret', 'temporarily_unavailable', true],
    ['what never ends', 'endless secret', 'temporarily_unavailable', true],
  ])('refuses %s in every namespace', async (_, token, code, retry) => {
    for (const namespace of ['/', '/chat', '/silent'])
      expect(await refusalOf(plain(token, namespace))).toEqual({ message: 'unauthorized', data: { code, retry } })
  })

  it('gives namespaces of both kinds their sockets, over one connection', async () => {
    const main = plain('adele 3600 secret')
    await nextOf(main, 'auth:session')
    const chat = main.io.socket('/chat', { auth: { token: 'bob 3600 secret' } })
    const silent = main.io.socket('/silent', { auth: {} })
    sockets.push(chat, silent)
    const [refusal] = await Promise.all([refusalOf(silent), nextOf(chat, 'auth:session')])
    expect(refusal).toMatchObject({ data: { code: 'token_missing' } })
    expect(await chat.emitWithAck('say', 'hello')).toBe('bob: hello')
    expect(await main.emitWithAck('who')).toMatchObject({ now: 'adele' })
  })

  it('passes on what the app itself refuses', async () => {
    const socket = plain('adele 3600 secret', '/', { door: 'closed' })
    expect(await refusalOf(socket)).toEqual({ message: 'closed', data: { code: 'closed' } })
  })

  it('answers every renewal', async () => {
    const socket = plain('adele 600 secret')
    await nextOf(socket, 'auth:session')
    const renew = (...message: unknown[]) => socket.emitWithAck('auth:renew', ...message)
    expect(await renew({ token: 'bob 3600 secret' })).toEqual({ ok: false, code: 'account_mismatch' })
    expect(await renew()).toEqual({ ok: false, code: 'token_missing' })
    expect(await renew('secret', [], {})).toEqual({ ok: false, code: 'token_missing' })
    expect(await renew({ token: { token: 'x' } })).toEqual({ ok: false, code: 'token_malformed' })
    expect(await renew({ token: 'broken secret' })).toEqual({ ok: false, code: 'temporarily_unavailable' })
    const older = await renew({ token: 'adele 60 secret' })
    expect(older.ok).toBe(true)
    expect(older.expiresInMs).toBeGreaterThan(500_000)
    expect(await socket.emitWithAck('who')).toMatchObject({ now: 'adele' })
  })

  it.each([
    '2["*","sid of somebody",{}]',
    '2["error",{}]',
    '2["connect",{"forged":true},{"token":"bob 3600 secret"}]',
    '2["disconnect","forged"]',
    '2["auth:session",{}]',
    '2["auth:expired",{}]',
    '2/chat,["connect",{"forged":true},{"token":"bob 3600 secret"}]',
    '2/chat,["disconnect","forged"]',
    '51-["*",{"_placeholder":true,"num":0}]',
    '2["auth:renew",{"token":"adele 700 secret"}]',
  ])('lets no handler of the app hear %s', async (packet) => {
    const socket = plain('adele 600 secret')
    await nextOf(socket, 'auth:session')
    const chat = socket.io.socket('/chat', { auth: { token: 'adele 600 secret' } })
    sockets.push(chat)
    await nextOf(chat, 'auth:session')
    socket.io.engine.send(packet)
    if (packet.startsWith('51-')) socket.io.engine.send(new Uint8Array([1]).buffer as never)
    expect(await chat.emitWithAck('say', 'hello')).toBe('adele: hello')
    expect(await socket.emitWithAck('who')).toMatchObject({ now: 'adele' })
    expect((await server.state()).heard).toEqual([])
  })

  it('takes no event for the end of a socket that is about to end', async () => {
    const { checked, left } = await server.state()
    const polling = `${server.url}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(polling)).text()).slice(1)) as { sid: string }
    const send = (...packets: string[]) =>
      fetch(`${polling}&sid=${sid}`, { method: 'POST', body: packets.join('\x1e') })
    await send('40{"token":"adele 600 secret"}', '40/chat,{"token":"adele 600 secret"}')
    await until(async () => {
      const state = await server.state()
      return state.checked === checked + 2 && state.sessions === 2
    })
    await send(...['42/chat,["disconnect","forged"]', '41/chat,', '42["disconnect","forged"]', '41'])
    await until(async () => (await server.state()).left === left + 1)
    await send('1')
    await until(async () => (await server.state()).sockets === 0)
    expect(await server.state()).toMatchObject({ heard: [], left: left + 1, sessions: 0 })
  })

  it('lets nobody in, and renews nothing, with a token that has expired before the grace', async () => {
    const data = { code: 'token_expired', retry: true }
    expect(await refusalOf(plain('adele -1 secret'))).toEqual({ message: 'unauthorized', data })
    const socket = plain('adele 600 secret')
    await nextOf(socket, 'auth:session')
    const answer = await socket.emitWithAck('auth:renew', { token: 'adele -1 secret' })
    expect(answer).toEqual({ ok: false, code: 'token_expired' })
    expect(await socket.emitWithAck('who')).toMatchObject({ now: 'adele' })
  })

  it('checks, and logs, a hundred of the CONNECTs that one connection has refused', async () => {
    const socket = plain('adele 600 secret')
    await nextOf(socket, 'auth:session')
    const { checked } = await server.state()
    const lines = () => server.output().split('A socket for /silent is refused').length - 1
    const before = lines()
    let refused = 0
    const codes = new Set<string>()
    const all = new Promise<void>((resolve) => {
      socket.io.engine.on('packet', ({ data }) => {
        const [, code] = /^4\/silent,.*"code":"(\w+)"/.exec(String(data)) ?? []
        if (code) codes.add(code)
        if (code && ++refused === 1_000) resolve()
        else if (code) next()
      })
    })
    // One after the other: while one is checked, python-socketio refuses the next itself.
    const next = () => void socket.io.engine.send('0/silent,{"token":"garbage"}')
    next()
    await all
    expect([...codes]).toEqual(['token_invalid', 'too_many_requests'])
    expect((await server.state()).checked).toBe(checked + 100)
    await until(() => lines() === before + 101)
    const other = plain('bob 3600 secret')
    await nextOf(other, 'auth:session')
  })

  it('answers a flood of renewals, and checks six of them', async () => {
    const socket = plain('adele 600 secret')
    await nextOf(socket, 'auth:session')
    const { checked } = await server.state()
    const renewals = Array.from({ length: 500 }, () => socket.emitWithAck('auth:renew', { token: 'adele 700 secret' }))
    const answers: { ok: boolean; code?: string }[] = await Promise.all(renewals)
    expect(answers.filter(({ ok }) => ok)).toHaveLength(6)
    expect(answers.filter(({ code }) => code === 'too_many_requests')).toHaveLength(494)
    expect((await server.state()).checked).toBe(checked + 6)
  })

  it('takes the end of a token for the end of the socket, whatever the client says before', async () => {
    const socket = plain('adele 1 secret')
    await nextOf(socket, 'auth:session')
    // socket.io-client keeps an app from sending these.
    for (const event of ['connect', 'disconnect']) socket.io.engine.send(`2["${event}",{},{"token":"bob 3600 secret"}]`)
    expect(await socket.emitWithAck('who')).toMatchObject({ now: 'adele' })
    const expired = nextOf(socket, 'auth:expired')
    const { left } = await server.state()
    expect(await nextOf(socket, 'disconnect')).toBe('io server disconnect')
    expect(await expired).toEqual({ code: 'token_expired' })
    await until(async () => (await server.state()).left === left + 1)
  })

  it.each([
    '2[["auth:renew"],{}]',
    '2[1]',
    '3999["x"]',
    '2["auth:session",{}]',
    '2["auth:expired",{}]',
    '0null',
    '0["x"]',
  ])('lives through %s', async (packet) => {
    const socket = plain('adele 3600 secret')
    await nextOf(socket, 'auth:session')
    socket.io.engine.send(packet)
    const other = plain('bob 3600 secret')
    await nextOf(other, 'auth:session')
    expect(await other.emitWithAck('who')).toMatchObject({ now: 'bob' })
  })

  it('keeps nobody who left while the token was checked', async () => {
    const { checked } = await server.state()
    const polling = `${server.url}/socket.io/?EIO=4&transport=polling`
    const opened = await (await fetch(polling)).text()
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string }
    const send = (packet: string) => fetch(`${polling}&sid=${sid}`, { method: 'POST', body: packet })
    const connecting = send('40{"token":"slow secret"}')
    await until(async () => (await server.state()).checked > checked)
    await send('1') // the end of the connection
    await server.release()
    await connecting
    expect(await server.state()).toMatchObject({ sockets: 0, sessions: 0, tasks: 0 })
  })
})
