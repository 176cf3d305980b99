// A page in a Microsoft 365 host: Teams SSO for the app's own scopes, nested app auth for others.

import type { Settings } from '../../options.js'
import type { Host } from '../../page/host.js'
import { scopeKey } from '../../shared/scopes.js'
import { ownerOf } from '../audience.js'
import type { ExpiryOf } from '../expiry.js'
import {
  type AccessToken,
  type AroundHost,
  isRefusal,
  NO_ACCOUNT,
  type Refusal,
  type SignInRequest,
  type SourceKind,
  type TokenRequest,
  type TokenSource,
} from '../source.js'
import { type Connection, connect, type TeamsLibrary } from './connection.js'
import { refusalOfInitialize } from './refusals.js'
import { createSso } from './sso.js'

/** Real hosts take longer than 5 s under load (OfficeDev/microsoft-teams-library-js#2590). */
const CERTAIN_HOST_DEADLINE_MS = 30_000
/** Where only trying can tell, a person waits for 5 s at the most. Half a second of that is for loading teams-js. */
const UNCERTAIN_HOST_DEADLINE_MS = 4_500

/** What nested app auth offers. It comes from another folder, so only its shape is known here. */
interface Nested {
  acquire(request: TokenRequest): Promise<AccessToken | Refusal>
  signIn(request: SignInRequest): Promise<AccessToken | Refusal>
}

type UseNested = (way: Nested) => Promise<AccessToken | Refusal>

export interface TeamsContext {
  readonly library: TeamsLibrary
  readonly settings: Settings
  readonly window: Window
  readonly host: Host
  readonly aroundHost?: AroundHost
  readonly expiryOf: ExpiryOf
  openNested(): Promise<Nested | Refusal>
  described(host: Partial<Host>): void
  arrived(token: AccessToken): void
  /** Hears that a host answered after it was given up. */
  adopted(): void
}

export interface TeamsSource extends Omit<TokenSource, 'changed' | 'forget'> {
  /** Whether the host has answered. */
  readonly connected: boolean
}

export function openTeams(context: TeamsContext): TeamsSource {
  const { settings, host } = context
  const sso = createSso(context)
  const isOwn = (scopes: readonly string[]) => scopeKey(scopes) === scopeKey(settings.scopes)
  const isOfOtherApi = ownerOf(settings.scopes, settings.clientId) === 'foreign'
  let connection: Connection | undefined
  let connecting: Promise<Refusal | undefined> | undefined
  let kind: SourceKind = settings.method === 'nested' || isOfOtherApi ? 'nested' : 'teams-sso'
  let disposed = false

  /** Settles once the host has answered `initialize`, or with the refusal that it did not. */
  function connected(): Promise<Refusal | undefined> {
    connecting ??= connectHost().then((refusal) => {
      if (refusal) connecting = undefined
      return refusal
    })
    return connecting
  }

  async function connectHost(): Promise<Refusal | undefined> {
    if (connection) return undefined
    const deadlineMs = host.certain ? CERTAIN_HOST_DEADLINE_MS : UNCERTAIN_HOST_DEADLINE_MS
    const { origins } = settings.host
    try {
      const answered = await connect(
        { ...context, origins, notifyLoaded: settings.notifyLoaded },
        deadlineMs,
        (late) => void adoptLate(late),
      )
      if (!answered) return refusalOfInitialize()
      keep(answered, 'the host answered')
      return disposed ? { refused: 'disposed' } : undefined
    } catch (cause) {
      return refusalOfInitialize(cause)
    }
  }

  function keep(answered: Connection, reason: string): void {
    connection?.dispose()
    connection = answered
    if (disposed) answered.dispose()
    else context.described({ kind: 'teams', certain: true, reasons: [...host.reasons, reason] })
  }

  /** The page has gone on without its host; the token that the host gives now is still the right one. */
  async function adoptLate(answered: Connection): Promise<void> {
    const isFirst = connection === undefined
    keep(answered, 'the host answered late')
    if (disposed || !isFirst) return
    context.adopted()
    const answer = await acquire({ scopes: settings.scopes, fresh: false })
    settle(answer)
    if (!isRefusal(answer)) context.arrived(answer)
  }

  /** The indicator of the host goes away. Its error page is for what only a developer or administrator can mend. */
  function settle(answer: AccessToken | Refusal): void {
    const isBroken = isRefusal(answer) && ['host_refused', 'config_invalid'].includes(answer.refused)
    connection?.settled(isBroken && !answer.retryable ? 'The app is not configured for single sign-on.' : undefined)
  }

  async function start({ announceOnly }: { announceOnly: boolean }): Promise<AccessToken | Refusal> {
    const answer = announceOnly
      ? ((await connected()) ?? NO_ACCOUNT)
      : await acquire({ scopes: settings.scopes, fresh: false })
    settle(answer)
    return answer
  }

  async function acquire(request: TokenRequest): Promise<AccessToken | Refusal> {
    const refusal = await connected()
    if (refusal) return refusal
    if (takesNested(request.scopes)) return nested((way) => way.acquire(request))
    const answer = await sso.acquire(request)
    return isRefusedSso(answer) ? nestedInstead(answer, (way) => way.acquire(request)) : answer
  }

  async function signIn(request: SignInRequest): Promise<AccessToken | Refusal> {
    const refusal = await connected()
    if (refusal) return refusal
    const answer = await signInBy(request)
    settle(answer)
    return answer
  }

  async function signInBy(request: SignInRequest): Promise<AccessToken | Refusal> {
    if (takesNested(request.scopes)) return nested((way) => way.signIn(request))
    const answer = await sso.signIn(request)
    return isRefusedSso(answer) ? nestedInstead(answer, (way) => way.signIn(request)) : answer
  }

  /** Teams SSO has one token, that of the app's own API. It must never stand in for the token of another one. */
  function takesNested(scopes: readonly string[]): boolean {
    return kind === 'nested' || !isOwn(scopes)
  }

  async function nested(use: UseNested): Promise<AccessToken | Refusal> {
    if (settings.method === 'sso' && isOfOtherApi) return { refused: 'config_invalid', why: 'sso_for_other' }
    if (settings.method === 'sso' || !connection?.canNest()) return { refused: 'unsupported', why: 'no_nesting' }
    const way = await context.openNested()
    return 'refused' in way ? way : use(way)
  }

  function isRefusedSso(answer: AccessToken | Refusal): answer is Refusal {
    const isRefused = isRefusal(answer) && answer.refused === 'host_refused'
    return isRefused && settings.method === 'auto' && connection?.canNest() === true
  }

  /** The manifest names no API for SSO, but the host brokers tokens: for that a redirect URI is enough. */
  async function nestedInstead(refusal: Refusal, use: UseNested): Promise<AccessToken | Refusal> {
    const answer = await nested(use)
    if (isRefusal(answer) && ['host_refused', 'unsupported', 'unavailable'].includes(answer.refused)) return refusal
    kind = 'nested'
    return answer
  }

  return {
    get kind() {
      return kind
    },
    get connected() {
      return connection !== undefined
    },
    ...{ start, acquire, signIn },
    async signOut({ entra }) {
      if (!entra) return undefined
      return { refused: 'unsupported', message: 'A page in Teams cannot end the session at Entra ID.' }
    },
    dispose() {
      disposed = true
      connection?.dispose()
    },
  }
}
