import type { AuthenticationResult, CacheLookupPolicy, Configuration, INetworkModule } from '@azure/msal-browser'
import { accountOf, type Claims, readClaims } from '../../claims.js'
import type { Settings } from '../../options.js'
import { canBeFor, isForUser, ownerOf } from '../audience.js'
import type { AccessToken, Refusal } from '../source.js'

export type MsalLibrary = typeof import('./library.js')

const PUBLIC_CLOUD = 'https://login.microsoftonline.com'
/** MSAL sets no deadline on its requests. */
const REQUEST_DEADLINE_MS = 20_000
/** `CacheLookupPolicy.AccessTokenAndRefreshToken`: never a hidden iframe, which third-party cookie rules break. */
export const NO_IFRAME: CacheLookupPolicy & 2 = 2

/** MSAL's configuration: ours, with the app's `browser.msal` merged into it. */
export function configurationOf(settings: Settings, nativeFetch: typeof fetch): Configuration {
  const own: Configuration = {
    auth: {
      clientId: settings.clientId,
      authority: `${settings.authority}/${settings.tenant}`,
      // Without this MSAL first asks Microsoft whether such an authority exists. Its own it knows, with their aliases.
      ...(settings.authority !== PUBLIC_CLOUD && { knownAuthorities: [new URL(settings.authority).host] }),
      redirectUri: settings.redirectUri,
      postLogoutRedirectUri: settings.postLogoutRedirectUri,
    },
    cache: { cacheLocation: settings.cacheLocation },
    system: { networkClient: createNetworkClient(nativeFetch) },
  }
  return mergeDeeply(own, settings.msal)
}

/** What MSAL was asked for, and who answers it. */
export interface Asked {
  readonly scopes: readonly string[]
  readonly clientId: string
  readonly giver: 'host' | 'entra'
}

/** A result of MSAL's as our token, or a refusal if it is no access token for these scopes that names a user. */
export function tokenOf(result: AuthenticationResult, asked: Asked): AccessToken | Refusal {
  const { accessToken, expiresOn, scopes } = result
  // The server sees the access token. Those of other APIs can be opaque; then the ID token names the account.
  const claims = readClaims(accessToken)
  const account = accountOf(claims) ?? accountOf(result.idTokenClaims as Record<string, unknown>)
  if (!account || !accessToken || !expiresOn)
    return { refused: 'unavailable', message: 'Entra ID gave no access token.' }
  if (claims && !isAccessTokenFor(claims, asked)) {
    const message = 'Something else came instead of an access token of a user for these scopes.'
    return { refused: asked.giver === 'host' ? 'host_refused' : 'token_rejected', message }
  }
  return { token: accessToken, expiresOnTimestamp: expiresOn.getTime(), scopes, account }
}

/** What is inside of the tokens of other APIs is their business, as long as they are not those of the app's own. */
function isAccessTokenFor(claims: Claims, { scopes, clientId }: Asked): boolean {
  return canBeFor(claims, scopes, clientId) && (ownerOf(scopes, clientId) === 'foreign' || isForUser(claims))
}

/**
 * Sends MSAL's requests by the `fetch` that the page had before anybody patched it. Through a patched one that waits
 * for a token, the request for that token would wait for itself.
 */
function createNetworkClient(nativeFetch: typeof fetch): INetworkModule {
  async function send<T>(method: string, url: string, headers?: Record<string, string>, body?: string) {
    const signal = AbortSignal.timeout(REQUEST_DEADLINE_MS)
    const request = { method, signal, ...(headers && { headers }), ...(body !== undefined && { body }) }
    // One more try, as MSAL's own client makes, where the connection broke and not where the time was up.
    const response = await nativeFetch(url, request).catch((error: unknown) => {
      if (signal.aborted) throw error
      return nativeFetch(url, request)
    })
    const parsed = (await response.json()) as T
    return { status: response.status, headers: Object.fromEntries(response.headers), body: asObject(parsed) }
  }
  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options?.headers),
    sendPostRequestAsync: (url, options) => send('POST', url, options?.headers, options?.body),
  }
}

/** MSAL writes into the body it is given and fails obscurely with anything but an object. */
function asObject<T>(body: T): T {
  if (typeof body !== 'object' || body === null) throw new TypeError('The answer is not a JSON object.')
  return body
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
