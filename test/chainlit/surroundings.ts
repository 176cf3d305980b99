// What stands around Chainlit: Entra ID, Teams, and whatever else its page and its server ask for.

import {
  createEntraEmulator,
  createMintEndpoint,
  defaultUsers,
  type EntraEmulator,
  entraMint,
} from '../../src/testing/index.js'
import { html } from '../e2e/doors.js'
import type { Site } from '../e2e/world.js'

export const chatOrigin = 'https://chat.contoso.example'
export const teamsOrigin = 'https://teams.microsoft.com'
const CLIENT_ID = 'c1111111-2222-4333-8444-555555555555'
export const CLIENT_SECRET = 'the client secret of these tests'
const PROVIDERS = ['azure-ad', 'azure-ad-hybrid']

/**
 * @param base the path that the chat is below
 * @param redirectUris of other pages that sign in with the same app registration
 */
export function createEntra(base: string, redirectUris: readonly string[] = []): Promise<EntraEmulator> {
  return createEntraEmulator({
    clientId: CLIENT_ID,
    scopes: [`api://chat.contoso.example/${CLIENT_ID}/access_as_user`],
    redirectUris: [`${chatOrigin}${base}/`, ...redirectUris],
    users: defaultUsers.map((user, i) => (i === 0 ? { ...user, roles: ['Chat.User'] } : user)),
    web: {
      redirectUris: PROVIDERS.map((provider) => `${chatOrigin}${base}/auth/oauth/${provider}/callback`),
      clientSecret: CLIENT_SECRET,
    },
  })
}

/** @param script the page of the host, from pages/teams.ts */
export function sitesAround(
  chat: Site,
  entra: EntraEmulator,
  script: string,
  more: Readonly<Record<string, Site>> = {},
): Record<string, Site> {
  const mint = createMintEndpoint(entraMint(entra))
  const host = async (request: Request): Promise<Response> => {
    if (new URL(request.url).pathname === '/mint') return mint(request)
    return html(`<title>Host</title><style>iframe{width:100%;height:90vh}</style><body><script>${script}</script>`)
  }
  const everybody = { 'access-control-allow-origin': '*' }
  return {
    'chat.contoso.example': chat,
    'login.microsoftonline.com': (request) => entra.handle(request),
    'graph.microsoft.com': (request) => entra.handleGraph(request),
    'teams.microsoft.com': host,
    'outlook.office.com': host,
    'evil.example': host,
    'elsewhere.example': () => new Response('', { headers: everybody }),
    // teams-js asks for the newest list of domains; what it has built in is enough.
    'res.cdn.office.net': () => Response.json({ validOrigins: [] }, { headers: everybody }),
    // Chainlit's page asks for a font and for the style of formulas.
    'fonts.googleapis.com': () => new Response('', { headers: { 'content-type': 'text/css' } }),
    'cdn.jsdelivr.net': () => new Response('', { headers: { 'content-type': 'text/css' } }),
    ...more,
  }
}

export type OAuthProvider = 'azure-ad' | 'azure-ad-hybrid'

/** Chainlit's own OAuth login, by one of its providers. Chainlit shows a button for each provider that it finds. */
export function oauthEnvironment(entra: EntraEmulator, provider: OAuthProvider): Record<string, string> {
  const prefix = `OAUTH_${provider.replaceAll('-', '_').toUpperCase()}`
  return {
    [`${prefix}_CLIENT_ID`]: entra.clientId,
    [`${prefix}_CLIENT_SECRET`]: CLIENT_SECRET,
    [`${prefix}_TENANT_ID`]: entra.tenant,
    [`${prefix}_ENABLE_SINGLE_TENANT`]: 'true',
  }
}

/** What the apps of these tests want to know, and that of the demo. */
export function appEnvironment({ clientId, tenant }: EntraEmulator): Record<string, string> {
  const demo = { TWODOOR_CLIENT_ID: clientId, TWODOOR_TENANTS: tenant, TWODOOR_PUBLIC_ORIGIN: chatOrigin }
  return { ENTRA_CLIENT_ID: clientId, ENTRA_TENANT_ID: tenant, PUBLIC_ORIGIN: chatOrigin, ...demo }
}

/** Everything that Python sends goes to the world, and must find its certificate. The path is that of the app's folder. */
export function networkEnvironment(proxy: string): Record<string, string> {
  const proxies = { HTTPS_PROXY: proxy, HTTP_PROXY: proxy, https_proxy: proxy, http_proxy: proxy, NO_PROXY: '' }
  return { ...proxies, SSL_CERT_FILE: 'world.pem', REQUESTS_CA_BUNDLE: 'world.pem' }
}

/** What `custom_js_attributes` should be. */
export function attributesFor({ clientId, tenant, scopes }: EntraEmulator): string {
  return `defer data-client-id="${clientId}" data-tenant="${tenant}" data-scope="${scopes[0]}"`
}
