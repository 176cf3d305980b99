// Every packet of a client goes through one place before the app can see it: packet middleware, listeners for all events,
// and listeners. Renewals are taken out there, and names that only Socket.IO itself may use.

import type { Method, SocketLike } from './socket-like.js'
import type { SocketRefusal } from './token-check.js'

/** Documented nowhere, and the same from Socket.IO 4.4 to 4.8. */
interface SocketInternals {
  /** Takes a packet of the client. */
  _onpacket: Method
  /** Called when the socket ends, however. A client cannot cause it by name, unlike the event `disconnect`. */
  _onclose: Method
  /** Makes the function that acknowledges a packet. */
  ack: (id: unknown) => Method
}

export type Acknowledge = (answer: object) => void

export interface PacketHandlers {
  /** The packet is `auth:renew`, with this message. */
  onRenewal(message: unknown, acknowledge: Acknowledge): void
  /** Whether the packets of the socket still count. Called for each of them. */
  mayReceive(): boolean
  onClose(): void
}

export const RENEW_EVENT = 'auth:renew'

/** Of the Socket.IO protocol (PacketType of socket.io-parser). */
const packetTypes = { disconnect: 1, event: 2, ack: 3, binaryEvent: 5, binaryAck: 6 } as const

/**
 * What only the server itself raises. socket.io-parser lets all of them through before 4.2.4, other parsers at any time,
 * and every one lets `error` through.
 */
const reservedEvents: ReadonlySet<unknown> = new Set([
  'connect',
  'connection',
  'connect_error',
  'disconnect',
  'disconnecting',
  'error',
  'newListener',
  'removeListener',
  'auth:session',
  'auth:expired',
])

/** - `end`: DISCONNECT. - `app`: an event or an acknowledgement. - `renewal`: `auth:renew`. - `reserved`: is dropped. */
export type PacketKind = 'end' | 'app' | 'renewal' | 'reserved'

/** What to do with a packet, whatever a client has put into it. */
export function kindOf(packet: unknown): PacketKind {
  const { type, data } = Object(packet) as { type?: unknown; data?: unknown }
  if (type === packetTypes.disconnect) return 'end'
  if (type === packetTypes.ack || type === packetTypes.binaryAck) return 'app'
  // CONNECT_ERROR, for one: old versions raise `error` with it.
  if (type !== packetTypes.event && type !== packetTypes.binaryEvent) return 'reserved'
  const name: unknown = Array.isArray(data) ? data[0] : undefined
  // An emitter takes ['disconnect'] for 'disconnect', and throws at what cannot be made a string.
  if (typeof name !== 'string' && typeof name !== 'number') return 'reserved'
  if (reservedEvents.has(name)) return 'reserved'
  return name === RENEW_EVENT ? 'renewal' : 'app'
}

/** Why this Socket.IO cannot be guarded, or `undefined`. Its sockets must be refused: their end would go unnoticed. */
export function whyUnguarded(socket: SocketLike): SocketRefusal | undefined {
  const own = socket as SocketLike & SocketInternals
  const missing = (['_onpacket', '_onclose', 'ack'] as const).filter((name) => typeof own[name] !== 'function')
  if (missing.length === 0) return undefined
  const reason = `The sockets of this version of Socket.IO have no ${missing}: twodoor supports 4.4 to 4.8.`
  return { code: 'temporarily_unavailable', retry: true, reason }
}

/** Stands between a socket and its client. Returns the undo. */
export function guardPackets(socket: SocketLike, { onRenewal, mayReceive, onClose }: PacketHandlers): () => void {
  const own = socket as SocketLike & SocketInternals
  const { _onpacket: receive, _onclose: close } = own
  let isActive = true

  const guardedReceive: Method = (packet, ...rest) => {
    const pass = () => Reflect.apply(receive, socket, [packet, ...rest])
    const kind = kindOf(packet)
    if (!isActive || kind === 'end') return pass()
    if (kind === 'reserved' || !mayReceive()) return undefined
    if (kind === 'app') return pass()
    const { data, id } = packet as { data: readonly unknown[]; id?: unknown }
    if (socket.connected) onRenewal(data[1], id === undefined || id === null ? () => {} : own.ack(id))
    return undefined
  }

  const guardedClose: Method = (...args) => {
    try {
      return Reflect.apply(close, socket, args)
    } finally {
      if (isActive && !socket.connected) onClose()
    }
  }

  own._onpacket = guardedReceive
  own._onclose = guardedClose
  return () => {
    isActive = false
    // Where another library has wrapped it again, it stays, and lets everything through.
    if (own._onpacket === guardedReceive) own._onpacket = receive
    if (own._onclose === guardedClose) own._onclose = close
  }
}
