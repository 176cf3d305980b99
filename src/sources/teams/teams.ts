// A page in a Microsoft 365 host: Teams SSO for the app's own scopes, nested app auth for others.

import { scopeKey } from '../../shared/scopes.js'
import { ownerOf } from '../audience.js'
import type { CheckExpiry } from '../expiry.js'
import {
  type AccessToken,
  isRefusal,
  type NestedSource,
  NO_ACCOUNT,
  type Refusal,
  type SignInRequest,
  type SourceKind,
  type TokenRequest,
  type TokenSource,
} from '../source.js'
import { createHostConnection, type HostConnectionContext } from './connection.js'
import { createSsoSource } from './sso.js'

export interface TeamsSourceContext extends HostConnectionContext {
  readonly checkExpiry: CheckExpiry
  openNested(): Promise<NestedSource | Refusal>
  /** Takes a token for `AuthOptions.scopes` that came after its deadline. */
  onLateToken(token: AccessToken): void
  /** Called for a host that answers after it was given up. */
  onLateHost(): void
}

export interface TeamsSource extends Omit<TokenSource, 'changed' | 'forget'> {
  /** Whether the host has answered. */
  readonly connected: boolean
}

type AskNested = (nested: NestedSource) => Promise<AccessToken | Refusal>

export function openTeamsSource(context: TeamsSourceContext): TeamsSource {
  const { settings } = context
  const sso = createSsoSource(context)
  const connection = createHostConnection(context, () => void acquireLate())
  const isOtherApi = ownerOf(settings.scopes, settings.clientId) === 'foreign'
  let kind: SourceKind = settings.method === 'nested' || isOtherApi ? 'nested' : 'teams-sso'

  /** The page has gone on without its host, but the token that the host gives now is still the right one. */
  async function acquireLate(): Promise<void> {
    context.onLateHost()
    const answer = await acquireOwn()
    connection.connected?.reportStart(answer)
    if (!isRefusal(answer)) context.onLateToken(answer)
  }

  function acquireOwn(): Promise<AccessToken | Refusal> {
    return acquireFromHost({ scopes: settings.scopes, fresh: false })
  }

  async function acquireFromHost(request: TokenRequest): Promise<AccessToken | Refusal> {
    const refusal = await connection.open()
    if (refusal) return refusal
    if (takesNested(request.scopes)) return askNested((nested) => nested.acquire(request))
    return nestedIfRefused(await sso.acquire(request), (nested) => nested.acquire(request))
  }

  async function signInByHost(request: SignInRequest): Promise<AccessToken | Refusal> {
    if (takesNested(request.scopes)) return askNested((nested) => nested.signIn(request))
    return nestedIfRefused(await sso.signIn(request), (nested) => nested.signIn(request))
  }

  /** Teams SSO has one token, for the app's own API. It must never be used as the token for another one. */
  function takesNested(scopes: readonly string[]): boolean {
    return kind === 'nested' || scopeKey(scopes) !== scopeKey(settings.scopes)
  }

  async function askNested(ask: AskNested): Promise<AccessToken | Refusal> {
    if (settings.method === 'sso' && isOtherApi) return { refused: 'config_invalid', why: 'sso_for_other' }
    if (settings.method === 'sso' || !connection.connected?.canNest())
      return { refused: 'unsupported', why: 'no_nesting' }
    const nested = await context.openNested()
    return 'refused' in nested ? nested : ask(nested)
  }

  /** A manifest that names no API for SSO: nested app auth only needs a redirect URI. */
  async function nestedIfRefused(answer: AccessToken | Refusal, ask: AskNested): Promise<AccessToken | Refusal> {
    if (!isRefusal(answer) || answer.refused !== 'host_refused') return answer
    if (settings.method !== 'auto' || !connection.connected?.canNest()) return answer
    const instead = await askNested(ask)
    const isNoBetter = isRefusal(instead) && ['host_refused', 'unsupported', 'unavailable'].includes(instead.refused)
    if (isNoBetter) return answer
    kind = 'nested'
    return instead
  }

  return {
    get kind() {
      return kind
    },
    get connected() {
      return connection.connected !== undefined
    },
    async start({ announceOnly }) {
      const answer = announceOnly ? ((await connection.open()) ?? NO_ACCOUNT) : await acquireOwn()
      connection.connected?.reportStart(answer)
      return answer
    },
    acquire: acquireFromHost,
    async signIn(request) {
      const refusal = await connection.open()
      if (refusal) return refusal
      const answer = await signInByHost(request)
      connection.connected?.reportStart(answer)
      return answer
    },
    async signOut({ entra }) {
      if (!entra) return undefined
      return { refused: 'unsupported', message: 'A page in Teams cannot end the session at Entra ID.' }
    },
    dispose: connection.dispose,
  }
}
