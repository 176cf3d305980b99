// Whose API scopes and tokens are for. `aud` is the client ID in v2 tokens, and the Application ID URI in v1 tokens
// (Microsoft Learn, "Access token claims reference").

import type { Claims } from '../shared/claims.js'
import { openIdScope } from '../shared/validate.js'

/** The app's own API, another one, or one whose Application ID URI leaves that open. */
export type Owner = 'own' | 'foreign' | 'unknown'

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const microsoftGraph = /^https:\/\/(dod-)?graph\.microsoft\./
/** All permissions of an API that the app was granted. */
const EVERYTHING = '.default'

/** Whose API these scopes belong to, judged by their names. If one is foreign, all are. */
export function ownerOf(scopes: readonly string[], clientId: string): Owner {
  const owners = splitScopes(scopes).map(({ resource }) => ownerOfResource(resource, clientId))
  if (owners.includes('foreign')) return 'foreign'
  return owners.includes('unknown') ? 'unknown' : 'own'
}

/**
 * Whether a token is for these scopes, judged by its audience and permissions.
 *
 * Where the Application ID URI does not name the app, the token has to show that it belongs: by the same URI, or by being for
 * the app and having the permission.
 *
 * @param asked - the token was requested with these scopes, so that a foreign audience is the API that was meant, however it
 * writes that. Never so for Teams SSO: a host is asked without scopes.
 */
export function isTokenFor(claims: Claims, scopes: readonly string[], clientId: string, asked: boolean): boolean {
  const audience = normalized(claims['aud'])
  const isOwn = namesApp(audience, clientId)
  return splitScopes(scopes).every(({ resource, name }) => {
    const owner = ownerOfResource(resource, clientId)
    if (owner === 'own') return isOwn
    if (owner === 'foreign' || !isOwn) return !isOwn && (asked || (owner === 'unknown' && audience === resource))
    return hasPermission(claims, name)
  })
}

/** Whether the claims are of an access token for a user. The server checks the same (src/server/tokens/claims.ts). */
export function isUserToken({ scp, idtyp, ...claims }: Claims): boolean {
  const isOfApp = idtyp !== undefined && idtyp !== 'user'
  const isIdToken = 'nonce' in claims || 'at_hash' in claims || 'c_hash' in claims
  return typeof scp === 'string' && scp.trim() !== '' && !isOfApp && !isIdToken
}

/** `api://host/id/name` is `name` of the resource `api://host/id`; a name alone belongs to Microsoft Graph. */
function splitScopes(scopes: readonly string[]): { resource: string; name: string }[] {
  const named = scopes.filter((scope) => !openIdScope.test(scope))
  return named.map((scope) => {
    const end = scope.lastIndexOf('/')
    return { resource: normalized(scope.slice(0, Math.max(0, end))), name: scope.slice(end + 1).toLowerCase() }
  })
}

function ownerOfResource(resource: string, clientId: string): Owner {
  if (namesApp(resource, clientId)) return 'own'
  const isForeign = resource === '' || microsoftGraph.test(resource) || GUID.test(lastPart(resource))
  return isForeign ? 'foreign' : 'unknown'
}

function namesApp(resource: string, clientId: string): boolean {
  return lastPart(resource) === clientId.toLowerCase()
}

function lastPart(resource: string): string {
  return resource.slice(resource.lastIndexOf('/') + 1)
}

function hasPermission({ scp }: Claims, name: string): boolean {
  return name === EVERYTHING || `${scp}`.toLowerCase().split(' ').includes(name)
}

/** Entra ID ignores case and a slash at the end. */
function normalized(resource: unknown): string {
  return typeof resource === 'string' ? resource.toLowerCase().replace(/\/+$/, '') : ''
}
