// Renewal in band: the server says how long it takes the token (`auth:session`), and a new one goes over the live
// socket with an acknowledgement. Nothing is lost, nothing reconnects. Times are relative: clocks may differ.

import { LONGEST_TIMEOUT_MS } from '../../shared/backoff.js'
import { withDeadline } from '../../shared/deadline.js'
import { isOtherAccount, isUnauthorized } from './connect-error.js'
import type { LifetimeContext, SessionMessage } from './lifetime-context.js'
import { sendEvent } from './send-event.js'
import { startTimer, type Timer } from './socket-like.js'
import type { SocketToken } from './socket-token.js'

/** The renewal begins this long before the end, or at this share of the time if that is less. */
const LEAD_MS = 60_000
const LEAD_SHARE = 0.2
/** Never more often than this, whatever the server says. */
const MIN_PAUSE_MS = 5_000
/** After the end, while the server waits. It takes 6 renewals a minute. */
const GRACE_PAUSE_MS = 10_000
const ACK_DEADLINE_MS = 5_000

export interface Renewal {
  /** Sends a token that has just come. */
  offer(token: SocketToken): void
  /** Looks at the clock again. */
  wake(): void
  stop(): void
}

/** Renews by a server's `auth:session`. Returns `undefined` if it does not offer renewal. */
export function startRenewal(
  { message, at }: SessionMessage,
  { socket, guard, now, onRenewed, onOtherAccount }: LifetimeContext,
  onFailure: (error: unknown) => void,
): Renewal | undefined {
  const { expiresInMs, graceMs, renew: event } = Object(message) as Record<'expiresInMs' | 'graceMs' | 'renew', unknown>
  // The prefix keeps a server from naming a reserved event, on which emit() throws.
  if (typeof event !== 'string' || !event.startsWith('auth:')) return undefined
  let timer: Timer | undefined
  let expiresAt = 0
  let isBusy = false
  let isStopped = false
  /** Ends the waiting for an answer. */
  let giveUp = () => {}

  function schedule(delay: number): void {
    clearTimeout(timer)
    timer = startTimer(socket.io, () => void renew(), Math.min(Math.max(MIN_PAUSE_MS, delay), LONGEST_TIMEOUT_MS))
  }

  function follow(duration: unknown, since: number): void {
    clearTimeout(timer)
    if (!isDuration(duration)) return
    expiresAt = since + duration
    schedule(expiresAt - Math.min(LEAD_MS, duration * LEAD_SHARE) - now())
  }

  /** After the grace nothing is tried any more: the server ends the connection, and the next CONNECT has a new token. */
  function retry(): void {
    const remaining = expiresAt - now()
    if (remaining > MIN_PAUSE_MS) schedule(remaining / 2)
    else if (isDuration(graceMs) && remaining + graceMs > GRACE_PAUSE_MS) schedule(GRACE_PAUSE_MS)
  }

  async function renew(offered?: SocketToken): Promise<void> {
    if (isBusy || isStopped) return
    isBusy = true
    const done = await exchange(offered).catch(onFailure)
    isBusy = false
    if (!done && !isStopped) retry()
  }

  async function exchange(offered?: SocketToken): Promise<boolean> {
    const token = offered ?? (await guard.request(guard.current()?.token))
    const answer = await send(token)
    if (!isUnauthorized({ data: answer })) return settle(token, answer)
    const fresh = await guard.request(token.token)
    return fresh.token !== token.token && settle(fresh, await send(fresh))
  }

  async function send({ token }: SocketToken): Promise<unknown> {
    if (isStopped || !socket.connected || token === guard.current()?.token) return
    const { answer, forget } = sendEvent(socket, event as string, { token })
    const ended = new Promise<undefined>((resolve) => {
      giveUp = () => resolve(undefined)
    })
    const start = startTimer.bind(undefined, socket.io)
    const first = Promise.race([answer, ended])
    return withDeadline(first, ACK_DEADLINE_MS, () => undefined, { setTimer: start }).finally(forget)
  }

  function settle(token: SocketToken, answer: unknown): boolean {
    const { ok, expiresInMs } = Object(answer) as { ok?: unknown; expiresInMs?: unknown }
    if (isStopped || ok !== true) {
      if (isOtherAccount({ data: answer })) onOtherAccount()
      return false
    }
    onRenewed(token)
    follow(expiresInMs, now())
    return true
  }

  follow(expiresInMs, at)
  return {
    offer: (token) => void renew(token),
    wake() {
      if (expiresAt > 0 && expiresAt - now() < LEAD_MS) void renew()
    },
    stop() {
      isStopped = true
      giveUp()
      clearTimeout(timer)
    },
  }
}

function isDuration(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) > 0
}
