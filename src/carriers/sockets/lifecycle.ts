// The status of a socket, and what the app and socket.io-client call. Transport errors are left to the Manager of
// socket.io-client. What the Manager gives up on is done here.

import type { AuthError } from '../../shared/errors.js'
import type { Internals, TokenProvider } from '../internals.js'
import type { ConnectGuard } from './connect-guard.js'
import { closeForGood, type Decision, needsAction, type Status } from './decisions.js'
import { explainMissingToken } from './missing-token.js'
import type { RetryBudget } from './retry-budget.js'
import type { Member } from './shared-connection.js'
import { createReporter, type SocketAction } from './socket-error.js'
import { closeBetween, type SocketLike, startTimer, type Timer } from './socket-like.js'

export interface Lifecycle {
  readonly status: Status
  /** Sets the status, with all that goes with it. With `connecting`, opens the connection, or waits for what is missing. */
  follow(decision: Decision): void
  emit(action: SocketAction, error?: AuthError): void
  readonly member: Member
}

export interface LifecycleContext {
  readonly socket: SocketLike
  readonly provider: TokenProvider
  readonly internals: Internals | undefined
  readonly guard: ConnectGuard
  readonly budget: RetryBudget
  /** Begins to listen to the socket and to the provider, or adds what is missing. */
  listen(): void
  /** Stops listening. */
  unlisten(): void
  /** The connection is over, or is to end. */
  stopRenewal(): void
}

const ACTIONS: { readonly [S in Status]?: SocketAction } = { paused: 'paused', failed: 'gave-up', closed: 'gave-up' }

/** Takes over `connect()` and `disconnect()` of the socket. */
export function createLifecycle(context: LifecycleContext): Lifecycle {
  const { socket, provider, internals, guard, budget } = context
  const connectRaw = socket.connect.bind(socket)
  const disconnectRaw = socket.disconnect.bind(socket)
  const { emit, report } = createReporter(socket, internals)
  let status: Status = 'idle'
  let timer: Timer | undefined

  function connect(): SocketLike {
    if (status === 'closed') report(closeForGood().error)
    else if (socket.active) queueMicrotask(hasten)
    else if (status === 'connected') connectRaw()
    // Inside a `connect_error` listener of the app that runs before ours.
    else if (status === 'connecting') waitAfterFailure()
    else if (!connectsByItself()) begin()
    return socket
  }

  function waitAfterFailure(): void {
    budget.countFailure()
    enter({ status: 'waiting' })
  }

  /** After the back-off, at the end of the start, or once somebody has signed in. */
  function connectsByItself(): boolean {
    if (status === 'paused') return explainMissingToken(provider) !== undefined
    return status === 'waiting' || status === 'starting'
  }

  /**
   * The Manager may have given up. Not while it emits an error, though: it would open a second connection, whose
   * failure ends the reconnecting for good.
   */
  function hasten(): void {
    if (member.isWaiting()) connectRaw()
  }

  /** The app asks anew: every token gets another chance, but not faster than the back-off allows. */
  function begin(): void {
    if (budget.untilNext() > 0) {
      enter({ status: 'waiting' }, begin)
      return
    }
    budget.restart()
    guard.forgive()
    open()
  }

  function disconnect(): SocketLike {
    if (status === 'closed') withdraw()
    else enter({ status: 'idle' })
    return socket
  }

  function open(): void {
    const missing = explainMissingToken(provider)
    // A connection would only be opened to be closed again.
    if (missing && 'then' in missing) awaitStart(missing)
    else if (missing && needsAction(missing)) enter({ status: 'paused', error: missing })
    else {
      enter({ status: 'connecting' })
      connectRaw()
    }
  }

  function awaitStart(over: Promise<unknown>): void {
    enter({ status: 'starting' })
    void over.then(() => {
      if (status === 'starting') open()
    })
  }

  function follow(decision: Decision): void {
    if (decision.status === 'connecting' && !socket.active) open()
    else enter(decision)
  }

  /** The only writer of the status. */
  function enter({ status: next, error }: Decision, afterWait = open): void {
    if (status === next && ACTIONS[next]) return // the app has heard why
    status = next
    clearTimeout(timer)
    if (next === 'idle' || next === 'failed' || next === 'closed') context.unlisten()
    else context.listen()
    if (next !== 'connected') context.stopRenewal()
    if (next === 'closed') dropBuffers(socket)
    if (next === 'waiting') timer = startTimer(socket.io, afterWait, budget.untilNext())
    if (next !== 'connecting' && next !== 'connected') withdraw()
    if (error) report(error, ACTIONS[next])
  }

  /** Disconnects, and takes back a CONNECT that has no answer yet. */
  function withdraw(): void {
    const unanswered = guard.abandon()
    disconnectRaw()
    // Other namespaces may keep the engine open. To close it is the one public way to take a CONNECT back: accepted
    // after the socket has gone, it would leave a ghost socket on the server. The Manager reconnects the others.
    if (unanswered) closeBetween(socket.io, unanswered)
  }

  const member: Member = {
    isWaiting: () => status === 'connecting' && socket.active && !socket.connected,
    down() {
      guard.abandon()
      disconnectRaw()
    },
    up: connectRaw,
  }

  socket.connect = socket.open = connect
  socket.disconnect = socket.close = disconnect
  return {
    get status() {
      return status
    },
    follow,
    emit,
    member,
  }
}

/** What waits there was written under another account, and must not be sent under this one. */
function dropBuffers(socket: SocketLike): void {
  socket.sendBuffer = []
  socket.receiveBuffer = []
}
