import type {
  AuthenticationResult,
  CacheLookupPolicy,
  Configuration,
  IPublicClientApplication,
  SilentRequest,
} from '@azure/msal-browser'
import type { Settings } from '../../settings.js'
import { accountOf, type Claims, readClaims } from '../../shared/claims.js'
import { DEFAULT_AUTHORITY } from '../../shared/origins.js'
import type { AccountReader } from '../account-claims.js'
import { isTokenFor, isUserToken, ownerOf } from '../audience.js'
import type { AccessToken, Refusal } from '../source.js'
import { createNetworkClient } from './network.js'
import { isStorageFull } from './refusals.js'

export type MsalLibrary = typeof import('./library.js')

/** What a client is opened with, whoever made it. */
export interface ClientContext {
  readonly library: MsalLibrary
  readonly settings: Settings
  readonly window: Window
  readonly nativeFetch: typeof fetch
  readonly disposed: AbortSignal
  /** Called when the app has signed in or out with its own client, or may have. */
  onAppChange(hasSignedIn: boolean): void
}

/** `CacheLookupPolicy.AccessTokenAndRefreshToken`: never a hidden iframe, which third-party cookie rules break. */
export const NO_IFRAME: CacheLookupPolicy & 2 = 2

/** MSAL's configuration: ours, with the app's `browser.msal` merged into it. */
export function configurationOf(settings: Settings, nativeFetch: typeof fetch): Configuration {
  const own: Configuration = {
    auth: {
      clientId: settings.clientId,
      authority: `${settings.authority}/${settings.tenant}`,
      // Without this MSAL first asks Microsoft whether such an authority exists. Its own it knows, with their aliases.
      ...(settings.authority !== DEFAULT_AUTHORITY && { knownAuthorities: [new URL(settings.authority).host] }),
      redirectUri: settings.redirectUri,
      postLogoutRedirectUri: settings.postLogoutRedirectUri,
      ...(settings.clientCapabilities && { clientCapabilities: settings.clientCapabilities }),
    },
    cache: { cacheLocation: settings.cacheLocation },
    system: { networkClient: createNetworkClient(nativeFetch) },
  }
  return mergeDeeply(own, settings.msal)
}

/** What MSAL was asked for, and where the token comes from. */
export interface ExpectedToken {
  readonly scopes: readonly string[]
  readonly clientId: string
  readonly from: 'host' | 'entra'
  readonly accounts: AccountReader
}

/** The token of a result, or a refusal if it is no access token of a user for these scopes. */
export function tokenOfResult(result: AuthenticationResult, expected: ExpectedToken): AccessToken | Refusal {
  const { accessToken, expiresOn, scopes } = result
  // The server sees the access token. Those of other APIs can be opaque; then the ID token names the account.
  const claims = readClaims(accessToken)
  const idClaims = result.idTokenClaims as Claims
  const account = accountOf(claims) ?? accountOf(idClaims)
  if (!account || !accessToken || !expiresOn)
    return { refused: 'unavailable', message: 'Entra ID gave no access token.' }
  if (claims && !isAccessTokenFor(claims, expected))
    return { refused: expected.from === 'host' ? 'host_refused' : 'token_rejected', why: 'token_of_other' }
  const isForeign = ownerOf(expected.scopes, expected.clientId) === 'foreign'
  const complete = expected.accounts.complete(account, isForeign ? undefined : claims, idClaims)
  return { token: accessToken, expiresOnTimestamp: expiresOn.getTime(), scopes, account: complete }
}

/** The tokens of other APIs may look as they like, as long as they are not for the app's own API. */
function isAccessTokenFor(claims: Claims, { scopes, clientId }: ExpectedToken): boolean {
  return isTokenFor(claims, scopes, clientId, true) && (ownerOf(scopes, clientId) === 'foreign' || isUserToken(claims))
}

/** What MSAL shall still store where storage is full: first it leaves out what a refresh token can bring back. */
const REDUCED_CACHING = [
  { accessToken: false, idToken: false, refreshToken: true },
  { accessToken: false, idToken: false, refreshToken: false },
]

/**
 * A token without interaction. Where storage is full MSAL gets the token and then throws: it is asked again, and told to store
 * less. The page goes on with the token in memory.
 */
export async function acquireSilently(
  client: Pick<IPublicClientApplication, 'acquireTokenSilent'>,
  request: SilentRequest,
  [less, ...rest] = REDUCED_CACHING,
): Promise<AuthenticationResult> {
  try {
    return await client.acquireTokenSilent(request)
  } catch (cause) {
    if (!less || !isStorageFull(cause)) throw cause
    return acquireSilently(client, { ...request, storeInCache: less }, rest)
  }
}

function mergeDeeply<T extends object>(base: T, extra: object): T {
  const merged = { ...base } as Record<string, unknown>
  for (const [name, value] of Object.entries(extra)) {
    const own = merged[name]
    merged[name] = isPlainObject(own) && isPlainObject(value) ? mergeDeeply(own, value) : value
  }
  return merged as T
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
