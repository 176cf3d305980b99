// How long an accepted socket may stay: as long as its token and the grace.

import { LONGEST_TIMEOUT_MS } from '../../shared/backoff.js'
import type { Identity } from '../tokens/identity.js'
import { guardPackets, RENEW_EVENT, whyUnguarded } from './packets.js'
import { createRenewals } from './renewals.js'
import type { SocketLike, UncheckedData } from './socket-like.js'
import type { SocketRefusal, TokenLimits } from './token-check.js'

export interface LifetimeLimits {
  readonly limits: TokenLimits
  onRefused(socket: Pick<SocketLike, 'nsp'>, refusal: SocketRefusal): void
  onRenewed(socket: SocketLike, identity: Identity): void
}

const notRenewed: SocketRefusal = {
  code: 'token_expired',
  retry: true,
  reason: 'The token has expired, and was not renewed.',
}

/**
 * Says hello with the time that the socket has, answers renewals, and ends the connection in time. Returns the undo.
 *
 * @param onEnd - called when the socket has ended, or the undo was called
 */
export function limitLifetime(
  socket: SocketLike,
  accepted: Identity,
  context: LifetimeLimits,
  onEnd: () => void,
): () => void {
  const { graceMs, now } = context.limits
  let identity = accepted
  let timer: ReturnType<typeof setTimeout> | undefined
  let hasEnded = false

  const isOver = () => identity.expiresAt + graceMs <= now()

  function follow(next: Identity): void {
    identity = next
    // Read anew each time: an app may have put another object there.
    const data = socket.data as UncheckedData
    data.auth = identity
    clearTimeout(timer)
    const remaining = identity.expiresAt + graceMs - now()
    timer = setTimeout(onTimer, Math.min(Math.max(0, remaining), LONGEST_TIMEOUT_MS))
  }

  /** A timer can fire early: the longest delay is 24 days, and the clock can be set back. */
  function onTimer(): void {
    if (isOver()) end()
    else follow(identity)
  }

  function end(): void {
    if (hasEnded) return
    hasEnded = true
    clearTimeout(timer)
    endSocket(socket, notRenewed, context)
  }

  function stop(): void {
    hasEnded = true
    clearTimeout(timer)
    unguard()
    onEnd()
  }

  const unguard = guardPackets(socket, {
    onRenewal: createRenewals({
      limits: context.limits,
      identity: () => identity,
      onRenewed(next) {
        if (hasEnded) return
        follow(next)
        context.onRenewed(socket, next)
      },
      onRefused: (refusal) => context.onRefused(socket, refusal),
    }),
    mayReceive() {
      // So that the end does not hang on a timer alone.
      if (isOver()) end()
      return !hasEnded
    },
    onClose: stop,
  })
  follow(accepted)
  const expiresInMs = Math.max(0, accepted.expiresAt - now())
  socket.emit('auth:session', { expiresInMs, graceMs, renew: RENEW_EVENT })
  return stop
}

/** Ends a socket whose token was never checked. Until it is gone, none of its packets counts. */
export function endUnchecked(socket: SocketLike, refusal: SocketRefusal, context: LifetimeLimits): void {
  if (!whyUnguarded(socket)) guardPackets(socket, { onRenewal() {}, mayReceive: () => false, onClose() {} })
  endSocket(socket, refusal, context)
}

/**
 * Closes the transport: clients then reconnect by themselves with a fresh token, and recover what they missed. After
 * `socket.disconnect()` they would do neither.
 */
function endSocket(socket: SocketLike, refusal: SocketRefusal, { onRefused }: LifetimeLimits): void {
  if (!socket.connected) return
  onRefused(socket, refusal)
  // Packets that ask for an acknowledgement are not kept for recovery, where this one would arrive late and wrong.
  socket.emit('auth:expired', { code: refusal.code }, () => {})
  socket.conn.close()
}
