// Chainlit's Socket.IO connection: what of it waits, and a refusal that can still be mended.

import type { ChainlitPage } from './chainlit-page.js'
import type { Entrance } from './session/session-gate.js'
import { AuthError } from './twodoor.js'

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
  /**
   * Takes note that the server does not know a connection that it has made. If that happens again and again at once, the
   * next handshake waits, and a person is told: Chainlit's client would go on for ever.
   *
   * @param address - what was asked for in vain, which names the connection
   */
  lost(address: string): void
}

/** Packets of Engine.IO that a polling answer holds are separated by this. */
export const PACKET_SEPARATOR = '\u001e'
/**
 * A CONNECT_ERROR (Socket.IO protocol 5) of the main namespace. Chainlit refuses for several reasons, but python-socketio
 * words all of them "Connection refused by server".
 */
const REFUSED = /^44\{/
const MEND_PAUSE_MS = 30_000

/** The name of a connection of Engine.IO. */
const SID = /[?&]sid=([^&]*)/
/** A connection that is lost later has been known: the server has begun anew, or the page has slept. */
const YOUNG_MS = 10_000
const MOST_LOST = 3
const LOST_WITHIN_MS = 60_000
const LOST_MESSAGE = 'The server does not know its own new connections: it has several workers.'
const LOST_REMEDY = 'Set `transports = ["websocket"]` in .chainlit/config.toml, or turn on sticky sessions.'

export function createHandshakes(page: ChainlitPage, entrance: Entrance, now: () => number): Handshakes {
  let mendedAt = Number.NEGATIVE_INFINITY
  /** When the last handshake went out. */
  let begunAt = 0
  let lostSid: string | undefined
  let lostAt: number[] = []

  return {
    kindOf(address) {
      const path = page.pathOf(address instanceof URL ? address : String(address))
      if (path !== '/ws/socket.io' && path !== '/ws/socket.io/') return undefined
      return SID.test(String(address)) ? 'transport' : 'handshake'
    },
    async ready() {
      await entrance.prove().catch(() => {})
      begunAt = now()
    },
    mends(packet, then) {
      if (!REFUSED.test(packet) || now() - mendedAt < MEND_PAUSE_MS) return false
      mendedAt = now()
      entrance.prove(true).then(then, then)
      return true
    },
    lost(address) {
      const sid = address.match(SID)?.[1]
      // One poll and one message can be on their way at once.
      if (sid === lostSid) return
      lostSid = sid
      if (now() - begunAt > YOUNG_MS) return
      lostAt = [...lostAt, now()].filter((at) => now() - at < LOST_WITHIN_MS)
      if (lostAt.length < MOST_LOST) return
      entrance.refuse(new AuthError('config_invalid', { phase: 'socket', message: LOST_MESSAGE, remedy: LOST_REMEDY }))
    },
  }
}
