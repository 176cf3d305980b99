// How often and how soon. The same bounds hold for what the app asks for: `connect()` in a `connect_error` listener is
// common, and would otherwise come to hundreds of handshakes a second.

import { backoff } from '../../shared/backoff.js'

const RETRY = { first: 500, longest: 30_000 }
/** Refusals in a row that a fresh token is asked for. */
const MAX_REFRESHES = 1
/** Connections in a row that fail without a status. */
const SILENT_FAILURES = 3
/** Only a connection that lasted this long proves that the server took the token. */
const STABLE_MS = 10_000
/** A cache whose source fails for now gives the old token meanwhile: for so long that proves nothing. */
const UNPROVEN_MS = 120_000

export interface RetryBudget {
  /** Counts a failure: the next attempt has to wait. */
  countFailure(): void
  /** Milliseconds until the next attempt. Zero or less where that is over. */
  untilNext(): number
  /** Whether a fresh token may be asked for. */
  canRefresh(): boolean
  /** A fresh token is asked for. */
  countRefresh(): void
  /**
   * Counts a connection that did not come about. Returns whether to ask for a fresh token: the status 401 says so, but of
   * WebSockets and of requests across origins a browser tells no status.
   */
  countTransportFailure(status: unknown): boolean
  /** The provider could not give a token for now. */
  countTokenFailure(): void
  /** Whether the provider failed so lately that an old token may be all it has. */
  isTokenUnproven(): boolean
  onConnect(): void
  onDisconnect(): void
  /** The app begins anew. */
  restart(): void
}

export function createRetryBudget(now: () => number): RetryBudget {
  let failures = 0
  let refreshes = 0
  let silentFailures = 0
  let notBefore = 0
  let tokenFailedAt = 0
  let connectedAt = Number.POSITIVE_INFINITY

  return {
    countFailure() {
      failures += 1
      notBefore = now() + backoff(failures, RETRY)
    },
    untilNext: () => Math.min(notBefore - now(), RETRY.longest),
    canRefresh: () => refreshes < MAX_REFRESHES,
    countRefresh() {
      refreshes += 1
    },
    countTransportFailure(status) {
      if (status === 401) {
        refreshes += 1
        return refreshes <= MAX_REFRESHES
      }
      silentFailures = Number(status) > 0 ? 0 : silentFailures + 1
      return silentFailures === SILENT_FAILURES
    },
    countTokenFailure() {
      tokenFailedAt = now()
    },
    isTokenUnproven: () => now() - tokenFailedAt <= UNPROVEN_MS,
    onConnect() {
      failures = silentFailures = notBefore = tokenFailedAt = 0
      connectedAt = now()
    },
    onDisconnect() {
      if (now() - connectedAt >= STABLE_MS) refreshes = 0
      connectedAt = Number.POSITIVE_INFINITY
    },
    restart() {
      refreshes = 0
    },
  }
}
