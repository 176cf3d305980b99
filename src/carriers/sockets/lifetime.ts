// How a live connection gets its next token. A server that says hello gets it in band. Any other learns of it only by a
// new CONNECT: where it restores connections, one is replaced by another without a loss; elsewhere it is left alone until
// the server ends it.

import { LONGEST_TIMEOUT_MS } from '../../shared/backoff.js'
import type { Account } from '../../shared/claims.js'
import type { AuthError } from '../../shared/errors.js'
import type { Internals } from '../internals.js'
import { whenAccepted } from './accepted.js'
import type { SocketToken } from './acquire.js'
import type { Gate } from './gate.js'
import { type Renewal, startRenewal } from './renew.js'
import { socketError } from './report.js'
import { type Member, sharedConnectionOf } from './shared-connection.js'
import { closeBetween, namespaceOf, type SocketLike, startTimer, type Timer } from './socket-like.js'
import { createUnsent } from './unsent.js'

export interface LifetimeContext {
  readonly socket: SocketLike
  readonly gate: Gate
  now(): number
  /** The server has this token now. */
  renewed(token: SocketToken): void
  readonly member: Member
  /** The next token is of another account. */
  mismatch(): void
  readonly link: Internals
  /** The socket has to wait until somebody has signed in. Tells the app why. */
  pause(error: AuthError): void
}

export interface Lifetime extends Renewal {
  /** The connection has dropped, and the Manager is about to open another one. */
  dropped(): void
  /** A CONNECT is about to be sent. */
  connecting(): void
  /** Somebody is signed in, or the socket begins: from now on a sign-out ends what it has. */
  follow(): void
  /** Stops, and leaves nothing behind that could act later. */
  unfollow(): void
  /** Takes in the server's `auth:session`. */
  onSessionMessage(hello: unknown): void
}

/** A connection is replaced this long before its token ends. */
const LEAD_MS = 60_000
/** Never more often than this, whatever the clock says. */
const MIN_PAUSE_MS = 30_000
/** Packets with a message, by their type (Socket.IO protocol 5). */
const MESSAGES: readonly unknown[] = [2, 5]

export function createLifetime(context: LifetimeContext, disposed?: AbortSignal): Lifetime {
  const { socket, gate, now } = context
  const unsent = createUnsent(socket)
  const connection = sharedConnectionOf(socket.io, now)
  let renewal: Renewal | undefined
  let timer: Timer | undefined
  /** How far the socket has followed who is signed in. */
  let seen = gate.first
  let unlisten: (() => void) | undefined
  let stopWaiting = () => {}
  const last = () => Math.max(0, gate.accounts().length - 1)

  function follow(): void {
    unlisten ??= listen()
    const meanwhile = gate.accounts().slice(seen)
    if (meanwhile.includes(undefined)) unsent.leave([])
    if (meanwhile.at(-1) !== undefined) unsent.drop()
    seen = last()
  }

  function listen(): () => void {
    const undos = [connection.join(context.member), context.link.onAccount(onAccount)]
    disposed?.addEventListener('abort', onDisposed)
    return () => {
      for (const undo of undos) undo()
      disposed?.removeEventListener('abort', onDisposed)
    }
  }

  function prepareInTime(): void {
    const { expiresAt } = gate.current() ?? {}
    if (renewal || expiresAt === undefined || !isAlone(socket)) return
    clearTimeout(timer)
    const delay = Math.max(MIN_PAUSE_MS, expiresAt - LEAD_MS - now())
    timer = startTimer(socket.io, () => void prepare().catch(failed), Math.min(delay, LONGEST_TIMEOUT_MS))
  }

  async function prepare(): Promise<void> {
    const mine = timer
    const old = gate.current()?.token
    const { token, expiresAt = 0 } = await gate.ask(old)
    // A new token that seems to be at its end says that the clock is wrong.
    if (token !== old && expiresAt - LEAD_MS > now() && timer === mine) socket.io.on('packet', replaceAfter)
  }

  /**
   * A server restores a connection only if it still has the last message that arrived, and it keeps messages for some
   * minutes. So the connection ends right after one, by the transport, which keeps recovery. While none comes, none can be
   * missed.
   */
  function replaceAfter(packet: unknown): void {
    const { type, nsp, id, data } = Object(packet) as Record<'type' | 'nsp' | 'id' | 'data', unknown>
    const isOurs = nsp === namespaceOf(socket) && MESSAGES.includes(type) && Array.isArray(data)
    // What can be restored asks for no acknowledgement, and ends with a text, by which the server finds it.
    if (isOurs && id === undefined && typeof data.at(-1) === 'string') closeBetween(socket.io, socket.io.engine, mayEnd)
  }

  /**
   * Whoever waits for an acknowledgement would hear of a drop instead. Then the next message is a new occasion: nothing
   * waits for it, and if none is better, the connection lasts until the server ends it.
   */
  function mayEnd(): boolean {
    return timer !== undefined && !renewal && isAlone(socket) && !hasOpenAcknowledgements(socket)
  }

  /** What else goes wrong shows when the token has ended. */
  function failed(error: unknown): void {
    if (Object(error).code === 'account_mismatch') context.mismatch()
  }

  /** Whoever has signed out must not be taken for the writer any more. Who comes next is told by the token. */
  function onAccount(account: Account | undefined): void {
    if (account) return
    unsent.leave(unsent.all())
    context.pause(socketError('sign_in_required'))
  }

  /** Without the `Auth` nobody would tell of a sign-out. */
  function onDisposed(): void {
    context.pause(disposed?.reason)
  }

  function onAccepted(restores: boolean): void {
    connection.came()
    if (disposed?.aborted)
      queueMicrotask(onDisposed) // socket.io-client has not heard of the connection yet
    else if (restores) prepareInTime()
  }

  function stop(): void {
    stopWaiting()
    clearTimeout(timer)
    timer = undefined
    socket.io.off('packet', replaceAfter)
    renewal?.stop()
    renewal = undefined
  }

  return {
    dropped: connection.dropped,
    connecting() {
      follow()
      stopWaiting()
      stopWaiting = whenAccepted(socket, onAccepted)
    },
    follow,
    unfollow() {
      stop()
      // Closed once more it still has to learn what happened since it was closed first.
      if (!unlisten) return
      unlisten()
      unlisten = undefined
      seen = last()
    },
    onSessionMessage(hello) {
      renewal?.stop()
      renewal = startRenewal(hello, context, failed)
      if (renewal) clearTimeout(timer)
    },
    offer: (token) => renewal?.offer(token),
    wake() {
      renewal?.wake()
      connection.wake()
    },
    stop,
  }
}

/** Whether nobody else would lose what this connection carries, however they came to it. Private by its type. */
function isAlone(socket: SocketLike): boolean {
  const { nsps } = socket.io as object as { nsps: Record<string, SocketLike> }
  return Object.values(nsps).every((each) => each === socket || !each.active)
}

/** Private by its type, and there is no other way to know. */
function hasOpenAcknowledgements(socket: SocketLike): boolean {
  return Object.keys(Object(Reflect.get(socket, 'acks'))).length > 0
}
