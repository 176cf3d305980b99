import { createGrants, type Grants, type KeptRefreshToken } from './grants.js'
import { createKeys, type KeptKey, type Keys } from './keys.js'
import { createPolicies, type KeptPolicies, type Policies } from './policies.js'
import { type BrowserSessions, createBrowserSessions, type KeptSession } from './sessions.js'
import type { EntraSettings } from './settings.js'

/** What the endpoints share. */
export interface Parts {
  readonly settings: EntraSettings
  readonly keys: Keys
  readonly policies: Policies
  readonly sessions: BrowserSessions
  readonly grants: Grants
}

/** What an emulator needs to go on where another one has ended. Private keys and refresh tokens are in it. */
export interface KeptParts {
  readonly keys: readonly KeptKey[]
  readonly policies: KeptPolicies
  readonly sessions: readonly KeptSession[]
  readonly refreshTokens: readonly KeptRefreshToken[]
}

export function createParts(settings: EntraSettings, kept?: KeptParts): Parts {
  const policies = createPolicies(settings.users, kept?.policies)
  return {
    settings,
    policies,
    keys: createKeys(kept?.keys),
    sessions: createBrowserSessions(settings.url, policies, kept?.sessions),
    grants: createGrants(settings, policies, kept?.refreshTokens),
  }
}

export async function keepParts({ keys, policies, sessions, grants }: Parts): Promise<KeptParts> {
  return {
    keys: await keys.keep(),
    policies: policies.keep(),
    sessions: sessions.keep(),
    refreshTokens: grants.keep(),
  }
}
