// One token per scope set, one flight per token, two windows. In the soft window the old token is served while a new
// one is fetched; in the hard window callers wait for it, for half of what the old one has left.

import { abortable, withDeadline } from '../shared/deadline.js'
import type { AuthErrorCode } from '../shared/errors.js'
import { scopeKey } from '../shared/scopes.js'
import type { AccessToken } from '../sources/source.js'
import { createRenewal, type RenewalContext } from './renewal.js'
import {
  type Entry,
  isAlive,
  isBackingOff,
  isJustReceived,
  isRejectedTooSoon,
  isUnchanged,
  mustRenew,
  newEntry,
  shouldRenew,
} from './token-windows.js'

export interface TokenStore {
  /** @throws {AuthError} with the code of the refusal, or `account_mismatch` if another account came meanwhile */
  get(scopes: readonly string[], options?: GetOptions): Promise<AccessToken>
  /** The cached token, where a caller need not wait for a newer one: that is asked for, in the soft window. */
  fresh(scopes: readonly string[]): AccessToken | undefined
  /** The cached token, if it is past neither expiry nor hard window. */
  peek(scopes: readonly string[]): AccessToken | undefined
  /** Whether this token, from the cache of the source, may replace the one that is kept. One on its way is newer than both. */
  isNews(token: AccessToken, scopes: readonly string[]): boolean
  /**
   * Keeps a token that was not asked for here: at the start, by a sign-in, from a late host. `isLate`: it is older than what
   * is under way.
   */
  adopt(token: AccessToken, scopes: readonly string[], isLate?: boolean): void
  /** Looks at the clock again, after sleep or a network change, and renews the tokens that need it. */
  recheck(): void
  /**
   * Drops all tokens. Pending calls reject with `code`; their late answers are ignored. `keepsAccount`: only the sign-in
   * is over, and the next tokens are expected to be the same account's.
   */
  forget(code: AuthErrorCode, keepsAccount?: boolean): void
  /** The keys of the accounts that tokens have been for so far, in turn: `undefined` for a time in which nobody was signed in. */
  readonly accounts: readonly (string | undefined)[]
  /** The token that is kept, however old, and when it came. */
  cached(scopes: readonly string[]): { readonly token: AccessToken; readonly receivedAt: number } | undefined
}

export interface GetOptions {
  readonly claims?: string | undefined
  readonly rejectedToken?: string | undefined
  readonly abortSignal?: AbortSignal | null | undefined
}

export type TokenStoreContext = Omit<RenewalContext, 'recordAccount'>

export function createTokenStore(context: TokenStoreContext): TokenStore {
  const { now } = context
  let entries = new Map<string, Entry>()
  const accounts: (string | undefined)[] = []
  const renewal = createRenewal({ ...context, recordAccount })
  const { renew } = renewal

  function recordAccount(account: string | undefined): void {
    if (account !== accounts.at(-1)) accounts.push(account)
  }

  function entryOf(scopes: readonly string[]): Entry {
    const key = scopeKey(scopes)
    const known = entries.get(key)
    if (known) return known
    const entry = newEntry(scopes)
    entries.set(key, entry)
    return entry
  }

  async function get(scopes: readonly string[], options: GetOptions): Promise<AccessToken> {
    options.abortSignal?.throwIfAborted()
    const entry = entryOf(scopes)
    const { token } = entry
    if (token && options.rejectedToken === token.token) return replace(entry, token, options.claims)
    if (options.claims !== undefined) return challenge(entry, options.claims)
    return freshOf(entry) ?? (isBackingOff(entry, now()) ? keepOrThrow(entry) : renewOrKeep(entry))
  }

  function freshOf(entry: Entry): AccessToken | undefined {
    const at = now()
    if (mustRenew(entry, at)) return undefined
    if (shouldRenew(entry, at)) renewal.renewInBackground(entry)
    return entry.token
  }

  /** A server that refuses every token gets the old one, and with it refuses, rather than one after another. */
  async function replace(entry: Entry, token: AccessToken, claims: string | undefined): Promise<AccessToken> {
    if (entry.flights.has(claims ?? '')) return renew(entry, claims)
    const at = now()
    if (entry.challenge !== claims) entry.rejections = 0
    if (claims === undefined && isUnchanged(entry, at)) return token
    if (isBackingOff(entry, at)) return keepOrThrow(entry)
    if (claims !== undefined && entry.stepUps.has(claims)) return challenge(entry, claims)
    if (isRejectedTooSoon(entry, at)) return token
    entry.rejections = isJustReceived(entry, at) ? entry.rejections + 1 : 1
    entry.challenge = claims
    return renew(entry, claims)
  }

  async function challenge(entry: Entry, claims: string): Promise<AccessToken> {
    const refused = entry.stepUps.get(claims)
    if (refused && now() < refused.notBefore) throw refused.error
    return renew(entry, claims)
  }

  /** A renewal that takes long must not cost the call: it waits for half of what the old token has left. */
  async function renewOrKeep(entry: Entry): Promise<AccessToken> {
    const leftMs = (entry.token?.expiresOnTimestamp ?? 0) - now()
    const keepOld = () => (isAlive(entry, now()) && entry.token) || renew(entry)
    try {
      return await (leftMs > 0 ? withDeadline(renew(entry), leftMs / 2, keepOld) : renew(entry))
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

  return {
    accounts,
    get: (scopes, options = {}) => abortable(get(scopes, options), options.abortSignal),
    fresh: (scopes) => freshOf(entryOf(scopes)),
    peek(scopes) {
      const entry = entryOf(scopes)
      return entry.token && !mustRenew(entry, now()) ? entry.token : undefined
    },
    isNews(token, scopes) {
      const { token: kept, flights } = entryOf(scopes)
      return flights.size === 0 && (!kept || token.expiresOnTimestamp > kept.expiresOnTimestamp)
    },
    adopt(token, scopes, isLate) {
      const entry = entryOf(scopes)
      renewal.keep(entry, token, { number: isLate ? entry.keptFlight : ++entry.lastFlight })
    },
    recheck() {
      for (const entry of entries.values()) {
        entry.notBefore = 0
        entry.rejections = 0
        entry.stepUps.clear()
        renewal.recheck(entry)
      }
    },
    forget(code, keepsAccount = false) {
      for (const { timer } of entries.values()) clearTimeout(timer)
      entries = new Map()
      if (!keepsAccount) recordAccount(undefined)
      renewal.end(code)
    },
    cached(scopes) {
      const { token, receivedAt } = entryOf(scopes)
      return token && { token, receivedAt }
    },
  }
}
