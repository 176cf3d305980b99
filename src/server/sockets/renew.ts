import type { Identity } from '../tokens/claims.js'
import { checkTokenOf, isRefusal, type SocketRefusal, type TokenLimits } from './check.js'
import type { Acknowledge } from './incoming.js'

/** The answer to `auth:renew { token }`. */
export type RenewalAnswer =
  | { readonly ok: true; readonly expiresInMs: number }
  | { readonly ok: false; readonly code: SocketRefusal['code'] }

export interface RenewalContext {
  readonly limits: TokenLimits
  current(): Identity
  /** The socket has another token of the same user. */
  renewed(identity: Identity): void
  refused(refusal: SocketRefusal): void
}

/** A client renews about once an hour, twice if the first token is refused. */
const MAX_RENEWALS = 6
const WINDOW_MS = 60_000

const tooMany: SocketRefusal = {
  ...{ code: 'too_many_requests', retry: true },
  reason: `The socket sent more than ${MAX_RENEWALS} renewals in a minute.`,
}

/** What answers the renewals of one socket, whatever the client sends. */
export function createRenewals({ limits, ...context }: RenewalContext): (message: unknown, send: Acknowledge) => void {
  const { now } = limits
  let windowStart = Number.NEGATIVE_INFINITY
  let count = 0

  function isTooMany(): boolean {
    const age = now() - windowStart
    if (age >= 0 && age < WINDOW_MS) return ++count > MAX_RENEWALS
    windowStart = now()
    count = 1
    return false
  }

  async function answer(message: unknown): Promise<RenewalAnswer> {
    if (isTooMany()) {
      // Once in the window: a flood of events is not to become a flood of the log.
      if (count === MAX_RENEWALS + 1) context.refused(tooMany)
      return { ok: false, code: tooMany.code }
    }
    const { token } = Object(message) as { token?: unknown }
    const result = await checkTokenOf(context.current().key, limits, token)
    if (isRefusal(result)) {
      context.refused(result)
      return { ok: false, code: result.code }
    }
    // An older token, late or sent again, cannot shorten what a newer one gave.
    if (result.expiresAt > context.current().expiresAt) context.renewed(result)
    return { ok: true, expiresInMs: Math.max(0, context.current().expiresAt - now()) }
  }

  return (message, send) => void answer(message).then(send)
}
