import type { Claims } from '../shared/claims.js'
import type { Refusal } from './source.js'

const CLOCK_DEADLINE_MS = 5_000
/** `Date` counts whole seconds, and is older by the time that the response took. */
const CLOCK_TOLERANCE_MS = 2_000

/** The host can have a newer token the next time. */
const EXPIRED_TOKEN: Refusal = { refused: 'host_refused', why: 'token_expired', retryable: true }

export interface ExpiryContext {
  readonly window: Pick<Window, 'location'>
  readonly nativeFetch: typeof fetch
  now(): number
}

/** When a token expires by the local clock, in milliseconds since the epoch, or why it is refused. */
export type CheckExpiry = (claims: Claims) => Promise<number | Refusal>

/**
 * Distinguishes a token of a host that has expired from a local clock that is fast.
 *
 * By a clock that is hours ahead every new token looks expired, and the host has the same clock. The token alone cannot
 * decide that, but the page's own server can: each of its responses has a `Date` (RFC 9110 §6.6.1). It is asked only where a
 * token looks expired; without an answer the token is refused, and the next try asks again. A slow clock needs none of this.
 */
export function createExpiryCheck({ window, nativeFetch, now }: ExpiryContext): CheckExpiry {
  /** How far the local clock was ahead when it was last compared. */
  let aheadMs = 0

  async function measureClock(): Promise<number | undefined> {
    const { origin, pathname } = window.location
    const signal = AbortSignal.timeout(CLOCK_DEADLINE_MS)
    const request: RequestInit = { method: 'HEAD', cache: 'no-store', credentials: 'omit', signal }
    const { headers } = await nativeFetch(origin + pathname, request)
    const servedAt = Date.parse(headers.get('date') ?? '') + Number(headers.get('age')) * 1_000
    return Number.isNaN(servedAt) ? undefined : Math.max(0, now() - servedAt - CLOCK_TOLERANCE_MS)
  }

  return async ({ iat, exp }) => {
    if (!isTime(exp) || (isTime(iat) && exp <= iat)) return EXPIRED_TOKEN
    // The clock is ahead by no more than the age of a new token: so once it is corrected, that shows.
    if (isTime(iat)) aheadMs = Math.max(0, Math.min(aheadMs, now() - iat * 1_000))
    const looksExpired = () => exp * 1_000 + aheadMs <= now()
    if (looksExpired()) {
      const measured = await measureClock().catch(() => undefined)
      if (measured === undefined) return { refused: 'unavailable', why: 'clock_unknown' }
      aheadMs = measured
    }
    return looksExpired() ? EXPIRED_TOKEN : exp * 1_000 + aheadMs
  }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
