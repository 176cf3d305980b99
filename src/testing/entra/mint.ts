import type { JWTPayload } from 'jose'
import { GRAPH, grantableOf } from './scopes.js'
import { checkMembers, type EntraSettings, invalid } from './settings.js'
import { accessTokenClaims, appOnlyClaims, idTokenClaims } from './tokens.js'
import { type EntraUser, identityAt, mustFindUser } from './users.js'

/** What to change of an ordinary access token of the emulated app. */
export interface MintOptions {
  /**
   * `id`: an ID token. `app-only`: a token without a user. An API must refuse both.
   *
   * @default access
   */
  readonly kind?: 'access' | 'id' | 'app-only' | undefined
  /**
   * The client ID of the app that the token is for.
   *
   * @default the emulated app
   */
  readonly clientId?: string | undefined
  /**
   * Scopes of one API, in their long form.
   *
   * @default those of the emulator
   */
  readonly scopes?: readonly string[] | undefined
  /**
   * The `aud` claim.
   *
   * @default what belongs to the scopes and the version
   */
  readonly audience?: string | undefined
  /**
   * Seconds until it expires, negative for a token that has expired.
   *
   * @default the lifetime of access tokens
   */
  readonly expiresInSeconds?: number | undefined
  /**
   * The version of the token.
   *
   * @default that of the emulator
   */
  readonly version?: 1 | 2 | undefined
  /**
   * The client that the token was issued to, in `azp` or `appid`. Teams SSO has that of the host there:
   * `5e3ce6c0-2b1f-4285-8d4b-75ee78787346` for Teams on the web, `1fec8e78-bce4-4aaf-ab1b-5451cc387264` for Teams on
   * desktop and mobile.
   *
   * @default the app
   */
  readonly authorizedParty?: string | undefined
  /** Claims to add or to overwrite; `undefined` takes one out. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
}

const mintOptionNames = 'kind clientId scopes audience expiresInSeconds version authorizedParty claims'.split(' ')

/** @throws {AuthError} `config_invalid` */
export async function mintedClaims(
  settings: EntraSettings,
  user: EntraUser | string,
  options: MintOptions,
): Promise<JWTPayload> {
  checkMembers(options, 'options', mintOptionNames)
  const claims = { ...(await claimsOf(settings, mustFindUser(user, settings.users), options)), ...options.claims }
  if (options.audience !== undefined) claims['aud'] = options.audience
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
}

/** The same API as another app has it, which has another Application ID URI. */
function resourceForClient(resource: string, own: string, clientId: string): string {
  if (resource === GRAPH || clientId === own) return resource
  return resource.includes(own) ? resource.replace(own, clientId) : `api://${clientId}`
}

async function claimsOf(settings: EntraSettings, user: EntraUser, options: MintOptions): Promise<JWTPayload> {
  const { kind = 'access', clientId = settings.clientId, version = settings.accessTokenVersion } = options
  const own = { ...settings, clientId }
  const identity = identityAt(settings.tenant, user, settings)
  const grantable = grantableOf(options.scopes ?? settings.scopes.slice(0, 1), settings)
  if ('code' in grantable || !identity)
    throw invalid('scopes', options.scopes?.join(' '), 'scopes of one API of the emulator', `${settings.scopes}`)
  const access = {
    version,
    resource: resourceForClient(grantable.resource, settings.clientId, clientId),
    names: grantable.names,
    authorizedParty: options.authorizedParty ?? clientId,
    lifetimeSeconds: options.expiresInSeconds ?? settings.lifetimes.accessToken,
  }
  switch (kind) {
    case 'access':
      return accessTokenClaims(own, { user, identity }, access)
    case 'id':
      return idTokenClaims(own, { user, identity })
    case 'app-only':
      return appOnlyClaims(own, access)
    default:
      throw invalid('kind', kind, 'access, id or app-only', 'access')
  }
}
