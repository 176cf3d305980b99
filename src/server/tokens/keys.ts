import { importJWK, type JWK } from 'jose'
import { withDeadline } from '../../shared/deadline.js'
import { isNonBlank, isObject } from '../../shared/validate.js'

/** The public keys that an authority signs with, by key ID. */
export interface KeySet {
  /**
   * The key of that ID, or `undefined` if the authority has none.
   *
   * @throws if the keys cannot be had
   */
  find(kid: string): Promise<CryptoKey | undefined>
}

export interface KeySource {
  readonly url: string
  readonly fetch: typeof fetch
  readonly now: () => number
  /** A key that names another issuer is left out: some sign for personal accounts only. */
  readonly issuers: readonly string[]
}

/** An authority that does not answer must not hold a request for longer. */
const FETCH_DEADLINE_MS = 5_000
/** Tokens with made-up key IDs cost no more than one fetch in this time. */
const COOLDOWN_MS = 30_000
/** The same after a fetch that failed. */
const RETRY_AFTER_FAILURE_MS = 5_000
/** From then on known keys are fetched again in the background. Entra ID announces a new key days ahead. */
const REFRESH_AFTER_MS = 3_600_000
/** Known keys that could not be fetched again for so long are not trusted any more. */
const DISCARD_AFTER_MS = 86_400_000

/** The keys at a URL: fetched when first needed, then kept. One fetch at a time. */
export function createKeySet({ url, fetch, now, issuers }: KeySource): KeySet {
  let keys: ReadonlyMap<string, CryptoKey> = new Map()
  let fetchedAt = Number.NEGATIVE_INFINITY
  let failedAt = Number.NEGATIVE_INFINITY
  let pending: Promise<void> | undefined

  /** A clock that was set back counts as time that has passed. */
  function isWithin(at: number, ms: number): boolean {
    const age = now() - at
    return age >= 0 && age < ms
  }

  function refresh(): Promise<void> {
    pending ??= load().finally(() => {
      pending = undefined
    })
    return pending
  }

  async function load(): Promise<void> {
    try {
      keys = await importKeys(await fetchKeys(url, fetch), issuers)
      fetchedAt = now()
      failedAt = Number.NEGATIVE_INFINITY
    } catch (error) {
      failedAt = now()
      throw error
    }
  }

  return {
    async find(kid) {
      const known = isWithin(fetchedAt, DISCARD_AFTER_MS) ? keys.get(kid) : undefined
      const hasJustFailed = isWithin(failedAt, RETRY_AFTER_FAILURE_MS)
      if (known) {
        // The answer is at hand; a failure shows in the next call that needs another key.
        if (!isWithin(fetchedAt, REFRESH_AFTER_MS) && !hasJustFailed) refresh().catch(() => {})
        return known
      }
      if (hasJustFailed) throw new Error('The last fetch of the keys failed.')
      if (!isWithin(fetchedAt, COOLDOWN_MS)) await refresh()
      return keys.get(kid)
    },
  }
}

function fetchKeys(url: string, fetch: KeySource['fetch']): Promise<unknown> {
  const abort = new AbortController()
  return withDeadline(download(url, fetch, abort.signal), FETCH_DEADLINE_MS, () => {
    const error = new Error('The keys did not come in time.')
    abort.abort(error)
    throw error
  })
}

async function download(url: string, fetch: KeySource['fetch'], signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } })
  if (response.status !== 200) throw new Error(`The keys were answered with status ${response.status}.`)
  return response.json()
}

/** One key that cannot be used is left out, and leaves the others usable. */
async function importKeys(document: unknown, issuers: readonly string[]): Promise<ReadonlyMap<string, CryptoKey>> {
  const { keys: list } = Object(document) as { keys?: unknown }
  if (!Array.isArray(list)) throw new Error('The answer is not a JSON Web Key Set.')
  const keys = new Map<string, CryptoKey>()
  for (const jwk of list.filter((each) => isSigningKey(each, issuers))) {
    const key = await importJWK(jwk, 'RS256').catch(() => undefined)
    if (key && !(key instanceof Uint8Array) && key.type === 'public') keys.set(jwk.kid, key)
  }
  return keys
}

function isSigningKey(value: unknown, issuers: readonly string[]): value is JWK & { readonly kid: string } {
  if (!isObject(value)) return false
  const { kty, kid, use, alg, issuer: keyIssuer } = value as Record<string, unknown>
  const isForSigning = kty === 'RSA' && (use === undefined || use === 'sig') && (alg === undefined || alg === 'RS256')
  return isForSigning && isNonBlank(kid) && (keyIssuer === undefined || issuers.some((each) => each === keyIssuer))
}
