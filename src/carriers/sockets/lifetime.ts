// How a live connection gets its next token. A server that sends `auth:session` gets it in band. Any other learns of it only
// by a new CONNECT: where it restores connections, one is replaced by another without a loss; elsewhere it is left alone
// until the server ends it.

import { LONGEST_TIMEOUT_MS } from '../../shared/backoff.js'
import type { LifetimeContext, SessionMessage } from './lifetime-context.js'
import { type Renewal, startRenewal } from './renew.js'
import { sharedConnectionOf } from './shared-connection.js'
import { closeBetween, namespaceOf, type SocketLike, startTimer, type Timer } from './socket-like.js'

export interface Lifetime extends Renewal {
  /** The server has accepted a CONNECT, and sent this since, if anything. */
  connected(session: SessionMessage | undefined): void
  /** The connection has dropped, and the Manager is about to open another one. */
  dropped(): void
  /** Takes in the server's `auth:session`. */
  onSessionMessage(session: SessionMessage): void
}

/** A connection is replaced this long before its token ends. */
const LEAD_MS = 60_000
/** Never more often than this, whatever the clock says. */
const MIN_PAUSE_MS = 30_000
/** Packets with a message, by their type (Socket.IO protocol 5). */
const MESSAGES: readonly unknown[] = [2, 5]

export function createLifetime(context: LifetimeContext): Lifetime {
  const { socket, guard, now } = context
  const connection = sharedConnectionOf(socket.io, now)
  let renewal: Renewal | undefined
  let timer: Timer | undefined
  connection.join(context.member)

  function scheduleReplacement(): void {
    const { expiresAt } = guard.current() ?? {}
    if (expiresAt === undefined || !isAlone(socket)) return
    const delay = Math.max(MIN_PAUSE_MS, expiresAt - LEAD_MS - now())
    timer = startTimer(
      socket.io,
      () => void prepareReplacement().catch(onRenewalFailure),
      Math.min(delay, LONGEST_TIMEOUT_MS),
    )
  }

  async function prepareReplacement(): Promise<void> {
    const mine = timer
    const old = guard.current()?.token
    const { token, expiresAt = 0 } = await guard.request(old)
    // A new token that seems to be at its end says that the clock is wrong.
    if (token !== old && expiresAt - LEAD_MS > now() && timer === mine) socket.io.on('packet', replaceAfterMessage)
  }

  /**
   * A server restores a connection only if it still has the last message that arrived, and it keeps messages for some
   * minutes. So the connection ends right after one, by the transport, which keeps recovery. While none comes, none can be
   * missed.
   */
  function replaceAfterMessage(packet: unknown): void {
    const { type, nsp, id, data } = Object(packet) as Record<'type' | 'nsp' | 'id' | 'data', unknown>
    const isOurs = nsp === namespaceOf(socket) && MESSAGES.includes(type) && Array.isArray(data)
    // What can be restored asks for no acknowledgement, and ends with a text, by which the server finds it.
    if (isOurs && id === undefined && typeof data.at(-1) === 'string')
      closeBetween(socket.io, socket.io.engine, canReplace)
  }

  /**
   * An acknowledgement that the app waits for would be lost. Then the next message is another chance: nothing waits for
   * it, and if none is better, the connection lasts until the server ends it.
   */
  function canReplace(): boolean {
    return timer !== undefined && !renewal && isAlone(socket) && !hasOpenAcknowledgements(socket)
  }

  /** What else goes wrong shows when the token has ended. */
  function onRenewalFailure(error: unknown): void {
    if (Object(error).code === 'account_mismatch') context.onOtherAccount()
  }

  function stop(): void {
    clearTimeout(timer)
    timer = undefined
    socket.io.off('packet', replaceAfterMessage)
    renewal?.stop()
    renewal = undefined
  }

  function onSessionMessage(session: SessionMessage): void {
    renewal?.stop()
    renewal = startRenewal(session, context, onRenewalFailure)
    if (renewal) clearTimeout(timer)
  }

  return {
    connected(session) {
      if (!socket.connected) return // it was, before this was loaded
      stop()
      connection.connected()
      if (isRestorable(socket)) scheduleReplacement()
      if (session) onSessionMessage(session)
    },
    dropped: connection.dropped,
    onSessionMessage,
    offer: (token) => renewal?.offer(token),
    wake() {
      renewal?.wake()
      connection.wake()
    },
    stop,
  }
}

/** Only a server with connection state recovery gives a `pid`. Private by its type; there is none before socket.io-client 4.6. */
function isRestorable(socket: SocketLike): boolean {
  return Boolean(Reflect.get(socket, '_pid'))
}

/** Whether no other socket uses this connection, also none that twodoor has not made. Private by its type. */
function isAlone(socket: SocketLike): boolean {
  const { nsps } = socket.io as object as { nsps: Record<string, SocketLike> }
  return Object.values(nsps).every((each) => each === socket || !each.active)
}

/** Private by its type, and there is no other way to know. */
function hasOpenAcknowledgements(socket: SocketLike): boolean {
  return Object.keys(Object(Reflect.get(socket, 'acks'))).length > 0
}
