import { backoff } from '../../backoff.js'
import { accountOf, readClaims } from '../../claims.js'
import { inOrder } from '../answers.js'
import { type AccessToken, isRefusal, type Refusal, type TokenRequest } from '../source.js'
import type { TeamsLibrary } from './connection.js'
import { refusalOfHost } from './refusals.js'

/** Phones were seen to take 1 to 30 s (microsoft/teams-js#2603), and teams-js itself has no deadline. */
const SILENT_DEADLINE_MS = 30_000
/** Consent and multi-factor sign-in take minutes. */
const INTERACTIVE_DEADLINE_MS = 10 * 60_000
const RETRY = { first: 1_000, longest: 1_000 }

export interface Sso {
  acquire(request: TokenRequest): Promise<AccessToken | Refusal>
  signIn(request: Pick<TokenRequest, 'claims'>): Promise<AccessToken | Refusal>
}

/** Teams SSO: the host gives a token for the API that the app manifest names. It keeps that token until it expires. */
export function createSso(
  { authentication }: TeamsLibrary,
  scopes: readonly string[],
  arrived: (token: AccessToken) => void,
): Sso {
  const flights = new Map<string, Promise<AccessToken | Refusal>>()
  const answerOf = inOrder(arrived)

  async function ask(silent: boolean, claims: string | undefined): Promise<AccessToken | Refusal> {
    try {
      return tokenOf(await authentication.getAuthToken({ silent, ...(claims && { claims: [claims] }) }), scopes)
    } catch (cause) {
      return refusalOfHost(cause)
    }
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

function tokenOf(token: string, scopes: readonly string[]): AccessToken | Refusal {
  const claims = readClaims(token)
  const account = accountOf(claims)
  const expires = claims?.['exp']
  if (account && typeof expires === 'number' && Number.isFinite(expires))
    return { token, expiresOnTimestamp: expires * 1_000, scopes: [...scopes], account }
  return { refused: 'host_refused', message: 'The Microsoft 365 host gave something that is not an access token.' }
}
