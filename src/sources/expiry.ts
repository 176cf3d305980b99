import type { Claims } from '../shared/claims.js'
import type { Refusal } from './source.js'

const CLOCK_DEADLINE_MS = 5_000
/** `Date` counts whole seconds and is older than its answer by the way here. */
const CLOCK_TOLERANCE_MS = 2_000

/** The host can have a newer one the next time. */
const expired: Refusal = { refused: 'host_refused', why: 'token_expired', retryable: true }

export interface ExpiryContext {
  readonly window: Pick<Window, 'location'>
  readonly nativeFetch: typeof fetch
  now(): number
}

/** When a token of a host expires by the local clock, in milliseconds since the epoch, or why it is refused. */
export type ExpiryOf = (claims: Claims) => Promise<number | Refusal>

/**
 * Tells an expired token of a host from a local clock that is fast.
 *
 * To a clock that is hours ahead every new token looks expired, and the host's clock is the same one. A token alone
 * cannot tell which it is, nor can the same token once more. The page's own server can: each of its answers has a
 * `Date` (RFC 9110 §6.6.1). It is asked only where a token looks expired; where it does not say, the token is not
 * shown as a sign-in, and the next try asks again. A clock that is slow needs none of this: it refuses nobody.
 */
export function createExpiry({ window, nativeFetch, now }: ExpiryContext): ExpiryOf {
  /** How far the local clock was ahead when it was last compared. */
  let aheadMs = 0

  async function measure(): Promise<number | undefined> {
    const { origin, pathname } = window.location
    const signal = AbortSignal.timeout(CLOCK_DEADLINE_MS)
    const request: RequestInit = { method: 'HEAD', cache: 'no-store', credentials: 'omit', signal }
    const { headers } = await nativeFetch(origin + pathname, request)
    const servedAt = Date.parse(headers.get('date') ?? '') + Number(headers.get('age')) * 1_000
    return Number.isNaN(servedAt) ? undefined : Math.max(0, now() - servedAt - CLOCK_TOLERANCE_MS)
  }

  return async ({ iat, exp }) => {
    if (!isTime(exp) || (isTime(iat) && exp <= iat)) return expired
    // The clock is ahead by no more than a token looks old: once it is put right, a new token tells.
    if (isTime(iat)) aheadMs = Math.max(0, Math.min(aheadMs, now() - iat * 1_000))
    const isOver = () => exp * 1_000 + aheadMs <= now()
    if (isOver()) {
      const measured = await measure().catch(() => undefined)
      if (measured === undefined) return { refused: 'unavailable', why: 'clock_unknown' }
      aheadMs = measured
    }
    return isOver() ? expired : exp * 1_000 + aheadMs
  }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
