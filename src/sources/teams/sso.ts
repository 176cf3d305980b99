import type { Settings } from '../../options.js'
import { backoff } from '../../shared/backoff.js'
import { accountOf, readClaims } from '../../shared/claims.js'
import { inOrder } from '../answers.js'
import { isFor, isForUser } from '../audience.js'
import type { ExpiryOf } from '../expiry.js'
import { type AccessToken, isRefusal, type Refusal, type TokenRequest } from '../source.js'
import type { TeamsLibrary } from './connection.js'
import { refusalOfHost } from './refusals.js'

/** Phones were seen to take 1 to 30 s (microsoft/teams-js#2603), and teams-js itself has no deadline. */
const SILENT_DEADLINE_MS = 30_000
/** Consent and multi-factor sign-in take minutes. */
const INTERACTIVE_DEADLINE_MS = 10 * 60_000
const RETRY = { first: 1_000, longest: 1_000 }

export interface SsoContext {
  readonly library: TeamsLibrary
  readonly settings: Pick<Settings, 'clientId' | 'scopes'>
  readonly expiryOf: ExpiryOf
  arrived(token: AccessToken): void
}

export interface Sso {
  acquire(request: TokenRequest): Promise<AccessToken | Refusal>
  signIn(request: Pick<TokenRequest, 'claims'>): Promise<AccessToken | Refusal>
}

/** Teams SSO: the host gives a token for the API that the app manifest names. It keeps that token until it expires. */
export function createSso({ library, settings, expiryOf, arrived }: SsoContext): Sso {
  const { clientId, scopes } = settings
  const flights = new Map<string, Promise<AccessToken | Refusal>>()
  const answerOf = inOrder(arrived)

  async function ask(silent: boolean, claims: string | undefined): Promise<AccessToken | Refusal> {
    try {
      const request = { silent, ...(claims && { claims: [claims] }) }
      return tokenOf(await library.authentication.getAuthToken(request))
    } catch (cause) {
      return refusalOfHost(cause)
    }
  }

  async function tokenOf(token: string): Promise<AccessToken | Refusal> {
    const claims = readClaims(token)
    const account = accountOf(claims)
    if (!claims || !account || !isForUser(claims)) return { refused: 'host_refused', why: 'no_access_token' }
    // Labelled with scopes that it is not for, it would go to the servers of another API.
    if (!isFor(claims, scopes, clientId, false)) return { refused: 'host_refused', why: 'token_of_other' }
    const expires = await expiryOf(claims)
    return typeof expires === 'number' ? { token, expiresOnTimestamp: expires, scopes: [...scopes], account } : expires
  }

  async function askTwice(claims: string | undefined): Promise<AccessToken | Refusal> {
    const first = await ask(true, claims)
    if (!isRefusal(first) || first.refused !== 'unavailable') return first
    await new Promise((resolve) => setTimeout(resolve, backoff(1, RETRY)))
    return ask(true, claims)
  }

  /** One silent flight. After its deadline the next call asks anew: a host can forget a request (#1606). */
  function acquire({ claims }: TokenRequest): Promise<AccessToken | Refusal> {
    const key = claims ?? ''
    const running = flights.get(key)
    if (running !== undefined) return running
    const flight = answerOf(askTwice(claims), SILENT_DEADLINE_MS)
    flights.set(key, flight)
    return flight.finally(() => flights.delete(key))
  }

  return {
    acquire,
    signIn: ({ claims }) => answerOf(ask(false, claims), INTERACTIVE_DEADLINE_MS),
  }
}
