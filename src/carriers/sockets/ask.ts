// A message of ours over the app's own socket. It passes whatever the app has put around `emit`: a wrapper with an
// allow-list, the listeners of `onAnyOutgoing()`, which would see the token, and the queue of `retries`, which could hold it
// up. So the packet is written as `emit` writes it, from socket.io-client 4.4 to 4.8.

import type { SocketLike } from './socket-like.js'

/** A packet with an event, by its type (Socket.IO protocol 5). */
const EVENT = 2

/** Private by their types. */
interface Wire {
  ids: number
  readonly acks: Record<number, (answer: unknown) => void>
  packet(packet: object): void
}

export interface Asked {
  /** What the server says. Pending while it says nothing. */
  readonly answer: Promise<unknown>
  /** Does not wait any longer. */
  forget(): void
}

/** Call it for a connected socket only: nothing is kept for a later connection. */
export function ask(socket: SocketLike, event: string, message: object): Asked {
  const wire = socket as object as Wire
  const id = wire.ids++
  const answer = new Promise((resolve) => {
    wire.acks[id] = resolve
  })
  wire.packet({ type: EVENT, data: [event, message], options: { compress: true }, id })
  return { answer, forget: () => void delete wire.acks[id] }
}
