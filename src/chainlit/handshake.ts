// Chainlit's Socket.IO connection: what of it waits, and a refusal that can still be mended.

import type { Entrance } from './entrance.js'
import type { ChainlitPage } from './page.js'

export interface Handshakes {
  /** What a request or a connection of this address is for, if it is one of Chainlit's socket. */
  kindOf(address: string | URL): 'handshake' | 'transport' | undefined
  /** Settles once a handshake may go out. It never rejects: what is wrong shows in the answer. */
  ready(): Promise<void>
  /**
   * Looks for the refusal of a dead session in what the server sent, and gets a new session if there is one and the last
   * such refusal is some time ago. `then` runs when that is done. Otherwise the refusal is Chainlit's to handle.
   */
  mends(packet: string, then: () => void): boolean
}

/** Packets of Engine.IO that a polling answer holds are separated by this. */
export const PACKET_SEPARATOR = '\u001e'
/** A CONNECT_ERROR (Socket.IO protocol 5) of the main namespace, as Chainlit words it for a session that has ended. */
const REFUSED = /^44\{"message":\s*"authentication failed"\}$/
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
      entrance.renew(now() + 1).then(then, then)
      return true
    },
  }
}
