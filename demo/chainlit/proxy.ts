import type { ServerResponse } from 'node:http'
import { type Server as HttpServer, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import type { Duplex } from 'node:stream'
import type { DoorName } from '../server/journal.js'
import { createFrameReader, packetsOf } from './packets.js'
import type { Watch } from './watch.js'

export interface ProxyOptions {
  /** Listens already. */
  readonly server: HttpServer
  /** Where the requests of a door go to. */
  workerOf(door: DoorName): { readonly port: number; readonly key: string }
  /** The origins that the two doors go to. */
  readonly doors: Readonly<Record<DoorName, string>>
  readonly watch: Watch
}

export interface Proxy {
  /** Cuts every connection, as a dead network would. */
  cut(): void
  /** Lets no cookie through in Teams, in either direction, as if the browser refused them in frames. */
  refuseCookies(isRefused: boolean): void
}

interface ProxiedAnswer {
  readonly status: number
  readonly isCookieRefused: boolean
  readonly body: string
}

interface Call {
  readonly door: DoorName
  readonly path: string
  readonly search: string
  /** The ID of the Engine.IO session, for a call that belongs to one. */
  readonly sid: string | undefined
}

const SOCKET_PATH = '/ws/socket.io/'

/** Stands between the browser and one Chainlit: answers under its own names only, watches, and makes trouble. */
export function createProxy({ server, workerOf, doors, watch }: ProxyOptions): Proxy {
  const sockets = new Set<Duplex>()
  const hosts = { browser: new URL(doors.browser).host, teams: new URL(doors.teams).host }
  let isRefused = false
  let count = 0

  function callOf({ headers, url = '/' }: IncomingMessage): Call | undefined {
    const door = (['browser', 'teams'] as const).find((each) => hosts[each] === headers.host)
    if (!door || !/^\/(?!\/)/.test(url)) return undefined
    const { pathname, search, searchParams } = new URL(doors[door] + url)
    return { door, path: pathname, search, sid: searchParams.get('sid') ?? undefined }
  }

  function forwarded({ headers, method, url }: IncomingMessage, { door }: Call, changes: OutgoingHttpHeaders) {
    const { port, key } = workerOf(door)
    const sent: OutgoingHttpHeaders = { ...headers, 'x-demo-key': key, ...changes }
    if (isRefused && door === 'teams') delete sent['cookie']
    for (const [name, value] of Object.entries(sent)) if (value === undefined) delete sent[name]
    return { host: '127.0.0.1', port, path: url, method, headers: sent, agent: false }
  }

  function answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const call = callOf(incoming)
    if (!call) {
      refuse(outgoing, 421, `Open ${doors.browser}/ instead.`)
      return
    }
    // A link out of Teams leads to the other door.
    if (call.door === 'teams' && incoming.headers['sec-fetch-dest'] === 'document') {
      outgoing.writeHead(307, { location: doors.browser + call.path + call.search }).end()
      return
    }
    const isPolling = call.path === SOCKET_PATH
    const isRead = isPolling || call.path === '/user'
    const changes = { connection: undefined, ...(isRead && { 'accept-encoding': 'identity' }) }
    const asked = request(forwarded(incoming, call, changes), (response) => {
      const isCookieRefused = isRefused && call.door === 'teams' && response.headers['set-cookie'] !== undefined
      outgoing.writeHead(response.statusCode ?? 502, headersFor(response, isCookieRefused))
      response.pipe(outgoing)
      response.on('error', () => outgoing.destroy())
      const note = (body: string) =>
        noteAnswer(incoming, call, { status: response.statusCode ?? 0, isCookieRefused, body })
      if (isPolling) collect(response, (body) => hearPackets(call, 'server', body))
      else if (isRead) collect(response, note)
      else note('')
    })
    asked.on('error', () => (outgoing.headersSent ? outgoing.destroy() : refuse(outgoing, 502, 'Chainlit is gone.')))
    outgoing.on('close', () => {
      if (outgoing.writableFinished) return
      asked.destroy()
      if (isPolling && call.sid) watch.ended(call.door, call.sid)
    })
    if (isPolling) collect(incoming, (body) => hearPackets(call, 'page', body))
    incoming.pipe(asked)
  }

  function noteAnswer(incoming: IncomingMessage, call: Call, answer: ProxiedAnswer): void {
    const isDocument = /^(document|iframe)$/.test(String(incoming.headers['sec-fetch-dest']))
    watch.answered({ ...call, ...answer, method: incoming.method ?? '', isPage: isDocument && answer.status === 200 })
  }

  function hearPackets({ door, sid }: Call, from: 'page' | 'server', body: string): void {
    if (sid) for (const packet of packetsOf(body)) watch.packet(door, sid, from, packet)
  }

  function upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const call = callOf(incoming)
    if (!call) return void socket.end('HTTP/1.1 421 Misdirected Request\r\nConnection: close\r\n\r\n')
    count += 1
    const id = call.sid ?? `socket ${count}`
    const asked = request(forwarded(incoming, call, { 'sec-websocket-extensions': undefined }))
    asked.on('error', () => socket.destroy())
    asked.on('response', (response) => {
      response.resume()
      socket.end(`HTTP/1.1 ${response.statusCode} ${response.statusMessage}\r\nConnection: close\r\n\r\n`)
    })
    asked.on('upgrade', (response, upstream, first) => {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headerLines(response)}\r\n\r\n`)
      join(socket, upstream, { ...call, sid: id })
      if (first.length > 0) upstream.unshift(first)
      if (head.length > 0) upstream.write(head)
    })
    asked.end()
  }

  function join(socket: Duplex, upstream: Duplex, { door, sid = '' }: Call): void {
    sockets.add(socket)
    upstream.on('error', () => socket.destroy())
    upstream.on('close', () => socket.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      upstream.destroy()
      watch.ended(door, sid)
    })
    socket.on(
      'data',
      createFrameReader((packet) => watch.packet(door, sid, 'page', packet)),
    )
    upstream.on(
      'data',
      createFrameReader((packet) => watch.packet(door, sid, 'server', packet)),
    )
    socket.pipe(upstream)
    upstream.pipe(socket)
  }

  function cut(): void {
    for (const socket of sockets) socket.destroy()
    server.closeAllConnections()
  }

  server.on('request', answer)
  server.on('upgrade', upgrade)
  return {
    cut,
    refuseCookies(refused) {
      isRefused = refused
    },
  }
}

function headersFor({ headers }: IncomingMessage, isCookieRefused: boolean): OutgoingHttpHeaders {
  const { connection: _hopByHop, 'keep-alive': _too, ...sent } = headers
  if (isCookieRefused) delete sent['set-cookie']
  return sent
}

function headerLines({ rawHeaders }: IncomingMessage): string {
  const lines: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`)
  return lines.join('\r\n')
}

function collect(message: IncomingMessage, hear: (body: string) => void): void {
  const pieces: Buffer[] = []
  message.on('data', (piece: Buffer) => pieces.push(piece))
  message.on('end', () => hear(Buffer.concat(pieces).toString('utf8')))
}

function refuse(outgoing: ServerResponse, status: number, text: string): void {
  outgoing.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
}
