// What one connection can cause without a token: a bounded number of checks, namespaces and lines in the log.

import type { SocketLike } from './socket-like.js'
import type { SocketRefusal } from './token-check.js'

/** The transport of a client. */
type Transport = SocketLike['conn']

export interface ConnectLimit {
  /** Counts a CONNECT. `false` if it is one too many: it gets no answer, and the connection is closed. */
  countConnect(transport: Transport, namespace: string): boolean
  /** A CONNECT was accepted, and counts no more. */
  countAccepted(transport: Transport): void
}

/**
 * How many CONNECTs of a connection may be refused or unanswered. A page has one for each namespace, and sends one more
 * when its token is refused.
 */
const MAX_NOT_ACCEPTED = 100

export const tooManyConnects: SocketRefusal = {
  code: 'too_many_requests',
  retry: true,
  reason: `The connection sent more than ${MAX_NOT_ACCEPTED} CONNECTs that were not accepted.`,
}

/** @param onTooMany - called once for each connection that is closed */
export function createConnectLimit(onTooMany: (namespace: string) => void): ConnectLimit {
  const counts = new WeakMap<Transport, number>()

  function add(transport: Transport, change: number): number {
    const count = Math.max(0, (counts.get(transport) ?? 0) + change)
    counts.set(transport, count)
    return count
  }

  return {
    countConnect(transport, namespace) {
      const count = add(transport, 1)
      if (count === MAX_NOT_ACCEPTED + 1) {
        transport.close()
        onTooMany(namespace)
      }
      return count <= MAX_NOT_ACCEPTED
    },
    countAccepted(transport) {
      add(transport, -1)
    },
  }
}
