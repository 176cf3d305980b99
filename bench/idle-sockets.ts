// What a socket that nobody uses takes at the server, with protectSockets() and without.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { io, type Socket } from 'socket.io-client'
import { inTurns, type Row, ratioRow } from './compare.js'
import { within } from './loopback.js'

const ROUNDS = 2
const SOCKETS = 2_000
/** At once, so that none waits in the queue of the system. */
const BATCH = 100
const BYTES_PER_KILOBYTE = 1_000
/** About as long as a token of Entra ID. */
const TOKEN = 'a'.repeat(2_000)
const SERVER = fileURLToPath(new URL('idle-server.ts', import.meta.url))

interface Memory {
  readonly bytes: number
  readonly sockets: number
}

export async function measureIdleSockets(): Promise<Row[]> {
  const samples = await inTurns(
    ROUNDS,
    () => kilobytesPerSocket('plain', {}),
    () => kilobytesPerSocket('protected', { auth: { token: TOKEN } }),
  )
  return [ratioRow('2,000 idle sockets: memory of a socket with protectSockets(), against a plain one', samples, 'kB')]
}

async function kilobytesPerSocket(kind: string, options: { auth?: object }): Promise<number> {
  const server = fork(SERVER, [kind], { execArgv: ['--expose-gc', '--import', 'tsx'] })
  const [port] = (await within(once(server, 'message'), 'the server of idle sockets')) as [number]
  const url = `http://127.0.0.1:${port}`
  const warmUp = await connectAll(url, BATCH, options)
  const before = await memoryOf(server)
  const sockets = await connectAll(url, SOCKETS, options)
  const after = await memoryOf(server)
  if (after.sockets - before.sockets !== SOCKETS) throw new Error(`Only ${after.sockets} sockets.`)
  const ended = once(server, 'exit')
  server.disconnect()
  await ended
  for (const socket of [...warmUp, ...sockets]) socket.close()
  return (after.bytes - before.bytes) / SOCKETS / BYTES_PER_KILOBYTE
}

async function memoryOf(server: ChildProcess): Promise<Memory> {
  server.send('memory')
  const [memory] = (await within(once(server, 'message'), 'the memory of the server')) as [Memory]
  return memory
}

async function connectAll(url: string, count: number, options: { auth?: object }): Promise<Socket[]> {
  const sockets: Socket[] = []
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(BATCH, count - sockets.length) }, () => connect(url, options))
    sockets.push(...(await within(Promise.all(batch), 'idle sockets')))
  }
  return sockets
}

async function connect(url: string, options: { auth?: object }): Promise<Socket> {
  const socket = io(url, { ...options, transports: ['websocket'], forceNew: true, reconnection: false })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject))
  return socket
}
