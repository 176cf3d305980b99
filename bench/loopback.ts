// A Socket.IO server in this process, and what waits for its clients.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'

/** Longer than anything takes here, however busy the machine is. */
const DEADLINE_MS = 60_000

export interface Loopback {
  readonly io: Server
  readonly port: number
  readonly url: string
}

/** @param port default: any free one */
export async function startLoopback(port = 0): Promise<Loopback> {
  const http = createServer()
  const io = new Server(http)
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, '127.0.0.1', resolve)
  })
  const own = (http.address() as AddressInfo).port
  return { io, port: own, url: `http://127.0.0.1:${own}` }
}

/** Ends the benchmark rather than wait for ever. */
export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Not in ${DEADLINE_MS} ms: ${what}`)), DEADLINE_MS)
  })
  return Promise.race([promise, tooLate]).finally(() => clearTimeout(timer))
}
