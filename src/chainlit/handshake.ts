// Chainlit's Socket.IO connection: its handshake waits for a live session, and a refusal for want of one is repaired.

import type { ChainlitPage } from './chainlit-page.js'
import type { SessionGate } from './session/session-gate.js'
import { AuthError } from './twodoor.js'

export interface Handshakes {
  /** What a request or a WebSocket to this address is for. `undefined`: not for Chainlit's socket. */
  purposeOf(address: string): 'handshake' | 'transport' | undefined
  /** Resolves once a handshake may be sent. Never rejects: what is wrong shows in the server's answer. */
  whenReady(): Promise<void>
  /**
   * If the server refuses the connection in this packet: checks the session, renews it if it has ended, then calls `done`,
   * and returns `true`. Another refusal soon after is left to Chainlit, as is every other packet.
   */
  recoverFromRefusal(packet: string, done: () => void): boolean
  /**
   * To be called when the server does not know a connection that it has made. If that keeps happening to new connections,
   * the page is closed and the user told: Chainlit's client would try for ever.
   *
   * @param address - the address of the failed request, which holds the ID of the connection
   */
  onUnknownConnection(address: string): void
}

/** Separates the Engine.IO packets in an answer to a poll. */
export const PACKET_SEPARATOR = '\u001e'
/**
 * A CONNECT_ERROR (Socket.IO protocol 5) of the main namespace. Chainlit refuses for several reasons, but python-socketio
 * words all of them "Connection refused by server".
 */
const REFUSAL_PACKET = /^44\{/
const RECOVERY_PAUSE_MS = 30_000

/** The ID of a connection of Engine.IO. */
const CONNECTION_ID = /[?&]sid=([^&]*)/
/** An older connection was known once: the server has restarted since, or the page has slept. */
const NEW_CONNECTION_MS = 10_000
const MAX_LOST = 3
const LOST_WITHIN_MS = 60_000
const LOST_MESSAGE = 'The server does not know its own new connections: it runs several workers.'
const LOST_REMEDY = 'Set `transports = ["websocket"]` in .chainlit/config.toml, or turn on sticky sessions.'

export function createHandshakes(
  page: ChainlitPage,
  { ensureSession, closeForGood }: Pick<SessionGate, 'ensureSession' | 'closeForGood'>,
  now: () => number,
): Handshakes {
  let recoveredAt = 0
  /** When the last handshake was sent. */
  let handshakeAt = 0
  let lostId: string | undefined
  let lostAt: number[] = []

  return {
    purposeOf(address) {
      const path = page.pathOf(address)
      if (path !== '/ws/socket.io' && path !== '/ws/socket.io/') return undefined
      return CONNECTION_ID.test(address) ? 'transport' : 'handshake'
    },
    async whenReady() {
      await ensureSession().catch(() => {})
      handshakeAt = now()
    },
    recoverFromRefusal(packet, done) {
      if (!REFUSAL_PACKET.test(packet) || now() - recoveredAt < RECOVERY_PAUSE_MS) return false
      recoveredAt = now()
      ensureSession(true).then(done, done)
      return true
    },
    onUnknownConnection(address) {
      const id = address.match(CONNECTION_ID)?.[1]
      // One poll and one message can be under way at once.
      if (id === lostId) return
      lostId = id
      if (now() - handshakeAt > NEW_CONNECTION_MS) return
      lostAt = [...lostAt, now()].filter((at) => now() - at < LOST_WITHIN_MS)
      if (lostAt.length < MAX_LOST) return
      closeForGood(new AuthError('config_invalid', { phase: 'socket', message: LOST_MESSAGE, remedy: LOST_REMEDY }))
    },
  }
}
