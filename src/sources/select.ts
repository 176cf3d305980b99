// SSO, nested app auth or redirect: the host decides, and where it cannot be known beforehand, its answer.

import type { SignedOutFlag } from '../account/signed-out-flag.js'
import type { AuthEvent } from '../events.js'
import type { Settings } from '../options.js'
import type { Host } from '../page/host.js'
import { createExpiry } from './expiry.js'
import { describeRefusal } from './failures/describe.js'
import { load, loadMsal, loadTeams } from './load.js'
import { isOutlived, removeLeftovers, removeSession } from './msal/accounts.js'
import type { Nested } from './msal/nested.js'
import { openRedirect as openMsalRedirect, type Redirect } from './msal/redirect.js'
import { endJourney } from './msal/response.js'
import { removeSignOutState } from './msal/signed-out-url.js'
import {
  type AccessToken,
  type AroundHost,
  isRefusal,
  NO_ACCOUNT,
  type Refusal,
  type TokenSource,
  thrown,
} from './source.js'
import { openTeams as openTeamsSource, type TeamsSource } from './teams/teams.js'

export interface SourceContext {
  readonly settings: Settings
  readonly window: Window
  readonly host: Host
  readonly nativeFetch: typeof fetch
  readonly response: string | undefined
  readonly signedOutFlag: SignedOutFlag
  readonly disposed: AbortSignal
  readonly aroundHost?: AroundHost
  now(): number
  emit(event: AuthEvent): void
  /** Hears what became known of the host. */
  described(host: Partial<Host>): void
  /** Takes a token for `AuthOptions.scopes` that came later than anybody waited for. */
  arrived(token: AccessToken): void
  /** Tells other tabs that somebody has signed in here. */
  announce(): void
}

export function chooseSource(context: SourceContext): TokenSource {
  const { host, window, disposed, signedOutFlag } = context
  const { clientId } = context.settings
  let { kind } = host
  const expiryOf = createExpiry(context)
  let teams: TeamsSource | undefined
  let redirect: Redirect | undefined

  const openRedirect = once<Redirect>(async () => {
    const library = await unlessDisposed(loadMsal())
    if ('refused' in library) return library
    const opened = await openMsalRedirect({ ...context, library })
    if (!('refused' in opened)) redirect = opened
    return opened
  })

  const openNested = once<Nested>(async () => {
    const part = unlessDisposed(load(() => import('./msal/nested.js')))
    const library = await unlessDisposed(loadMsal())
    if ('refused' in library) return library
    const opened = await part
    return 'refused' in opened ? opened : opened.openNested({ ...context, library, expiryOf })
  })

  const openTeams = once<TeamsSource>(async () => {
    const library = await unlessDisposed(loadTeams(window))
    if ('refused' in library) return library
    const adopted = () => {
      kind = 'teams'
    }
    teams = openTeamsSource({ ...context, library, expiryOf, openNested, adopted })
    return teams
  })

  /** Nothing is opened that was still on its way at `dispose()`. */
  async function unlessDisposed<T extends object>(loading: Promise<T | Refusal>): Promise<T | Refusal> {
    const loaded = await loading
    return disposed.aborted ? { refused: 'disposed' } : loaded
  }

  function use(way: (source: TeamsSource | Redirect) => Promise<AccessToken | Refusal>) {
    const answer = async () => {
      const source = await open()
      return 'refused' in source ? source : way(source)
    }
    return describeRefusal(answer(), context)
  }

  const open = (): Promise<TeamsSource | Redirect | Refusal> => (kind === 'teams' ? openTeams() : openRedirect())

  async function startTeams(announceOnly: boolean): Promise<AccessToken | Refusal> {
    const source = await openTeams()
    if ('refused' in source) return source
    const answer = await source.start({ announceOnly })
    const isNoHost = isRefusal(answer) && answer.refused === 'host_timeout' && !source.connected
    if (!isNoHost || host.certain) return answer
    const reasons = [...host.reasons, 'the parent did not answer like a Microsoft 365 host']
    kind = 'framed'
    context.described({ kind, certain: true, reasons })
    return announceOnly ? NO_ACCOUNT : startRedirect(answer.cause)
  }

  /** Also in a foreign frame: an account that MSAL still holds gives tokens there, only nobody can sign in. */
  async function startRedirect(cause?: unknown): Promise<AccessToken | Refusal> {
    const source = await openRedirect()
    if ('refused' in source) return source
    const answer = await source.start()
    const isNobody = isRefusal(answer) && answer.refused === 'sign_in_required'
    return isNobody && kind === 'framed' ? { refused: 'framed', cause } : answer
  }

  return {
    get kind() {
      return kind === 'teams' ? teams?.kind : 'redirect'
    },
    start({ announceOnly }) {
      const isSignedOut = announceOnly && (kind === 'teams' || !isOutlived(window, clientId, signedOutFlag.at()))
      if (isSignedOut) removeLeftovers(window, clientId)
      if (kind === 'teams') return describeRefusal(startTeams(announceOnly), context)
      if (!isSignedOut) return describeRefusal(startRedirect(), context)
      removeSignOutState(window, clientId)
      return Promise.resolve(NO_ACCOUNT)
    },
    acquire: (request) => use((source) => source.acquire(request)),
    signIn: (request) => use((source) => source.signIn(request)),
    changed: () => kind !== 'teams' && redirect?.changed() === true,
    forget() {
      if (redirect) return redirect.forget()
      removeSession(window, clientId)
      endJourney(window, clientId)
    },
    async signOut(options) {
      // Without a client of MSAL's there is nothing left to end here.
      if (kind !== 'teams' && !redirect && !options.entra) return undefined
      const source = await open()
      const refusal = 'refused' in source ? source : await source.signOut(options)
      return refusal && describeRefusal<Refusal>(Promise.resolve(refusal), context)
    },
    dispose: () => teams?.dispose(),
  }
}

/** Opens once, and again only after a refusal. */
function once<T extends object>(open: () => Promise<T | Refusal>): () => Promise<T | Refusal> {
  let opening: Promise<T | Refusal> | undefined
  return () => {
    opening ??= open()
      .catch(thrown)
      .then((opened) => {
        if ('refused' in opened) opening = undefined
        return opened
      })
    return opening
  }
}
