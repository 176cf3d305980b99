// The lifetime of a socket, which is loaded once there is something to do for it: a connection that the server has
// accepted, a new token for it, or a wake-up. Where it does not come, the next of these tries again, and until then the
// connection lasts until the server ends it.

import type { Lifetime } from './lifetime.js'
import type { LifetimeContext, SessionMessage } from './lifetime-context.js'
import { loadLifetime } from './load-lifetime.js'
import type { SocketToken } from './socket-token.js'

export interface LazyLifetime {
  /** The server has accepted a CONNECT. */
  connected(): void
  /** Takes in the server's `auth:session`, or keeps it until the lifetime is loaded. */
  onSessionMessage(message: unknown): void
  /** Sends a token that has just come, over the live connection. */
  offer(token: SocketToken): void
  /** The connection has dropped, and the Manager is about to open another one. */
  dropped(): void
  /** The page has woken. */
  wake(): void
  /** Stops what was begun for this connection. */
  stop(): void
}

/** @param warn - gets the reason why the lifetime could not be loaded */
export function createLazyLifetime(context: LifetimeContext, warn: (message: string) => void): LazyLifetime {
  let lifetime: Lifetime | undefined
  /** The last one of this connection, and when it came: its times are relative. */
  let session: SessionMessage | undefined
  /** The last token that came during this connection, before the lifetime did. */
  let offered: SocketToken | undefined

  async function begin(): Promise<Lifetime | undefined> {
    const part = await loadLifetime()
    if ('refused' in part) warn(`${part.message} ${part.remedy}`)
    else if (!lifetime) {
      lifetime = part.createLifetime(context)
      lifetime.connected(session)
      if (offered) lifetime.offer(offered)
    }
    return lifetime
  }

  return {
    connected() {
      if (lifetime) lifetime.connected(session)
      else void begin()
    },
    onSessionMessage(message) {
      session = { message, at: context.now() }
      lifetime?.onSessionMessage(session)
    },
    offer(token) {
      if (lifetime) return lifetime.offer(token)
      offered = token
      void begin()
    },
    dropped: () => lifetime?.dropped(),
    wake() {
      if (lifetime) lifetime.wake()
      else void begin().then((begun) => begun?.wake())
    },
    stop() {
      session = offered = undefined
      lifetime?.stop()
    },
  }
}
