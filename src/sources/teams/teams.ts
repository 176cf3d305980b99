// A page in a Microsoft 365 host: Teams SSO for the app's own scopes, nested app auth for others.

import { scopeKey } from '../../shared/scopes.js'
import type { AccountReader } from '../account-claims.js'
import { ownerOf } from '../audience.js'
import type { CheckExpiry } from '../expiry.js'
import { load } from '../load.js'
import { refusalOfMsal } from '../msal/refusals.js'
import {
  type AccessToken,
  isRefusal,
  type NestedSource,
  NO_ACCOUNT,
  type Refusal,
  type SignInClick,
  type SignInRequest,
  type SourceKind,
  type TokenRequest,
  type TokenSource,
} from '../source.js'
import { createHostConnection, type HostConnectionContext } from './connection.js'
import { createSsoSource } from './sso.js'

export interface TeamsSourceContext extends HostConnectionContext {
  readonly checkExpiry: CheckExpiry
  readonly disposed: AbortSignal
  readonly accounts: AccountReader
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

type AskSource = (source: NestedSource) => Promise<AccessToken | Refusal>

export function openTeamsSource(context: TeamsSourceContext): TeamsSource {
  const { settings } = context
  const sso = createSsoSource(context)
  const connection = createHostConnection(context, () => void acquireLate())
  const isOtherApi = ownerOf(settings.scopes, settings.clientId) === 'foreign'
  let kind: SourceKind = settings.method === 'nested' || isOtherApi ? 'nested' : 'teams-sso'

  /** The page has gone on without its host, but the token that the host gives now is still the right one. */
  async function acquireLate(): Promise<void> {
    context.onLateHost()
    const answer = await reportOutcome(acquireOwn())
    if (!isRefusal(answer)) context.onLateToken(answer)
  }

  function acquireOwn(): Promise<AccessToken | Refusal> {
    return acquireFromHost({ scopes: settings.scopes, fresh: false })
  }

  function acquireFromHost(request: TokenRequest): Promise<AccessToken | Refusal> {
    return askHost(request.scopes, (source) => source.acquire(request))
  }

  async function askHost(scopes: readonly string[], ask: AskSource): Promise<AccessToken | Refusal> {
    const refusal = await connection.open()
    if (refusal) return refusal
    // Teams SSO has one token, for the app's own API. It must never be used as the token for another one.
    const isSso = kind !== 'nested' && scopeKey(scopes) === scopeKey(settings.scopes)
    return isSso ? askSso(ask) : askNested(ask)
  }

  /** A host can refuse SSO because the manifest names no API for it. Nested app auth only needs a redirect URI. */
  async function askSso(ask: AskSource): Promise<AccessToken | Refusal> {
    const answer = await ask(sso)
    if (!isRefusal(answer) || answer.refused !== 'host_refused') return answer
    if (settings.method !== 'auto' || !connection.connected?.canNest()) return answer
    const instead = await askNested(ask)
    const isNoBetter = isRefusal(instead) && ['host_refused', 'unsupported', 'unavailable'].includes(instead.refused)
    if (isNoBetter) return answer
    kind = 'nested'
    return instead
  }

  async function askNested(ask: AskSource): Promise<AccessToken | Refusal> {
    if (settings.method === 'sso' && isOtherApi) return { refused: 'config_invalid', why: 'sso_for_other' }
    if (settings.method === 'sso' || !connection.connected?.canNest())
      return { refused: 'unsupported', why: 'no_nesting' }
    const nested = await context.openNested()
    return 'refused' in nested ? nested : ask(nested)
  }

  /** A host that cannot ask the user for what is missing can show a page of the app's that does. */
  async function signInAtHost(request: SignInRequest, click?: SignInClick): Promise<AccessToken | Refusal> {
    const answer = await askHost(request.scopes, (source) => source.signIn(request))
    const mayAsk = settings.popupPage && isRefusal(answer) && kind !== 'nested' && connection.connected
    if (!mayAsk || !click) return answer
    const part = await load(() => import('./popup.js'))
    return 'refused' in part
      ? answer
      : part.askInPopup({ ...context, ...click, answer, acquire: sso.acquire, refusalOfMsal }, request)
  }

  async function reportOutcome(asked: Promise<AccessToken | Refusal>): Promise<AccessToken | Refusal> {
    const answer = await asked
    connection.connected?.reportStart(answer)
    return answer
  }

  async function openOnly(): Promise<Refusal> {
    return (await connection.open()) ?? NO_ACCOUNT
  }

  return {
    get kind() {
      return kind
    },
    get connected() {
      return connection.connected !== undefined
    },
    start: ({ announceOnly }) => reportOutcome(announceOnly ? openOnly() : acquireOwn()),
    acquire: acquireFromHost,
    signIn: (request, click) => reportOutcome(signInAtHost(request, click)),
    async signOut({ entra }) {
      if (!entra) return undefined
      return { refused: 'unsupported', message: 'A page in Teams cannot end the session at Entra ID.' }
    },
    dispose: connection.dispose,
  }
}
