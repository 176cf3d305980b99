import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens on the loopback address alone, until the end. Rejects with Node's error if the port cannot be had. */
export async function listenOn(port: number, atEnd: (end: () => unknown) => void): Promise<HttpServer> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  atEnd(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return server
}

/** `name` leads browsers to this machine, which is sure of `localhost` and, in them, of each name below it. */
export function originOf(server: HttpServer, name: string): string {
  return `http://${name}:${(server.address() as AddressInfo).port}`
}
