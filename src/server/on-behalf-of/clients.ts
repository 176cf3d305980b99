// One client of MSAL for each user, so that its cache is theirs alone.

import { createDevelopmentLog } from '../development.js'
import type { TokenOwner } from '../tokens/kept-tokens.js'
import { loadMsal, type MsalClient } from './load-msal.js'
import { createNetwork } from './network.js'
import type { OnBehalfOfSettings } from './options.js'

/** The user whose token it is. */
export interface User extends TokenOwner {
  readonly tenantId: string
  readonly objectId: string
}

export interface UserClients {
  /** Lets `ask` use the client of a user, with what the store has of it, and stores what has changed. */
  use<T>(user: User, ask: (client: MsalClient) => Promise<T>): Promise<T>
  forget(user: User): Promise<void>
}

const MOST_USERS = 1_000

export function createUserClients(settings: OnBehalfOfSettings): UserClients {
  const { clientId, store } = settings
  const clients = new Map<string, MsalClient>()
  const log = createDevelopmentLog('a cache of tokens')
  const nameOf = ({ tenantId, objectId }: User) => `twodoor.${clientId}.${tenantId}.${objectId}`

  async function clientOf(user: User): Promise<MsalClient> {
    const Client = await loadMsal()
    const name = nameOf(user)
    const client = clients.get(name) ?? new Client(configurationFor(settings, user.tenantId))
    clients.delete(name) // so that it is the last one in the order of the map
    clients.set(name, client)
    const [oldest = ''] = clients.keys()
    if (clients.size > MOST_USERS) clients.delete(oldest)
    return client
  }

  /** The store is there to spare requests: one that fails must not cost the call. */
  async function withStore<T>(use: () => Promise<T>): Promise<T | undefined> {
    try {
      return await use()
    } catch {
      log({ code: 'store', reason: 'The `store` of createOnBehalfOf() has failed. The tokens are asked for again.' })
      return undefined
    }
  }

  return {
    async use(user, ask) {
      const client = await clientOf(user)
      const cache = client.getTokenCache()
      // MSAL itself does not ask a cache plugin before it looks for a token on behalf of somebody.
      const stored = store && (await withStore(() => store.get(nameOf(user))))
      if (stored) await withStore(async () => cache.deserialize(stored))
      const answer = await ask(client)
      if (store && cache.hasChanged()) await withStore(() => store.set(nameOf(user), cache.serialize()))
      return answer
    },
    async forget(user) {
      clients.delete(nameOf(user))
      if (store) await withStore(() => store.set(nameOf(user), ''))
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
