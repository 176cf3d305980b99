// What the app has written and the socket has not sent yet.

import { socketError } from './socket-error.js'
import type { SocketLike } from './socket-like.js'

/** In the buffer it has the id of its acknowledgement; in the queue of `retries` its last argument is one. */
interface Packet {
  readonly id?: number
  readonly args?: readonly ((error: Error) => void)[]
  tryCount?: number
}
/** Private by their types. Without `retries`, and before socket.io-client 4.6, there is no queue. */
interface Written {
  sendBuffer: Packet[]
  readonly acks: Record<number, ((error: Error) => void) & { withError?: boolean }>
  readonly _queue?: Packet[]
}

export function unsentOf(socket: SocketLike): readonly unknown[] {
  const { sendBuffer, _queue = [] } = socket as object as Written
  return [...sendBuffer, ..._queue]
}

/** Drops all but these packets. Who waits for an acknowledgement of another gets the error `sign_in_required`. */
export function dropUnsent(socket: SocketLike, kept: readonly unknown[]): void {
  const written = socket as object as Written
  const { acks, sendBuffer, _queue = [] } = written
  const isKept = (packet: Packet) => kept.includes(packet)
  const queue = _queue.splice(0)
  written.sendBuffer = sendBuffer.filter(isKept)
  _queue.push(...queue.filter(isKept))
  for (const packet of [...sendBuffer, ...queue]) {
    if (isKept(packet)) continue
    // Made only where it is heard: an error collects its stack.
    if (packet.args) refuseQueued(_queue, packet, socketError('sign_in_required'))
    else refuse(acks, packet.id, socketError('sign_in_required'))
  }
}

function refuse(acks: Written['acks'], id = -1, error: Error): void {
  const ack = acks[id]
  delete acks[id]
  // Others expect an answer as their first argument.
  if (ack?.withError) ack(error)
}

/** The end of its attempts: socket.io-client then takes the first of the queue away, and tells the app. */
function refuseQueued(queue: Packet[], packet: Packet, error: Error): void {
  queue.unshift(packet)
  packet.tryCount = Number.POSITIVE_INFINITY
  packet.args?.at(-1)?.(error)
}
