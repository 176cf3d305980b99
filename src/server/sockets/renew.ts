import type { Identity } from '../claims.js'
import type { Verifier } from '../verify.js'
import { checkTokenOf, isRefusal, type SocketRefusal, takeToken } from './check.js'
import type { SocketLike } from './socket-like.js'

/** The answer to `auth:renew { token }`. */
export type RenewalAnswer =
  | { readonly ok: true; readonly expiresInMs: number }
  | { readonly ok: false; readonly code: SocketRefusal['code'] }

export interface RenewalContext {
  readonly verifier: Verifier
  readonly now: () => number
  current(): Identity
  /** The socket has another token of the same user. */
  renewed(identity: Identity): void
  refused(refusal: SocketRefusal): void
}

export const RENEW_EVENT = 'auth:renew'

/** A client renews about once an hour, twice if the first token is refused. */
const MAX_RENEWALS = 6
const WINDOW_MS = 60_000

const tooMany: SocketRefusal = {
  ...{ code: 'too_many_requests', retry: true },
  reason: `The socket sent more than ${MAX_RENEWALS} renewals in a minute.`,
}

/** Answers the renewals of one socket. Whatever the client sends, and with or without an acknowledgement. Returns the undo. */
export function answerRenewals(socket: SocketLike, context: RenewalContext): () => void {
  const tokens = new WeakMap<object, unknown>()
  let windowStart = Number.NEGATIVE_INFINITY
  let count = 0

  /** Runs before every other listener, so that one that logs all events never has the token. */
  function hideToken(event: unknown, message: unknown): void {
    if (event === RENEW_EVENT && typeof message === 'object' && message) tokens.set(message, takeToken(message))
  }

  function isTooMany(): boolean {
    const age = context.now() - windowStart
    if (age >= 0 && age < WINDOW_MS) return ++count > MAX_RENEWALS
    windowStart = context.now()
    count = 1
    return false
  }

  async function answer(message: unknown): Promise<RenewalAnswer> {
    if (isTooMany()) {
      // Once in the window: a flood of events is not to become a flood of the log.
      if (count === MAX_RENEWALS + 1) context.refused(tooMany)
      return { ok: false, code: tooMany.code }
    }
    const result = await checkTokenOf(context.current().key, context.verifier, tokens.get(Object(message)))
    if (isRefusal(result)) {
      context.refused(result)
      return { ok: false, code: result.code }
    }
    // An older token, late or sent again, cannot shorten what a newer one gave.
    if (result.expiresAt > context.current().expiresAt) context.renewed(result)
    return { ok: true, expiresInMs: Math.max(0, context.current().expiresAt - context.now()) }
  }

  function onRenewal(...args: unknown[]): void {
    const last = args.at(-1)
    void answer(args[0]).then((given) => {
      if (typeof last === 'function') last(given)
    })
  }

  socket.prependAny(hideToken)
  socket.on(RENEW_EVENT, onRenewal)
  return () => {
    socket.offAny(hideToken)
    socket.off(RENEW_EVENT, onRenewal)
  }
}
