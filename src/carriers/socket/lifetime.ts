// How a live connection gets its next token. A server that says hello gets it in band. Any other learns of it only by a
// new CONNECT: where it restores connections, one is replaced by another without a loss; elsewhere it is left alone until
// the server ends it.

import { LONGEST_TIMEOUT_MS } from '../../backoff.js'
import type { SocketToken } from './acquire.js'
import type { Gate } from './gate.js'
import { type Renewal, startRenewal } from './renew.js'
import { closeBetween, namespaceOf, type SocketLike, startTimer, type Timer } from './socket-like.js'

export interface LifetimeContext {
  readonly socket: SocketLike
  readonly gate: Gate
  /** The app set `retries`: plain emits wait in a queue behind what is not acknowledged yet. */
  readonly queued: boolean
  now(): number
  /** The server has this token now. */
  renewed(token: SocketToken): void
  /** Whether nobody else would lose what this connection carries. */
  isAlone(): boolean
  /** The next token is of another account. */
  mismatch(): void
}

export interface Lifetime extends Renewal {
  /** A connection stands that the server restores after a drop. */
  restorable(): void
  /** Takes in the server's `auth:session`. */
  greet(hello: unknown): void
}

/** A connection is replaced this long before its token ends. */
const LEAD_MS = 60_000
/** Never more often than this, whatever the clock says. */
const MIN_PAUSE_MS = 30_000
/** Packets with a message, by their type (Socket.IO protocol 5). */
const MESSAGES: readonly unknown[] = [2, 5]

export function createLifetime(context: LifetimeContext): Lifetime {
  const { socket, gate, now } = context
  let renewal: Renewal | undefined
  let timer: Timer | undefined

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
    return timer !== undefined && !renewal && context.isAlone() && !hasOpenAcknowledgements(socket)
  }

  /** What else goes wrong shows when the token has ended. */
  function failed(error: unknown): void {
    if (Object(error).code === 'account_mismatch') context.mismatch()
  }

  function stop(): void {
    clearTimeout(timer)
    timer = undefined
    socket.io.off('packet', replaceAfter)
    renewal?.stop()
    renewal = undefined
  }

  return {
    restorable() {
      const { expiresAt } = gate.current() ?? {}
      if (renewal || expiresAt === undefined || !context.isAlone()) return
      clearTimeout(timer)
      const delay = Math.max(MIN_PAUSE_MS, expiresAt - LEAD_MS - now())
      timer = startTimer(socket.io, () => void prepare().catch(failed), Math.min(delay, LONGEST_TIMEOUT_MS))
    },
    greet(hello) {
      renewal?.stop()
      renewal = startRenewal(hello, context, failed)
      if (renewal) clearTimeout(timer)
    },
    offer: (token) => renewal?.offer(token),
    wake: () => renewal?.wake(),
    stop,
  }
}

/** Private by its type, and there is no other way to know. */
function hasOpenAcknowledgements(socket: SocketLike): boolean {
  return Object.keys(Object(Reflect.get(socket, 'acks'))).length > 0
}
