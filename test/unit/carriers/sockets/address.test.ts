// @vitest-environment node
// A token goes nowhere that `protectedResources` would refuse, whatever `io()` was told.
import { Agent } from 'node:http'
import type { Manager } from 'socket.io-client'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { TokenProvider } from '../../../../src/carriers/internals.js'
import { checkAddress } from '../../../../src/carriers/sockets/address.js'
import type { ManagerLike } from '../../../../src/carriers/sockets/socket-like.js'
import { socketAuth, withSocketAuth } from '../../../../src/carriers/sockets/wrap.js'
import { clients, versions } from './clients.js'
import {
  accessToken,
  type ClientOptions,
  closeAfterTest,
  errorsOf,
  fakeAuth,
  settle,
  startServer,
  until,
} from './world.js'

const invalid = { code: 'config_invalid', phase: 'socket', retryable: false }

/** Leads every name to loopback. */
const agent = new Agent({
  lookup: (_name, options, done) => {
    if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }])
    else done(null, '127.0.0.1', 4)
  },
})

function standOn(page: string): void {
  vi.stubGlobal('location', new URL(page))
  onTestFinished(() => {
    vi.unstubAllGlobals()
  })
}

describe('the address that an engine has', () => {
  interface Place {
    hostname?: string
    port?: string
    secure?: boolean
    path?: string
    transportOptions?: object
    uri?: unknown
  }
  const page = 'http://intranet.contoso:8080/app/'

  function isTaken({ uri, hostname = 'api.contoso.com', port = '80', secure = false, ...rest }: Place): boolean {
    const { path = '/socket.io/', transportOptions } = rest
    const engine = { hostname, port, secure, opts: { path, transportOptions } }
    try {
      checkAddress({ uri, engine } as object as ManagerLike)
      return true
    } catch (error) {
      expect(error).toMatchObject(invalid)
      return false
    }
  }

  it.each<[string, boolean, Place]>([
    ['https', true, { secure: true, port: '443' }],
    ['https on another port', true, { secure: true, port: '8443' }],
    ['http', false, {}],
    ['http on the port of https', false, { port: '443' }],
    ['localhost', true, { hostname: 'localhost', port: '3000' }],
    ['a name below localhost', true, { hostname: 'app.localhost' }],
    ['a name that begins like it', false, { hostname: 'localhost.example' }],
    ['127.0.0.1', true, { hostname: '127.0.0.1' }],
    ['a name that begins like that', false, { hostname: '127.0.0.1.example' }],
    ['loopback in IPv6', true, { hostname: '::1', port: '3000' }],
    ['another address in IPv6', false, { hostname: 'fe80::1', port: '3000' }],
    ['a private address', false, { hostname: '192.168.0.1' }],
    ['the origin of the page', true, { hostname: 'intranet.contoso', port: '8080' }],
    ['another port of its host', false, { hostname: 'intranet.contoso', port: '8081' }],
    ['another host of its domain', false, { hostname: 'api.intranet.contoso', port: '8080' }],
    [
      'a password in the URL, which engine.io drops',
      true,
      { secure: true, uri: 'https://user:secret@api.contoso.com' },
    ],
    ['a name in the URL, which engine.io drops', true, { secure: true, uri: 'wss://user@api.contoso.com' }],
    ['an @ in the query of the URL', true, { secure: true, uri: 'https://api.contoso.com?from=a@b.example' }],
    ['no URL', true, { secure: true, uri: undefined }],
    ['a path that goes on with the host', false, { hostname: 'localhost', path: '.example/' }],
    ['a path that makes the host a password', false, { hostname: 'localhost', port: '3000', path: '@evil.example/' }],
    ['a host of its own for one transport', false, other({ hostname: 'evil.example' })],
    ['no encryption for one transport', false, { secure: true, transportOptions: { websocket: { secure: false } } }],
    ['headers of its own for one transport', true, other({ extraHeaders: { a: 'b' } })],
  ])('%s: %s', (_, taken, place) => {
    standOn(page)
    expect(isTaken(place)).toBe(taken)
  })

  function other(websocket: object): Place {
    return { hostname: 'localhost', transportOptions: { polling: {}, websocket } }
  }

  it('is compared with no page where there is none', () => {
    expect(isTaken({ hostname: 'localhost' })).toBe(true)
    expect(isTaken({ hostname: 'intranet.contoso', port: '8080' })).toBe(false)
  })
})

describe.each(versions)('a socket of a client %s', (version) => {
  const io = clients[version]
  const settings = {
    forceNew: true,
    agent: agent as unknown as string,
    reconnectionDelay: 10,
    reconnectionDelayMax: 20,
  }

  async function setUp() {
    const world = await startServer()
    return { ...world, port: new URL(world.url).port }
  }

  const foreign: TokenProvider = { getToken: async () => ({ token: 'f1', expiresOnTimestamp: 0 }) }
  const providers = { 'an Auth': () => fakeAuth(accessToken('t1')), 'another provider': () => foreign }
  type Way = (provider: TokenProvider, port: string) => ReturnType<typeof io>
  const wrapped = (url: string, options: ClientOptions = {}): Way => {
    return (provider, port) => withSocketAuth(io, provider)(url.replace('PORT', port), { ...settings, ...options })
  }
  const { Manager: ManagerOf } = io as unknown as { Manager: typeof Manager }
  const managed = (options: object): Way => {
    return (provider, port) =>
      new ManagerOf({ ...settings, port, ...options } as object).socket('/', { auth: socketAuth(provider) })
  }

  const ways: [string, Way][] = [
    ['http', wrapped('http://server.test:PORT')],
    ['ws', wrapped('ws://server.test:PORT', { transports: ['websocket'] })],
    ['http with a namespace', wrapped('http://server.test:PORT/a')],
    ['a password', wrapped('http://user:secret@server.test:PORT')],
    ['a relative URL of a host that this page is not from', wrapped('//server.test:PORT')],
    ['the options alone', managed({ hostname: 'server.test' })],
    ['the option host', managed({ host: 'http://server.test' })],
    ['socketAuth() alone', (p, port) => io(`http://server.test:${port}`, { ...settings, auth: socketAuth(p) })],
  ]

  describe.each(Object.keys(providers) as (keyof typeof providers)[])('with %s', (name) => {
    it.each(ways)('sends no token to an address that is not safe: %s', async (_, open) => {
      standOn('http://page.localhost')
      const { port, arrivals, engines, server } = await setUp()
      let connections = 0
      server.engine.on('connection', () => {
        connections += 1
      })
      const socket = closeAfterTest(open(providers[name](), port))
      const errors = errorsOf(socket)
      await until(() => errors.length === 1)
      await until(() => engines() === 0)
      await settle()
      expect(errors).toMatchObject([invalid])
      expect(errors[0]?.message).not.toContain('secret')
      expect(socket.active).toBe(false)
      expect(arrivals).toEqual([])
      expect(connections).toBe(1)
    })
  })

  it('sends one to the origin of the page, by whatever name', async () => {
    const { port, tokens } = await setUp()
    standOn(`http://server.test:${port}/app/`)
    const connect = withSocketAuth(io, fakeAuth(accessToken('t1')))
    const sockets = ['/', `http://server.test:${port}`, `ws://server.test:${port}/a`].map((url) =>
      closeAfterTest(connect(url, settings)),
    )
    await until(() => sockets.every(({ connected }) => connected))
    expect(tokens()).toEqual(['t1', 't1', 't1'])
  })

  it('sends none after a reconnect that leads elsewhere', async () => {
    const { url, port, tokens, only } = await setUp()
    const auth = fakeAuth(accessToken('t1'))
    const socket = closeAfterTest(withSocketAuth(io, auth)(url, settings))
    const errors = errorsOf(socket)
    await until(() => socket.connected)
    Reflect.set(socket.io, 'uri', `http://server.test:${port}`)
    only().conn.close()
    await until(() => errors.length === 1)
    await settle()
    expect(errors).toMatchObject([invalid])
    expect(tokens()).toEqual(['t1'])
    expect(auth.actions()).toEqual(['gave-up'])
  })

  it('sends none over a connection that somebody else has made', async () => {
    const { port, arrivals } = await setUp()
    const plain = closeAfterTest(io(`http://server.test:${port}`, settings))
    await until(() => plain.connected)
    const socket = closeAfterTest(plain.io.socket('/a', { auth: socketAuth(fakeAuth(accessToken('t1'))) }))
    const errors = errorsOf(socket)
    await until(() => errors.length === 1)
    await settle()
    expect(errors).toMatchObject([invalid])
    expect(plain.connected).toBe(true)
    expect(arrivals.map(({ auth }) => auth)).toEqual([{}])
  })

  it('tries again when the app calls connect(), and no sooner', async () => {
    const { url, port, tokens } = await setUp()
    const auth = fakeAuth(accessToken('t1'))
    const socket = closeAfterTest(withSocketAuth(io, auth)(`http://server.test:${port}`, settings))
    const errors = errorsOf(socket)
    await until(() => errors.length === 1)
    auth.publish(accessToken('t2'))
    auth.wake()
    await settle()
    expect(errors).toHaveLength(1)
    Reflect.set(socket.io, 'uri', url)
    socket.connect()
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t2'])
  })
})
