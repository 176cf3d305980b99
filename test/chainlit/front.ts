// The reverse proxy in front of a server under test, which sees everything and can cut every line.

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, request as send } from 'node:http'
import { request as sendSecurely } from 'node:https'
import type { Duplex } from 'node:stream'

/** What a browser asked the server for. */
export interface SeenRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Whether it is the handshake of a WebSocket. */
  readonly isUpgrade: boolean
  /** Whether it loads a page, in a tab or in a frame. */
  readonly isPage: boolean
  /** Whether the browser sent an `Authorization` header. */
  readonly authorization: boolean
  /** The names of its cookies. */
  readonly cookies: readonly string[]
  readonly origin: string | undefined
  /** `X-Twodoor-Context`. */
  readonly context: string | undefined
  /** Of the answer; 101 for an accepted WebSocket, 502 while the server is away, `undefined` while there is none. */
  readonly status: number | undefined
  /** The cookies that the answer sets, without their values: `__Host-access_token; HttpOnly; Path=/; SameSite=lax`. */
  readonly setCookies: readonly string[]
}

export type RequestFilter = Partial<Omit<SeenRequest, 'query'>> | ((request: SeenRequest) => boolean)

export interface Hold {
  /** Resolves when a request waits. */
  readonly asked: Promise<void>
  /** Lets it through, and all that come after it. */
  release(): void
}

export interface Front {
  readonly site: Server
  /** In the order of arrival. */
  readonly requests: SeenRequest[]
  /** Those that fit, answered or not. */
  find(filter: RequestFilter): SeenRequest[]
  /** Resolves as soon as so many requests that fit have been answered, those before included. Default: 1. */
  answered(filter: RequestFilter, count?: number): Promise<SeenRequest[]>
  /** Keeps requests for a path waiting. */
  hold(path: string): Hold
  /** Ends every WebSocket, and every long poll that waits for its answer. */
  dropSockets(): void
  /** How many WebSockets are open. */
  readonly openSockets: number
  /** Forgets the requests and lets go of those that are held. */
  clear(): void
}

export interface FrontOptions {
  /** Where the server listens. */
  readonly port: number
  /** Whether it speaks TLS there, with whichever certificate. Default: no. */
  readonly isSecure?: boolean | undefined
  /** Whether the server is told how the browser asked, by `X-Forwarded-*`. Default: yes. */
  readonly forwards?: boolean | undefined
  /** Whether the server gets the `Host` that the browser asked for. Default: yes. */
  readonly keepsHost?: boolean | undefined
  /** What an identity-aware proxy adds to a request, `Authorization` for one. Default: nothing. */
  addHeaders?(request: SeenRequest): Record<string, string>
}

/** Whom the browser seems to be: an address of RFC 5737, for documentation. */
const CLIENT_ADDRESS = '203.0.113.7'
const SOCKET_PATH = '/ws/socket.io'

type Seen = { -readonly [K in keyof SeenRequest]: SeenRequest[K] }

export function createFront(options: FrontOptions): Front {
  const requests: Seen[] = []
  const holds = new Set<{ path: string; asked: () => void; released: Promise<void>; release: () => void }>()
  const waiting = new Set<() => void>()
  const lines = new Set<Duplex>()
  const open = new Set<Duplex>()
  const site = createServer()

  function see(message: IncomingMessage): Seen {
    const seen = seenOf(message)
    requests.push(seen)
    return seen
  }

  function conclude(seen: Seen, { statusCode, headers }: Pick<IncomingMessage, 'statusCode' | 'headers'>): void {
    seen.status = statusCode
    seen.setCookies = (headers['set-cookie'] ?? []).map((cookie) => cookie.replace(/=[^;]*/, ''))
    for (const look of waiting) look()
  }

  async function pass(message: IncomingMessage, seen: Seen) {
    for (const hold of holds) {
      if (hold.path !== seen.path) continue
      hold.asked()
      await hold.released
    }
    const { method, url: path } = message
    const connection = seen.isUpgrade ? 'Upgrade' : 'close'
    const headers = { ...headersFor(message, seen, options), connection }
    const upstream = { host: '127.0.0.1', port: options.port, method, path, headers, agent: false }
    return options.isSecure ? sendSecurely({ ...upstream, rejectUnauthorized: false }) : send(upstream)
  }

  site.on('request', async (message, response) => {
    const seen = see(message)
    const isPoll = seen.path.endsWith(`${SOCKET_PATH}/`)
    if (isPoll) hang(lines, message.socket, response)
    const upstream = await pass(message, seen)
    upstream.on('error', () => {
      if (response.destroyed) return // the page went away
      if (seen.status === undefined) conclude(seen, { statusCode: 502, headers: {} })
      response.headersSent ? response.destroy() : response.writeHead(502).end()
    })
    upstream.on('response', (answer) => {
      const { connection, ...headers } = answer.headers
      conclude(seen, answer)
      response.writeHead(answer.statusCode ?? 502, headers)
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    if (response.destroyed) return void upstream.destroy()
    response.on('close', () => upstream.destroy())
    message.pipe(upstream)
  })

  site.on('upgrade', async (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    const seen = see(message)
    hang(lines, socket, socket)
    socket.on('error', () => socket.destroy())
    const upstream = await pass(message, seen)
    upstream.on('error', () => {
      conclude(seen, { statusCode: 502, headers: {} })
      socket.end('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n')
    })
    upstream.on('response', (answer) => {
      conclude(seen, answer)
      socket.write(headOf(answer))
      answer.pipe(socket)
    })
    upstream.on('upgrade', (answer, server, rest) => {
      conclude(seen, answer)
      hang(open, socket, socket)
      socket.write(headOf(answer))
      socket.write(rest)
      server.write(head)
      server.pipe(socket).pipe(server)
      server.on('error', () => socket.destroy()).on('close', () => socket.destroy())
      socket.on('close', () => server.destroy())
    })
    upstream.end()
  })

  const find = (filter: RequestFilter) => requests.filter(fits(filter))

  return {
    site,
    requests,
    find,
    answered(filter, count = 1) {
      return new Promise((resolve) => {
        const look = () => {
          const found = find(filter).filter(({ status }) => status !== undefined)
          if (found.length < count) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      })
    },
    hold(path) {
      const asked = deferred()
      const released = deferred()
      const entry = { path, asked: asked.resolve, released: released.promise, release: released.resolve }
      holds.add(entry)
      const release = () => {
        holds.delete(entry)
        released.resolve()
      }
      return { asked: asked.promise, release }
    },
    dropSockets() {
      for (const line of lines) line.destroy()
    },
    get openSockets() {
      return open.size
    },
    clear() {
      requests.length = 0
      for (const { release } of holds) release()
      holds.clear()
    },
  }
}

function seenOf(message: IncomingMessage): Seen {
  const { method = 'GET', url = '/', headers } = message
  const { pathname: path, searchParams: query } = new URL(url, 'https://front.invalid')
  const names = (headers.cookie ?? '').split(';').map((pair) => pair.split('=')[0]?.trim() ?? '')
  return {
    method,
    path,
    query,
    isUpgrade: headers.upgrade !== undefined,
    isPage: ['document', 'iframe'].includes(String(headers['sec-fetch-dest'])),
    authorization: headers.authorization !== undefined,
    cookies: names.filter((name) => name !== ''),
    origin: headers.origin,
    context: headers['x-twodoor-context']?.toString(),
    status: undefined,
    setCookies: [],
  }
}

function headersFor({ headers }: IncomingMessage, seen: Seen, options: FrontOptions): IncomingHttpHeaders {
  const { port, forwards = true, keepsHost = true } = options
  const told = {
    'x-forwarded-for': CLIENT_ADDRESS,
    'x-forwarded-proto': 'https',
    'x-forwarded-host': headers.host,
  }
  return {
    ...headers,
    ...(!keepsHost && { host: `127.0.0.1:${port}` }),
    ...(forwards && told),
    ...options.addHeaders?.(seen),
  }
}

function fits(filter: RequestFilter): (request: SeenRequest) => boolean {
  if (typeof filter === 'function') return filter
  const wanted = Object.entries(filter)
  return (request) => wanted.every(([name, value]) => request[name as keyof SeenRequest] === value)
}

/** The head of an answer as it came, for what is no `ServerResponse`. */
function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const pairs = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : []))
  return [`HTTP/1.1 ${statusCode} ${statusMessage}`, ...pairs, '', ''].join('\r\n')
}

/** Keeps it in the set until something has closed. */
function hang(set: Set<Duplex>, each: Duplex, closing: NodeJS.EventEmitter): void {
  set.add(each)
  closing.on('close', () => set.delete(each))
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
