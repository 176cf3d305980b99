// The little of Microsoft Graph v1.0 that a sign-in needs: who has signed in, with their photo, and who others are.

import type { JWTPayload } from 'jose'
import type { Parts } from './parts.js'
import { GRAPH, GRAPH_ID } from './scopes.js'
import type { EntraUser, TenantNames } from './users.js'

const ME = '/v1.0/me'
const PATHS = /^\/v1\.0\/(?:me|users\/([^/]+))(\/photo\/\$value)?$/
const FOR_OTHERS = ['User.ReadBasic.All', 'User.Read.All']

/** See https://learn.microsoft.com/graph/api/user-get and https://learn.microsoft.com/graph/errors */
export async function answerGraph({ settings, keys }: Parts, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  const [, token = ''] = request.headers.get('authorization')?.match(/^Bearer +(\S+)$/i) ?? []
  const claims = await keys.verify(token, new Date(settings.now()))
  if (!claims || ![GRAPH, GRAPH_ID].includes(String(claims.aud))) return graphError(401, 'InvalidAuthenticationToken')
  const scopes = String(claims['scp']).split(' ')
  if (!scopes.some((each) => ['User.Read', ...FOR_OTHERS].includes(each)))
    return graphError(403, 'Authorization_RequestDenied')
  if (request.method !== 'GET') return graphError(405, 'Request_BadRequest')
  const [path, id, photo] = PATHS.exec(decoded(pathname)) ?? []
  if (path === undefined) return graphError(404, pathname.startsWith(ME) ? 'ImageNotFound' : 'Request_ResourceNotFound')
  const caller = settings.users.find((each) => isWhom(each, claims))
  const user = id === undefined ? caller : settings.users.find((each) => isCalled(each, id))
  if (!user) return graphError(404, 'Request_ResourceNotFound')
  if (user !== caller && !scopes.some((each) => FOR_OTHERS.includes(each)))
    return graphError(403, 'Authorization_RequestDenied')
  const oid = user === caller ? claims['oid'] : user.objectId
  return photo === undefined ? Response.json(profileOf(user, oid, settings)) : photoOf(user)
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function photoOf({ photo }: EntraUser): Response {
  const [, type = '', encoded = ''] = photo?.match(/^data:([^;]+);base64,(.*)$/) ?? []
  if (photo === undefined) return graphError(404, 'ImageNotFound')
  const bytes = Uint8Array.from(atob(encoded), (each) => each.charCodeAt(0))
  return new Response(bytes, { headers: { 'content-type': type } })
}

function graphError(status: number, code: string): Response {
  const headers = status === 401 ? { 'www-authenticate': `Bearer realm="", client_id="${GRAPH_ID}"` } : {}
  return Response.json({ error: { code, message: messages[code] } }, { status, headers })
}

const messages: Readonly<Record<string, string>> = {
  InvalidAuthenticationToken: 'Access token validation failure.',
  Authorization_RequestDenied: 'Insufficient privileges to complete the operation.',
  Request_BadRequest: 'Specified HTTP method is not allowed for the request target.',
  ImageNotFound: "The photo wasn't found.",
  Request_ResourceNotFound: 'Resource does not exist or one of its queried reference-property objects are not present.',
}

/** A guest is one user here and another one at home. */
function isWhom({ objectId, home }: EntraUser, { oid }: JWTPayload): boolean {
  return oid === objectId || oid === home?.objectId
}

/** By the object ID, or by the sign-in name. */
function isCalled({ objectId, username }: EntraUser, id: string): boolean {
  return [objectId, username].some((each) => each.toLowerCase() === id.toLowerCase())
}

function profileOf({ username, name, objectId, home }: EntraUser, oid: unknown, { domain }: TenantNames) {
  const [givenName = '', surname = ''] = name.split(' ')
  const isGuest = home !== undefined && oid === objectId
  return {
    '@odata.context': `${GRAPH}/v1.0/$metadata#users/$entity`,
    businessPhones: [],
    displayName: name,
    givenName,
    jobTitle: null,
    mail: username,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname,
    // A guest goes by another name than at home.
    userPrincipalName: isGuest ? `${username.replace('@', '_')}#EXT#@${domain}` : username,
    id: oid,
  }
}
