// One client of MSAL for each user, so that its cache is theirs alone.

import type { TokenOwner } from '../tokens/kept-tokens.js'
import { createCacheStore, FORGOTTEN, fill, textOf } from './cache-store.js'
import { loadMsal, type MsalClient, type OpenMsalClient } from './load-msal.js'
import { createNetwork } from './network.js'
import type { OnBehalfOfSettings } from './options.js'
import { noToken } from './refusals.js'

/** The user whose token it is. */
export interface User extends TokenOwner {
  readonly tenantId: string
  readonly objectId: string
}

export interface UserClients {
  /**
   * Lets `ask` use the client of a user, with what the store has of it, and stores what has changed. Nothing is asked or stored
   * once the call is not wanted any more.
   */
  use<T>(user: User, ask: (client: MsalClient) => Promise<T>, isWanted: () => boolean): Promise<T>
  /** Never rejects. */
  forget(user: User): Promise<void>
}

const MOST_USERS = 1_000

export function createUserClients(settings: OnBehalfOfSettings): UserClients {
  const store = createCacheStore(settings.store)
  const clients = new Map<string, MsalClient>()
  const nameOf = ({ tenantId, objectId }: User) => `twodoor.${settings.clientId}.${tenantId}.${objectId}`

  function keep(name: string, client: MsalClient): MsalClient {
    clients.delete(name) // so that it is the last one in the order of the map
    clients.set(name, client)
    const [oldest = ''] = clients.keys()
    if (clients.size > MOST_USERS) clients.delete(oldest)
    return client
  }

  function clientOf(user: User, Client: OpenMsalClient, stored: string | undefined): MsalClient {
    const name = nameOf(user)
    const open = () => new Client(configurationFor(settings, user.tenantId))
    if (stored === FORGOTTEN) return keep(name, open())
    const client = clients.get(name) ?? open()
    // A client that has failed to read once fails to write for ever.
    return keep(name, fill(client, stored) ? client : open())
  }

  return {
    async use(user, ask, isWanted) {
      const name = nameOf(user)
      const Client = await loadMsal()
      // MSAL itself does not ask a cache plugin before it looks for a token on behalf of somebody.
      const stored = await store?.read(name)
      if (!isWanted()) throw noToken()
      const client = clientOf(user, Client, stored)
      const before = stored && store && textOf(client)
      const answer = await ask(client)
      const isCurrent = isWanted() && clients.get(name) === client
      const after = isCurrent && store && textOf(client)
      if (after && after !== before) await store.write(name, after)
      return answer
    },
    async forget(user) {
      clients.delete(nameOf(user))
      await store?.write(nameOf(user), FORGOTTEN)
    },
  }
}

/**
 * MSAL gets the endpoints and asks nobody for them: the secret goes to the authority of the verifier and nowhere else. It insists on
 * https for the name of an authority, and takes an endpoint on loopback without.
 */
function configurationFor({ clientId, authority, proof, fetch }: OnBehalfOfSettings, tenantId: string): object {
  const { host } = new URL(authority)
  const base = `${authority}/${tenantId}`
  const metadata = {
    issuer: `${base}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
  }
  return {
    auth: {
      clientId,
      authority: `https://${host}/${tenantId}`,
      knownAuthorities: [host],
      authorityMetadata: JSON.stringify(metadata),
      ...proof,
    },
    system: {
      networkClient: createNetwork(fetch),
      loggerOptions: { piiLoggingEnabled: false, loggerCallback: () => {} },
    },
  }
}
