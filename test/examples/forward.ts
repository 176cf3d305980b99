// A server of the app for the doors, behind which an example runs as a process of its own.

import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Server } from 'socket.io'
import { type AppServer, type AppSite, appOrigin, type openDoors } from '../e2e/doors.js'
import { sendWebResponse, toWebRequest } from '../e2e/node-web.js'

type StartServer = NonNullable<Parameters<typeof openDoors>[3]>

export interface Forwarding {
  /** Where the example listens, as soon as it does. */
  port: number
  readonly start: StartServer
}

/** @param isForExample what the process answers; the rest is the page of the app. Default: everything */
export function forwarding(isForExample: (path: string) => boolean = () => true): Forwarding {
  const forward: Forwarding = {
    port: 0,
    start: (_entra, site, mint) => startForwarding(forward, isForExample, { site, mint }),
  }
  return forward
}

interface Page {
  readonly site: AppSite
  readonly mint: (request: Request) => Promise<Response>
}

function startForwarding(
  forward: Forwarding,
  isForExample: (path: string) => boolean,
  { site, mint }: Page,
): AppServer {
  const lines = new Set<Duplex>()

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', appOrigin)
    if (url.pathname === '/mint') return sendWebResponse(await mint(await toWebRequest(request, url.href)), response)
    if (!isForExample(url.pathname)) return sendWebResponse(site(url), response)
    hand(request, response)
  }

  /** With the `Host` that the browser has asked for, as proxies do. */
  function hand(request: IncomingMessage, response: ServerResponse): void {
    const { method, url: path, headers } = request
    const upstream = send({ host: 'localhost', port: forward.port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    upstream.on('error', () => response.destroy())
    response.on('close', () => upstream.destroy())
    request.pipe(upstream)
  }

  const http = createServer((request, response) => void handle(request, response))
  http.on('upgrade', (request: IncomingMessage, client: Socket, head: Buffer) => {
    const upstream = connect(forward.port, 'localhost', () => {
      const fields = request.rawHeaders.flatMap((name, i, all) => (i % 2 === 0 ? `${name}: ${all[i + 1]}\r\n` : []))
      upstream.write(`${request.method} ${request.url} HTTP/1.1\r\n${fields.join('')}\r\n`)
      upstream.write(head)
      client.pipe(upstream).pipe(client)
    })
    for (const [one, other] of [
      [upstream, client],
      [client, upstream],
    ] as const) {
      lines.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        lines.delete(one)
        other.destroy()
      })
    }
  })

  return {
    http,
    io: new Server(),
    calls: [],
    upgrades: [],
    expireTokens() {
      throw new Error('The server is a process of its own, which nobody can tell to refuse a token.')
    },
    close() {
      for (const line of lines) line.destroy()
    },
  }
}
