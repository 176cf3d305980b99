// A message of ours over the app's own socket. It passes whatever the app has put around `emit`: a wrapper with an
// allow-list, the listeners of `onAnyOutgoing()`, which would see the token, and the queue of `retries`, which could hold it
// up. So the packet is written as `emit` writes it, from socket.io-client 4.4 to 4.8.

import type { SocketLike } from './socket-like.js'

/** A packet with an event, by its type (Socket.IO protocol 5). */
const EVENT = 2

/** Private by their types. */
interface Transmitter {
  ids: number
  readonly acks: Record<number, (answer: unknown) => void>
  packet(packet: object): void
}

export interface SentEvent {
  /** The acknowledgement. Pending while there is none. */
  readonly answer: Promise<unknown>
  /** Does not wait any longer. */
  forget(): void
}

/** Call it for a connected socket only: nothing is kept for a later connection. */
export function sendEvent(socket: SocketLike, event: string, message: object): SentEvent {
  const transmitter = socket as object as Transmitter
  const id = transmitter.ids++
  const answer = new Promise((resolve) => {
    transmitter.acks[id] = resolve
  })
  transmitter.packet({ type: EVENT, data: [event, message], options: { compress: true }, id })
  return { answer, forget: () => void delete transmitter.acks[id] }
}
