import type {
  AccountInfo,
  AuthenticationResult,
  IPublicClientApplication,
  RedirectRequest,
  SilentRequest,
} from '@azure/msal-browser'
import type { SignedOutFlag } from '../../account/signed-out-flag.js'
import type { AuthEvent } from '../../events.js'
import type { Settings } from '../../options.js'
import { withDeadline } from '../../shared/deadline.js'
import { scopeKey } from '../../shared/scopes.js'
import { load } from '../load.js'
import {
  type AccessToken,
  isRefusal,
  NO_ACCOUNT,
  type Refusal,
  type SignInRequest,
  type TokenRequest,
  timedOut,
} from '../source.js'
import { accountAtHand, isOutlived, removeLeftovers, removeSession, standIn } from './accounts.js'
import { acquireSilently, type MsalLibrary, NO_IFRAME, tokenOf } from './client.js'
import { isOthersTurn, LEAVE_DEADLINE_MS, leave } from './leave.js'
import {
  endsJourney,
  isTooSoon,
  keepRequest,
  needsSignIn,
  openNotes,
  outcomeOf,
  removeLate,
  restoreRequest,
  takeOutcome,
  takeRequest,
  writeJourney,
} from './notes.js'
import { isStrayResponse, refusalOfMsal } from './refusals.js'
import { endJourney, type Journey, readJourney } from './response.js'
import { openSharedClient, type SharedClient } from './shared-client.js'

/** MSAL's own steps, its requests included, have no bound. */
const SILENT_DEADLINE_MS = 45_000
/** `CacheLookupPolicy.AccessToken`: what is in the cache, and no request. */
const ONLY_CACHE = 1

export interface RedirectContext {
  readonly library: MsalLibrary
  readonly settings: Settings
  readonly window: Window
  readonly nativeFetch: typeof fetch
  /** The OAuth response that the page was opened with. */
  readonly response: string | undefined
  readonly signedOutFlag: SignedOutFlag
  /** Nothing leaves the page after it. */
  readonly disposed: AbortSignal
  now(): number
  emit(event: AuthEvent): void
  /** Tells other tabs that somebody has signed in here. */
  announce(): void
}

export interface Redirect {
  start(): Promise<AccessToken | Refusal>
  acquire(request: TokenRequest): Promise<AccessToken | Refusal>
  /** Whether somebody else has signed in, or out, since the last call. */
  changed(): boolean
  signIn(request: SignInRequest): Promise<AccessToken | Refusal>
  /** Forgets, at once, the account and a sign-in that is on its way. */
  forget(): void
  signOut(options: { entra: boolean }): Promise<Refusal | undefined>
}

/** Sign-in by leaving the page for Entra ID and coming back, with MSAL. */
export async function openRedirect(context: RedirectContext): Promise<Redirect | Refusal> {
  const client = await openSharedClient(context)
  return 'refused' in client ? client : createRedirect(client, context)
}

function createRedirect(shared: SharedClient, context: RedirectContext): Redirect {
  const { settings, window, signedOutFlag, disposed } = context
  const { clientId } = settings
  const notes = openNotes(window, clientId)
  /** The newest token that was given, for each scope set. */
  const given = new Map<string, AccessToken>()
  let response = context.response
  let lastAccount: AccountInfo | undefined
  /** Calls that MSAL has not ended yet: it may still write what a sign-out has removed. */
  let underWay = 0
  const refusalOf = (cause: unknown) => refusalOfMsal(cause, window.navigator)

  async function start(): Promise<AccessToken | Refusal> {
    const journey = readJourney(window, clientId)
    const isUnanswered = journey && !journey.told && response === undefined
    const landed = await land()
    const isToGoBack = landed && journey && isElsewhere(journey.returnTo, window)
    if (isToGoBack && !disposed.aborted) await goBack(journey.returnTo, landed)
    const outcome = takeOutcome(notes) ?? (landed !== 'signed-in' ? landed : undefined)
    const found = await acquire({ scopes: settings.scopes, fresh: false })
    if (!isRefusal(found) || !needsSignIn(found)) return found
    // Whoever comes back without having signed in is not sent there again: that could go on for ever.
    if (outcome && endsJourney(outcome)) return outcome
    return (isUnanswered && (await lookElsewhere(journey))) || ((await redirectAutomatically()) ?? outcome ?? found)
  }

  /** Tells once where the answer has gone to. */
  async function lookElsewhere(journey: Journey): Promise<Refusal | undefined> {
    const part = await load(() => import('./strayed.js'))
    const found = 'refused' in part ? undefined : part.strayed(window, settings.redirectUri, journey)
    if (found) writeJourney(window, clientId, { ...journey, told: true })
    return found
  }

  /** Hands the response to MSAL. Without one MSAL is not asked: it would eat the fragment of another app. */
  async function land(): Promise<'signed-in' | Refusal | undefined> {
    if (response === undefined || disposed.aborted) return undefined
    const hash = response
    const request = takeRequest(notes)
    response = undefined
    writeJourney(window, clientId, undefined)
    // A sign-out since the page was opened counts more than the sign-in before it.
    const isOver = () => signedOutFlag.isSet() && signedOutFlag.at() !== signedOutFlag.atFirst
    const result = await shared.use(async (client) => {
      if (isOver()) return null
      restoreRequest(window, request)
      const answer = await settle(landing(client, hash, isOver), isOver)
      if (answer !== null && !('refused' in answer) && !isOver()) signedOutFlag.clear()
      return answer
    })
    if (result === null || isOver()) return undefined
    if ('refused' in result) return isStrayResponse(result.cause) ? undefined : result
    notes.triedSilently.write(undefined)
    context.announce()
    return 'signed-in'
  }

  /** The account is made the active one here: that is written too, and fails where the storage is full. */
  async function landing(
    client: IPublicClientApplication,
    hash: string,
    isOver: () => boolean,
  ): Promise<AuthenticationResult | null> {
    const result = await client.handleRedirectPromise({ hash, navigateToLoginRequestUrl: false })
    if (result && !isOver()) client.setActiveAccount(result.account)
    return result
  }

  function acquire(request: TokenRequest): Promise<AccessToken | Refusal> {
    // What whoever asks has now: until its turn comes, another call here may have taken what another tab renewed.
    const before = given.get(scopeKey(request.scopes))
    return shared.use(async (client) => {
      // Under the lock, so that no other tab is about to remove what it has written too late.
      if (signedOutFlag.isSet() && underWay === 0 && isOutlived(window, clientId, signedOutFlag.at()))
        signedOutFlag.clear()
      if (signedOutFlag.isSet()) {
        removeLeftovers(window, clientId)
        return NO_ACCOUNT
      }
      lastAccount = accountAtHand(client, settings.loginHint, lastAccount)
      return lastAccount ? acquireFor(lastAccount, client, request, before) : NO_ACCOUNT
    })
  }

  async function acquireFor(
    account: AccountInfo,
    client: IPublicClientApplication,
    { scopes, fresh, claims }: TokenRequest,
    before: AccessToken | undefined,
  ) {
    const ask = async (how: Partial<SilentRequest>) => {
      const silent = { scopes: [...scopes], account, cacheLookupPolicy: NO_IFRAME, ...how }
      const result = await settle(acquireSilently(client, silent), signedOutFlag.isSet)
      return 'refused' in result ? result : tokenOf(result, { scopes, clientId, giver: 'entra' })
    }
    const cached = fresh && !claims && before && (await ask({ forceRefresh: false, cacheLookupPolicy: ONLY_CACHE }))
    const isServed = cached && !isRefusal(cached) && isNewer(cached, before)
    const answer = isServed ? cached : await ask({ forceRefresh: fresh, ...(claims && { claims }) })
    if (signedOutFlag.isSet()) return NO_ACCOUNT
    if (!isRefusal(answer)) given.set(scopeKey(scopes), answer)
    return answer
  }

  /** What MSAL writes after a sign-out is removed again, however late that is. */
  async function settle<T>(promise: Promise<T>, isOver: () => boolean): Promise<T | Refusal> {
    underWay += 1
    const answer = promise.catch(refusalOf).finally(() => {
      underWay -= 1
      if (isOver()) removeLate(window, clientId, notes)
    })
    return withDeadline<T | Refusal>(answer, SILENT_DEADLINE_MS, timedOut)
  }

  /** `undefined` where the app does not want it, or it may not be. */
  async function redirectAutomatically(): Promise<Refusal | undefined> {
    const silent = settings.autoSignIn === 'silent'
    if (settings.autoSignIn === 'never' || (silent && notes.triedSilently.read())) return undefined
    if (obstacle() || signedOutFlag.isSet() || isTooSoon(notes, context.now()) || isOthersTurn(window, clientId))
      return undefined
    notes.lastAutomatic.write(String(context.now()))
    if (silent) notes.triedSilently.write('1')
    const left = await leaveToSignIn({ scopes: settings.scopes }, { silent, automatic: true })
    return left.refused === 'cancelled' ? undefined : left
  }

  async function signIn(request: SignInRequest): Promise<Refusal> {
    return obstacle() ?? leaveToSignIn(request, { silent: false, automatic: false })
  }

  /** Why the page must not be left now. */
  function obstacle(): Refusal | undefined {
    if (disposed.aborted) return { refused: 'disposed' }
    if (window.parent !== window.self) return { refused: 'framed' }
    // MSAL would navigate to an error page of the browser and lose this one.
    if (!window.navigator.onLine) return { refused: 'offline' }
    if (!notes.triedSilently.lasting) return { refused: 'unsupported', why: 'storage_blocked' }
    return undefined
  }

  function leaveToSignIn(request: SignInRequest, how: { silent: boolean; automatic: boolean }): Promise<Refusal> {
    const { pathname, search, hash } = window.location
    const state = beginJourney(request.returnTo ?? pathname + search + hash, how)
    context.emit({ type: 'redirect', automatic: how.automatic, to: 'sign-in' })
    return leave({
      ...{ window, disposed },
      go: () => shared.current.acquireTokenRedirect({ ...redirectRequest(request, how.silent), state }),
      left: () => keepRequest(window, clientId, notes),
    }).finally(() => takeRequest(notes))
  }

  function beginJourney(returnTo: string, how: { silent: boolean; automatic: boolean }): string {
    const id = crypto.randomUUID()
    writeJourney(window, clientId, { id, returnTo, ...how })
    return id
  }

  function redirectRequest({ scopes, claims, prompt }: SignInRequest, silent: boolean): RedirectRequest {
    const how = silent ? 'none' : prompt
    const hint = lastAccount ? { account: lastAccount } : settings.loginHint ? { loginHint: settings.loginHint } : {}
    return {
      scopes: [...scopes],
      ...(prompt === 'select_account' ? {} : hint),
      ...(how && { prompt: how }),
      ...(claims && { claims }),
    }
  }

  /** The document that the user was on is another one. What came of the sign-in waits there. */
  function goBack(returnTo: string, landed: 'signed-in' | Refusal): Promise<void> {
    if (landed !== 'signed-in') notes.outcome.write(outcomeOf(landed))
    // Absolute, because a `<base>` would lead a path elsewhere.
    window.location.replace(window.location.origin + returnTo)
    return withDeadline<void>(new Promise<never>(() => {}), LEAVE_DEADLINE_MS, () => {})
  }

  function forget(): void {
    response = undefined
    given.clear()
    endJourney(window, clientId)
    removeSession(window, clientId)
    if (!shared.isInMemory) return
    for (const account of shared.current.getAllAccounts()) shared.current.clearCache({ account }).catch(() => {})
  }

  async function signOut({ entra }: { entra: boolean }): Promise<Refusal | undefined> {
    forget()
    // Other apps hear of it: MSAL tells them.
    shared.current.setActiveAccount(null)
    const refusal = entra ? obstacle() : undefined
    if (refusal) return refusal
    const account = lastAccount
    lastAccount = undefined
    if (!entra) return undefined
    const state = beginJourney('/', { silent: false, automatic: false })
    context.emit({ type: 'redirect', automatic: false, to: 'sign-out' })
    const go = () => shared.current.logoutRedirect({ account: standIn(account, settings.authority), state })
    return leave({ window, disposed, go })
  }

  return { start, acquire, changed: shared.changed, signIn, forget, signOut }
}

/** Whether another tab has renewed the token, or switched the account, meanwhile. */
export function isNewer(cached: AccessToken, before: AccessToken): boolean {
  return cached.expiresOnTimestamp > before.expiresOnTimestamp || cached.account.key !== before.account.key
}

function isElsewhere(returnTo: string, { location }: Window): boolean {
  return new URL(returnTo, location.href).pathname !== location.pathname
}
