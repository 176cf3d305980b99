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

export interface Attempts {
  /** Counts a failure. Returns how long to wait before the next attempt, in milliseconds. */
  failed(): number
  /** How long an attempt that the app asks for has to wait. Not at all where that is over. */
  untilNext(): number
  /** Whether a fresh token may be asked for now; if so, that is counted. */
  mayRefresh(): boolean
  /**
   * Counts a connection that did not come about. Returns whether to ask for a fresh token: the status 401 says so, but of
   * WebSockets and of requests across origins a browser tells no status.
   */
  isSuspect(status: unknown): boolean
  connected(): void
  disconnected(): void
  /** The app begins anew. */
  restart(): void
}

export function createAttempts(now: () => number): Attempts {
  let failures = 0
  let refreshes = 0
  let silentFailures = 0
  let notBefore = 0
  let connectedAt: number | undefined

  function mayRefresh(): boolean {
    if (refreshes >= MAX_REFRESHES) return false
    refreshes += 1
    return true
  }

  return {
    failed() {
      failures += 1
      const delay = backoff(failures, RETRY)
      notBefore = now() + delay
      return delay
    },
    untilNext: () => Math.min(notBefore - now(), RETRY.longest),
    mayRefresh,
    isSuspect(status) {
      if (status === 401) return mayRefresh()
      silentFailures = Number(status) > 0 ? 0 : silentFailures + 1
      return silentFailures === SILENT_FAILURES
    },
    connected() {
      failures = 0
      silentFailures = 0
      notBefore = 0
      connectedAt = now()
    },
    disconnected() {
      if (connectedAt !== undefined && now() - connectedAt >= STABLE_MS) refreshes = 0
      connectedAt = undefined
    },
    restart() {
      refreshes = 0
    },
  }
}
