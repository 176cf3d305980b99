import type { JWTPayload } from 'jose'
import { versionOneIssuerOf } from '../../shared/clouds.js'
import { base64url } from '../base64url.js'
import { digest, halfDigest, randomText } from './random.js'
import { GRAPH, GRAPH_ID } from './scopes.js'
import type { EntraSettings } from './settings.js'
import type { EntraUser, TenantIdentity } from './users.js'

/** An ID token lives an hour, whatever the access token does. */
const ID_TOKEN_LIFETIME_S = 3600

/** Whose token it is. */
export interface Subject {
  readonly user: EntraUser
  readonly identity: TenantIdentity
  readonly sid?: string | undefined
}

/** What an access token is for. */
export interface Access {
  readonly version: 1 | 2
  /** The application ID URI of the API. */
  readonly resource: string
  readonly names: readonly string[]
  /** The client ID of the app that the token was issued to. */
  readonly authorizedParty: string
  /**
   * Whether that app proved that it is the one.
   *
   * @default no, as a page cannot
   */
  readonly confidential?: boolean
  readonly lifetimeSeconds: number
  readonly continuousAccess?: boolean
  readonly contexts?: readonly string[]
}

/** A v2.0 ID token. Like every token it has a `uti` of its own, so that no two are the same. */
export async function idTokenClaims(
  settings: EntraSettings,
  { user, identity, sid }: Subject,
  { nonce, code }: { readonly nonce?: string | undefined; readonly code?: string } = {},
): Promise<JWTPayload> {
  return {
    aud: settings.clientId,
    iss: emulatedIssuerOf(settings.url, identity.tenantId, 2),
    ...lifeOf(settings.now(), ID_TOKEN_LIFETIME_S),
    ...(await personClaims(user, identity, settings.clientId)),
    preferred_username: user.username,
    login_hint: loginHintOf(user),
    ver: '2.0',
    ...(nonce !== undefined && { nonce }),
    ...(code !== undefined && { c_hash: await halfDigest(code) }),
    ...(sid !== undefined && { sid }),
  }
}

/** An access token with delegated permissions, as version 1.0 or 2.0 has it. */
export async function accessTokenClaims(
  settings: EntraSettings,
  { user, identity, sid }: Subject,
  access: Access,
): Promise<JWTPayload> {
  const { version, resource, authorizedParty, confidential } = access
  const client: Client = { id: authorizedParty, proof: confidential ? '1' : '0' }
  return {
    aud: audienceOf(resource, version, settings.clientId),
    iss: emulatedIssuerOf(settings.url, identity.tenantId, version),
    ...lifeOf(settings.now(), access.lifetimeSeconds),
    ...(await personClaims(user, identity, settings.clientId)),
    ...(version === 1 ? versionOneClaims(user, client) : versionTwoClaims(user, client)),
    scp: access.names.join(' '),
    ...(sid !== undefined && { sid }),
    ...(access.continuousAccess && { xms_cc: ['CP1'] }),
    ...(access.contexts?.length && { acrs: access.contexts }),
  }
}

/** A token of an application on its own, without a user. An API for users must refuse it. */
export function appOnlyClaims(settings: EntraSettings, access: Access): JWTPayload {
  const { version, authorizedParty } = access
  const principal = 'b0000000-0000-4000-8000-000000000001'
  return {
    aud: audienceOf(access.resource, version, settings.clientId),
    iss: emulatedIssuerOf(settings.url, settings.tenant, version),
    ...lifeOf(settings.now(), access.lifetimeSeconds),
    ...(version === 1 ? { appid: authorizedParty, appidacr: '1' } : { azp: authorizedParty, azpacr: '1' }),
    oid: principal,
    sub: principal,
    tid: settings.tenant,
    idtyp: 'app',
    roles: settings.daemonRoles.length > 0 ? settings.daemonRoles : ['access_as_application'],
    uti: randomText(16),
    ver: `${version}.0`,
  }
}

/** Version 1.0 tokens of Microsoft's own clouds have an issuer on another host. Elsewhere it is that of the emulator. */
export function emulatedIssuerOf(url: string, tenantId: string, version: 1 | 2): string {
  if (version === 2) return `${url}/${tenantId}/v2.0`
  return `${versionOneIssuerOf(url)}/${tenantId}/`
}

/** Version 1.0 names the API by its URI, version 2.0 by its client ID. */
export function audienceOf(resource: string, version: 1 | 2, clientId: string): string {
  if (resource === GRAPH) return version === 1 ? GRAPH : GRAPH_ID
  return version === 1 ? resource : clientId
}

const LOGIN_HINT_PREFIX = 'O.'

/** The opaque hint of the `login_hint` claim, which MSAL sends back as `login_hint` and `logout_hint`. */
export function loginHintOf(user: EntraUser): string {
  return LOGIN_HINT_PREFIX + base64url.encode(user.username)
}

/** The sign-in name in a hint: an opaque one, or the name itself. */
export function usernameOf(hint: string | undefined): string | undefined {
  if (!hint?.startsWith(LOGIN_HINT_PREFIX)) return hint || undefined
  try {
    return new TextDecoder().decode(base64url.decode(hint.slice(LOGIN_HINT_PREFIX.length)))
  } catch {
    return hint
  }
}

/** Who the user is at home: MSAL makes its `homeAccountId` of it. */
export function clientInfoOf(user: EntraUser, identity: TenantIdentity): string {
  const { objectId: uid, tenantId: utid } = user.home ?? identity
  return base64url.encode(JSON.stringify({ uid, utid }))
}

async function personClaims(user: EntraUser, identity: TenantIdentity, clientId: string): Promise<JWTPayload> {
  const { tenantId, objectId, guestOf } = identity
  return {
    name: user.name,
    oid: objectId,
    tid: tenantId,
    sub: await digest(`${objectId} ${clientId}`),
    rh: '0.emulator.',
    uti: randomText(16),
    ...(guestOf && { idp: `https://sts.windows.net/${guestOf}/` }),
    ...(user.roles?.length && { roles: user.roles }),
    ...groupClaims(user, objectId),
  }
}

const MOST_GROUPS = 200

/** See https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference, "Groups overage claim". */
function groupClaims({ groups = [] }: EntraUser, objectId: string): JWTPayload {
  if (groups.length === 0) return {}
  if (groups.length <= MOST_GROUPS) return { groups }
  const endpoint = `${GRAPH}/v1.0/users/${objectId}/getMemberObjects`
  return { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint } } }
}

/** The app, and how it proved that it is the one: not at all, or with a secret. */
type Client = { readonly id: string; readonly proof: '0' | '1' }

function versionOneClaims(user: EntraUser, { id, proof }: Client): JWTPayload {
  // A guest has no `upn` here unless an administrator adds it.
  const names = user.home ? { email: user.username } : { upn: user.username }
  return { appid: id, appidacr: proof, acr: '1', amr: ['pwd'], unique_name: user.username, ...names, ver: '1.0' }
}

function versionTwoClaims(user: EntraUser, { id, proof }: Client): JWTPayload {
  return { azp: id, azpacr: proof, preferred_username: user.username, ver: '2.0' }
}

/** A token that has already expired was issued before. */
function lifeOf(now: number, lifetimeSeconds: number): { iat: number; nbf: number; exp: number } {
  const exp = Math.floor(now / 1000 + lifetimeSeconds)
  const iat = Math.min(Math.floor(now / 1000), exp - 1)
  return { iat, nbf: iat, exp }
}
