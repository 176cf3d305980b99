import type { Identity } from '../tokens/identity.js'
import type { Acknowledge } from './packets.js'
import { checkTokenOf, isSocketRefusal, type SocketRefusal, type TokenLimits } from './token-check.js'

/** The answer to `auth:renew { token }`. */
export type RenewalAnswer =
  | { readonly ok: true; readonly expiresInMs: number }
  | { readonly ok: false; readonly code: SocketRefusal['code'] }

export interface RenewalsContext {
  readonly limits: TokenLimits
  /** Whose socket it is now, and until when. */
  identity(): Identity
  /** The socket has a later token of the same account. */
  onRenewed(identity: Identity): void
  onRefused(refusal: SocketRefusal): void
}

/** A client renews about once an hour, twice if the first token is refused. */
const MAX_RENEWALS = 6
const WINDOW_MS = 60_000

const tooManyRenewals: SocketRefusal = {
  code: 'too_many_requests',
  retry: true,
  reason: `The socket sent more than ${MAX_RENEWALS} renewals in a minute.`,
}

/** Returns what answers the renewals of one socket, whatever the client sends. */
export function createRenewals(context: RenewalsContext): (message: unknown, acknowledge: Acknowledge) => void {
  const { limits, identity, onRenewed, onRefused } = context
  const { now } = limits
  let windowStart = Number.NEGATIVE_INFINITY
  let count = 0

  function countRenewal(): void {
    const age = now() - windowStart
    const isInWindow = age >= 0 && age < WINDOW_MS
    if (!isInWindow) windowStart = now()
    count = isInWindow ? count + 1 : 1
  }

  async function answer(message: unknown): Promise<RenewalAnswer> {
    countRenewal()
    // Logged once in the window, so that a client cannot fill the log.
    if (count === MAX_RENEWALS + 1) onRefused(tooManyRenewals)
    if (count > MAX_RENEWALS) return { ok: false, code: tooManyRenewals.code }
    const { token } = Object(message) as { token?: unknown }
    const result = await checkTokenOf(identity().key, limits, token)
    if (isSocketRefusal(result)) {
      onRefused(result)
      return { ok: false, code: result.code }
    }
    // An older token, late or sent again, cannot shorten what a newer one gave.
    if (result.expiresAt > identity().expiresAt) onRenewed(result)
    return { ok: true, expiresInMs: Math.max(0, identity().expiresAt - now()) }
  }

  return (message, acknowledge) => void answer(message).then(acknowledge)
}
