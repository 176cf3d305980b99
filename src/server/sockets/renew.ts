import type { Identity } from '../claims.js'
import type { Verifier } from '../verify.js'
import { checkTokenOf, isRefusal, type SocketRefusal } from './check.js'

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

/** A client renews about once an hour, twice if the first token is refused. */
const MAX_RENEWALS = 6
const WINDOW_MS = 60_000

const tooMany: SocketRefusal = {
  ...{ code: 'too_many_requests', retry: true },
  reason: `The socket sent more than ${MAX_RENEWALS} renewals in a minute.`,
}

/** Answers the renewals of one socket. Whatever the client sends, and with or without an acknowledgement. */
export function createRenewals(context: RenewalContext): (...args: unknown[]) => void {
  let windowStart = Number.NEGATIVE_INFINITY
  let count = 0

  function isTooMany(): boolean {
    const age = context.now() - windowStart
    if (age >= 0 && age < WINDOW_MS) return ++count > MAX_RENEWALS
    windowStart = context.now()
    count = 1
    return false
  }

  async function answer(message: unknown): Promise<RenewalAnswer> {
    const { token } = Object(message) as { token?: unknown }
    const result = isTooMany() ? tooMany : await checkTokenOf(context.current().key, context.verifier, token)
    if (isRefusal(result)) {
      context.refused(result)
      return { ok: false, code: result.code }
    }
    // An older token, late or sent again, cannot shorten what a newer one gave.
    if (result.expiresAt > context.current().expiresAt) context.renewed(result)
    return { ok: true, expiresInMs: Math.max(0, context.current().expiresAt - context.now()) }
  }

  return (...args) => {
    const last = args.at(-1)
    void answer(args[0]).then((given) => {
      if (typeof last === 'function') last(given)
    })
  }
}
