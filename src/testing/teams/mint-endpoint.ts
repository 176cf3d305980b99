import type { MintToken, TokenMintRequest } from './mint.js'
import type { TeamsUser } from './settings.js'
import { nonEmptyText, recordOf, textsOf } from './wire.js'

const jsonHeaders = { 'content-type': 'application/json', 'cache-control': 'no-store' }

/**
 * The other end of `fetchMint`: a web-standard handler that answers `POST` with what `mint` gives.
 *
 * @param origins the pages of emulated hosts that may ask from another origin. Default: none
 */
export function createMintEndpoint(mint: MintToken, origins: readonly string[] = []) {
  return async (request: Request): Promise<Response> => {
    const origin = request.headers.get('origin')
    const isForeign = origin !== null && origin !== new URL(request.url).origin
    if (isForeign && !origins.includes(origin)) return new Response(null, { status: 403 })
    const headers = isForeign ? { ...jsonHeaders, ...corsHeaders(origin) } : jsonHeaders
    if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers })
    if (request.method !== 'POST') return new Response(null, { status: 405, headers: { ...headers, allow: 'POST' } })
    const asked = readMintRequest(await request.json().catch(() => undefined))
    if (!asked) return Response.json({ error: 'invalid_request' }, { status: 400, headers })
    return Response.json(await mint(asked), { headers })
  }
}

function corsHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'content-type',
    vary: 'origin',
  }
}

function readMintRequest(body: unknown): TokenMintRequest | undefined {
  const { user: given, clientId, scopes, claims, authorizedParty, purpose, consented, secondFactor } = recordOf(body)
  const user = readUser(given)
  if (!user || typeof clientId !== 'string' || typeof authorizedParty !== 'string') return undefined
  if (purpose !== 'sso' && purpose !== 'nested') return undefined
  const challenge = nonEmptyText(claims)
  return {
    user,
    clientId,
    authorizedParty,
    purpose,
    ...(Array.isArray(scopes) && { scopes: textsOf(scopes) }),
    ...(challenge !== undefined && { claims: challenge }),
    ...(consented === true && { consented }),
    ...(secondFactor === true && { secondFactor }),
  }
}

function readUser(given: unknown): TeamsUser | undefined {
  const { tenantId, objectId, username, name, loginHint } = recordOf(given)
  if (typeof tenantId !== 'string' || typeof objectId !== 'string' || typeof username !== 'string') return undefined
  return { tenantId, objectId, username, name: nonEmptyText(name), loginHint: nonEmptyText(loginHint) }
}
