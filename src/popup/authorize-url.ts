import type { PopupRequest } from '../page/popup-url.js'
import type { Settings } from '../settings.js'

/**
 * The request to Entra ID for consent. The code that it is answered with is redeemed by nobody: the secret that belongs to it
 * (RFC 7636) is thrown away here.
 */
export async function authorizeUrl(
  { origin, pathname }: Location,
  { authority, tenant, clientId }: Settings,
  { scopes, loginHint, claims, prompt, state }: PopupRequest & { readonly state: string },
): Promise<string> {
  const url = new URL(`${authority}/${tenant}/oauth2/v2.0/authorize`)
  const parameters = {
    client_id: clientId,
    response_type: 'code',
    response_mode: 'fragment',
    redirect_uri: origin + pathname,
    scope: scopes.join(' '),
    state,
    code_challenge: await unusedChallenge(),
    code_challenge_method: 'S256',
    login_hint: loginHint,
    claims,
    prompt,
  }
  for (const [name, value] of Object.entries(parameters)) if (value) url.searchParams.set(name, value)
  return url.href
}

async function unusedChallenge(): Promise<string> {
  const secret = crypto.getRandomValues(new Uint8Array(32))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', secret))
  return btoa(String.fromCharCode(...digest)).replace(/[+/=]/g, (each) => ({ '+': '-', '/': '_' })[each] ?? '')
}
