// The life of one socket. Transport errors are left to socket.io-client's Manager. What the Manager gives up on is done
// here: a CONNECT that the server refuses, a token that does not come, an end that the server announces.

import type { Account } from '../../shared/claims.js'
import type { AuthError } from '../../shared/errors.js'
import type { AccessToken } from '../../sources/source.js'
import { type Internals, internalsOf, type TokenProvider } from '../internals.js'
import { type SocketToken, toSocketToken, waitsForSomebody } from './acquire.js'
import { createAttempts } from './attempts.js'
import { createGate } from './gate.js'
import { createLazyLifetime } from './lazy-lifetime.js'
import { obstacleOf } from './obstacle.js'
import { createOwnership } from './ownership.js'
import type { AppPayload } from './payload.js'
import {
  finalError,
  isFinal,
  isOtherAccount,
  isRefusal,
  isTransportError,
  isUnauthorized,
  type Refusal,
} from './refuse.js'
import { createReporter, socketError } from './report.js'
import type { Member } from './shared-connection.js'
import {
  closeBetween,
  ensureListeners,
  removeListeners,
  type SendConnect,
  type SocketLike,
  startTimer,
  type Timer,
} from './socket-like.js'

/**
 * `idle`: the app does not want it. `connecting`: it is being connected, here or by the Manager. `waiting`: a back-off
 * runs. `paused`: somebody has to sign in. `failed`: given up until the app calls `connect()`. `closed`: for good.
 */
type Status = 'idle' | 'connecting' | 'connected' | 'waiting' | 'paused' | 'failed' | 'closed'

/** A cache whose source fails for now gives the old token meanwhile: for so long that proves nothing. */
const UNPROVEN_MS = 120_000

/** Takes charge of a socket. Returns what the socket's `auth` does. */
export function superviseSocket(
  socket: SocketLike,
  provider: TokenProvider,
  payload: AppPayload,
  now = () => Date.now(),
): (send: SendConnect) => void {
  const link = internalsOf(provider)
  const ownership = createOwnership(socket, link)
  const gate = createGate(socket, provider, payload, ownership, onTokenFailure)
  const attempts = createAttempts(now)
  const { tell, report } = createReporter(socket, link)
  const connectRaw = socket.connect.bind(socket)
  const disconnectRaw = socket.disconnect.bind(socket)
  const listeners = {
    connect: onConnect,
    connect_error: onConnectError,
    disconnect: onDisconnect,
    'auth:session': (message: unknown) => lifetime?.onSessionMessage(message),
    'auth:expired': () => {
      expired = true
    },
  }
  let status: Status = 'idle'
  let refusal: Refusal | undefined
  /** The server has said that it is about to end the connection. */
  let expired = false
  let tokenFailedAt = 0
  /** It is connected as soon as the `Auth` knows whether somebody is signed in. */
  let isBeforeStart = false
  let timer: Timer | undefined
  let subscriptions: (() => void)[] = []
  const member: Member = {
    waits: () => status === 'connecting' && socket.active && !socket.connected,
    down() {
      gate.abandon()
      disconnectRaw()
    },
    up: connectRaw,
  }
  const warn = (message: string) => link?.emit({ type: 'warning', message })
  /** A provider that is no `Auth` tells nothing that it could do. */
  const lifetime = link && createLazyLifetime({ socket, gate, now, member, renewed, mismatch: closeForGood }, warn)

  socket.connect = socket.open = connect
  socket.disconnect = socket.close = disconnect
  if (socket.active) start()

  // What the app calls, and socket.io-client for it.

  function connect(): SocketLike {
    if (status === 'closed') report(socketError('account_mismatch'))
    else if (socket.active) queueMicrotask(hasten)
    else if (status === 'connected') connectRaw()
    else if (comesByItself()) return socket
    // Inside a `connect_error` listener of the app that runs before ours.
    else if (status === 'connecting') wait(attempts.failed())
    else begin()
    return socket
  }

  /** After the back-off, at the end of the start, or once somebody has signed in. */
  function comesByItself(): boolean {
    if (status === 'connecting') return isBeforeStart
    return status === 'waiting' || (status === 'paused' && obstacleOf(provider) !== undefined)
  }

  /**
   * The Manager may have given up. Not while it tells of an error, though: it would open a second connection, whose
   * failure ends the reconnecting for good.
   */
  function hasten(): void {
    if (member.waits()) connectRaw()
  }

  function disconnect(): SocketLike {
    if (status !== 'closed') release('idle')
    withdraw()
    return socket
  }

  function authorize(send: SendConnect): void {
    if (status === 'closed') return
    start()
    void gate.authorize((payload) => {
      ownership.catchUp()
      send(payload)
    })
  }

  // What the socket hears.

  /** A new beginning: notices that connection state recovery replays come before this, and are old news. */
  function onConnect(): void {
    if (!socket.connected) return // a listener of the app was first, and ended it
    status = 'connected'
    attempts.connected()
    gate.forgive()
    tokenFailedAt = 0
    refusal = undefined
    expired = false
    lifetime?.connected()
  }

  function onConnectError(error: unknown): void {
    if (isTransportError(error) && attempts.isSuspect(error.description)) refreshForTransport()
    if (isRefusal(error)) onRefusal(error)
  }

  function onRefusal(error: Refusal): void {
    // socket.io-client hears of an acceptance after the end of its connection, and would take the socket for connected.
    socket.connected = false
    if (status === 'idle') return // a listener of the app was first, and disconnected
    tell('refused')
    const unauthorized = isUnauthorized(error)
    const delay = attempts.failed()
    refusal = error
    if (unauthorized) gate.reject()
    if (socket.active) return // a listener of the app was first, and began anew
    gate.refused()
    if (isOtherAccount(error.data)) closeForGood()
    else if (isFinal(error)) giveUp(finalError(error))
    else if (!unauthorized) wait(delay)
    else if (attempts.mayRefresh()) open()
    else giveUp(rejection())
  }

  function onDisconnect(reason: unknown): void {
    if (status === 'idle' || status === 'paused') return
    const announced = expired || (reason === 'io server disconnect' && gate.isEnding(now()))
    if (announced) gate.reject()
    expired = false
    lifetime?.stop()
    gate.abandon()
    attempts.disconnected()
    if (announced && !attempts.mayRefresh()) giveUp(rejection())
    else if (socket.active) {
      status = 'connecting'
      lifetime?.dropped()
    } else if (announced) open()
    else release('idle') // the server ended it, and means it
  }

  function onWake(): void {
    if (status === 'waiting') open()
    lifetime?.wake()
  }

  // What the provider says.

  function onTokenFailure(error: AuthError): void {
    const delay = attempts.failed()
    if (error.code === 'token_rejected') onSameToken(delay)
    else if (error.code === 'account_mismatch' && (ownership.isClaimed() || gate.current())) closeForGood()
    else if (isDefinite(error)) giveUp(error)
    else if (link && waitsForSomebody(error) && !gate.cached()) pause(error)
    else {
      withdraw()
      if (error.retryable) tokenFailedAt = now()
      wait(delay)
      report(error)
    }
  }

  function onSameToken(delay: number): void {
    if (now() - tokenFailedAt > UNPROVEN_MS) giveUp(rejection())
    else {
      withdraw()
      wait(delay)
    }
  }

  function onToken(token: AccessToken): void {
    if (ownership.claim(token.account.key)) onOwnToken(token)
    else closeForGood()
  }

  function onOwnToken(token: AccessToken): void {
    ownership.catchUp()
    if (status === 'paused') {
      tell('resumed')
      open()
    } else if (status === 'connected') lifetime?.offer(toSocketToken(token))
  }

  function onAccount(account: Account | undefined): void {
    if (account) return
    ownership.onSignOut()
    signedOut(socketError('sign_in_required'))
  }

  /** Nobody would tell of a sign-out any more. */
  function onDisposed(): void {
    signedOut(link?.disposed.reason)
  }

  function renewed(token: SocketToken): void {
    gate.adopt(token)
    expired = false
    tell('renewed')
  }

  /** The token is no part of the transport here, but an app may put it into a header of its own. */
  function refreshForTransport(): void {
    const suspect = (gate.current() ?? gate.cached())?.token
    if (suspect === undefined) return
    gate.ask(suspect).catch(() => {}) // the next CONNECT reports what is wrong
  }

  // What follows.

  /** The app asks anew: every token gets another chance, but not faster than the back-off allows. */
  function begin(): void {
    const delay = attempts.untilNext()
    if (delay > 0) {
      subscribe()
      wait(delay, begin)
    } else {
      attempts.restart()
      gate.forgive()
      open()
    }
  }

  function open(): void {
    start()
    const obstacle = obstacleOf(provider)
    // A connection would only be opened to be closed again.
    if (obstacle && 'then' in obstacle) awaitStart(obstacle)
    else if (obstacle && waitsForSomebody(obstacle)) pause(obstacle)
    else connectRaw()
  }

  function awaitStart(over: Promise<unknown>): void {
    isBeforeStart = true
    void over.then(() => {
      isBeforeStart = false
      if (status === 'connecting' && !socket.active) open()
    })
  }

  function start(): void {
    if (status !== 'connected') status = 'connecting'
    clearTimeout(timer)
    subscribe()
    ensureListeners(socket, listeners)
  }

  function subscribe(): void {
    if (subscriptions.length > 0) return
    if (link)
      subscriptions = [link.onToken(onToken), link.onWake(onWake), link.onAccount(onAccount), hearDisposal(link)]
    ownership.catchUp()
  }

  function hearDisposal({ disposed }: Internals): () => void {
    disposed.addEventListener('abort', onDisposed)
    return () => disposed.removeEventListener('abort', onDisposed)
  }

  /** The answer to a CONNECT that is taken back may be on its way here: connect() must not take it for its own. */
  function signedOut(error: AuthError): void {
    attempts.failed()
    pause(error)
  }

  function pause(error: AuthError): void {
    if (status === 'paused') return // the app has heard why
    status = 'paused'
    clearTimeout(timer)
    lifetime?.stop()
    withdraw()
    report(error, 'paused')
  }

  function wait(delay: number, next = open): void {
    status = 'waiting'
    clearTimeout(timer)
    timer = startTimer(socket.io, next, delay)
  }

  /** Whatever waits in the buffers was written by somebody else, and must not be sent under this account. */
  function closeForGood(): void {
    if (status === 'closed') return
    socket.sendBuffer = []
    socket.receiveBuffer = []
    giveUp(socketError('account_mismatch'), 'closed')
  }

  function giveUp(error: AuthError, next: 'failed' | 'closed' = 'failed'): void {
    release(next)
    withdraw()
    report(error, 'gave-up')
  }

  /** Leaves nothing behind that could act later. */
  function release(next: 'idle' | 'failed' | 'closed'): void {
    status = next
    clearTimeout(timer)
    lifetime?.stop()
    for (const undo of subscriptions.splice(0)) undo()
    removeListeners(socket, listeners)
  }

  function withdraw(): void {
    const unanswered = gate.abandon()
    disconnectRaw()
    // Other namespaces may keep the engine open. To close it is the one public way to take a CONNECT back: accepted
    // with nobody here, it would leave a ghost socket on the server. The Manager reconnects the others.
    if (unanswered) closeBetween(socket.io, unanswered)
  }

  function rejection(): AuthError {
    return socketError('token_rejected', { cause: refusal })
  }

  return authorize
}

/** A mistake of the app, found here and not by the provider. */
function isDefinite({ phase, retryable }: AuthError): boolean {
  return phase === 'socket' && !retryable
}
