// Whose API scopes and tokens are for. `aud` is the client ID in v2 tokens, and the Application ID URI in v1 tokens
// (Microsoft Learn, "Access token claims reference").

import type { Claims } from '../shared/claims.js'
import { openIdScope } from '../shared/validate.js'

/** Of the app's own API, of another one, or of one whose Application ID URI does not tell. */
export type Owner = 'own' | 'foreign' | 'unknown'

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const microsoftGraph = /^https:\/\/(dod-)?graph\.microsoft\./
/** All permissions of an API that the app was granted. */
const EVERYTHING = '.default'

/** Whose API these scopes are of, as far as their names tell. One that is foreign makes all of them foreign. */
export function ownerOf(scopes: readonly string[], clientId: string): Owner {
  const owners = apiScopes(scopes).map(({ resource }) => ownerOfResource(resource, clientId))
  if (owners.includes('foreign')) return 'foreign'
  return owners.includes('unknown') ? 'unknown' : 'own'
}

/**
 * Whether a token is one for these scopes, as far as can be told.
 *
 * Where the Application ID URI does not name the app, the token does: by the same URI, or by being the app's own and
 * having the permission. With `asked` it was asked for by these scopes, so that one for somebody else is the one of the
 * API that was meant, however that writes its audience. The one of Teams SSO never is: nobody names scopes to a host.
 */
export function isFor(claims: Claims, scopes: readonly string[], clientId: string, asked: boolean): boolean {
  const audience = normalized(claims['aud'])
  const isOwn = namesApp(audience, clientId)
  return apiScopes(scopes).every(({ resource, name }) => {
    const owner = ownerOfResource(resource, clientId)
    if (owner === 'own') return isOwn
    if (owner === 'foreign' || !isOwn) return !isOwn && (asked || (owner === 'unknown' && audience === resource))
    return hasPermission(claims, name)
  })
}

/** Whether claims are those of an access token that speaks for a user: as the server asks, in src/server/tokens/claims.ts. */
export function isForUser({ scp, idtyp, ...claims }: Claims): boolean {
  const isOfApp = idtyp !== undefined && idtyp !== 'user'
  const isIdToken = 'nonce' in claims || 'at_hash' in claims || 'c_hash' in claims
  return typeof scp === 'string' && scp.trim() !== '' && !isOfApp && !isIdToken
}

/** `api://host/id/name` is `name` of `api://host/id`; a name alone belongs to Microsoft Graph. */
function apiScopes(scopes: readonly string[]): { resource: string; name: string }[] {
  const named = scopes.filter((scope) => !openIdScope.test(scope))
  return named.map((scope) => {
    const end = scope.lastIndexOf('/')
    return { resource: normalized(scope.slice(0, Math.max(0, end))), name: scope.slice(end + 1).toLowerCase() }
  })
}

function ownerOfResource(resource: string, clientId: string): Owner {
  if (namesApp(resource, clientId)) return 'own'
  const isForeign = resource === '' || microsoftGraph.test(resource) || guid.test(lastPart(resource))
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

/** Entra ID compares without regard to case and to a slash at the end. */
function normalized(resource: unknown): string {
  return typeof resource === 'string' ? resource.toLowerCase().replace(/\/+$/, '') : ''
}
