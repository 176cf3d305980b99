// The life of one connected socket: how long its token lets it stay.

import { LONGEST_TIMEOUT_MS } from '../../shared/backoff.js'
import type { Identity } from '../tokens/claims.js'
import type { SocketRefusal, TokenLimits } from './check.js'
import { guardIncoming, RENEW_EVENT, whyUnguarded } from './incoming.js'
import { createRenewals } from './renew.js'
import type { SocketLike, UncheckedData } from './socket-like.js'

export interface SessionContext {
  readonly limits: TokenLimits
  refused(socket: Pick<SocketLike, 'nsp'>, refusal: SocketRefusal): void
  renewed(socket: SocketLike, identity: Identity): void
}

const expired: SocketRefusal = {
  ...{ code: 'token_expired', retry: true },
  reason: 'The token has expired, and was not renewed.',
}

/**
 * Tells the client how long it may stay, renews, and ends the connection in time. Returns the undo.
 *
 * @param over - hears that nothing of it is left
 */
export function superviseSession(
  socket: SocketLike,
  admitted: Identity,
  context: SessionContext,
  over: () => void,
): () => void {
  const { limits, refused } = context
  const { graceMs, now } = limits
  let current = admitted
  let timer: ReturnType<typeof setTimeout> | undefined
  let ended = false

  function follow(identity: Identity): void {
    if (ended) return
    current = identity
    // As it is now: an app may have put another object there.
    const data = socket.data as UncheckedData
    data.auth = identity
    clearTimeout(timer)
    const remaining = current.expiresAt + graceMs - now()
    timer = setTimeout(onTimer, Math.min(Math.max(0, remaining), LONGEST_TIMEOUT_MS))
  }

  function renewed(identity: Identity): void {
    if (ended) return
    follow(identity)
    context.renewed(socket, identity)
  }

  /** A timer can fire early: the longest delay is 24 days, and the clock can be set back. */
  function onTimer(): void {
    if (!isOver()) follow(current)
  }

  /** Asked for each packet too, so that the end does not hang on a timer alone. */
  function isOver(): boolean {
    if (!ended && current.expiresAt + graceMs <= now()) {
      ended = true
      clearTimeout(timer)
      endSession(socket, expired, context)
    }
    return ended
  }

  function stop(): void {
    ended = true
    clearTimeout(timer)
    release()
    over()
  }

  const renew = createRenewals({
    limits,
    current: () => current,
    renewed,
    refused: (why) => refused(socket, why),
  })
  const release = guardIncoming(socket, { renew, isOver, closed: stop })
  follow(admitted)
  socket.emit('auth:session', { expiresInMs: Math.max(0, admitted.expiresAt - now()), graceMs, renew: RENEW_EVENT })
  return stop
}

/** Sends a socket away that nobody has checked. Until it is gone, nothing that it says is heard. */
export function sendAway(socket: SocketLike, refusal: SocketRefusal, context: SessionContext): void {
  if (!whyUnguarded(socket)) guardIncoming(socket, { renew: () => {}, isOver: () => true, closed: () => {} })
  endSession(socket, refusal, context)
}

/**
 * Closes the transport: clients then reconnect by themselves with a fresh token, and recover what they missed. After
 * `socket.disconnect()` they would do neither.
 */
function endSession(socket: SocketLike, refusal: SocketRefusal, { refused }: SessionContext): void {
  if (!socket.connected) return
  refused(socket, refusal)
  // Packets that ask for an acknowledgement are not kept for recovery, where this one would arrive late and wrong.
  socket.emit('auth:expired', { code: refusal.code }, () => {})
  socket.conn.close()
}
