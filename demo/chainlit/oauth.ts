// What Chainlit's own OAuth button needs and the emulator of Entra ID does not have: an app with a client secret, which
// sends no PKCE, and Microsoft Graph's `/me`.

import { createHash, randomBytes } from 'node:crypto'
import { authenticateRequest, createVerifier } from 'twodoor/server'
import type { EntraEmulator } from 'twodoor/testing'
import { type Listener, listen } from 'twodoor/testing/node'

/** Starts it in front of the emulator. `env` makes the generic OAuth provider of Chainlit use it. */
export async function startOAuth(entra: EntraEmulator): Promise<{ env: Record<string, string>; listener: Listener }> {
  const secret = randomBytes(24).toString('hex')
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const tokens = createVerifier(entra.verifierOptions())
  const endpoint = (name: string) => `${entra.url}/${entra.tenant}/oauth2/v2.0/${name}`

  function authorize({ searchParams }: URL): Response {
    const target = new URL(endpoint('authorize'))
    for (const [name, value] of searchParams) target.searchParams.set(name, value)
    target.searchParams.set('code_challenge', challenge)
    target.searchParams.set('code_challenge_method', 'S256')
    return Response.redirect(target, 302)
  }

  async function token(request: Request): Promise<Response> {
    const form = new URLSearchParams(await request.text())
    if (form.get('client_secret') !== secret) return Response.json({ error: 'invalid_client' }, { status: 401 })
    form.delete('client_secret')
    form.set('code_verifier', verifier)
    const headers = { origin: entra.url }
    return entra.handle(new Request(endpoint('token'), { method: 'POST', headers, body: form }))
  }

  async function me(request: Request): Promise<Response> {
    const { identity, refused } = await authenticateRequest(tokens, request)
    if (refused) return Response.json({ error: refused.code }, { status: refused.status })
    const user = entra.users.find(({ objectId }) => objectId === identity.objectId)
    return Response.json({ id: user?.objectId, displayName: user?.name, userPrincipalName: user?.username })
  }

  async function handle(request: Request): Promise<Response> {
    const url = new URL(request.url)
    if (request.headers.get('host') !== new URL(listener.url).host) return new Response(null, { status: 421 })
    if (request.method === 'GET' && url.pathname === '/authorize') return authorize(url)
    if (request.method === 'POST' && url.pathname === '/token') return token(request)
    if (request.method === 'GET' && url.pathname === '/me') return me(request)
    return new Response(null, { status: 404 })
  }

  const listener: Listener = await listen({ handle })
  const env = {
    OAUTH_GENERIC_NAME: 'microsoft',
    OAUTH_GENERIC_CLIENT_ID: entra.clientId,
    OAUTH_GENERIC_CLIENT_SECRET: secret,
    OAUTH_GENERIC_AUTH_URL: `${listener.url}/authorize`,
    OAUTH_GENERIC_TOKEN_URL: `${listener.url}/token`,
    OAUTH_GENERIC_USER_INFO_URL: `${listener.url}/me`,
    OAUTH_GENERIC_SCOPES: ['openid', 'profile', ...entra.scopes].join(' '),
    OAUTH_GENERIC_USER_IDENTIFIER: 'userPrincipalName',
  }
  return { env, listener }
}
