// What the app has written and the socket has not sent yet. What was there at a sign-out is still the user's, and waits
// for the same account. What the page writes between the sign-out and the next sign-in belongs to no account, and is dropped.

import { socketError } from './socket-error.js'
import type { SocketLike } from './socket-like.js'

/** Private by their types. Without `retries`, and before socket.io-client 4.6, there is no queue. */
interface Written {
  readonly sendBuffer: readonly { readonly id?: number }[]
  readonly acks: Record<number, ((error: Error) => void) & { withError?: boolean }>
  readonly _queue?: Queued[]
}
interface Queued {
  tryCount: number
  readonly args: readonly ((error: Error) => void)[]
}

export interface Unsent {
  all(): readonly unknown[]
  /** Marks these packets as the user's, and all others as to be dropped. Does nothing if some are marked already. */
  keepOnly(packets: readonly unknown[]): void
  /** Drops the others. Who waits for an acknowledgement of one gets the error `sign_in_required`. */
  dropOthers(): void
}

export function createUnsent(socket: SocketLike): Unsent {
  const { acks, _queue = [] } = socket as object as Written
  let kept: ReadonlySet<unknown> | undefined
  const isDropped = (packet: unknown) => kept?.has(packet) === false

  return {
    all: () => [...socket.sendBuffer, ..._queue],
    keepOnly(packets) {
      kept ??= new Set(packets)
    },
    dropOthers() {
      const { sendBuffer } = socket as object as Written
      const buffered = sendBuffer.filter(isDropped)
      const queued = _queue.filter(isDropped)
      socket.sendBuffer = sendBuffer.filter((packet) => !buffered.includes(packet))
      _queue.splice(0, _queue.length, ..._queue.filter((packet) => !queued.includes(packet)))
      kept = undefined
      // Made only where somebody hears it: an error collects its stack.
      for (const { id = -1 } of buffered) refuse(acks, id, socketError('sign_in_required'))
      for (const packet of queued) refuseQueued(_queue, packet, socketError('sign_in_required'))
    },
  }
}

function refuse(acks: Written['acks'], id: number, error: Error): void {
  const ack = acks[id]
  delete acks[id]
  // Others expect an answer as their first argument.
  if (ack?.withError) ack(error)
}

/** The end of its attempts: socket.io-client then takes the first of the queue away, and tells the app. */
function refuseQueued(queue: Queued[], packet: Queued, error: Error): void {
  queue.unshift(packet)
  packet.tryCount = Number.POSITIVE_INFINITY
  packet.args.at(-1)?.(error)
}
