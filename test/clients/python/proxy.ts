// The proxy of a company, as far as clients see one: it leads the name of Entra ID to the emulator, and nothing anywhere.

import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'

export interface Proxy {
  readonly url: string
  /** What else it was asked for. */
  readonly strangers: string[]
  close(): Promise<void>
}

/** @param target the host and port that go through, and the port on this machine that they lead to */
export async function startProxy(target: { readonly name: string; readonly port: number }): Promise<Proxy> {
  const strangers: string[] = []
  const server = createServer((request, response) => {
    strangers.push(request.url ?? '')
    response.writeHead(403).end()
  })
  server.on('connect', (request, client) => {
    client.on('error', () => client.destroy())
    if (request.url !== target.name) {
      strangers.push(request.url ?? '')
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    const upstream = connect(target.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      client.pipe(upstream).pipe(client)
    })
    upstream.on('error', () => client.destroy())
    client.on('close', () => upstream.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    strangers,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
