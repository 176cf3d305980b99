// A real Socket.IO server and client over loopback, and an `auth` whose every answer the test decides.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type ServerOptions, type Socket as ServerSocket } from 'socket.io'
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import { onTestFinished, vi } from 'vitest'
// Loaded lazily, but not while the clock stands still.
import '../../../../src/carriers/sockets/lifetime.js'
import { attachInternals, type TokenProvider } from '../../../../src/carriers/internals.js'
import { type SocketAuthOptions, withSocketAuth } from '../../../../src/carriers/sockets/wrap.js'
import type { AuthEvent } from '../../../../src/events.js'
import type { Account } from '../../../../src/shared/claims.js'
import { AuthError } from '../../../../src/shared/errors.js'
import type { AccessToken } from '../../../../src/sources/source.js'

export type Transport = 'polling' | 'websocket'
export type ClientOptions = Partial<ManagerOptions & SocketOptions>
export type AskOptions = NonNullable<Parameters<TokenProvider['getToken']>[1]>

/** One CONNECT that reached the middleware of a namespace. */
export interface Arrival {
  readonly namespace: string
  readonly engine: string
  readonly auth: Record<string, unknown>
}

/** No socket comes back by itself while the time is frozen. */
export const patient = { reconnectionDelay: 30_000, reconnectionDelayMax: 30_000, randomizationFactor: 0 }
/** For the server: it restores connections. */
export const recovery = { connectionStateRecovery: { maxDisconnectionDuration: 60_000, skipMiddlewares: false } }

export class Refused extends Error {
  readonly data: unknown
  constructor(message: string, data?: unknown) {
    super(message)
    this.data = data
  }
}

/** Decides about a CONNECT: throws to refuse it. */
export type Judge = (socket: ServerSocket) => unknown

export async function startServer(judge: Judge = () => {}, options: Partial<ServerOptions> = {}) {
  const http = createServer()
  // Pings so rare that a faked clock may jump.
  const server = new Server(http, { pingInterval: 1e9, pingTimeout: 1e9, ...options })
  const arrivals: Arrival[] = []
  const namespaces = ['/', '/a', '/b', '/c']
  for (const name of namespaces) {
    server.of(name).use((socket, next) => {
      arrivals.push({ namespace: name, engine: engineOf(socket), auth: { ...socket.handshake.auth } })
      Promise.resolve(socket)
        .then(judge)
        .then(() => next(), next)
    })
  }
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    await server.close()
  })
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  return {
    server,
    url,
    arrivals,
    tokens: () => arrivals.map(({ auth }) => auth['token']),
    /** How many sockets the server holds, ghosts included. */
    count: () => namespaces.reduce((sum, name) => sum + server.of(name).sockets.size, 0),
    /** The one socket of a namespace. */
    only(name = '/'): ServerSocket {
      const [first] = server.of(name).sockets.values()
      if (!first) throw new Error(`nobody is connected to ${name}`)
      return first
    },
    engines: () => server.engine.clientsCount,
  }
}

/** The id of the low-level connection. Private by its type. */
function engineOf(socket: ServerSocket): string {
  return Reflect.get(socket.conn, 'id') as string
}

export function accessToken(token: string, who = 'alice'): AccessToken {
  const account = { key: `entra:contoso:${who}` as const, tenantId: 'contoso', objectId: who }
  return { token, expiresOnTimestamp: Date.now() + 3_600_000, scopes: [], account }
}

/** An `Auth` as carriers see it: `peek`, `getToken` and the link are the test's to steer. */
export function fakeAuth(first?: AccessToken) {
  const listeners = new Set<(token: AccessToken) => void>()
  const sleepers = new Set<() => void>()
  const watchers = new Set<(account: Account | undefined) => void>()
  const disposal = new AbortController()
  const events: AuthEvent[] = []
  const asked: AskOptions[] = []
  const accounts: (string | undefined)[] = first ? [first.account.key] : []
  let cached = first
  const fake = {
    get cached(): AccessToken | undefined {
      return cached
    },
    set cached(token) {
      cached = token
      if (token && token.account.key !== accounts.at(-1)) accounts.push(token.account.key)
    },
    /** The account goes, and no other comes: a sign-out, here or in another tab. */
    leave() {
      cached = undefined
      accounts.push(undefined)
      for (const watcher of [...watchers]) watcher(undefined)
    },
    /** As `Auth.dispose()` does it. */
    dispose() {
      disposal.abort(new AuthError('disposed', { phase: 'source' }))
    },
    events,
    asked,
    /** Why there is no token now. By default nobody knows. */
    obstacle: (): AuthError | Promise<unknown> | undefined => undefined,
    get state(): object {
      const obstacle = fake.obstacle()
      if (!obstacle) return { status: 'signed-in' }
      return 'then' in obstacle
        ? { status: 'starting', host: { kind: 'browser' } }
        : { status: 'failed', error: obstacle }
    },
    get ready(): unknown {
      return fake.obstacle()
    },
    /** Answers `getToken`. By default: what is cached. */
    answer: (_options: AskOptions): unknown => fake.cached,
    getToken(_scopes?: string | string[], options: AskOptions = {}): Promise<AccessToken> {
      asked.push(options)
      return fake.answer(options) as Promise<AccessToken>
    },
    publish(token: AccessToken) {
      fake.cached = token
      for (const listener of [...listeners]) listener(token)
    },
    wake() {
      for (const listener of [...sleepers]) listener()
    },
    subscribers: () => listeners.size,
    sleepers: () => sleepers.size,
    watchers: () => watchers.size,
    actions: () => events.map((event) => (event.type === 'socket' ? event.action : event.type)),
  }

  attachInternals(fake, {
    hasResponse: false,
    peek: () => fake.cached,
    accounts: () => accounts,
    onToken: (listener) => subscribe(listeners, listener),
    onWake: (listener) => subscribe(sleepers, listener),
    onAccount: (listener) => subscribe(watchers, listener),
    disposed: disposal.signal,
    protect() {},
    scopesFor: () => undefined,
    emit: (event) => events.push(event),
  })
  return fake
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Connects, and closes the socket when the test is over. */
export function open(
  url: string,
  auth: TokenProvider,
  options: ClientOptions = {},
  socketAuthOptions?: SocketAuthOptions,
): Socket {
  const connect = withSocketAuth(io, auth, socketAuthOptions)
  const socket = connect(url, {
    transports: ['websocket'],
    reconnectionDelay: 10,
    reconnectionDelayMax: 20,
    ...options,
  })
  closeAfterTest(socket)
  return socket
}

export function closeAfterTest(socket: Socket): Socket {
  onTestFinished(() => {
    socket.disconnect()
  })
  return socket
}

/** All errors that the listeners of `connect_error` hear. */
export function errorsOf(socket: Socket): (Error & { code?: string; data?: unknown })[] {
  const errors: Error[] = []
  socket.on('connect_error', (error) => errors.push(error))
  return errors
}

const GIVE_UP_MS = 5_000

/** Waits for a condition without any timer, so that a faked clock stands still meanwhile. */
export async function until(condition: () => unknown, what = condition.toString()): Promise<void> {
  const start = performance.now()
  while (!condition()) {
    if (performance.now() - start > GIVE_UP_MS) throw new Error(`never: ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Lets everything arrive that is on its way over loopback: a round trip of a client of its own, and some more. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Freezes the timers and the clock. The network goes on. */
export function freezeTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
}

/** Back-offs take no time. */
export function withoutJitter(value = 0): void {
  const spy = vi.spyOn(Math, 'random').mockReturnValue(value)
  onTestFinished(() => spy.mockRestore())
}

export function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
