// Chainlit's Socket.IO connection: what of it waits, and a refusal that can still be mended.

import type { Entrance } from './entrance.js'
import type { ChainlitPage } from './page.js'

export interface Handshakes {
  /** What a request or a connection of this address is for, if it is one of Chainlit's socket. */
  kindOf(address: string | URL): 'handshake' | 'transport' | undefined
  /** Settles once a handshake may go out. It never rejects: what is wrong shows in the answer. */
  ready(): Promise<void>
  /**
   * Looks for a refusal in what the server sent. If there is one, and the last is some time ago, the session is looked at,
   * and replaced if it has ended; `then` runs when that is done. The next one is Chainlit's to handle.
   */
  mends(packet: string, then: () => void): boolean
}

/** Packets of Engine.IO that a polling answer holds are separated by this. */
export const PACKET_SEPARATOR = '\u001e'
/**
 * A CONNECT_ERROR (Socket.IO protocol 5) of the main namespace. Chainlit refuses for several reasons, but python-socketio
 * words all of them "Connection refused by server".
 */
const REFUSED = /^44\{/
const MEND_PAUSE_MS = 30_000

export function createHandshakes(page: ChainlitPage, entrance: Entrance, now: () => number): Handshakes {
  let mendedAt = Number.NEGATIVE_INFINITY

  return {
    kindOf(address) {
      const path = page.pathOf(address instanceof URL ? address : String(address))
      if (path !== '/ws/socket.io' && path !== '/ws/socket.io/') return undefined
      return /[?&]sid=/.test(String(address)) ? 'transport' : 'handshake'
    },
    ready: () => entrance.prove().catch(() => {}),
    mends(packet, then) {
      if (!REFUSED.test(packet) || now() - mendedAt < MEND_PAUSE_MS) return false
      mendedAt = now()
      entrance.prove(true).then(then, then)
      return true
    },
  }
}
