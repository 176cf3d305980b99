// The life of one connected socket: how long its token lets it stay.

import { LONGEST_TIMEOUT_MS } from '../../backoff.js'
import type { Identity } from '../claims.js'
import type { Verifier } from '../verify.js'
import type { SocketRefusal } from './check.js'
import { answerRenewals, RENEW_EVENT } from './renew.js'
import type { SocketLike, UncheckedData } from './socket-like.js'

export interface SessionContext {
  readonly verifier: Verifier
  /** How long after its token has expired a socket may stay. */
  readonly graceMs: number
  readonly now: () => number
  refused(socket: SocketLike, refusal: SocketRefusal): void
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
  const { verifier, graceMs, now } = context
  const data = socket.data as UncheckedData
  let current = admitted
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false

  function follow(identity: Identity): void {
    if (stopped) return
    current = data.auth = identity
    clearTimeout(timer)
    const remaining = current.expiresAt + graceMs - now()
    timer = setTimeout(onTimer, Math.min(Math.max(0, remaining), LONGEST_TIMEOUT_MS))
  }

  /** A timer can fire early: the longest delay is 24 days, and the clock can be set back. */
  function onTimer(): void {
    if (current.expiresAt + graceMs > now()) follow(current)
    else {
      stop()
      endSession(socket, expired, context)
    }
  }

  function stop(): void {
    stopped = true
    clearTimeout(timer)
    stopRenewals()
    socket.off('disconnect', stop)
    over()
  }

  const stopRenewals = answerRenewals(socket, {
    ...{ verifier, now, current: () => current, renewed: follow },
    refused: (refusal) => context.refused(socket, refusal),
  })
  socket.on('disconnect', stop)
  follow(admitted)
  socket.emit('auth:session', { expiresInMs: Math.max(0, admitted.expiresAt - now()), graceMs, renew: RENEW_EVENT })
  return stop
}

/**
 * Closes the transport: clients then reconnect by themselves with a fresh token, and recover what they missed. After
 * `socket.disconnect()` they would do neither.
 */
export function endSession(socket: SocketLike, refusal: SocketRefusal, { refused }: SessionContext): void {
  if (!socket.connected) return
  refused(socket, refusal)
  // Packets that ask for an acknowledgement are not kept for recovery, where this one would arrive late and wrong.
  socket.emit('auth:expired', { code: refusal.code }, () => {})
  socket.conn.close()
}
