// A real Socket.IO server on loopback, real clients, and a verifier whose tokens can be read by eye.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type ServerOptions, type Socket as ServerSocket } from 'socket.io'
import { io as connectClient, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import { vi } from 'vitest'
import {
  type AuthenticatedData,
  type Identity,
  protectSockets,
  type SocketProtectionOptions,
  TokenRefusedError,
  type Verifier,
} from '../../../../src/server/index.js'
import { tenantId } from '../authority.js'

type Events = Record<string, (...args: unknown[]) => void>
export type ClientSocket = Socket
export type World = Awaited<ReturnType<typeof openWorld>>
export type IncomingSocket = ServerSocket<Events, Events, Events, AuthenticatedData>

export interface WorldOptions {
  /** Default: the newest of both. */
  readonly versions?: { readonly Server: typeof Server; readonly io: typeof connectClient }
  readonly verifier?: Verifier
  readonly server?: Partial<ServerOptions>
  readonly protection?: SocketProtectionOptions
  /** Runs before the server is protected. */
  readonly before?: (io: Server<Events, Events, Events, AuthenticatedData>) => void
}

/** A token of `readableVerifier`: `adele 1893456000000`. */
export function readableToken(user: string, expiresInMs = 3_600_000): string {
  return `${user} ${Date.now() + expiresInMs}`
}

/** A client that shows these tokens, one at each CONNECT, and the last one from then on. */
export function tokensInTurn(...tokens: readonly string[]) {
  const waiting = [...tokens]
  return (send: (payload: object) => void) => send({ token: waiting.length > 1 ? waiting.shift() : waiting[0] })
}

export const readableVerifier: Verifier = {
  async verify(token) {
    const [, user, expiresAt] = /^(\w+) (\d+)$/.exec(String(token)) ?? []
    if (!user) throw new TokenRefusedError('token_invalid', 'Not readable.')
    if (Number(expiresAt) <= Date.now()) throw new TokenRefusedError('token_expired', 'Too old.')
    return identityOf(user, Number(expiresAt))
  },
}

export function identityOf(user: string, expiresAt: number): Identity {
  return { key: `entra:${tenantId}:${user}`, tenantId, objectId: user, expiresAt, claims: { name: user } }
}

export async function openWorld(options: WorldOptions = {}) {
  const { versions = { Server, io: connectClient }, verifier = readableVerifier, server, protection, before } = options
  const http = createServer()
  const io = new versions.Server<Events, Events, Events, AuthenticatedData>(http, server)
  before?.(io)
  const refusals: { code: string; namespace: string; reason: string }[] = []
  const undo = protectSockets(io, verifier, { onRefused: (refusal) => void refusals.push(refusal), ...protection })
  const clients: Socket[] = []
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`

  return {
    io,
    url,
    undo,
    refusals,
    /** A client that connects at once, and on its own connection. Without `auth` it sends no token. */
    connect(auth?: SocketOptions['auth'], options: Partial<ManagerOptions & SocketOptions> = {}, namespace = '/') {
      const settings = { transports: ['websocket'], reconnection: false, forceNew: true, ...options }
      const client = versions.io(url + namespace, { ...settings, ...(auth && { auth }) })
      clients.push(client)
      return client
    },
    /** The socket of the next client that is let in. */
    nextSocket: (namespace = '/') =>
      new Promise<IncomingSocket>((resolve) => void io.of(namespace).once('connection', resolve)),
    async close() {
      for (const client of clients) client.disconnect()
      await io.close()
    },
  }
}

/** The options of a server with pings so rare that a frozen clock may jump. */
export const patient = { pingInterval: 1e9, pingTimeout: 1e9 }

/** Stops the clock and the timers until `vi.useRealTimers()`. The network goes on. */
export function freezeTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] })
}

/** Waits until a check does not throw. Longer than anything takes on a slow machine. */
export function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 10_000, interval: 10 })
}

/** Something to wait for until it is opened. */
export function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

/** The arguments of the next such event. Rejects when the server refuses the client instead. */
export function nextOf(client: Socket, event: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    client.once(event, (...args: unknown[]) => resolve(args))
    if (event !== 'connect_error') client.once('connect_error', reject)
  })
}

/** What a refused client is told: the message, and the data beside it. */
export function refusalOf(client: Socket): Promise<{ message: string; data: unknown }> {
  return new Promise((resolve, reject) => {
    client.once('connect', () => reject(new Error('The socket was let in.')))
    client.once('connect_error', (error) => resolve({ message: error.message, data: Reflect.get(error, 'data') }))
  })
}
