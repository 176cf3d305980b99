// Whether Chainlit's session is still alive, asked before a request that cannot be repeated.

import { isUnauthorized, type SessionRequests } from '../twodoor.js'

export interface SessionCheck {
  /**
   * Makes sure that the session is alive: asks the server, unless it has just told, and renews a session that has ended.
   * A server that does not answer is ignored: the request itself will show what is wrong.
   *
   * @param mustAsk - ask the server even if it has just told
   */
  ensureSession(mustAsk?: boolean): Promise<void>
  /** To be called when the server has shown that it knows the session. */
  onSessionSeen(): void
  /** To be called for each new session. */
  onNewSession(): void
  /** Whether the session has been renewed after this time. */
  isRenewedSince(time: number): boolean
}

export interface SessionCheckContext {
  readonly probe: SessionRequests['probe']
  /** Ends all requests. */
  readonly signal: AbortSignal
  /** Resolves once the page may call the server. */
  whenOpen(): Promise<void>
  renewSession(calledAt: number): Promise<void>
  /** Called with the user of the session. */
  onUser(identifier: unknown): void
  now(): number
}

/** What the server told counts for one connection, the first or the one after a new session, and no longer than this. */
const TRUSTED_MS = 10_000

export function createSessionCheck(context: SessionCheckContext): SessionCheck {
  const { probe, signal, whenOpen, renewSession, onUser, now } = context
  let renewedAt = 0
  /** When the server last told that the session is alive. `0` once that has been relied on. */
  let seenAt = 0
  let hasConnected = false

  async function ensureSession(mustAsk = false): Promise<void> {
    await whenOpen()
    const isFresh = !mustAsk && now() - seenAt <= TRUSTED_MS
    seenAt = 0
    hasConnected = true
    if (isFresh || signal.aborted) return
    const askedAt = now()
    const answer = await probe(signal).catch(() => undefined)
    if (answer && isUnauthorized(answer)) await renewSession(askedAt)
    else onUser(answer?.key)
    // After `mustAsk` the connection has yet to be made, and may rely on this answer.
    if (!mustAsk) seenAt = 0
  }

  return {
    ensureSession,
    onSessionSeen() {
      if (!hasConnected) seenAt = now()
    },
    onNewSession() {
      renewedAt = now()
      seenAt = now()
    },
    isRenewedSince: (time) => time <= renewedAt,
  }
}
