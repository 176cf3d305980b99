// The only place that loads msal-node: a server that asks for nothing on behalf of its users need not have it.

import { isFunction } from '../../shared/validate.js'
import { OnBehalfOfError } from './error.js'

/** What is used of a `ConfidentialClientApplication`, by structure: no type of the library is part of ours. */
export interface MsalClient {
  acquireTokenOnBehalfOf(request: {
    oboAssertion: string
    scopes: string[]
    claims?: string
  }): Promise<{ readonly accessToken: string; readonly expiresOn: Date | null } | null>
  getTokenCache(): MsalCache
}

export interface MsalCache {
  deserialize(text: string): void
  serialize(): string
}

export type OpenMsalClient = new (configuration: object) => MsalClient

const REMEDY = 'Install what calls Entra ID for servers: npm install @azure/msal-node'

/** @throws {OnBehalfOfError} `config_invalid` where the library is missing, or is another one */
export async function loadMsal(): Promise<OpenMsalClient> {
  const library = await import('@azure/msal-node').catch(() => undefined)
  const Client = library?.ConfidentialClientApplication
  const isUsable = isFunction(Client) && isFunction(Client.prototype?.acquireTokenOnBehalfOf)
  if (!isUsable) throw new OnBehalfOfError('config_invalid', { remedy: REMEDY })
  return Client as unknown as OpenMsalClient
}
