// Renewal in band: the server says how long it takes the token (`auth:session`), and a new one goes over the live
// socket with an acknowledgement. Nothing is lost, nothing reconnects. Times are relative: clocks may differ.

import { LONGEST_TIMEOUT_MS } from '../../backoff.js'
import type { SocketToken } from './acquire.js'
import { isOtherAccount, isUnauthorized } from './refuse.js'
import type { SocketLike } from './socket-like.js'

/** The renewal begins this long before the end, or at this share of the time if that is less. */
const LEAD_MS = 60_000
const LEAD_SHARE = 0.2
/** Never more often than this, whatever the server says. */
const MIN_PAUSE_MS = 5_000
const ACK_DEADLINE_MS = 5_000

export interface Renewal {
  /** Sends a token that has just come. */
  offer(token: SocketToken): void
  stop(): void
}

export interface RenewalContext {
  readonly socket: SocketLike
  /** The app set `retries`: plain emits wait in a queue behind what is not acknowledged yet. */
  readonly queued: boolean
  now(): number
  /** The token that the server has. */
  current(): string | undefined
  /** Asks for a token other than `rejected`. */
  acquire(rejected: string | undefined): Promise<SocketToken>
  /** Hears why there is no token. */
  failed(error: unknown): void
  renewed(token: SocketToken): void
  /** The server says that the token is of another account. */
  mismatch(): void
}

/** Follows a server's `auth:session`. Returns `undefined` if it does not take part in renewal. */
export function startRenewal(hello: unknown, context: RenewalContext): Renewal | undefined {
  const { expiresInMs, renew: event } = Object(hello) as { expiresInMs?: unknown; renew?: unknown }
  // The prefix keeps a server from naming a reserved event, on which emit() throws.
  if (typeof event !== 'string' || !event.startsWith('auth:')) return undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let expiresAt = 0
  let busy = false
  let stopped = false

  function schedule(delay: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void renew(), Math.min(Math.max(MIN_PAUSE_MS, delay), LONGEST_TIMEOUT_MS))
  }

  function follow(lifetime: unknown): void {
    clearTimeout(timer)
    if (!isDuration(lifetime)) return
    expiresAt = context.now() + lifetime
    schedule(lifetime - Math.min(LEAD_MS, lifetime * LEAD_SHARE))
  }

  /** After the end nothing is tried any more: the server ends the connection, and the next CONNECT has a new token. */
  function retry(): void {
    const remaining = expiresAt - context.now()
    if (remaining > MIN_PAUSE_MS) schedule(remaining / 2)
  }

  async function renew(offered?: SocketToken): Promise<void> {
    if (busy || stopped) return
    busy = true
    const done = await exchange(offered).catch(context.failed)
    busy = false
    if (!done && !stopped) retry()
  }

  async function exchange(offered?: SocketToken): Promise<boolean> {
    const token = offered ?? (await context.acquire(context.current()))
    const answer = await send(token)
    if (!isUnauthorized({ data: answer })) return settle(token, answer)
    const fresh = await context.acquire(token.token)
    return fresh.token !== token.token && settle(fresh, await send(fresh))
  }

  async function send({ token }: SocketToken): Promise<unknown> {
    if (stopped || token === context.current()) return
    const emitter = (context.queued ? context.socket.volatile : context.socket).timeout(ACK_DEADLINE_MS)
    return new Promise((resolve) => {
      emitter.emit(event as string, { token }, (error: unknown, answer: unknown) => resolve(error ? undefined : answer))
    })
  }

  function settle(token: SocketToken, answer: unknown): boolean {
    const { ok, expiresInMs } = Object(answer) as { ok?: unknown; expiresInMs?: unknown }
    if (stopped || ok !== true) {
      if (isOtherAccount(answer)) context.mismatch()
      return false
    }
    context.renewed(token)
    follow(expiresInMs)
    return true
  }

  follow(expiresInMs)
  return {
    offer: (token) => void renew(token),
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

function isDuration(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) > 0
}
