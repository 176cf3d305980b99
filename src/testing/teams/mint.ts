import type { TeamsSettings, TeamsUser } from './settings.js'

/** What the host asks Entra ID for. */
export interface TokenMintRequest {
  readonly user: TeamsUser
  /** The app that the token is for: `webApplicationInfo.id` of the manifest, or the client of nested app auth. */
  readonly clientId: string
  /**
   * The scopes.
   *
   * @default what the app exposes to hosts, `access_as_user` as a rule
   */
  readonly scopes?: readonly string[]
  /** A claims challenge, as JSON text. */
  readonly claims?: string
  /** The `azp` of the token: the client ID of the host for Teams SSO, the app's own for nested app auth. */
  readonly authorizedParty: string
  readonly purpose: 'sso' | 'nested'
  /**
   * The user has just consented to the scopes, in a dialog of the host.
   *
   * @default false
   */
  readonly consented?: boolean
  /**
   * The user has just given a second factor, in a window of the host.
   *
   * @default false
   */
  readonly secondFactor?: boolean
}

export interface MintedToken {
  readonly token: string
  readonly expiresInSeconds: number
  /**
   * The ID token, for nested app auth. MSAL decodes it and checks no signature.
   *
   * @default an unsigned one that names the user
   */
  readonly idToken?: string | undefined
  /**
   * What was granted.
   *
   * @default what was asked for
   */
  readonly scopes?: readonly string[] | undefined
}

/** Why Entra ID gives no token, in the words of OAuth: `interaction_required`, `consent_required`, `invalid_grant`… */
export interface MintRefusal {
  readonly error: string
  readonly subError?: string | undefined
  readonly description?: string | undefined
}

/** Where the host gets its tokens from. A rejection stands for a network failure. */
export type MintToken = (request: TokenMintRequest) => Promise<MintedToken | MintRefusal>

export function isMintRefusal(answer: MintedToken | MintRefusal): answer is MintRefusal {
  return 'error' in answer
}

/**
 * Gets tokens from an endpoint: `POST url` with a {@link TokenMintRequest} as JSON, answered by a {@link MintedToken}
 * or, with any status, a {@link MintRefusal}.
 *
 * @param fetch default: the page's own
 */
export function fetchMint(url: string, fetch: typeof globalThis.fetch = (...request) => globalThis.fetch(...request)) {
  return async (request: TokenMintRequest): Promise<MintedToken | MintRefusal> => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(request) })
    const answer: unknown = await response.json()
    if (isMintAnswer(answer)) return answer
    throw new TypeError(`The mint at ${new URL(response.url || url).origin} gave something that is not a token.`)
  }
}

function isMintAnswer(answer: unknown): answer is MintedToken | MintRefusal {
  if (typeof answer !== 'object' || answer === null) return false
  const { token, expiresInSeconds, error } = answer as Record<string, unknown>
  return typeof error === 'string' || (typeof token === 'string' && typeof expiresInSeconds === 'number')
}

// Microsoft Learn, "Enable SSO for tab app": the hosts that an app registration pre-authorizes.
const TEAMS_WEB = '5e3ce6c0-2b1f-4285-8d4b-75ee78787346'
const TEAMS_APPS = '1fec8e78-bce4-4aaf-ab1b-5451cc387264'
const OUTLOOK_WEB = 'bc59ab01-8403-45c6-8796-ac3ef710b3e3'
const OUTLOOK_DESKTOP = 'd3590ed6-52b3-4102-aeff-aad2292ab01c'
const OUTLOOK_MOBILE = '27922004-5251-4030-b22d-91ecd9a37ea4'
const MICROSOFT_365_WEB = '4765445b-32c6-49b0-83e6-1d93765276ca'
const MICROSOFT_365_DESKTOP = '0ec893e0-5785-4de6-99da-4ed124e5296c'
const MICROSOFT_365_MOBILE = 'd3590ed6-52b3-4102-aeff-aad2292ab01c'

/** The client ID that a host gets its tokens with. */
export function hostClientId({ hostName, clientType }: TeamsSettings): string {
  const [web, desktop, mobile] = clientIdsOf(hostName)
  if (clientType === 'web') return web
  return clientType === 'desktop' ? desktop : mobile
}

function clientIdsOf(hostName: string): readonly [web: string, desktop: string, mobile: string] {
  if (hostName.startsWith('Outlook')) return [OUTLOOK_WEB, OUTLOOK_DESKTOP, OUTLOOK_MOBILE]
  if (hostName === 'Office') return [MICROSOFT_365_WEB, MICROSOFT_365_DESKTOP, MICROSOFT_365_MOBILE]
  return [TEAMS_WEB, TEAMS_APPS, TEAMS_APPS]
}
