// Listens to a socket and to the provider of its tokens. What follows is decided in decisions.ts and done in lifecycle.ts.

import type { AuthError } from '../../shared/errors.js'
import { internalsOf, type TokenProvider } from '../internals.js'
import { listenToAuth } from './auth-events.js'
import { isServerAnswer, isTransportError, isUnauthorized, type ServerAnswer } from './connect-error.js'
import { createConnectGuard } from './connect-guard.js'
import { afterDisconnect, afterRefusal, afterTokenFailure, closeForGood } from './decisions.js'
import { createLazyLifetime } from './lazy-lifetime.js'
import { createLifecycle } from './lifecycle.js'
import { createOwnership } from './ownership.js'
import type { AppPayload } from './payload.js'
import { createRetryBudget } from './retry-budget.js'
import { ensureListeners, removeListeners, type SendConnect, type SocketLike } from './socket-like.js'
import type { SocketToken } from './socket-token.js'

/** A server may see the end of a token sooner than the page does. */
const ENDING_MS = 60_000

/** Takes charge of a socket. Returns what the socket's `auth` does. */
export function superviseSocket(
  socket: SocketLike,
  provider: TokenProvider,
  payload: AppPayload,
): (send: SendConnect) => void {
  const now = () => Date.now()
  const internals = internalsOf(provider)
  const ownership = createOwnership(socket, internals)
  const budget = createRetryBudget(now)
  const guard = createConnectGuard({ socket, provider, internals, payload, ownership, onFailure: onTokenFailure })
  const stopRenewal = () => lifetime?.stop()
  const lifecycle = createLifecycle({ socket, provider, internals, guard, budget, listen, unlisten, stopRenewal })
  const { follow, emit, member } = lifecycle
  const onOtherAccount = () => follow(closeForGood())
  const warn = (message: string) => internals?.emit({ type: 'warning', message })
  /** A provider that is no `Auth` says nothing of wake-ups and new tokens. */
  const lifetime = internals && createLazyLifetime({ socket, guard, now, member, onRenewed, onOtherAccount }, warn)
  const listeners = {
    connect: onConnect,
    connect_error: onConnectError,
    disconnect: onDisconnect,
    'auth:session': (message: unknown) => lifetime?.onSessionMessage(message),
    'auth:expired': () => {
      isEndAnnounced = true
    },
  }
  /** The server has said that it is about to end the connection. */
  let isEndAnnounced = false
  let subscriptions: (() => void)[] | undefined

  function listen(): void {
    ensureListeners(socket, listeners)
    if (subscriptions) return
    subscriptions = internals ? listenToAuth(internals, { ownership, budget, lifecycle, lifetime }) : []
    ownership.catchUp()
  }

  function unlisten(): void {
    for (const undo of subscriptions ?? []) undo()
    subscriptions = undefined
    removeListeners(socket, listeners)
  }

  function authorize(send: SendConnect): void {
    if (lifecycle.status === 'closed') return
    follow({ status: 'connecting' })
    void guard.authorize(send)
  }

  /** A new beginning: notices that connection state recovery replays come before this, and are old news. */
  function onConnect(): void {
    if (!socket.connected) return // a listener of the app was first, and ended it
    follow({ status: 'connected' })
    budget.onConnect()
    guard.forgive()
    isEndAnnounced = false
    lifetime?.connected()
  }

  function onConnectError(error: unknown): void {
    if (isTransportError(error) && budget.countTransportFailure(error.description)) refreshForTransport()
    if (isServerAnswer(error)) onRefusal(error)
  }

  /** The token is no part of the transport here, but an app may put it into a header of its own. */
  function refreshForTransport(): void {
    const suspect = guard.current() ?? guard.cached()
    if (suspect) guard.request(suspect.token).catch(() => {}) // the next CONNECT reports what is wrong
  }

  function onRefusal(answer: ServerAnswer): void {
    // socket.io-client can get an acceptance after the end of its connection, and would take the socket for connected.
    socket.connected = false
    if (lifecycle.status === 'idle') return // a listener of the app was first, and disconnected
    emit('refused')
    budget.countFailure()
    const isRejected = isUnauthorized(answer)
    if (isRejected) guard.reject(answer)
    if (socket.active) return // a listener of the app was first, and began anew
    guard.abandon()
    const canRefresh = budget.canRefresh()
    if (isRejected) budget.countRefresh()
    follow(afterRefusal(answer, canRefresh))
  }

  function onDisconnect(reason: unknown): void {
    if (lifecycle.status !== 'connected' && lifecycle.status !== 'connecting') return
    const isActive = socket.active
    const wasAnnounced = isEndAnnounced || (reason === 'io server disconnect' && isEnding(guard.current(), now()))
    isEndAnnounced = false
    guard.abandon()
    budget.onDisconnect()
    const canRefresh = budget.canRefresh()
    if (wasAnnounced) {
      guard.reject()
      budget.countRefresh()
    }
    follow(afterDisconnect(wasAnnounced, canRefresh, isActive))
    if (isActive) lifetime?.dropped()
  }

  function onTokenFailure(error: AuthError): void {
    budget.countFailure()
    const isClaimed = ownership.isClaimed() || guard.current() !== undefined
    const canPause = internals !== undefined && !guard.cached()
    follow(afterTokenFailure(error, isClaimed, canPause, budget.isTokenUnproven()))
    if (error.retryable) budget.countTokenFailure()
  }

  function onRenewed(token: SocketToken): void {
    guard.adopt(token)
    isEndAnnounced = false
    emit('renewed')
  }

  if (socket.active) follow({ status: 'connecting' })
  return authorize
}

/** By the clock of the page. */
function isEnding(token: SocketToken | undefined, now: number): boolean {
  return Number(token?.expiresAt) - now < ENDING_MS
}
