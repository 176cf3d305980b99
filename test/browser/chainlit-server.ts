// Real Socket.IO servers on loopback for pages that test the Chainlit drop-in. Node starts them when a page asks.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a page asks for a server of its own: `POST /open` answers with its URL. */
    chainlitServers: string
  }
}

/** One request that reached a server. */
export interface Arrival {
  readonly method: string
  readonly url: string
  readonly authorization: string | undefined
}

interface Listening {
  readonly url: string
  close(): Promise<void>
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers: Listening[] = []
  const keeper = await listen(async (message, response) => {
    if (message.method !== 'POST') return void send(response, {})
    const server = await startServer()
    servers.push(server)
    send(response, { url: server.url })
  })
  project.provide('chainlitServers', keeper.url)
  return async () => {
    await Promise.all([keeper, ...servers].map((server) => server.close()))
  }
}

/** Chainlit's socket, of which the page says how many connections it refuses or forgets, and when it drops them. */
async function startServer(): Promise<Listening> {
  const arrivals: Arrival[] = []
  let refusals: unknown[] = []
  let forgotten = 0

  const listening = await listen(async (message, response) => {
    const { pathname, searchParams } = new URL(message.url ?? '/', 'http://server')
    if (message.method === 'OPTIONS') return void send(response, {})
    const echo = searchParams.get('echo')
    if (echo !== null) return void send(response, echo)
    if (pathname === '/test/log') return void send(response, arrivals)
    if (pathname === '/test/refuse') refusals = (await read(message)) as unknown[]
    if (pathname === '/test/forget') forgotten = Number(await read(message))
    if (pathname === '/test/forget-all')
      for (const id of Object.keys(clientsOf(io))) Reflect.deleteProperty(clientsOf(io), id)
    if (pathname === '/test/drop') drop(io)
    send(response, { at: message.url, body: pathname.startsWith('/project') ? await read(message) : undefined })
  })
  const io = new Server({ path: '/ws/socket.io', cors: { origin: true, credentials: true } })
  io.attach(listening.server)
  // As if the next request came to another worker.
  io.engine.on('connection', ({ id }: { id: string }) => {
    if (forgotten > 0) Reflect.deleteProperty(clientsOf(io), id)
    forgotten -= 1
  })
  for (const kind of ['request', 'upgrade'] as const) {
    listening.server.prependListener(kind, (message: IncomingMessage) => {
      if (message.method !== 'OPTIONS' && !message.url?.startsWith('/test/')) arrivals.push(arrivalOf(message))
    })
  }
  for (const namespace of ['/', '/other']) {
    io.of(namespace).use((_socket, next) => {
      const refusal = refusals.shift()
      next(refusal === undefined ? undefined : new Error(String(refusal)))
    })
    io.of(namespace).on('connection', (socket) => {
      socket.on('echo', (data: unknown, answer: (data: unknown) => void) => answer(data))
    })
  }
  return {
    url: listening.url,
    async close() {
      const closed = io.close()
      listening.server.closeAllConnections()
      await closed
    },
  }
}

/** As a network that breaks: no packet says so. */
function drop(io: Server): void {
  for (const client of Object.values(clientsOf(io))) client.close(true)
}

function clientsOf({ engine }: Server): Record<string, { close(discard: boolean): void }> {
  return (engine as unknown as { clients: ReturnType<typeof clientsOf> }).clients
}

async function listen(handle: (message: IncomingMessage, response: ServerResponse) => Promise<void>) {
  const server = createServer((message, response) => {
    handle(message, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function arrivalOf({ method = '', url = '', headers }: IncomingMessage): Arrival {
  return { method, url, authorization: headers.authorization }
}

async function read(message: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const part of message) text += part
  return text === '' ? undefined : JSON.parse(text)
}

function send(response: ServerResponse, body: unknown): void {
  const { origin } = response.req.headers
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Access-Control-Allow-Origin': origin ?? '*',
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Allow-Headers': 'content-type, authorization',
  })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}
