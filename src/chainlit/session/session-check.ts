// Whether Chainlit's session is still alive, and its renewal if it is not.

import { isUnauthorized, type SessionRequests } from '../twodoor.js'
import type { PageSession } from './page-session.js'

export interface SessionCheck {
  /** Renews the session for a call that found it ended, unless it has been renewed since that call was made. */
  renewSession(calledAt: number): Promise<void>
  /**
   * Makes sure that the session is alive, before a request that cannot be repeated: asks the server, unless it has just
   * answered, and renews a session that has ended. A server that does not answer is ignored: the request will show it.
   *
   * @param mustAsk - ask the server even if it has just answered
   */
  ensureSession(mustAsk?: boolean): Promise<void>
  /** To be called when the server has shown that it knows the session, with its user if it named one. */
  onSessionSeen(identifier?: unknown): void
  /** To be called for each new session. */
  onNewSession(): void
}

/** An answer of the server counts for one connection, the first or the one after a new session, and no longer than this. */
const TRUSTED_MS = 10_000

/** @param signal - aborted when the drop-in is removed */
export function createSessionCheck(
  probe: SessionRequests['probe'],
  pageSession: Pick<PageSession, 'whenOpen' | 'onUser' | 'renew'>,
  signal: AbortSignal,
  now: () => number,
): SessionCheck {
  let renewedAt = 0
  /** When the server last answered that the session is alive. `0` once that has been relied on. */
  let seenAt = 0
  let hasConnected = false

  async function renewSession(calledAt: number): Promise<void> {
    if (calledAt > renewedAt) pageSession.renew()
    return pageSession.whenOpen()
  }

  return {
    renewSession,
    async ensureSession(mustAsk = false) {
      await pageSession.whenOpen()
      const isFresh = !mustAsk && now() - seenAt <= TRUSTED_MS
      seenAt = 0
      hasConnected = true
      if (isFresh || signal.aborted) return
      const askedAt = now()
      const found = await probe(signal).catch(() => undefined)
      if (found && isUnauthorized(found)) await renewSession(askedAt)
      else pageSession.onUser(found?.key)
      // After `mustAsk` the connection has yet to be made, and may rely on this answer.
      if (!mustAsk) seenAt = 0
    },
    onSessionSeen(identifier) {
      if (!hasConnected) seenAt = now()
      pageSession.onUser(identifier)
    },
    onNewSession() {
      renewedAt = now()
      seenAt = now()
    },
  }
}
