/// <reference types="node" />
// Listeners for the emulators: the only part of `twodoor/testing` that needs Node.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AuthError } from '../shared/errors.js'
import { createEntraEmulator, type EntraEmulator } from './entra/entra.js'
import type { EntraEmulatorOptions } from './entra/options.js'

/** Anything that answers a web-standard request. `Response.error()` means that the connection breaks. */
export interface RequestHandler {
  handle(request: Request): Promise<Response>
}

export interface ListenOptions {
  /**
   * The port to listen on.
   *
   * @default 0, any free one
   */
  port?: number | undefined
  /**
   * The address to listen at. The default cannot be reached from other machines.
   *
   * @default 127.0.0.1
   */
  host?: string | undefined
  /**
   * A certificate and its key, in PEM, to listen with https.
   *
   * @default http
   */
  tls?: { key: string; cert: string } | undefined
}

export interface Listener {
  /** The origin to reach it at, with `localhost` for the loopback address. */
  readonly url: string
  readonly port: number
  /** Ends all connections and stops to listen. */
  close(): Promise<void>
}

/**
 * Listens on a port and hands what comes in to `handler`.
 *
 * @throws {AuthError} `config_invalid` if the port is taken, or not to be had without privileges
 */
export async function listen(handler: RequestHandler, options: ListenOptions = {}): Promise<Listener> {
  const { port = 0, host = '127.0.0.1', tls } = options
  const scheme = tls ? 'https' : 'http'
  const respond = (incoming: IncomingMessage, outgoing: ServerResponse) =>
    void answerIncoming(handler, scheme, incoming, outgoing).catch(() => outgoing.destroy())
  const server = tls ? createSecureServer(tls, respond) : createServer(respond)
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(refusedPort(port, error)))
    server.listen(port, host, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
  const bound = (server.address() as AddressInfo).port
  return {
    url: `${scheme}://${nameOf(host)}:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function refusedPort(port: number, cause: NodeJS.ErrnoException): Error {
  if (cause.code !== 'EADDRINUSE' && cause.code !== 'EACCES') return cause
  const message = cause.code === 'EACCES' ? `Port ${port} may not be opened.` : `Port ${port} is taken.`
  const remedy = `Pass another \`port\` than ${port}, or 0 for any free one, or end what listens there.`
  return new AuthError('config_invalid', { phase: 'config', message, remedy, cause })
}

export interface StartEntraOptions extends EntraEmulatorOptions, ListenOptions {}

/** An {@link EntraEmulator} that listens on a port. */
export interface RunningEntraEmulator extends EntraEmulator {
  readonly port: number
  /** Stops to listen and disposes the emulator. */
  close(): Promise<void>
}

/**
 * Starts an {@link EntraEmulator} on a port of this machine. Without `url` it is reached at
 * `http://localhost:<port>`.
 */
export async function startEntraEmulator(options: StartEntraOptions = {}): Promise<RunningEntraEmulator> {
  const { port, host, tls, ...rest } = options
  const listening = { port, host, tls }
  let opened: EntraEmulator | undefined
  const listener = await listen({ handle: async (request) => opened?.handle(request) ?? Response.error() }, listening)
  try {
    const emulator = await createEntraEmulator({ url: listener.url, ...rest })
    opened = emulator
    const close = () => {
      emulator.dispose()
      return listener.close()
    }
    return Object.assign(emulator, { port: listener.port, close })
  } catch (error) {
    await listener.close()
    throw error
  }
}

async function answerIncoming(
  handler: RequestHandler,
  scheme: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const ended = new AbortController()
  outgoing.once('close', () => ended.abort())
  const request = requestOf(incoming, scheme, ended.signal)
  if (!request) return void outgoing.writeHead(400, { connection: 'close' }).end()
  const response = await handler.handle(request).catch(() => new Response(null, { status: 500 }))
  if (response.type === 'error') return void outgoing.destroy()
  outgoing.writeHead(response.status, nodeHeadersOf(response))
  if (!response.body || incoming.method === 'HEAD') return void outgoing.end()
  await pipeline(Readable.fromWeb(response.body as import('node:stream/web').ReadableStream), outgoing)
}

/** `undefined` for what HTTP allows and the web does not: a strange host, a strange target, `TRACE`. */
function requestOf(incoming: IncomingMessage, scheme: string, signal: AbortSignal): Request | undefined {
  try {
    const { method = 'GET', url = '', headers } = incoming
    if (!url.startsWith('/')) return undefined
    const hasBody = method !== 'GET' && method !== 'HEAD'
    const body = hasBody ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' } : {}
    const pairs = Object.entries(headers).flatMap(([name, value]) => asPairs(name, value))
    return new Request(new URL(`${scheme}://${headers.host}${url}`), { method, headers: pairs, signal, ...body })
  } catch {
    return undefined
  }
}

function asPairs(name: string, value: string | string[] | undefined): [string, string][] {
  if (value === undefined || name.startsWith(':')) return []
  return [value].flat().map((each) => [name, each])
}

/** Each cookie needs a header of its own. */
function nodeHeadersOf(response: Response): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.fromEntries(response.headers)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) headers['set-cookie'] = cookies
  return headers
}

function nameOf(host: string): string {
  if (host === '127.0.0.1' || host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
