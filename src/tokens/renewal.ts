// Fetches tokens: at most one flight per token and claims challenge. Keeps what comes, and plans the next renewal.

import type { AuthEvent } from '../events.js'
import { backoff, LONGEST_TIMEOUT_MS } from '../shared/backoff.js'
import { withDeadline } from '../shared/deadline.js'
import { AuthError, type AuthErrorCode } from '../shared/errors.js'
import { type AccessToken, isRefusal, type Refusal, type TokenRequest, thrown, timedOut } from '../sources/source.js'
import { errorOf, isStepUpRefused } from './error-of.js'
import {
  type Entry,
  type Flight,
  isOverruled,
  keepToken,
  mustRenew,
  noteStepUp,
  RETRY,
  shouldRenew,
} from './token-windows.js'

/** No source may take longer for a token without interaction. Each has a shorter deadline of its own. */
const FLIGHT_DEADLINE_MS = 65_000

export interface RenewalContext {
  acquire(request: TokenRequest): Promise<AccessToken | Refusal>
  now(): number
  /** Whether somebody is signed in and the token is for that account. No other token is kept. */
  isForCurrentAccount(token: AccessToken): boolean
  /** Takes in that a token came that is for another account. */
  switchAccount(token: AccessToken, scopes: readonly string[]): void
  /** Called with every refusal of a token. `claims`: those that were asked for. */
  onRefusal(refusal: Refusal, error: AuthError, scopes: readonly string[], claims: string | undefined): void
  /** Called with every token that is kept. `unchanged`: it is the one that was already here. */
  onKept(token: AccessToken, scopes: readonly string[], unchanged: boolean): void
  /** The token that is kept now is for this account. */
  recordAccount(account: string): void
  emit(event: AuthEvent): void
}

export interface Renewal {
  /** Joins the flight that is under way with these claims. */
  renew(entry: Entry, claims?: string): Promise<AccessToken>
  renewInBackground(entry: Entry): void
  /** Returns the one that is kept, which may be a newer one. @throws {AuthError} `account_mismatch` */
  keep(entry: Entry, token: AccessToken, flight: Flight): AccessToken
  /** Looks at the clock: renews the token, or sets the timer again. */
  recheck(entry: Entry): void
  /** Rejects all flights with `code`. Their late answers are ignored. */
  end(code: AuthErrorCode): void
}

export function createRenewal(context: RenewalContext): Renewal {
  const { now } = context
  let epoch = createEpoch()

  function renew(entry: Entry, claims?: string): Promise<AccessToken> {
    const key = claims ?? ''
    const running = entry.flights.get(key)
    if (running !== undefined) return running
    const flight = fly(entry, claims).finally(() => entry.flights.delete(key))
    entry.flights.set(key, flight)
    return flight
  }

  async function fly(entry: Entry, claims: string | undefined): Promise<AccessToken> {
    const { ended } = epoch
    const flight: Flight = { number: ++entry.lastFlight, claims }
    const fresh = entry.token !== undefined || claims !== undefined
    const asked = context.acquire({ scopes: entry.scopes, fresh, claims }).catch(thrown)
    const adoptLate = (answer: AccessToken | Refusal) => {
      // Nobody waits for it any more, so that claims count for nothing.
      if (isRefusal(answer) || ended.code || flight.number < entry.keptFlight) return
      if (context.isForCurrentAccount(answer)) write(entry, answer, flight)
      else context.switchAccount(answer, entry.scopes)
    }
    const answer = await Promise.race([
      withDeadline(asked, FLIGHT_DEADLINE_MS, timedOut, { onLate: adoptLate }),
      ended.promise,
    ])
    if (ended.code) throw new AuthError(ended.code, { phase: 'source' })
    if (answer && !isRefusal(answer)) {
      const kept = keep(entry, answer, flight)
      return kept === answer ? answer : newerToken(entry, kept)
    }
    if (entry.token && claims === undefined && isOverruled(entry, flight)) return newerToken(entry, entry.token)
    throw refuse(entry, answer ?? timedOut(), claims)
  }

  /** The one that has overruled a flight. It may be over as well, where the flight took long. */
  async function newerToken(entry: Entry, token: AccessToken): Promise<AccessToken> {
    if (mustRenew(entry, now())) return fly(entry, undefined)
    schedule(entry)
    return token
  }

  function keep(entry: Entry, token: AccessToken, flight: Flight): AccessToken {
    if (!context.isForCurrentAccount(token)) {
      context.switchAccount(token, entry.scopes)
      throw new AuthError('account_mismatch', { phase: 'renewal' })
    }
    if (!isOverruled(entry, flight)) write(entry, token, flight)
    else schedule(entry)
    // One with claims goes to who has asked for them, whatever is kept.
    return (flight.claims === undefined && entry.token) || token
  }

  function write(entry: Entry, token: AccessToken, flight: Flight): void {
    context.recordAccount(token.account.key)
    keepToken(entry, token, flight, now())
    schedule(entry)
    context.onKept(token, entry.scopes, entry.unchanged)
  }

  function refuse(entry: Entry, refusal: Refusal, claims: string | undefined): AuthError {
    const error = errorOf(refusal, entry.token ? 'renewal' : 'source', claims)
    if (claims !== undefined && !error.retryable && isStepUpRefused(refusal, claims))
      noteStepUp(entry, claims, error, now())
    else backOff(entry, error)
    context.onRefusal(refusal, error, entry.scopes, claims)
    return error
  }

  function backOff(entry: Entry, error: AuthError): void {
    entry.failures += 1
    const retryInMs = backoff(entry.failures, RETRY)
    entry.notBefore = now() + retryInMs
    entry.unchanged = false
    entry.lastError = error
    if (entry.token && error.retryable) {
      context.emit({ type: 'renewal-failed', scopes: entry.scopes, error, retryInMs })
      schedule(entry)
    }
  }

  function renewInBackground(entry: Entry): void {
    renew(entry).catch(() => {}) // refuse() has reported it, and the caller has a token that still works
  }

  /** A timer that fires during a flight does nothing: whatever ends the flight sets the next one. */
  function schedule(entry: Entry): void {
    clearTimeout(entry.timer)
    const delay = Math.max(entry.softAt, entry.notBefore) - now()
    entry.timer = setTimeout(() => recheck(entry), Math.min(Math.max(0, delay), LONGEST_TIMEOUT_MS))
  }

  function recheck(entry: Entry): void {
    if (!entry.token) return
    if (shouldRenew(entry, now())) renewInBackground(entry)
    else if (entry.flights.size === 0) schedule(entry)
  }

  return {
    renew,
    renewInBackground,
    keep,
    recheck,
    end(code) {
      epoch.end(code)
      epoch = createEpoch()
    },
  }
}

/** The time that the tokens of one account are kept. Its end reaches every flight of that time at once. */
function createEpoch() {
  let settle = () => {}
  const ended: { code?: AuthErrorCode; promise: Promise<undefined> } = {
    promise: new Promise((resolve) => {
      settle = () => resolve(undefined)
    }),
  }
  const end = (code: AuthErrorCode) => {
    ended.code = code
    settle()
  }
  return { ended, end }
}
