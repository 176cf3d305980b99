import { jsonReply, type Reply } from './answers.js'
import type { EntraCall } from './call.js'
import type { Keys } from './keys.js'
import type { EntraSettings } from './settings.js'
import { emulatedIssuerOf } from './tokens.js'

/** OpenID Connect Discovery 1.0, and the instance discovery by which MSAL asks whether an authority is Microsoft's. */
export function answerDiscovery(settings: EntraSettings, call: EntraCall): Reply {
  if (call.path.endsWith('/discovery/instance')) return instanceDiscovery(settings, call)
  const version = call.path.includes('/v2.0/') ? 2 : 1
  return jsonReply(call, 200, metadataOf(settings, call.authority, version))
}

export async function answerKeys(keys: Keys, call: EntraCall): Promise<Reply> {
  return jsonReply(call, 200, { keys: await keys.published() })
}

/** What an app needs to know of an authority. MSAL takes it as `authorityMetadata` too. */
export function metadataOf({ url, tenant, domain, web }: EntraSettings, authority: string, version: 1 | 2 = 2) {
  const base = `${url}/${authority}`
  const isForEverybody = authority === 'common' || authority === 'organizations'
  const tenantId = authority === domain ? tenant : authority
  return {
    issuer: emulatedIssuerOf(url, isForEverybody ? '{tenantid}' : tenantId, version),
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    response_types_supported: ['code', ...(web ? ['code id_token'] : [])],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: [
      'none',
      ...(web ? ['client_secret_post', 'client_secret_basic', 'private_key_jwt'] : []),
    ],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
  }
}

function instanceDiscovery({ url, tenant }: EntraSettings, call: EntraCall): Reply {
  const { host } = new URL(url)
  return jsonReply(call, 200, {
    tenant_discovery_endpoint: `${url}/${tenant}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  })
}
