// One CONNECT at a time. socket.io-client calls `auth` each time an engine opens and takes whatever comes back, whenever
// it comes: no answer, a late one on a newer engine, two answers or a throw lead to loops, to ghost sockets on the
// server, or to a Manager that never moves again. This is the only place that lets a CONNECT out.

import type { AuthError } from '../../shared/errors.js'
import { internalsOf, type TokenProvider } from '../internals.js'
import { askToken, bounded, type SocketToken, toAuthError, toSocketToken } from './acquire.js'
import { checkAddress } from './address.js'
import type { Ownership } from './ownership.js'
import { type AppPayload, copyOf, readPayload, sendable } from './payload.js'
import { socketError } from './report.js'
import type { EngineLike, SendConnect, SocketLike } from './socket-like.js'

export interface Gate {
  /** What `auth` does. Never rejects, never sends without a token, or twice, or on another engine. */
  authorize(send: SendConnect): Promise<void>
  /** A token other than `refused`. Rejects `account_mismatch` for another account. */
  ask(refused: string | undefined): Promise<SocketToken>
  /** The cached token, unless the server does not take it any more. */
  cached(): SocketToken | undefined
  /** The token that the server has, or had last. */
  current(): SocketToken | undefined
  /** Whether the token that the server has is at its end, by the clock of the page. */
  isEnding(now: number): boolean
  /** The server has this token now. */
  adopt(token: SocketToken): void
  /** The current token is not sent again. */
  reject(): void
  /** Every token may be sent again. */
  forgive(): void
  /** The CONNECT was refused: another may follow on the same engine. */
  refused(): void
  /** Stops asking for a token. Returns the engine that carries a CONNECT without an answer yet. */
  abandon(): EngineLike | undefined
}

/** A server may see the end of a token sooner than the page does. */
const ENDING_MS = 60_000

/** A token is being asked for. It is for this engine and for no other. */
interface Acquisition {
  readonly engine: EngineLike | undefined
  /** Ends the asking, where somebody is asked. */
  abort?: AbortController
}

/** All that a CONNECT is made of beside its namespace, bound once. Nothing else is ever sent. */
interface Connect {
  readonly token: SocketToken
  readonly own: unknown
}

export function createGate(
  socket: SocketLike,
  provider: TokenProvider,
  payload: AppPayload,
  ownership: Ownership,
  failed: (error: AuthError) => void,
): Gate {
  const link = internalsOf(provider)
  let acquisition: Acquisition | undefined
  /** Carries a CONNECT which is unanswered or accepted. */
  let sentOn: EngineLike | undefined
  let used: SocketToken | undefined
  let rejected: string | undefined

  async function authorize(send: SendConnect): Promise<void> {
    const { engine } = socket.io
    if (engine === sentOn || engine === acquisition?.engine) return
    const mine = begin(engine)
    try {
      checkAddress(socket.io)
      const token = cached()
      // Nothing to wait for: CONNECT goes out before this returns.
      if (token && typeof payload.source !== 'function') return sendConnect(mine, { token, own: payload.source }, send)
      const signal = signalOf(mine)
      sendConnect(mine, await bounded(gather(signal), signal, socket.io), send)
    } catch (error) {
      await undefined // not at once: the Manager may be in the middle of opening
      fail(mine, error)
    }
  }

  /** The token comes last: the app may take its time. */
  async function gather(signal: AbortSignal): Promise<Connect> {
    const own = copyOf(await readPayload(payload, socket))
    return { own, token: cached() ?? (await askToken(provider, signal, rejected)) }
  }

  function sendConnect(mine: Acquisition, { token, own }: Connect, send: SendConnect): void {
    const { engine } = mine
    // The transport may have been replaced meanwhile: the new engine has asked for a token of its own.
    if (acquisition !== mine || engine !== socket.io.engine || engine.readyState !== 'open' || !socket.active) return
    if (token.token === rejected) throw socketError('token_rejected')
    checkAccount(token)
    // Recovery may have replayed packets to a CONNECT that was refused, or lost. They will be replayed again.
    socket.receiveBuffer = []
    sendable(() => send({ ...(own as object), token: token.token }))
    acquisition = undefined
    sentOn = engine
    used = token
  }

  function fail(mine: Acquisition, cause: unknown): void {
    if (acquisition !== mine) return
    acquisition = undefined
    failed(toAuthError(cause))
  }

  async function ask(refused: string | undefined): Promise<SocketToken> {
    const signal = signalOf(begin(undefined))
    const token = await bounded(askToken(provider, signal, refused), signal, socket.io)
    checkAccount(token)
    return token
  }

  function begin(engine: EngineLike | undefined): Acquisition {
    acquisition?.abort?.abort()
    acquisition = { engine }
    return acquisition
  }

  function signalOf(mine: Acquisition): AbortSignal {
    mine.abort = new AbortController()
    return mine.abort.signal
  }

  function cached(): SocketToken | undefined {
    const token = link?.peek()
    return token && token.token !== rejected ? toSocketToken(token) : undefined
  }

  /** The token was on its way, and what happened meanwhile may not have been told yet. */
  function checkAccount(token: SocketToken): void {
    link?.disposed.throwIfAborted()
    if (ownership.isSignedOut()) throw socketError('sign_in_required')
    if (!ownership.claim(token.account)) throw socketError('account_mismatch')
  }

  return {
    authorize,
    ask,
    cached,
    current: () => used,
    isEnding: (now) => Number(used?.expiresAt) - now < ENDING_MS,
    adopt(token) {
      used = token
    },
    reject() {
      rejected = used?.token
    },
    forgive() {
      rejected = undefined
    },
    refused() {
      sentOn = undefined
    },
    abandon() {
      acquisition?.abort?.abort()
      acquisition = undefined
      // Neither accepted nor refused: after a refusal the socket is not active any more. It can still be accepted, and
      // then no other CONNECT may follow on that engine.
      sentOn = socket.active && !socket.connected ? sentOn : undefined
      return sentOn
    },
  }
}
