// The little of Microsoft Graph v1.0 that a sign-in needs: who has signed in.

import type { JWTPayload } from 'jose'
import type { Parts } from './parts.js'
import { GRAPH, GRAPH_ID } from './scopes.js'
import type { EntraUser, TenantNames } from './users.js'

const ME = '/v1.0/me'

/** See https://learn.microsoft.com/graph/api/user-get and https://learn.microsoft.com/graph/errors */
export async function answerGraph({ settings, keys }: Parts, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  const [, token = ''] = request.headers.get('authorization')?.match(/^Bearer +(\S+)$/i) ?? []
  const claims = await keys.verify(token, new Date(settings.now()))
  if (!claims || ![GRAPH, GRAPH_ID].includes(String(claims.aud))) return graphError(401, 'InvalidAuthenticationToken')
  if (!String(claims['scp']).split(' ').includes('User.Read')) return graphError(403, 'Authorization_RequestDenied')
  if (request.method !== 'GET') return graphError(405, 'Request_BadRequest')
  if (pathname.startsWith(`${ME}/photo`)) return graphError(404, 'ImageNotFound')
  const user = settings.users.find((each) => isWhom(each, claims))
  return pathname === ME && user
    ? Response.json(me(user, claims, settings))
    : graphError(404, 'Request_ResourceNotFound')
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

function me({ username, name, objectId, home }: EntraUser, { oid }: JWTPayload, { domain }: TenantNames) {
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
