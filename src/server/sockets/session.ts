// The life of one connected socket: how long its token lets it stay.

import { LONGEST_TIMEOUT_MS } from '../../backoff.js'
import type { Identity } from '../claims.js'
import type { Verifier } from '../verify.js'
import { checkTokenOf, isRefusal, type SocketRefusal, takeToken } from './check.js'
import { createRenewals } from './renew.js'
import type { SocketLike, UncheckedData } from './socket-like.js'

export interface SessionContext {
  readonly verifier: Verifier
  /** How long after its token has expired a socket may stay. */
  readonly graceMs: number
  readonly now: () => number
  refused(socket: SocketLike, refusal: SocketRefusal): void
}

const RENEW_EVENT = 'auth:renew'

/**
 * Tells the client how long it may stay, renews, and ends the connection in time. Returns the undo.
 *
 * @param admitted - what the middleware found, or `undefined` if connection state recovery skipped it
 */
export function superviseSession(
  socket: SocketLike,
  admitted: Identity | undefined,
  context: SessionContext,
): () => void {
  const { verifier, graceMs, now } = context
  const data = socket.data as UncheckedData
  let current: Identity
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false

  const renew = createRenewals({
    ...{ verifier, now, current: () => current, renewed: follow },
    refused: (refusal) => context.refused(socket, refusal),
  })

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
    else end({ code: 'token_expired', retry: true, reason: 'The token has expired, and was not renewed.' })
  }

  function begin(identity: Identity): void {
    follow(identity)
    socket.on(RENEW_EVENT, renew)
    socket.emit('auth:session', { expiresInMs: Math.max(0, identity.expiresAt - now()), graceMs, renew: RENEW_EVENT })
  }

  /**
   * Closes the transport: clients then reconnect by themselves with a fresh token, and recover what they missed. After
   * `socket.disconnect()` they would do neither.
   */
  function end(refusal: SocketRefusal): void {
    stop()
    if (!socket.connected) return
    context.refused(socket, refusal)
    // Packets that ask for an acknowledgement are not kept for recovery, where this one would arrive late and wrong.
    socket.emit('auth:expired', { code: refusal.code }, () => {})
    socket.conn.close()
  }

  function stop(): void {
    stopped = true
    clearTimeout(timer)
    socket.off(RENEW_EVENT, renew)
    socket.off('disconnect', stop)
  }

  async function admitNow(): Promise<void> {
    const release = holdEvents(socket)
    const result = await checkTokenOf(data.auth?.key, verifier, takeToken(socket.handshake.auth))
    if (stopped) return
    if (isRefusal(result)) {
      // What is kept for the next recovery must not let it in either.
      data.auth = undefined
      return end(result)
    }
    begin(result)
    release()
  }

  socket.on('disconnect', stop)
  if (admitted) begin(admitted)
  else void admitNow()
  return stop
}

/** Keeps what the client sends from the app until it is released. */
function holdEvents(socket: SocketLike): () => void {
  let held: (() => void)[] | undefined = []
  socket.use((_event, next) => {
    if (held) held.push(next)
    else next()
  })
  return () => {
    const waiting = held ?? []
    held = undefined
    for (const next of waiting) next()
  }
}
