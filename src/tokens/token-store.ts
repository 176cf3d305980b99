// One token per scope set, one flight per token, two windows. In the soft window the old token is served while a new
// one is fetched; in the hard window callers wait for it.

import type { AuthEvent } from '../events.js'
import { backoff, LONGEST_TIMEOUT_MS } from '../shared/backoff.js'
import { abortable, withDeadline } from '../shared/deadline.js'
import { AuthError, type AuthErrorCode } from '../shared/errors.js'
import { scopeKey } from '../shared/scopes.js'
import { type AccessToken, isRefusal, type Refusal, type TokenRequest, thrown, timedOut } from '../sources/source.js'
import { errorOf } from './error-of.js'
import {
  type Entry,
  isAlive,
  isBackingOff,
  isJustReceived,
  isOverruled,
  isRejectedTooSoon,
  isUnchanged,
  mustRenew,
  newEntry,
  pauseOf,
  RETRY,
  shouldRenew,
  softWindow,
} from './token-entry.js'

/** No source may take longer for a token without interaction. Each has a shorter deadline of its own. */
const FLIGHT_DEADLINE_MS = 65_000

export interface TokenStore {
  /** @throws {AuthError} with the code of the refusal, or `account_mismatch` if another account came meanwhile */
  get(scopes: readonly string[], options?: GetOptions): Promise<AccessToken>
  /** The cached token, if it is past neither expiry nor hard window. */
  peek(scopes: readonly string[]): AccessToken | undefined
  /** Takes in a token that came without being asked for here: at the start, by a sign-in, from a late host. */
  adopt(token: AccessToken, scopes: readonly string[]): void
  /** Looks at the clock again, after sleep or a network change, and renews what needs it. */
  recheck(): void
  /**
   * Drops all tokens. Pending calls reject with `code`; their late answers are ignored. `keepsAccount`: only the sign-in
   * is over, and the next tokens are expected to be the same account's.
   */
  forget(code: AuthErrorCode, keepsAccount?: boolean): void
  /** Whose tokens these have been so far, in turn, by their keys: `undefined` for a time in which they were nobody's. */
  readonly accounts: readonly (string | undefined)[]
  /** The token at hand, however old, and when it came. */
  cached(scopes: readonly string[]): { readonly token: AccessToken; readonly receivedAt: number } | undefined
}

export interface GetOptions {
  readonly claims?: string | undefined
  readonly rejectedToken?: string | undefined
  readonly abortSignal?: AbortSignal | null | undefined
}

export interface TokenStoreContext {
  acquire(request: TokenRequest): Promise<AccessToken | Refusal>
  now(): number
  /** Whether somebody is signed in and the token is for that account. No other token is kept. */
  isForCurrentAccount(token: AccessToken): boolean
  /** Takes in that a token came that is for another account. */
  switchAccount(token: AccessToken, scopes: readonly string[]): void
  /** Called with every refusal of a token. */
  onRefusal(refusal: Refusal, error: AuthError, scopes: readonly string[]): void
  /** Called with every token that is kept. `unchanged`: it is the one that was already here. */
  onKept(token: AccessToken, scopes: readonly string[], unchanged: boolean): void
  emit(event: AuthEvent): void
}

export function createTokenStore(context: TokenStoreContext): TokenStore {
  const { now } = context
  let entries = new Map<string, Entry>()
  let epoch = createEpoch()
  const accounts: (string | undefined)[] = []

  function belongTo(account: string | undefined): void {
    if (account !== accounts.at(-1)) accounts.push(account)
  }

  function entryOf(scopes: readonly string[]): Entry {
    const key = scopeKey(scopes)
    const entry = entries.get(key) ?? newEntry(scopes)
    entries.set(key, entry)
    return entry
  }

  async function get(scopes: readonly string[], options: GetOptions): Promise<AccessToken> {
    options.abortSignal?.throwIfAborted()
    const entry = entryOf(scopes)
    const { token } = entry
    if (token && options.rejectedToken === token.token) return replace(entry, token, options.claims)
    if (options.claims !== undefined) return renew(entry, options.claims)
    if (!token || mustRenew(entry, now())) return isBackingOff(entry, now()) ? keepOrThrow(entry) : renewOrKeep(entry)
    if (shouldRenew(entry, now())) renewInBackground(entry)
    return token
  }

  /** A server that refuses every token gets the old one, and with it refuses, rather than one after another. */
  async function replace(entry: Entry, token: AccessToken, claims: string | undefined): Promise<AccessToken> {
    if (entry.flights.has(claims ?? '')) return renew(entry, claims)
    const at = now()
    if (entry.challenge !== claims) entry.rejections = 0
    if (claims === undefined && isUnchanged(entry, at)) return token
    if (isBackingOff(entry, at) || isRejectedTooSoon(entry, at)) return token
    entry.rejections = isJustReceived(entry, at) ? entry.rejections + 1 : 1
    entry.challenge = claims
    return renew(entry, claims)
  }

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
    const number = ++entry.lastFlight
    const fresh = entry.token !== undefined || claims !== undefined
    const asked = context.acquire({ scopes: entry.scopes, fresh, claims }).catch(thrown)
    const adoptLate = (answer: AccessToken | Refusal) => {
      if (isRefusal(answer) || ended.code || isOverruled(entry, number)) return
      if (context.isForCurrentAccount(answer)) write(entry, answer, number)
      else context.switchAccount(answer, entry.scopes)
    }
    const answer = await Promise.race([withDeadline(asked, FLIGHT_DEADLINE_MS, timedOut, adoptLate), ended.promise])
    if (ended.code) throw new AuthError(ended.code, { phase: 'source' })
    if (answer && !isRefusal(answer)) return keep(entry, answer, number)
    if (entry.token && claims === undefined && isOverruled(entry, number)) return entry.token
    throw refuse(entry, answer ?? timedOut())
  }

  function keep(entry: Entry, token: AccessToken, flight: number): AccessToken {
    if (!context.isForCurrentAccount(token)) {
      context.switchAccount(token, entry.scopes)
      throw new AuthError('account_mismatch', { phase: 'renewal' })
    }
    if (!isOverruled(entry, flight)) write(entry, token, flight)
    return token
  }

  function write(entry: Entry, token: AccessToken, flight: number): void {
    const at = now()
    belongTo(token.account.key)
    entry.unchanged = entry.token?.token === token.token
    entry.notBefore = entry.unchanged ? at + pauseOf(token, at) : 0
    if (!entry.unchanged) entry.receivedAt = at
    entry.token = token
    entry.keptFlight = flight
    entry.softAt = softWindow(token, entry.receivedAt)
    entry.failures = 0
    delete entry.lastError
    schedule(entry)
    context.onKept(token, entry.scopes, entry.unchanged)
  }

  function refuse(entry: Entry, refusal: Refusal): AuthError {
    const error = errorOf(refusal, entry.token ? 'renewal' : 'source')
    entry.failures += 1
    const retryInMs = backoff(entry.failures, RETRY)
    entry.notBefore = now() + retryInMs
    entry.unchanged = false
    entry.lastError = error
    if (entry.token && error.retryable) {
      context.emit({ type: 'renewal-failed', scopes: entry.scopes, error, retryInMs })
      schedule(entry)
    }
    context.onRefusal(refusal, error, entry.scopes)
    return error
  }

  async function renewOrKeep(entry: Entry): Promise<AccessToken> {
    try {
      return await renew(entry)
    } catch (error) {
      if (error !== entry.lastError) throw error
      return keepOrThrow(entry)
    }
  }

  /** After a failure in the hard window: the old token, while it lives and nothing definite speaks against it. */
  function keepOrThrow(entry: Entry): AccessToken {
    const { token, lastError } = entry
    if (token && lastError?.retryable && isAlive(entry, now())) return token
    throw lastError
  }

  function renewInBackground(entry: Entry): void {
    renew(entry).catch(() => {}) // reported by refuse(); the caller has a token that still works
  }

  function schedule(entry: Entry): void {
    clearTimeout(entry.timer)
    const delay = Math.max(entry.softAt, entry.notBefore) - now()
    entry.timer = setTimeout(() => recheckEntry(entry), Math.min(Math.max(0, delay), LONGEST_TIMEOUT_MS))
  }

  function recheckEntry(entry: Entry): void {
    if (!entry.token) return
    if (shouldRenew(entry, now())) renewInBackground(entry)
    else if (entry.flights.size === 0) schedule(entry)
  }

  return {
    accounts,
    get: (scopes, options = {}) => abortable(get(scopes, options), options.abortSignal),
    peek(scopes) {
      const entry = entryOf(scopes)
      return entry.token && !mustRenew(entry, now()) ? entry.token : undefined
    },
    adopt(token, scopes) {
      const entry = entryOf(scopes)
      keep(entry, token, ++entry.lastFlight)
    },
    recheck() {
      for (const entry of entries.values()) {
        entry.notBefore = 0
        entry.rejections = 0
        recheckEntry(entry)
      }
    },
    forget(code, keepsAccount = false) {
      for (const { timer } of entries.values()) clearTimeout(timer)
      entries = new Map()
      if (!keepsAccount) belongTo(undefined)
      epoch.end(code)
      epoch = createEpoch()
    },
    cached(scopes) {
      const { token, receivedAt } = entryOf(scopes)
      return token && { token, receivedAt }
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
