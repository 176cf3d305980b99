// What the app has written and the socket has not sent yet. What was there at a sign-out is still the user's, and waits
// for the same account. What the page writes between the sign-out and the next sign-in is nobody's, and is dropped.

import { socketError } from './report.js'
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
  /** Nothing but this is somebody's. Does nothing if that is so already. */
  leave(kept: readonly unknown[]): void
  /** Drops what is nobody's. Whoever waits for its acknowledgement hears `sign_in_required`. */
  drop(): void
}

export function createUnsent(socket: SocketLike): Unsent {
  const { acks, _queue = [] } = socket as object as Written
  let kept: ReadonlySet<unknown> | undefined
  const isNobodys = (each: unknown) => kept?.has(each) === false

  function drop(): void {
    const { sendBuffer } = socket as object as Written
    const nobodys = sendBuffer.filter(isNobodys)
    const queued = _queue.filter(isNobodys)
    socket.sendBuffer = sendBuffer.filter((each) => !nobodys.includes(each))
    _queue.splice(0, _queue.length, ..._queue.filter((each) => !queued.includes(each)))
    kept = undefined
    // Made only where somebody hears it: an error collects its stack.
    for (const { id = -1 } of nobodys) refuse(acks, id, socketError('sign_in_required'))
    for (const each of queued) refuseQueued(_queue, each, socketError('sign_in_required'))
  }

  return {
    all: () => [...socket.sendBuffer, ..._queue],
    leave(those) {
      kept ??= new Set(those)
    },
    drop,
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
