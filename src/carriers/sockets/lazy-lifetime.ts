// The lifetime of a socket, which is loaded once there is something to do for it: a connection that the server has
// accepted, or a wake-up. Without it the connection lasts until the server ends it, and the next one tries to load it again.

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

  async function whenLoaded(act: (loaded: Lifetime) => void): Promise<void> {
    if (!lifetime) {
      const part = await loadLifetime()
      if ('refused' in part) return warn(`${part.message} ${part.remedy}`)
      lifetime ??= part.createLifetime(context)
    }
    act(lifetime)
  }

  return {
    connected: () => void whenLoaded((loaded) => loaded.connected(session)),
    onSessionMessage(message) {
      session = { message, at: context.now() }
      lifetime?.onSessionMessage(session)
    },
    offer: (token) => void whenLoaded((loaded) => loaded.offer(token)),
    dropped: () => lifetime?.dropped(),
    wake: () => void whenLoaded((loaded) => loaded.wake()),
    stop() {
      session = undefined
      lifetime?.stop()
    },
  }
}
