// One CONNECT at a time. socket.io-client calls `auth` each time an engine opens and takes whatever comes back, whenever
// it comes: no answer, a late one on a newer engine, two answers or a throw lead to loops, to ghost sockets on the
// server, or to a Manager that never moves again. This is the only place that lets a CONNECT out.

import type { AuthError } from '../../shared/errors.js'
import type { Internals, TokenProvider } from '../internals.js'
import { checkAddress } from './address.js'
import { tokenRejected } from './decisions.js'
import type { Ownership } from './ownership.js'
import { type AppPayload, copyOf, readPayload, sendable } from './payload.js'
import { socketError } from './socket-error.js'
import type { EngineLike, SendConnect, SocketLike } from './socket-like.js'
import { requestToken, type SocketToken, toAuthError, toSocketToken, withinDeadline } from './socket-token.js'

export interface ConnectGuard {
  /** What `auth` does. Never rejects, never sends without a token, or twice, or on another engine. */
  authorize(send: SendConnect): Promise<void>
  /** A token other than `rejected`. Rejects `account_mismatch` for another account. */
  request(rejected: string | undefined): Promise<SocketToken>
  /** The cached token, unless the server does not take it any more. */
  cached(): SocketToken | undefined
  /** The token that the server has, or had last. */
  current(): SocketToken | undefined
  /** The server has this token now. */
  adopt(token: SocketToken): void
  /** The current token is not sent again. */
  reject(cause?: unknown): void
  /** Every token may be sent again. */
  forgive(): void
  /** Stops asking for a token. Returns the engine that carries a CONNECT without an answer yet. */
  abandon(): EngineLike | undefined
}

export interface GuardContext {
  readonly socket: SocketLike
  readonly provider: TokenProvider
  readonly internals: Internals | undefined
  readonly payload: AppPayload
  readonly ownership: Ownership
  /** There was no token for a CONNECT, or it could not be sent. */
  onFailure(error: AuthError): void
}

/** A token is being asked for. It is for this engine and for no other. */
interface Acquisition {
  readonly engine: EngineLike | undefined
  readonly abort: AbortController
}

export function createConnectGuard({
  socket,
  provider,
  internals,
  payload,
  ownership,
  onFailure,
}: GuardContext): ConnectGuard {
  let acquisition: Acquisition | undefined
  /** Carries a CONNECT which is unanswered or accepted. */
  let sentOn: EngineLike | undefined
  /** Carries a CONNECT which was taken back before its answer. It is being closed, and may still accept that one. */
  let takenBackOn: EngineLike | undefined
  let used: SocketToken | undefined
  let rejected: { readonly token: string | undefined; readonly cause: unknown } | undefined

  async function authorize(send: SendConnect): Promise<void> {
    const { engine } = socket.io
    if (engine === sentOn || engine === takenBackOn || engine === acquisition?.engine) return
    const mine = begin(engine)
    try {
      checkAddress(socket.io)
      const token = cached()
      // Nothing to wait for: CONNECT goes out before this returns.
      if (token && typeof payload.source !== 'function') return sendConnect(mine, token, payload.source, send)
      const [own, fresh] = await bounded(mine, gather(mine))
      sendConnect(mine, fresh, own, send)
    } catch (error) {
      await undefined // not at once: the Manager may be in the middle of opening
      if (acquisition !== mine) return
      acquisition = undefined
      onFailure(toAuthError(error))
    }
  }

  /** The token comes last: the app may take its time. */
  async function gather({ abort }: Acquisition): Promise<[object, SocketToken]> {
    const own = copyOf(await readPayload(payload, socket))
    return [own, cached() ?? (await requestToken(provider, abort.signal, rejected?.token))]
  }

  function sendConnect(mine: Acquisition, token: SocketToken, own: unknown, send: SendConnect): void {
    const { engine } = mine
    // The transport may have been replaced meanwhile: the new engine has asked for a token of its own.
    if (acquisition !== mine || engine !== socket.io.engine || engine.readyState !== 'open' || !socket.active) return
    if (token.token === rejected?.token) throw tokenRejected(rejected.cause)
    checkAccount(token)
    ownership.catchUp()
    // Recovery may have replayed packets to a CONNECT that was refused, or lost. They will be replayed again.
    socket.receiveBuffer = []
    sendable(() => send({ ...(own as object), token: token.token }))
    acquisition = undefined
    sentOn = engine
    used = token
  }

  async function request(old: string | undefined): Promise<SocketToken> {
    const mine = begin(undefined)
    const token = await bounded(mine, requestToken(provider, mine.abort.signal, old))
    checkAccount(token)
    return token
  }

  const bounded = <T>({ abort }: Acquisition, promise: Promise<T>) => withinDeadline(promise, abort.signal, socket.io)

  function begin(engine: EngineLike | undefined): Acquisition {
    acquisition?.abort.abort()
    acquisition = { engine, abort: new AbortController() }
    return acquisition
  }

  function cached(): SocketToken | undefined {
    const token = internals?.peek()
    return token && token.token !== rejected?.token ? toSocketToken(token) : undefined
  }

  /** The token was on its way, and the listeners may not have been called yet for what happened meanwhile. */
  function checkAccount(token: SocketToken): void {
    internals?.disposed.throwIfAborted()
    if (ownership.isSignedOut()) throw socketError('sign_in_required')
    if (!ownership.claim(token.account)) throw socketError('account_mismatch')
  }

  return {
    authorize,
    request,
    cached,
    current: () => used,
    adopt(token) {
      used = token
    },
    reject(cause) {
      rejected = used && { token: used.token, cause }
    },
    forgive() {
      rejected = undefined
    },
    abandon() {
      acquisition?.abort.abort()
      acquisition = undefined
      // Neither accepted nor refused: after a refusal the socket is not active any more.
      const unanswered = socket.active && !socket.connected ? sentOn : undefined
      takenBackOn = unanswered ?? takenBackOn
      sentOn = undefined
      return unanswered
    },
  }
}
