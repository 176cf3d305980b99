// One cached token: how old it may be, and when to ask for the next one. The windows and predicates follow Azure's token
// cycler.

import { backoff } from '../shared/backoff.js'
import type { AuthError } from '../shared/errors.js'
import type { AccessToken } from '../sources/source.js'

/** Renewal begins this long before expiry; with tokens that live shorter than twice that, at half of their life. */
export const SOFT_WINDOW_MS = 5 * 60_000
/** The soft window is drawn from ± this share, so that many clients do not renew at once. */
const SOFT_WINDOW_JITTER = 0.1
/** From this long before expiry, callers get the token only after an attempt to renew it. */
const HARD_WINDOW_MS = 30_000
/** A token is usable for this long after it came, whatever the local clock says of its expiry. */
const GRACE_MS = 60_000
/** A source that gives the same token again is not asked for half of the token's remaining life, and at least for this. */
const UNCHANGED_PAUSE_MS = 5_000
/** How long to wait after a failed renewal, or after one whose token a server refused again. */
export const RETRY = { first: 1_000, longest: 60_000 }

export interface Entry {
  readonly scopes: readonly string[]
  readonly flights: Map<string, Promise<AccessToken>>
  token?: AccessToken
  receivedAt: number
  /** When the soft window begins. */
  softAt: number
  /** No renewal before this time: the last one failed, or brought the same token again. */
  notBefore: number
  unchanged: boolean
  failures: number
  /** How many tokens in a row a server refused soon after they came. */
  rejections: number
  /** The claims that the last of those refusals asked for. */
  challenge?: string | undefined
  lastError?: AuthError
  /** The step ups that were refused since the token came, by the claims that a server had asked for. */
  readonly stepUps: Map<string, RefusedStepUp>
  timer?: ReturnType<typeof setTimeout>
  /** The flights are numbered, so that an older answer never overwrites a newer one. */
  lastFlight: number
  keptFlight: number
  keptClaims?: string | undefined
}

/** It says nothing of the token at hand, which other endpoints take. */
interface RefusedStepUp {
  readonly error: AuthError
  readonly failures: number
  /** Until then nobody is asked for it again. */
  readonly notBefore: number
}

/** A server can make up as many as it likes. */
const MOST_STEP_UPS = 10

/** A request for a token. They are numbered in the order in which they begin. */
export interface Flight {
  readonly number: number
  /** The claims that it asks for. */
  readonly claims?: string | undefined
}

export function shouldRenew(entry: Entry, now: number): boolean {
  return now >= Math.max(entry.softAt, entry.notBefore) && entry.flights.size === 0
}

export function mustRenew(entry: Entry, now: number): boolean {
  if (!entry.token) return true
  if (isJustReceived(entry, now) || isUnchanged(entry, now)) return false
  return now >= entry.token.expiresOnTimestamp - HARD_WINDOW_MS
}

export function isAlive(entry: Entry, now: number): boolean {
  return !!entry.token && (now < entry.token.expiresOnTimestamp || isJustReceived(entry, now))
}

export function isJustReceived(entry: Entry, now: number): boolean {
  return now < entry.receivedAt + GRACE_MS
}

/** A newer flight has brought a token, and not one without claims while this one brings what a server has asked for. */
export function isOverruled(entry: Entry, { number, claims }: Flight): boolean {
  return number < entry.keptFlight && (claims === undefined || entry.keptClaims !== undefined)
}

export function isRejectedTooSoon({ rejections, receivedAt }: Entry, now: number): boolean {
  return rejections > 0 && now < receivedAt + Math.min(RETRY.longest, RETRY.first * 2 ** (rejections - 1))
}

/** The source has nothing newer: it gave the same token again a while ago. */
export function isUnchanged(entry: Entry, now: number): boolean {
  return entry.unchanged && now < entry.notBefore
}

export function isBackingOff(entry: Entry, now: number): boolean {
  return !!entry.lastError?.retryable && now < entry.notBefore
}

function pauseOf(token: AccessToken, now: number): number {
  return Math.max(UNCHANGED_PAUSE_MS, (token.expiresOnTimestamp - now) / 2)
}

/** When renewal in the background may begin: never at once, or a clock that is fast would make it go on and on. */
function softWindow(token: AccessToken, receivedAt: number): number {
  const lifetime = Math.max(0, token.expiresOnTimestamp - receivedAt)
  const jitter = 1 + SOFT_WINDOW_JITTER * (2 * Math.random() - 1)
  const beforeExpiry = token.expiresOnTimestamp - Math.min(SOFT_WINDOW_MS, lifetime / 2) * jitter
  return Math.max(receivedAt + GRACE_MS, beforeExpiry)
}

/** Puts the token of this flight into the entry. */
export function keepToken(entry: Entry, token: AccessToken, { number, claims }: Flight, now: number): void {
  entry.unchanged = entry.token?.token === token.token
  entry.notBefore = entry.unchanged ? now + pauseOf(token, now) : 0
  if (!entry.unchanged) entry.receivedAt = now
  entry.token = token
  entry.keptFlight = Math.max(entry.keptFlight, number)
  entry.keptClaims = claims
  entry.softAt = softWindow(token, entry.receivedAt)
  entry.failures = 0
  entry.stepUps.clear()
  delete entry.lastError
}

/** Without interaction there is none, for now: each call to that endpoint would ask for it again. */
export function noteStepUp({ stepUps }: Entry, claims: string, error: AuthError, now: number): void {
  const failures = (stepUps.get(claims)?.failures ?? 0) + 1
  if (stepUps.size >= MOST_STEP_UPS) stepUps.clear()
  stepUps.set(claims, { error, failures, notBefore: now + backoff(failures, RETRY) })
}

export function newEntry(scopes: readonly string[]): Entry {
  const times = { receivedAt: 0, softAt: 0, notBefore: 0 }
  const counts = { failures: 0, rejections: 0, lastFlight: 0, keptFlight: 0 }
  return { scopes, flights: new Map(), stepUps: new Map(), unchanged: false, ...times, ...counts }
}
