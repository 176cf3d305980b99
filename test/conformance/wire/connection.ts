// One connection of the Engine.IO protocol, version 4, over polling or WebSocket: fetch, a raw WebSocket, and no library.

import { type Packet, readPacket, written } from './packets.js'
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
const SEPARATOR = '\x1e'

interface Line {
  send(text: string): Promise<void>
  close(): Promise<void>
}

interface Inbox {
  take(text: string): void
  closed(): void
}

/** @param url - of the Socket.IO server, with its path: `http://localhost:3000/socket.io/` */
export async function openConnection(url: string, transport: Transport, query: object = {}): Promise<Connection> {
  const packets: Packet[] = []
  const texts: string[] = []
  let isOver = false
  let line: Line | undefined

  const inbox: Inbox = {
    take(text) {
      texts.push(text)
      if (text === PING) void line?.send(PONG).catch(() => {})
      if (text === '1') isOver = true
      const packet = text.startsWith(MESSAGE) ? readPacket(text.slice(1)) : undefined
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
    send: async (packet) => line?.send(MESSAGE + (typeof packet === 'string' ? packet : written(packet))),
    async isClosed(waitMs) {
      for (const end = Date.now() + waitMs; Date.now() < end && !isOver; ) await pause(STEP_MS)
      return isOver
    },
    received: () => texts.join('\n'),
    close: async () => line?.close(),
  }
}

async function openSocketLine(address: URL, inbox: Inbox): Promise<Line> {
  const events = { message: (text: string | Buffer) => inbox.take(String(text)), closed: () => inbox.closed() }
  const socket = await openWebSocket(address, events)
  return { send: async (text) => socket.send(text), close: async () => socket.close() }
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
      for (const each of body.split(SEPARATOR)) inbox.take(each)
    }
  }

  void poll().catch(() => inbox.closed())
  return {
    async send(message) {
      // Whether it is taken shows in what comes back.
      await fetch(address, { method: 'POST', body: message }).catch(() => {})
    },
    async close() {
      await fetch(address, { method: 'POST', body: '1' }).catch(() => {})
      abort.abort()
    },
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms))
}
