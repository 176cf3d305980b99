import type { Settings } from '../../settings.js'
import { backoff } from '../../shared/backoff.js'
import { accountOf, readClaims } from '../../shared/claims.js'
import type { AccountReader } from '../account-claims.js'
import { isTokenFor, isUserToken } from '../audience.js'
import type { CheckExpiry } from '../expiry.js'
import { createHostRequests } from '../host-requests.js'
import { type AccessToken, isRefusal, type Refusal, type TokenRequest } from '../source.js'
import type { TeamsLibrary } from './connected-host.js'
import { refusalOfHost } from './refusals.js'

const RETRY_DELAY = { first: 1_000, longest: 1_000 }
/** A host that took longer to refuse is not asked a second time: the deadline would come before its answer. */
const QUICK_MS = 10_000

export interface SsoSourceContext {
  readonly library: TeamsLibrary
  readonly settings: Pick<Settings, 'clientId' | 'scopes'>
  readonly checkExpiry: CheckExpiry
  readonly disposed: AbortSignal
  readonly accounts: AccountReader
  onLateToken(token: AccessToken): void
}

export interface SsoSource {
  acquire(request: TokenRequest): Promise<AccessToken | Refusal>
  signIn(request: Pick<TokenRequest, 'claims'>): Promise<AccessToken | Refusal>
}

/** Teams SSO: the host gives a token for the API that the app manifest names. It keeps that token until it expires. */
export function createSsoSource({
  library,
  settings,
  checkExpiry,
  disposed,
  accounts,
  onLateToken,
}: SsoSourceContext): SsoSource {
  const { clientId, scopes } = settings
  /** Silent requests under way, by claims challenge. */
  const flights = new Map<string, Promise<AccessToken | Refusal>>()
  const settleRequest = createHostRequests(onLateToken)

  async function askForToken(silent: boolean, claims: string | undefined): Promise<AccessToken | Refusal> {
    try {
      const request = { silent, ...(claims && { claims: [claims] }) }
      return checkHostToken(await library.authentication.getAuthToken(request))
    } catch (cause) {
      return refusalOfHost(cause)
    }
  }

  async function checkHostToken(token: string): Promise<AccessToken | Refusal> {
    const claims = readClaims(token)
    const account = accountOf(claims)
    if (!claims || !account || !isUserToken(claims)) return { refused: 'host_refused', why: 'no_access_token' }
    // Cached under scopes that it is not for, it would go to the servers of another API.
    if (!isTokenFor(claims, scopes, clientId, false)) return { refused: 'host_refused', why: 'token_of_other' }
    const expires = await checkExpiry(claims)
    if (typeof expires !== 'number') return expires
    return { token, expiresOnTimestamp: expires, scopes: [...scopes], account: accounts.complete(account, claims) }
  }

  async function askTwice(claims: string | undefined): Promise<AccessToken | Refusal> {
    const since = Date.now()
    const first = await askForToken(true, claims)
    const mayPass = isRefusal(first) && first.refused === 'unavailable' && Date.now() - since < QUICK_MS
    if (!mayPass) return first
    await pause(backoff(1, RETRY_DELAY), disposed)
    return disposed.aborted ? first : askForToken(true, claims)
  }

  return {
    /** Silent calls share one request. After its deadline the next call asks again: a host can forget a request (#1606). */
    acquire({ claims }) {
      const key = claims ?? ''
      const running = flights.get(key)
      if (running !== undefined) return running
      const flight = settleRequest(askTwice(claims), 'silent')
      flights.set(key, flight)
      return flight.finally(() => flights.delete(key))
    },
    signIn: ({ claims }) => settleRequest(askForToken(false, claims), 'interactive'),
  }
}

/** Ends at once when `signal` is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
