// The little of a SignalR hub that its client needs: negotiation, long polling and WebSockets in JSON, as ASP.NET Core speaks them.
// There is no .NET here. Source: aspnetcore, src/SignalR/docs/specs/TransportProtocols.md and HubProtocol.md.

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { authenticateRequest, createSessions, createVerifier } from '../../src/server/index.js'
import type { EntraEmulator } from '../../src/testing/index.js'
import { EXAMPLES } from './run.js'

/** Of the examples, as the one of the WebSocket. */
const { WebSocketServer } = createRequire(join(EXAMPLES, 'websocket/'))('ws') as {
  WebSocketServer: new (options: {
    noServer: true
  }) => {
    handleUpgrade(request: IncomingMessage, line: Duplex, head: Buffer, open: (socket: WebSocket) => void): void
  }
}

interface WebSocket {
  on(event: 'message', listener: (data: unknown) => void): unknown
  send(text: string): unknown
}

/** Ends each message. */
const END = '\u001e'
const INVOCATION = 1
const COMPLETION = 3

interface Connection {
  readonly key: string
  readonly socket?: WebSocket
  readonly waiting: string[]
  poll: ServerResponse | undefined
  isPolled: boolean
}

export function createHubServer(entra: EntraEmulator): Server {
  const verifier = createVerifier(entra.verifierOptions())
  const sessions = createSessions({ verifier, secret: 'the secret of these tests, and of nothing else' })
  const connections = new Map<string, Connection>()
  const sockets = new WebSocketServer({ noServer: true })

  function send(connection: Connection, message: object): void {
    connection.waiting.push(JSON.stringify(message) + END)
    flush(connection)
  }

  function flush(connection: Connection): void {
    for (const message of connection.socket ? connection.waiting.splice(0) : []) connection.socket?.send(message)
    const { poll, waiting } = connection
    if (!poll || waiting.length === 0) return
    connection.poll = undefined
    poll.writeHead(200, { 'content-type': 'text/plain' }).end(waiting.splice(0).join(''))
  }

  function receive(connection: Connection, body: string): void {
    for (const text of body.split(END).filter(Boolean)) {
      const { protocol, type, target, invocationId } = JSON.parse(text)
      if (protocol) send(connection, {}) // the handshake
      if (type !== INVOCATION || target !== 'whoAmI') continue
      send(connection, { type: INVOCATION, target: 'message', arguments: [connection.key] })
      send(connection, { type: COMPLETION, invocationId })
    }
  }

  function poll(connection: Connection, response: ServerResponse): void {
    if (!connection.isPolled) {
      connection.isPolled = true
      return void response.writeHead(200).end() // the first poll says that the transport works
    }
    connection.poll = response
    flush(connection)
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname === '/session') return sessions.listener(request, response)
    const { identity, refused } = await authenticateRequest(verifier, request)
    if (refused) return void response.writeHead(refused.status, { ...refused.headers }).end()
    if (url.pathname === '/hub/negotiate') {
      const connectionToken = randomUUID()
      connections.set(connectionToken, { key: identity.key, waiting: [], poll: undefined, isPolled: false })
      const availableTransports = ['WebSockets', 'ServerSentEvents', 'LongPolling'].map((transport) => ({
        transport,
        transferFormats: ['Text', 'Binary'],
      }))
      const answer = { negotiateVersion: 1, connectionId: randomUUID(), connectionToken, availableTransports }
      return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    }
    const connection = connections.get(url.searchParams.get('id') ?? '')
    if (connection?.key !== identity.key) return void response.writeHead(404).end()
    if (request.method === 'GET') return poll(connection, response)
    if (request.method === 'POST') receive(connection, await textOf(request))
    response.writeHead(request.method === 'DELETE' ? 202 : 200).end()
  }

  async function open(request: IncomingMessage, line: Duplex, head: Buffer): Promise<void> {
    const session = sessions.isAllowedOrigin(request) ? await sessions.read(request) : undefined
    if (!session) return void line.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n')
    sockets.handleUpgrade(request, line, head, (socket) => {
      const connection = { key: session.key, socket, waiting: [], poll: undefined, isPolled: true }
      socket.on('message', (data) => receive(connection, String(data)))
    })
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  server.on('upgrade', (request: IncomingMessage, line: Duplex, head: Buffer) => {
    open(request, line, head).catch(() => line.destroy())
  })
  return server
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
