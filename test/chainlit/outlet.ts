// The only way out for a server under test: a proxy that leads every https host to the world.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

export interface Outlet {
  /** For `HTTPS_PROXY`. */
  readonly url: string
  close(): Promise<void>
}

/**
 * @param worldPort where the world listens
 * @param isThere whether a host is in it
 * @param refused hears of every other one
 */
export async function openOutlet(
  worldPort: number,
  isThere: (host: string) => boolean,
  refused: (host: string) => void,
): Promise<Outlet> {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
  }

  const server = createServer((request, response) => {
    refused(`${request.url} over plain http`)
    response.writeHead(502).end()
  })
  server.on('connection', keep)
  server.on('connect', (request, client: Socket, head: Buffer) => {
    const [host = '', port] = (request.url ?? '').split(':')
    if (port !== '443' || !isThere(host)) {
      refused(request.url ?? '')
      return void client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    }
    const world = connect(worldPort, '127.0.0.1')
    keep(world)
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    world.write(head)
    client.pipe(world).pipe(client)
    client.on('close', () => world.destroy())
    world.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
