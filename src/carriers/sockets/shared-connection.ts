// The namespaces of a page share one connection. After a drop socket.io-client opens it again by itself, but only a second
// or more later, and it does not listen for `online`. Here it is opened at once where there is a reason to.

import type { ManagerLike } from './socket-like.js'

/** A socket that takes part. */
export interface Member {
  /** Whether it waits for the connection. */
  isWaiting(): boolean
  down(): void
  up(): void
}

export interface SharedConnection {
  /** For good: the Manager keeps its sockets as well, and one that does not wait is left alone. */
  join(member: Member): void
  /** The page has woken: sockets that wait reconnect now, and a connection that is dead may be noticed only later. */
  wake(): void
  /** The connection is there again. */
  connected(): void
  /** The connection has dropped, and the Manager is about to wait before it opens another one. */
  dropped(): void
}

/** One wake-up is often several events, and a handshake that has just begun is to come to its end. */
const PAUSE_MS = 1_000
/** How long after a wake-up a drop belongs to it. */
const WAKE_UP_MS = 60_000

const connections = new WeakMap<ManagerLike, SharedConnection>()

export function sharedConnectionOf(manager: ManagerLike, now: () => number): SharedConnection {
  const connection = connections.get(manager) ?? shareConnection(manager, now)
  connections.set(manager, connection)
  return connection
}

function shareConnection(manager: ManagerLike, now: () => number): SharedConnection {
  const members = new Set<Member>()
  let wokeAt = 0
  let reopenedAt = 0

  /**
   * `Manager.open()` would keep it from ever reconnecting again (socket.io-client#1179). What is public and safe is to take
   * all sockets down and up, which keeps what connection state recovery needs. If others use the connection too, nothing
   * comes of it, and the Manager goes on as it would.
   */
  function reopen(): void {
    const waiting = [...members].filter((member) => member.isWaiting())
    if (waiting.length === 0 || manager.engine.readyState === 'open' || !manager.reconnection()) return
    if (now() - reopenedAt < PAUSE_MS) return
    reopenedAt = now()
    for (const member of waiting) member.down()
    for (const member of waiting) member.up()
  }

  return {
    join: (member) => void members.add(member),
    wake() {
      wokeAt = now()
      reopen()
    },
    connected() {
      wokeAt = 0
    },
    dropped() {
      // Not before every namespace has heard of it.
      if (now() - wokeAt < WAKE_UP_MS) queueMicrotask(reopen)
    },
  }
}
