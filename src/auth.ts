import { createSignedOutFlag } from './account/signed-out-flag.js'
import type { AuthState } from './account/state.js'
import { createStateStore, errorOfState } from './account/store.js'
import { bindCall } from './carriers/fetch/call.js'
import { attachInternals } from './carriers/internals.js'
import type { Engine, EngineContext, InternalOptions, Listeners } from './engine.js'
import type { AuthEvent } from './events.js'
import type { Explanation } from './explain.js'
import { loadEngine } from './load-engine.js'
import { type AuthOptions, checkOptions, checkResource } from './options.js'
import { detectHost, type Host } from './page/host.js'
import type { Account } from './shared/claims.js'
import { abortable } from './shared/deadline.js'
import { AuthError } from './shared/errors.js'
import { subscribe } from './shared/listeners.js'
import { loadMsal, loadTeams } from './sources/load.js'
import { removeEntries } from './sources/msal/entries.js'
import { endJourney, leaveResponse, takeResponse } from './sources/msal/response.js'
import type { AccessToken } from './sources/source.js'

export interface GetTokenOptions {
  /** Rejects the call with the reason of the signal. The acquisition goes on for others. */
  abortSignal?: AbortSignal | undefined
  /** A claims challenge, as JSON text, that the token must satisfy. */
  claims?: string | undefined
  /** A token that a server refused. Renews only if it is still the cached one. */
  rejectedToken?: string | undefined
}

export interface SignInOptions {
  /** Default: `AuthOptions.scopes`. */
  scopes?: string | string[] | undefined
  /** Path, query and fragment of this origin to be at after the sign-in. Default: where the page is. */
  returnTo?: string | undefined
  /** The claims challenge of an `AuthError`, as JSON text. */
  claims?: string | undefined
  /** `select_account` lets the user choose another account. Browser only. Default: whatever takes fewest steps. */
  prompt?: 'select_account' | 'login' | 'consent' | undefined
}

export interface SignOutOptions {
  /** Also end the session at Entra ID, by a redirect. Browser only. Default: `false`. */
  entra?: boolean | undefined
}

/** One sign-in, whichever door the page came through. All methods are bound. */
export interface Auth {
  /** An immutable snapshot, replaced at every change. */
  readonly state: AuthState
  /** The first state after `starting`. Never rejects, never hangs. On a server it is `starting` itself. */
  readonly ready: Promise<AuthState>
  /** Hears every change of the state. Returns the undo. */
  subscribe(listener: (state: AuthState) => void): () => void
  /**
   * An access token, from the cache where that is good enough.
   *
   * @param scopes default: `AuthOptions.scopes`
   * @throws {AuthError} `sign_in_required` or `consent_required`: call `signIn()` on a click. `account_mismatch`:
   * another account came meanwhile. `offline`, `unavailable`, `throttled`, `timed_out`, `host_timeout`: try later,
   * if `retryable`.
   */
  getToken(scopes?: string | string[], options?: GetTokenOptions): Promise<AccessToken>
  /** `fetch` that sends the token to `AuthOptions.protectedResources`, and renews and replays once after a 401. */
  readonly fetch: typeof fetch
  /**
   * Signs in with interaction. Call it from a click: `button.onclick = auth.signIn` and React's `onClick={auth.signIn}`
   * will do, the event is ignored. In a browser the page is left, and the promise stays pending.
   *
   * @throws {AuthError} `cancelled`, `denied`, `timed_out` if the page is still here after 10 s, `framed`, `offline`
   */
  signIn(options?: SignInOptions | Event | { readonly nativeEvent: unknown }): Promise<void>
  /** Signs out here. It sticks, over reloads too, until `signIn()`. */
  signOut(options?: SignOutOptions): Promise<void>
  /** Why things are as they are. Never holds a token. */
  explain(): Explanation
  /** Ends timers, listeners and pending calls, which reject with `disposed`. */
  dispose(): void
}

/**
 * Begins the sign-in of a page: finds out which door it came through and asks there, without interaction, for a token.
 *
 * @throws {AuthError} `config_invalid`: names the option, what is wrong with it and a valid example
 */
export function createAuth(options: AuthOptions): Auth {
  return createAuthWith(options)
}

/** `createAuth` for an entry of ours that has to stand around what the flow does. */
export function createAuthWith(options: AuthOptions, surroundings?: InternalOptions): Auth {
  const window = globalThis.window as Window | undefined
  const settings = checkOptions(options, window?.location.href)
  const host = detectHost(settings.host, window)
  return window ? openAuth(options, { ...surroundings, settings, host, window }) : createServerAuth(host)
}

type Given = InternalOptions & Pick<EngineContext, 'settings' | 'host' | 'window'>

/** The whole flow: page → host → source → tokens → carriers. */
function openAuth(options: AuthOptions, given: Given): Auth {
  const { settings, host, window } = given
  const { clientId } = settings
  const now = options.now ?? (() => Date.now())
  const nativeFetch = window.fetch?.bind(window) // the jsdom of Jest has none
  const response = host.kind === 'teams' ? undefined : takeResponse(window, clientId)
  const signedOutFlag = createSignedOutFlag(window, clientId)
  const state = createStateStore(host, emit)
  const disposal = new AbortController()
  const listeners: Listeners = { token: new Set(), wake: new Set(), account: new Set() }
  let flow: Engine | undefined

  /** Asks for the flow and for what this door needs, all side by side. Who signed out here needs no MSAL until `signIn()`. */
  async function openFlow(): Promise<Engine> {
    disposal.signal.throwIfAborted()
    if (host.kind === 'teams') void loadTeams(window)
    else if (state.current.status === 'starting') void loadMsal()
    const part = await abortable(loadEngine(), disposal.signal)
    if ('refused' in part) throw new AuthError(part.refused, { phase: 'source', ...part })
    flow ??= part.createEngine({ ...given, state, signedOutFlag, response, nativeFetch, now, emit, listeners })
    return flow
  }

  /** Whoever is signed in now, or, during the start, whoever is the first. Then there is a flow. */
  async function signedIn(abortSignal: AbortSignal | null | undefined): Promise<[Engine, Account]> {
    const { current } = state
    const found = current.status === 'starting' ? await abortable(state.ready, abortSignal) : current
    if (found.status !== 'signed-in') throw errorOfState(found)
    return [flow as Engine, found.account]
  }

  function start(): void {
    if (flow) return
    // The flow comes all the same: it hears of a sign-in elsewhere.
    if (signedOutFlag.isSet() && response === undefined) state.become({ status: 'signed-out', reason: 'by-user' })
    openFlow().then(
      (opened) => opened.start(),
      (error: AuthError) => {
        if (disposal.signal.aborted) return
        if (state.current.status === 'starting') state.become({ status: 'failed', error })
        for (const wake of ['online', 'focus'])
          window.addEventListener(wake, start, { once: true, signal: disposal.signal })
      },
    )
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
      return state.current
    },
    ready: state.ready,
    subscribe: state.subscribe,
    getToken: async (scopes, request) => (await signedIn(request?.abortSignal))[0].getToken(scopes, request ?? {}),
    async fetch(input, init) {
      const base = options.fetch ?? nativeFetch
      const call = bindCall(settings.resources, window.document.baseURI, input, init)
      if (!call) {
        const response = await base(input, init)
        flow?.passed(response, input, init)
        return response
      }
      const [opened, { key }] = await signedIn(call.signal)
      return opened.fetch(base, call, key)
    },
    signIn: async (request) => (await openFlow()).signIn(request),
    async signOut(request) {
      disposal.signal.throwIfAborted()
      signedOutFlag.set()
      removeEntries(window, clientId)
      endJourney(window, clientId)
      state.become({ status: 'signed-out', reason: 'by-user' }, () => flow?.forget())
      await (await openFlow()).signOut({ entra: request?.entra === true })
    },
    explain: () => flow?.explain() ?? { host, status: state.current.status },
    dispose() {
      if (disposal.signal.aborted) return
      const error = new AuthError('disposed', { phase: 'source' })
      disposal.abort(error)
      leaveResponse(clientId, response)
      state.become({ status: 'failed', error }, () => flow?.dispose())
    },
  }

  attachInternals(auth, {
    peek: () => flow?.peek(),
    accounts: () => flow?.accounts ?? [],
    onToken: (listener) => subscribe(listeners.token, listener),
    onWake: (listener) => subscribe(listeners.wake, listener),
    onAccount: (listener) => subscribe(listeners.account, listener),
    disposed: disposal.signal,
    protect: (url) => void settings.resources.push(checkResource('url', url, window.location.href)),
    emit,
  })
  start()
  return auth
}

/** Without a window nobody signs in: the state stays `starting`, and calls say why. */
function createServerAuth(host: Host): Auth {
  const state: AuthState = Object.freeze({ host, status: 'starting' })
  const refuse = () => Promise.reject(new AuthError('unsupported', { phase: 'host' }))
  return {
    ...{ state, ready: Promise.resolve(state), subscribe: () => () => {} },
    ...{ getToken: refuse, fetch: refuse, signIn: refuse, signOut: refuse },
    explain: () => state,
    dispose: () => {},
  }
}
