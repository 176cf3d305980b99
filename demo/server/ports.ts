import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const LARGEST_PORT = 65_535

/** Something to tell a person in one sentence, without a stack. */
export class PortError extends Error {}

/**
 * The port that somebody has chosen, or `undefined`.
 *
 * @throws {PortError} it is no port
 */
export function readPort(text: string | undefined): number | undefined {
  if (!text) return undefined
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= LARGEST_PORT) return port
  throw new PortError(`PORT must be a number from 0 to ${LARGEST_PORT}, not "${text}".`)
}

/**
 * Listens on the loopback address alone, until the end.
 *
 * @throws {PortError} the port cannot be had
 */
export async function listenOn(port: number, atEnd: (end: () => unknown) => void): Promise<HttpServer> {
  const server = createServer()
  await listenAt(server, port, '127.0.0.1').catch((error: NodeJS.ErrnoException) => {
    throw new PortError(sentenceOf(port, error))
  })
  atEnd(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  // Browsers try ::1 first for `localhost`. Somebody else there would get what is meant for us.
  if (port === 0 || (await isFree(port, '::1'))) return server
  throw new PortError(sentenceOf(port, { code: 'EADDRINUSE' }))
}

/** Listens on the preferred port, or where that is taken on any free one. */
export async function listenNear<T>(preferred: number, listen: (port: number) => Promise<T>): Promise<T> {
  if (preferred !== 0 && (await isFree(preferred, '127.0.0.1')) && (await isFree(preferred, '::1')))
    return listen(preferred)
  return listen(0)
}

/** `name` leads browsers to this machine, which is sure of `localhost` and, in them, of each name below it. */
export function originOf(server: HttpServer, name = 'localhost'): string {
  return `http://${name}:${(server.address() as AddressInfo).port}`
}

function sentenceOf(port: number, { code }: { code?: string | undefined }): string {
  if (code === 'EADDRINUSE') return `Port ${port} is taken: end what listens there, or choose another one with PORT.`
  if (code === 'EACCES') return `Port ${port} is not allowed for you: choose one above 1023 with PORT.`
  return `Port ${port} cannot be had (${code}): choose another one with PORT.`
}

/** A machine without this kind of address has nobody there. */
async function isFree(port: number, host: string): Promise<boolean> {
  const probe = createServer()
  try {
    await listenAt(probe, port, host)
    await new Promise((resolve) => probe.close(resolve))
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EADDRINUSE'
  }
}

function listenAt(server: HttpServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
