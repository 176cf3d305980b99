import { Client } from '@microsoft/microsoft-graph-client'
import { TokenCredentialAuthenticationProvider } from '@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js'
import { auth } from './auth'

/** An `Auth` is a `TokenCredential`. Graph's tokens go to Graph alone, never to your own server. */
const authProvider = new TokenCredentialAuthenticationProvider(auth, { scopes: ['User.Read'] })
export const graph = Client.initWithMiddleware({ authProvider })

export async function me(): Promise<string> {
  const { displayName } = await graph.api('/me').select('displayName').get()
  return displayName
}
