import { PublicClientApplication } from '@azure/msal-browser'
import type { AuthOptions } from '../../src/index.js'

let opening: Promise<PublicClientApplication> | undefined

function open({ clientId, authority, tenant, browser }: AuthOptions): Promise<PublicClientApplication> {
  opening ??= (async () => {
    const { redirectUri = '/', cacheLocation = 'sessionStorage' } = browser ?? {}
    const client = new PublicClientApplication({
      auth: { clientId, authority: `${authority}/${tenant}`, redirectUri },
      cache: { cacheLocation },
    })
    await client.initialize()
    return client
  })()
  return opening
}

export async function getToken(options: AuthOptions): Promise<string | undefined> {
  const client = await open(options)
  const landed = await client.handleRedirectPromise()
  const account = landed?.account ?? client.getAllAccounts()[0]
  if (!account) return undefined
  const { accessToken } = await client.acquireTokenSilent({ scopes: options.scopes, account })
  return accessToken
}

export async function signIn(options: AuthOptions): Promise<void> {
  const client = await open(options)
  await client.acquireTokenRedirect({ scopes: options.scopes })
}
