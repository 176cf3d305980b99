import type { MintToken, TokenMintRequest } from './mint.js'
import { textOf, textsOf } from './wire.js'

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
  if (typeof body !== 'object' || body === null) return undefined
  const { user, clientId, scopes, claims, authorizedParty, purpose } = body as Record<string, unknown>
  if (typeof user !== 'object' || user === null) return undefined
  const { tenantId, objectId, username, name, loginHint } = user as Record<string, unknown>
  const texts = [tenantId, objectId, username, clientId, authorizedParty]
  if (!texts.every((each) => typeof each === 'string') || (purpose !== 'sso' && purpose !== 'nested')) return undefined
  const [tenant, object, sign, client, party] = texts as [string, string, string, string, string]
  const challenge = textOf(claims)
  return {
    user: { tenantId: tenant, objectId: object, username: sign, name: textOf(name), loginHint: textOf(loginHint) },
    clientId: client,
    authorizedParty: party,
    purpose,
    ...(Array.isArray(scopes) && { scopes: textsOf(scopes) }),
    ...(challenge !== undefined && { claims: challenge }),
  }
}
