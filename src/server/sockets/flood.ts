// What one connection can cause without a token: a bounded number of checks, namespaces and lines in the log.

import type { SocketRefusal } from './check.js'

/** The transport of a client. */
interface Connection {
  close(): unknown
}

export interface ConnectLimit {
  /** A CONNECT has come. `false` if it is one too many: it gets no answer, and the connection is closed. */
  enter(connection: Connection, namespace: string): boolean
  /** It was let in, and counts no more. */
  admitted(connection: Connection): void
}

/**
 * How many CONNECTs of a connection may be refused or unanswered. A page has one for each namespace, and sends one more
 * when its token is refused.
 */
const MAX_NOT_ADMITTED = 100

export const tooManyConnects: SocketRefusal = {
  ...{ code: 'too_many_requests', retry: true },
  reason: `The connection sent more than ${MAX_NOT_ADMITTED} CONNECTs that were not let in.`,
}

/** @param tooMany - hears once of each connection that is closed */
export function createConnectLimit(tooMany: (namespace: string) => void): ConnectLimit {
  const counts = new WeakMap<Connection, number>()

  function add(connection: Connection, change: number): number {
    const count = Math.max(0, (counts.get(connection) ?? 0) + change)
    counts.set(connection, count)
    return count
  }

  return {
    enter(connection, namespace) {
      const count = add(connection, 1)
      if (count === MAX_NOT_ADMITTED + 1) {
        connection.close()
        tooMany(namespace)
      }
      return count <= MAX_NOT_ADMITTED
    },
    admitted(connection) {
      add(connection, -1)
    },
  }
}
