// Chooses between Teams SSO, nested app auth and redirect: the host decides, and where it is uncertain, whether it answers.

import type { AuthEvent } from '../events.js'
import type { Host } from '../page/host.js'
import type { SignedOutFlag } from '../page/signed-out-flag.js'
import type { Settings } from '../settings.js'
import { accountOf } from '../shared/claims.js'
import type { AccountReader } from './account-claims.js'
import { createExpiryCheck } from './expiry.js'
import { describeRefusal } from './failures/describe.js'
import { load, loadMsal, loadTeams } from './load.js'
import { forgetSession, hasSignedInSince, removeLeftovers } from './msal/accounts.js'
import { openNestedSource } from './msal/nested.js'
import { openRedirectSource, type RedirectSource } from './msal/redirect.js'
import { endPendingRedirect } from './msal/response.js'
import { removeSignOutState } from './msal/signed-out-url.js'
import {
  type AccessToken,
  type AroundHost,
  isRefusal,
  type NestedSource,
  NO_ACCOUNT,
  type Refusal,
  type TokenSource,
  thrown,
} from './source.js'
import { openTeamsSource, type TeamsSource } from './teams/teams.js'

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
  /** Called with what has become known about the host. */
  onHostKnown(host: Partial<Host>): void
  /** Takes a token for `AuthOptions.scopes` that came after its deadline. */
  onLateToken(token: AccessToken): void
  /** Called when the app has signed in or out with a client of its own, or may have. */
  onAppChange(hasSignedIn: boolean): void
  /** Called after a sign-in by redirect, to tell other tabs. */
  onSignedIn(): void
}

/** Accounts as they are where the app asks for nothing more. */
const AS_THEY_ARE: AccountReader = { complete: (account) => account }

export function chooseSource(context: SourceContext): TokenSource {
  const { host, window, disposed, signedOutFlag } = context
  const { clientId, client, accountClaims } = context.settings
  let { kind } = host
  const checkExpiry = createExpiryCheck(context)
  let teams: TeamsSource | undefined
  let redirect: RedirectSource | undefined

  const openAccounts = once<AccountReader>(async () => {
    if (!accountClaims) return AS_THEY_ARE
    const part = await unlessDisposed(load(() => import('./account-claims.js')))
    return 'refused' in part ? part : part.openAccountReader(accountClaims, { accountOf })
  })

  const openRedirect = once<RedirectSource>(async () => {
    const reading = openAccounts()
    const library = await unlessDisposed(loadMsal())
    if ('refused' in library) return library
    const accounts = await reading
    if ('refused' in accounts) return accounts
    const opened = await openRedirectSource({ ...context, library, accounts })
    if (!('refused' in opened)) redirect = opened
    return opened
  })

  const openNested = once<NestedSource>(async () => {
    const reading = openAccounts()
    const library = await unlessDisposed(loadMsal())
    if ('refused' in library) return library
    const accounts = await reading
    return 'refused' in accounts ? accounts : openNestedSource({ ...context, library, checkExpiry, accounts })
  })

  const openTeams = once<TeamsSource>(async () => {
    const reading = openAccounts()
    const library = await unlessDisposed(loadTeams(window))
    if ('refused' in library) return library
    const accounts = await reading
    if ('refused' in accounts) return accounts
    const onLateHost = () => {
      kind = 'teams'
    }
    teams = openTeamsSource({ ...context, library, checkExpiry, accounts, openNested, onLateHost })
    return teams
  })

  /** Nothing is opened after `dispose()`. */
  async function unlessDisposed<T extends object>(loading: Promise<T | Refusal>): Promise<T | Refusal> {
    const loaded = await loading
    return disposed.aborted ? { refused: 'disposed' } : loaded
  }

  const openSource = (): Promise<TeamsSource | RedirectSource | Refusal> =>
    kind === 'teams' ? openTeams() : openRedirect()

  function askSource(ask: (source: TeamsSource | RedirectSource) => Promise<AccessToken | Refusal>) {
    const answer = openSource().then((source) => ('refused' in source ? source : ask(source)))
    return describeRefusal(answer, context)
  }

  async function startTeams(announceOnly: boolean): Promise<AccessToken | Refusal> {
    const source = await openTeams()
    if ('refused' in source) return source
    const answer = await source.start({ announceOnly })
    const isNoHost = isRefusal(answer) && answer.refused === 'host_timeout' && !source.connected
    if (!isNoHost || host.certain) return answer
    const reasons = [...host.reasons, 'the parent did not answer like a Microsoft 365 host']
    kind = 'framed'
    context.onHostKnown({ kind, certain: true, reasons })
    return announceOnly ? NO_ACCOUNT : startRedirect(answer.cause)
  }

  /** In a foreign frame too: nobody can sign in there, but an account that MSAL still has gives tokens. */
  async function startRedirect(cause?: unknown): Promise<AccessToken | Refusal> {
    const source = await openRedirect()
    if ('refused' in source) return source
    const answer = await source.start()
    const isSignInNeeded = isRefusal(answer) && answer.refused === 'sign_in_required'
    return isSignInNeeded && kind === 'framed' ? { refused: 'framed', cause } : answer
  }

  return {
    get kind() {
      return kind === 'teams' ? teams?.kind : 'redirect'
    },
    start({ announceOnly }) {
      const isSignedOut =
        announceOnly && (kind === 'teams' || !(client || hasSignedInSince(window, clientId, signedOutFlag.at())))
      if (isSignedOut) removeLeftovers(window, clientId, signedOutFlag.at())
      if (kind === 'teams') return describeRefusal(startTeams(announceOnly), context)
      if (!isSignedOut) return describeRefusal(startRedirect(), context)
      removeSignOutState(window, clientId)
      return Promise.resolve(NO_ACCOUNT)
    },
    acquire: (request) => askSource((source) => source.acquire(request)),
    openPopup: ({ popup }) =>
      popup && kind === 'browser' ? window.open('', '_blank', 'popup,width=500,height=640') : undefined,
    signIn: (request, click) => askSource((source) => source.signIn(request, click)),
    changed: () => kind !== 'teams' && redirect?.changed() === true,
    forget(signedOut) {
      if (redirect) return redirect.forget(signedOut)
      forgetSession(window, clientId, signedOut)
      endPendingRedirect(window, clientId)
    },
    async signOut(options) {
      // Where MSAL was never opened there is nothing left to end here.
      if (kind !== 'teams' && !redirect && !options.entra) return undefined
      const source = await openSource()
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
