import { isLoopback } from '../../shared/origins.js'
import { toUrl } from '../../shared/url.js'
import type { ClientType } from './grants.js'
import type { EntraSettings } from './settings.js'

/** Which platform of the app registration a redirect URI belongs to. */
export function clientAt(settings: EntraSettings, redirectUri: string): ClientType | undefined {
  const { web, publicClient, isRedirectUri } = settings
  if (web?.redirectUris.includes(redirectUri)) return 'web'
  const uri = withoutLoopbackPort(redirectUri)
  if (publicClient?.redirectUris.some((each) => withoutLoopbackPort(each) === uri)) return 'public'
  return isRedirectUri(redirectUri) ? 'spa' : undefined
}

/** An app listens at whichever port is free when it needs one. */
function withoutLoopbackPort(text: string): string {
  const url = toUrl(text)
  if (!url || !isLoopback(url)) return text
  url.port = ''
  return url.href
}
