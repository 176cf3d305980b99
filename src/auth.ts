import { createAccountOwner } from './account/account-owner.js'
import { type AuthState, errorOfState, isNobody } from './account/state.js'
import { bindCall } from './carriers/fetch/call.js'
import { attachInternals } from './carriers/internals.js'
import type { Engine, EngineContext, InternalOptions, Listeners } from './engine.js'
import type { AuthEvent } from './events.js'
import type { Explanation } from './explain.js'
import { loadEngine } from './load-engine.js'
import type { AuthOptions } from './options.js'
import { detectHost, type Host } from './page/host.js'
import { createSignedOutFlag } from './page/signed-out-flag.js'
import { checkOptions, checkResource } from './settings.js'
import { abortable } from './shared/deadline.js'
import { AuthError } from './shared/errors.js'
import { subscribe } from './shared/listeners.js'
import { findResource } from './shared/resources.js'
import { loadMsal, loadTeams } from './sources/load.js'
import { removeEntries } from './sources/msal/entries.js'
import { endPendingRedirect, passOnResponse, takeResponse } from './sources/msal/response.js'
import type { AccessToken } from './sources/source.js'

export interface GetTokenOptions {
  /** Rejects the call with the reason of the signal. Other calls still get the token. */
  abortSignal?: AbortSignal | undefined
  /** A claims challenge, as JSON text, that the token must satisfy. */
  claims?: string | undefined
  /** A token that a server refused. It is renewed only if no newer one has come since. */
  rejectedToken?: string | undefined
}

export interface SignInOptions {
  /** The scopes to ask consent for. @default `AuthOptions.scopes` */
  scopes?: string | string[] | undefined
  /** Path, query and fragment of this origin to be at after the sign-in. @default where the page is */
  returnTo?: string | undefined
  /** The claims challenge of an `AuthError`, as JSON text. */
  claims?: string | undefined
  /** `select_account` lets the user choose another account. Browser only. @default the fewest steps */
  prompt?: 'select_account' | 'login' | 'consent' | undefined
  /**
   * Whether a browser opens a pop-up instead of leaving the page. It needs `AuthOptions.popupPage`, and a click: call `signIn()`
   * before anything else is awaited. Hosts decide by themselves. @default false
   */
  popup?: boolean | undefined
}

export interface SignOutOptions {
  /** Whether to end the session at Entra ID too, by a redirect. Browser only. @default false */
  entra?: boolean | undefined
}

/** The sign-in of a page, in a browser and in Teams alike. All methods are bound. */
export interface Auth {
  /** An immutable snapshot, replaced at every change. */
  readonly state: AuthState
  /** The first state after `starting`. Never rejects, never hangs. On a server it is `starting` itself. */
  readonly ready: Promise<AuthState>
  /** Calls `listener` on every state change. Returns an unsubscribe function. */
  subscribe(listener: (state: AuthState) => void): () => void
  /**
   * An access token, from the cache unless it is about to expire.
   *
   * @param scopes - default: `AuthOptions.scopes`
   * @throws {AuthError} `sign_in_required` or `consent_required`: call `signIn()` on a click. `account_mismatch`:
   * another account has signed in meanwhile. `offline`, `unavailable`, `throttled`, `timed_out`, `host_timeout`: try
   * later, if `retryable`.
   *
   * @example
   * ```ts
   * const { token } = await auth.getToken('User.Read')
   * ```
   */
  getToken(scopes?: string | string[], options?: GetTokenOptions): Promise<AccessToken>
  /**
   * `fetch` that sends the token to `AuthOptions.protectedResources`, and renews it and repeats the call once after a 401.
   *
   * @throws {AuthError} as `getToken()` does. A protected call is never sent without a token
   */
  readonly fetch: typeof fetch
  /**
   * Signs in with interaction. Call it from a click: `button.onclick = auth.signIn` and React's `onClick={auth.signIn}`
   * work, the event is ignored. A browser goes to Entra ID, and the promise stays pending, or opens a pop-up with `popup`.
   * A call while another one is under way joins that one, whatever it asks for.
   *
   * @throws {AuthError} `cancelled`, `denied`, `timed_out` if the page is still here after 10 s or the pop-up open after 10 min,
   * `unsupported` if the browser blocks the pop-up, `framed`, `offline`
   */
  signIn(options?: SignInOptions | Event | { readonly nativeEvent: unknown }): Promise<void>
  /**
   * Signs out of this app, in all tabs of this origin. It lasts over reloads, until `signIn()`.
   *
   * @throws {AuthError} `disposed`, or why the session at Entra ID could not be ended. The tokens here are gone even then
   */
  signOut(options?: SignOutOptions): Promise<void>
  /** What is known, for a support page or a bug report. Never holds a token. */
  explain(): Explanation
  /** Ends timers, listeners and pending calls, which reject with `disposed`. */
  dispose(): void
}

/**
 * Begins the sign-in of a page: finds out where the page runs and asks there, without interaction, for a token.
 *
 * @throws {AuthError} `config_invalid`: names the option, what is wrong with it and a valid example
 *
 * @example
 * ```ts
 * const auth = createAuth({ clientId, tenant: 'contoso.com', scopes: [`api://app.contoso.com/${clientId}/access_as_user`] })
 * auth.subscribe((state) => (button.hidden = state.status !== 'signed-out'))
 * button.onclick = auth.signIn
 * const response = await auth.fetch('/api/messages')
 * ```
 */
export function createAuth(options: AuthOptions): Auth {
  return createAuthWith(options)
}

/** `createAuth` for an entry of ours that takes part in what the engine does. */
export function createAuthWith(options: AuthOptions, internal?: InternalOptions): Auth {
  const window = globalThis.window as Window | undefined
  const settings = checkOptions(options, window?.location.href)
  const host = detectHost(settings.host, window)
  return window ? openAuth(options, { ...internal, settings, window, host }) : createServerAuth(host)
}

/** The whole flow: page → host → source → tokens → carriers. */
function openAuth(
  options: AuthOptions,
  given: InternalOptions & Pick<EngineContext, 'settings' | 'window' | 'host'>,
): Auth {
  const { settings, window, host } = given
  const { clientId } = settings
  const nativeFetch = window.fetch?.bind(window) // the jsdom of Jest has none
  const response = host.kind === 'teams' ? undefined : takeResponse(window, clientId)
  const signedOutFlag = createSignedOutFlag(window, clientId)
  const account = createAccountOwner({ host, signedOutFlag, forget, emit })
  const { disposed } = account
  const listeners: Listeners = { token: new Set(), wake: new Set(), account: new Set() }
  let engine: Engine | undefined

  /**
   * Loads the engine and, at the same time, the library that this host needs. After a sign-out MSAL is not needed before
   * `signIn()`.
   */
  async function openEngine(): Promise<Engine> {
    disposed.throwIfAborted()
    if (host.kind === 'teams') void loadTeams(window)
    else if (account.state.status === 'starting') void loadMsal()
    const part = await abortable(loadEngine(), disposed)
    if ('refused' in part) throw new AuthError(part.refused, { phase: 'source', ...part })
    engine ??= part.createEngine({
      ...given,
      account,
      signedOutFlag,
      response,
      nativeFetch,
      options,
      emit,
      listeners,
    })
    return engine
  }

  /** The engine, which is there as soon as somebody is signed in, and the key of the account. */
  function signedIn(found: AuthState): [Engine, string] {
    if (found.status !== 'signed-in') throw errorOfState(found)
    return [engine as Engine, found.account.key]
  }

  /** Waits for the start. */
  async function started(abortSignal: AbortSignal | null | undefined): Promise<AuthState> {
    const { state, ready } = account
    return state.status === 'starting' ? abortable(ready, abortSignal) : state
  }

  function start(): void {
    if (engine) return
    // The engine is loaded all the same: it notices a sign-in elsewhere.
    if (signedOutFlag.isSet() && response === undefined) account.staySignedOut()
    openEngine().then(
      (opened) => opened.start(),
      (error: AuthError) => {
        if (disposed.aborted) return
        account.fail(error)
        for (const type of ['online', 'focus']) window.addEventListener(type, start, { once: true, signal: disposed })
      },
    )
  }

  /** Local tokens go first, whatever fails afterwards. */
  function forget(): void {
    removeEntries(window, clientId)
    endPendingRedirect(window, clientId)
    engine?.forget()
  }

  function emit(event: AuthEvent): void {
    try {
      options.onEvent?.(event)
    } catch (error) {
      reportError(error)
    }
  }

  const auth: Auth = {
    get state() {
      return account.state
    },
    ready: account.ready,
    subscribe: account.subscribe,
    getToken: async (scopes, request) =>
      signedIn(await started(request?.abortSignal))[0].getToken(scopes, request ?? {}),
    async fetch(input, init) {
      const base = options.fetch ?? nativeFetch
      const call = bindCall(settings.resources, window.document.baseURI, input, init)
      if (!call) {
        const response = await base(input, init)
        engine?.onUnprotected(response, input, init)
        return response
      }
      const found = await started(call.signal)
      if (call.resource.optional && isNobody(found)) return base(call.input, call.init)
      const [opened, key] = signedIn(found)
      return opened.fetch(base, call, key)
    },
    signIn: async (request) => (await openEngine()).signIn(request),
    async signOut(request) {
      account.signOut()
      await (await openEngine()).signOut({ entra: request?.entra === true })
    },
    explain: () => engine?.explain() ?? { host, status: account.state.status },
    dispose: account.dispose,
  }

  attachInternals(auth, {
    peek: () => engine?.peek(),
    accounts: () => engine?.accounts ?? [],
    onToken: (listener) => subscribe(listeners.token, listener),
    onWake: (listener) => subscribe(listeners.wake, listener),
    onAccount: (listener) => subscribe(listeners.account, listener),
    hasResponse: response !== undefined,
    disposed,
    scopesFor: (url) => findResource(settings.resources, new URL(url))?.scopes,
    protect: (url) => void settings.resources.push(checkResource('url', url, window.location.href)),
    emit,
  })
  disposed.addEventListener('abort', () => passOnResponse(clientId, response))
  start()
  return auth
}

/** Without a window nobody signs in: the state stays `starting`, and calls say why. */
function createServerAuth(host: Host): Auth {
  const state: AuthState = Object.freeze({ host, status: 'starting' })
  const refuse = () => Promise.reject(new AuthError('unsupported', { phase: 'host' }))
  return {
    state,
    ready: Promise.resolve(state),
    subscribe: () => () => {},
    getToken: refuse,
    fetch: refuse,
    signIn: refuse,
    signOut: refuse,
    explain: () => state,
    dispose: () => {},
  }
}
