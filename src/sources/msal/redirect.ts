import type { AccountInfo, IPublicClientApplication, RedirectRequest } from '@azure/msal-browser'
import { withDeadline } from '../../deadline.js'
import type { AuthEvent } from '../../events.js'
import type { Settings } from '../../options.js'
import type { SignedOutMark } from '../signed-out.js'
import { type AccessToken, isRefusal, type Refusal, type SignInRequest, type TokenRequest } from '../source.js'
import { configurationOf, type MsalLibrary, NO_IFRAME, tokenOf } from './client.js'
import { isTooSoon, needsSignIn, openNotes, takeOutcome } from './notes.js'
import { isStrayResponse, refusalOfMsal } from './refusals.js'
import { readJourney, writeJourney } from './response.js'

/** A page that is still here this long after it was told to leave is not going to. */
const LEAVE_DEADLINE_MS = 10_000
/** MSAL's own steps, its requests included, have no bound. */
const SILENT_DEADLINE_MS = 45_000

export interface RedirectContext {
  readonly library: MsalLibrary
  readonly settings: Settings
  readonly window: Window
  readonly nativeFetch: typeof fetch
  /** The OAuth response that the page was opened with. */
  readonly response: string | undefined
  readonly mark: SignedOutMark
  /** Nothing leaves the page after it. */
  readonly disposed: AbortSignal
  now(): number
  emit(event: AuthEvent): void
}

export interface Redirect {
  start(): Promise<AccessToken | Refusal>
  acquire(request: TokenRequest): Promise<AccessToken | Refusal>
  signIn(request: SignInRequest): Promise<AccessToken | Refusal>
  signOut(options: { entra: boolean }): Promise<Refusal | undefined>
}

/** Sign-in by leaving the page for Entra ID and coming back, with MSAL. */
export async function openRedirect(context: RedirectContext): Promise<Redirect | Refusal> {
  const client = await openClient(context)
  return 'refused' in client ? client : createRedirect(client, context)
}

function createRedirect(client: IPublicClientApplication, context: RedirectContext): Redirect {
  const { settings, window, mark, disposed } = context
  const notes = openNotes(window, settings.clientId)
  let response = context.response
  const refusalOf = (cause: unknown) => refusalOfMsal(cause, window.navigator)

  async function start(): Promise<AccessToken | Refusal> {
    const journey = readJourney(window, settings.clientId)
    writeJourney(window, settings.clientId, undefined)
    const landed = await land()
    const isToGoBack = landed && journey && isElsewhere(journey.returnTo, window)
    if (isToGoBack && !disposed.aborted) await goBack(journey.returnTo, landed)
    const outcome = takeOutcome(notes) ?? (landed !== 'signed-in' ? landed : undefined)
    const found = await acquire({ scopes: settings.scopes, fresh: false })
    if (!isRefusal(found) || !needsSignIn(found)) return found
    // Whoever comes back without having signed in is not sent there again: that could go on for ever.
    if (outcome && needsSignIn(outcome)) return outcome
    return (await redirectAutomatically()) ?? outcome ?? found
  }

  /** Hands the response to MSAL. Without one MSAL is not asked: it would eat the fragment of another library. */
  async function land(): Promise<'signed-in' | Refusal | undefined> {
    if (response === undefined) return undefined
    const hash = response
    response = undefined
    const result = await settle(client.handleRedirectPromise({ hash, navigateToLoginRequestUrl: false }))
    if (result === null) return undefined
    if ('refused' in result) return isStrayResponse(result.cause) ? undefined : result
    client.setActiveAccount(result.account)
    mark.clear()
    notes.triedSilently.write(undefined)
    return 'signed-in'
  }

  async function acquire({ scopes, fresh, claims }: TokenRequest): Promise<AccessToken | Refusal> {
    const account = accountAtHand(client, settings.loginHint)
    if (!account) return { refused: 'sign_in_required', nobody: true }
    const request = { scopes: [...scopes], account, forceRefresh: fresh, cacheLookupPolicy: NO_IFRAME }
    const result = await settle(client.acquireTokenSilent({ ...request, ...(claims && { claims }) }))
    return 'refused' in result ? result : tokenOf(result)
  }

  async function settle<T>(promise: Promise<T>): Promise<T | Refusal> {
    return withDeadline<T | Refusal>(promise.catch(refusalOf), SILENT_DEADLINE_MS, () => ({ refused: 'timed_out' }))
  }

  /** `undefined` where the app does not want it, or it may not be. */
  async function redirectAutomatically(): Promise<Refusal | undefined> {
    const silent = settings.autoSignIn === 'silent'
    if (settings.autoSignIn === 'never' || (silent && notes.triedSilently.read())) return undefined
    if (obstacle() || mark.isSet() || isTooSoon(notes, context.now())) return undefined
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
    if (!notes.triedSilently.lasting)
      return { refused: 'unsupported', message: 'Storage is blocked, so the way back from Entra ID would be lost.' }
    return undefined
  }

  function leaveToSignIn(request: SignInRequest, how: { silent: boolean; automatic: boolean }): Promise<Refusal> {
    const { pathname, search, hash } = window.location
    writeJourney(window, settings.clientId, { returnTo: request.returnTo ?? pathname + search + hash, ...how })
    context.emit({ type: 'redirect', automatic: how.automatic, to: 'sign-in' })
    return leave(() => client.acquireTokenRedirect(redirectRequest(request, how.silent)))
  }

  function redirectRequest({ scopes, claims, prompt }: SignInRequest, silent: boolean): RedirectRequest {
    const account = accountAtHand(client, settings.loginHint)
    const how = silent ? 'none' : prompt
    const hint = account ? { account } : settings.loginHint ? { loginHint: settings.loginHint } : {}
    return {
      scopes: [...scopes],
      ...(prompt === 'select_account' ? {} : hint),
      ...(how && { prompt: how }),
      ...(claims && { claims }),
    }
  }

  /** Settles only if the page was not left: the user came back by the Back button, or something refused. */
  function leave(go: () => Promise<void>): Promise<Refusal> {
    return new Promise((resolve) => {
      const over = new AbortController()
      const { signal } = over
      const end = (refusal: Refusal) => {
        clearTimeout(timer)
        over.abort()
        resolve(refusal)
      }
      const timer = setTimeout(() => end({ refused: 'timed_out' }), LEAVE_DEADLINE_MS)
      const restored = ({ persisted }: PageTransitionEvent) => persisted && end({ refused: 'cancelled' })
      window.addEventListener('pageshow', restored, { signal })
      disposed.addEventListener('abort', () => end({ refused: 'disposed' }), { signal })
      depart(go).catch((cause: unknown) => end(refusalOf(cause)))
    })
  }

  async function depart(go: () => Promise<void>): Promise<void> {
    try {
      await go()
    } catch (cause) {
      if (!isInteractionInProgress(cause)) throw cause
      // Left over from a redirect that was abandoned, maybe by another app of this origin. MSAL keeps it per tab.
      window.sessionStorage.removeItem('msal.interaction.status')
      await go()
    }
  }

  /** The document that the user was on is another one. What came of the sign-in waits there. */
  function goBack(returnTo: string, landed: 'signed-in' | Refusal): Promise<void> {
    if (landed !== 'signed-in') notes.outcome.write(JSON.stringify({ refused: landed.refused, nobody: landed.nobody }))
    // Absolute, because a `<base>` would lead a path elsewhere.
    window.location.replace(window.location.origin + returnTo)
    return withDeadline<void>(new Promise<never>(() => {}), LEAVE_DEADLINE_MS, () => {})
  }

  async function signOut({ entra }: { entra: boolean }): Promise<Refusal | undefined> {
    const account = accountAtHand(client, settings.loginHint)
    if (!entra) {
      await settle(client.clearCache(account ? { account } : undefined))
      client.setActiveAccount(null)
      return undefined
    }
    const refusal = obstacle()
    if (refusal) return refusal
    context.emit({ type: 'redirect', automatic: false, to: 'sign-out' })
    return leave(() => client.logoutRedirect(account ? { account } : {}))
  }

  return { start, acquire, signIn, signOut }
}

async function openClient(context: RedirectContext): Promise<IPublicClientApplication | Refusal> {
  const { library, settings, window, nativeFetch } = context
  try {
    const client: IPublicClientApplication = new library.PublicClientApplication(configurationOf(settings, nativeFetch))
    const opened = client.initialize().then(() => client)
    return await withDeadline<IPublicClientApplication | Refusal>(opened, SILENT_DEADLINE_MS, () => ({
      refused: 'timed_out',
    }))
  } catch (cause) {
    return refusalOfMsal(cause, window.navigator)
  }
}

/** Whose token to ask for: the account chosen last, the one that the app prefers, or the only one. */
function accountAtHand(client: IPublicClientApplication, loginHint: string | undefined): AccountInfo | undefined {
  const active = client.getActiveAccount()
  if (active) return active
  const accounts = client.getAllAccounts()
  if (loginHint) return accounts.find(({ username }) => username.toLowerCase() === loginHint.toLowerCase())
  return accounts.length === 1 ? accounts[0] : undefined
}

function isElsewhere(returnTo: string, { location }: Window): boolean {
  return new URL(returnTo, location.href).pathname !== location.pathname
}

function isInteractionInProgress(cause: unknown): boolean {
  return (cause as { errorCode?: unknown } | null)?.errorCode === 'interaction_in_progress'
}
