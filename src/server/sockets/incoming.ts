// What a client sends goes through one place before anything of the app sees it: packet middleware, listeners for all
// events, and listeners. There renewals are taken out, and names that only Socket.IO itself may use.

import type { SocketRefusal } from './check.js'
import type { SocketLike } from './socket-like.js'

type Method = (...args: unknown[]) => unknown

/** Documented nowhere, and the same from Socket.IO 4.4 to 4.8. */
interface Internals {
  /** Takes a packet of the client. */
  _onpacket: Method
  /** Hears that the socket ends, however. Clients cannot name it, unlike the event `disconnect`. */
  _onclose: Method
  /** Makes the function that acknowledges a packet. */
  ack: (id: unknown) => Method
}

export type Acknowledge = (answer: object) => void

export interface IncomingHandlers {
  /** The packet is `auth:renew`, with this message. */
  renew(message: unknown, acknowledge: Acknowledge): void
  /** Whether the socket may still say anything. Asked for each packet. */
  isOver(): boolean
  /** The socket has ended. */
  closed(): void
}

export const RENEW_EVENT = 'auth:renew'

/** Of the protocol of Socket.IO (PacketType of socket.io-parser). */
const packetTypes = { disconnect: 1, event: 2, ack: 3, binaryEvent: 5, binaryAck: 6 } as const

/**
 * What only the server itself raises. socket.io-parser lets all of them through before 4.2.4, other parsers at any time,
 * and every one lets `error` through.
 */
const reservedEvents: ReadonlySet<unknown> = new Set([
  ...['connect', 'connection', 'connect_error', 'disconnect', 'disconnecting', 'error'],
  ...['newListener', 'removeListener', 'auth:session', 'auth:expired'],
])

/** - `end`: DISCONNECT. - `app`: an event or an acknowledgement. - `renewal`: `auth:renew`. - `reserved`: for nobody. */
export type PacketKind = 'end' | 'app' | 'renewal' | 'reserved'

/** What to do with a packet, whatever a client has put into it. */
export function kindOf(packet: unknown): PacketKind {
  const { type, data } = Object(packet) as { type?: unknown; data?: unknown }
  if (type === packetTypes.disconnect) return 'end'
  if (type === packetTypes.ack || type === packetTypes.binaryAck) return 'app'
  // CONNECT_ERROR, for one: old versions raise `error` with it.
  if (type !== packetTypes.event && type !== packetTypes.binaryEvent) return 'reserved'
  const name: unknown = Array.isArray(data) ? data[0] : undefined
  // An emitter takes ['disconnect'] for 'disconnect', and throws at what has no text.
  if (typeof name !== 'string' && typeof name !== 'number') return 'reserved'
  if (reservedEvents.has(name)) return 'reserved'
  return name === RENEW_EVENT ? 'renewal' : 'app'
}

/** Why this Socket.IO cannot be guarded, or `undefined`. Such a socket must not be let in: its end would never be heard. */
export function whyUnguarded(socket: SocketLike): SocketRefusal | undefined {
  const own = socket as SocketLike & Internals
  const missing = (['_onpacket', '_onclose', 'ack'] as const).filter((name) => typeof own[name] !== 'function')
  if (missing.length === 0) return undefined
  const reason = `The sockets of this version of Socket.IO have no ${missing}: twodoor supports 4.4 to 4.8.`
  return { code: 'temporarily_unavailable', retry: true, reason }
}

/** Stands between a socket and its client. Returns the undo. */
export function guardIncoming(socket: SocketLike, { renew, isOver, closed }: IncomingHandlers): () => void {
  const own = socket as SocketLike & Internals
  const { _onpacket: receive, _onclose: close } = own
  let active = true

  const guardedReceive: Method = (packet, ...rest) => {
    const pass = () => Reflect.apply(receive, socket, [packet, ...rest])
    const kind = kindOf(packet)
    if (!active || kind === 'end') return pass()
    if (kind === 'reserved' || isOver()) return undefined
    if (kind === 'app') return pass()
    const { data, id } = packet as { data: readonly unknown[]; id?: unknown }
    if (socket.connected) renew(data[1], id === undefined || id === null ? () => {} : own.ack(id))
    return undefined
  }

  const guardedClose: Method = (...args) => {
    try {
      return Reflect.apply(close, socket, args)
    } finally {
      if (active && !socket.connected) closed()
    }
  }

  own._onpacket = guardedReceive
  own._onclose = guardedClose
  return () => {
    active = false
    // Where somebody else has wrapped it again, it stays, and lets everything through.
    if (own._onpacket === guardedReceive) own._onpacket = receive
    if (own._onclose === guardedClose) own._onclose = close
  }
}
