// One connection of the Engine.IO protocol, version 4, over polling or WebSocket: fetch, a raw WebSocket, and no library.

import { type Encoding, type EncodingName, encodings, type Packet } from './packets.js'
import { openWebSocket } from './web-socket.js'

export type Transport = 'polling' | 'websocket'

export interface Connection {
  /** A packet, or the text of one that no library would send. */
  send(packet: Packet | string): Promise<void>
  /** The first packet received, now or later, that nobody has taken yet and that fits. */
  next(what: string, fits: (packet: Packet) => boolean, waitMs?: number): Promise<Packet>
  /** Whether the server has ended it, now or within the time. */
  isClosed(waitMs: number): Promise<boolean>
  /** All text received, to look for what must not be in it. */
  received(): string
  close(): Promise<void>
}

const WAIT_MS = 15_000
const STEP_MS = 10
const MESSAGE = '4'
const PING = '2'
const PONG = '3'
const CLOSE = '1'
/** Before bytes in base64, over polling. */
const BYTES = 'b'
const SEPARATOR = '\x1e'

export interface ConnectionOptions {
  readonly transport: Transport
  readonly encoding: EncodingName
  /** What else is in the query of the address. */
  readonly query?: object | undefined
}

/** Messages of Engine.IO, text with the digit of its packet before it, bytes without. */
interface Line {
  send(message: string | Buffer): Promise<void>
  close(): Promise<void>
}

interface Inbox {
  take(message: string | Buffer): void
  closed(): void
}

/** @param url - of the Socket.IO server, with its path: `http://localhost:3000/socket.io/` */
export async function openConnection(url: string, options: ConnectionOptions): Promise<Connection> {
  const { transport, query } = options
  const encoding = encodings[options.encoding]
  const packets: Packet[] = []
  const texts: string[] = []
  let isOver = false
  let line: Line | undefined

  const inbox: Inbox = {
    take(message) {
      texts.push(String(message))
      if (message === PING) void line?.send(PONG).catch(() => {})
      if (message === CLOSE) isOver = true
      const packet = contentOf(message, encoding)
      if (packet) packets.push(packet)
    },
    closed() {
      isOver = true
    },
  }
  const address = new URL(url)
  for (const [name, value] of Object.entries({ EIO: '4', transport, ...query })) address.searchParams.set(name, value)
  line = transport === 'websocket' ? await openSocketLine(address, inbox) : await openPollingLine(address, inbox)

  async function next(what: string, fits: (packet: Packet) => boolean, waitMs = WAIT_MS): Promise<Packet> {
    for (const end = Date.now() + waitMs; Date.now() < end; await pause(STEP_MS)) {
      const at = packets.findIndex(fits)
      if (at >= 0) return packets.splice(at, 1)[0] as Packet
      if (isOver) break
    }
    throw new Error(`${what} did not come${isOver ? ': the server ended the connection' : ''}.`)
  }

  return {
    next,
    async send(packet) {
      const message = typeof packet === 'string' ? packet : encoding.write(packet)
      await line?.send(typeof message === 'string' ? MESSAGE + message : message)
    },
    async isClosed(waitMs) {
      for (const end = Date.now() + waitMs; Date.now() < end && !isOver; ) await pause(STEP_MS)
      return isOver
    },
    received: () => texts.join('\n'),
    close: async () => line?.close(),
  }
}

function contentOf(message: string | Buffer, encoding: Encoding): Packet | undefined {
  if (typeof message !== 'string') return encoding.read(message)
  return message.startsWith(MESSAGE) ? encoding.read(message.slice(1)) : undefined
}

async function openSocketLine(address: URL, inbox: Inbox): Promise<Line> {
  const events = { message: inbox.take, closed: inbox.closed }
  const socket = await openWebSocket(address, events)
  return { send: async (message) => socket.send(message), close: async () => socket.close() }
}

async function openPollingLine(address: URL, inbox: Inbox): Promise<Line> {
  const opened = await fetch(address)
  const text = await opened.text()
  if (!opened.ok) throw new Error(`The handshake was answered with ${opened.status}.`)
  address.searchParams.set('sid', (JSON.parse(text.slice(1)) as { sid: string }).sid)
  const abort = new AbortController()

  async function poll(): Promise<void> {
    while (!abort.signal.aborted) {
      const answer = await fetch(address, { signal: abort.signal })
      const body = await answer.text()
      if (!answer.ok) return inbox.closed()
      for (const each of body.split(SEPARATOR))
        inbox.take(each.startsWith(BYTES) ? Buffer.from(each.slice(1), 'base64') : each)
    }
  }

  void poll().catch(() => inbox.closed())
  return {
    async send(message) {
      // Whether it is taken shows in what comes back.
      const body = typeof message === 'string' ? message : BYTES + message.toString('base64')
      await fetch(address, { method: 'POST', body }).catch(() => {})
    },
    async close() {
      await fetch(address, { method: 'POST', body: CLOSE }).catch(() => {})
      abort.abort()
    },
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms))
}
