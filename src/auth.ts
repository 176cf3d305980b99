import { createAuthFetch } from './carriers/fetch.js'
import { abortable } from './deadline.js'
import { AuthError } from './errors.js'
import type { AuthEvent } from './events.js'
import type { Explanation } from './explain.js'
import type { Flow } from './flow.js'
import { detectHost, type Host } from './host.js'
import { attachLink } from './link.js'
import { type AuthOptions, checkOptions, checkResource, checkScopes, checkSignIn, type Settings } from './options.js'
import { loadFlow, loadMsal, loadTeams } from './sources/load.js'
import { takeResponse } from './sources/msal/response.js'
import { createSignedOutMark } from './sources/signed-out.js'
import type { AccessToken } from './sources/source.js'
import { type AuthState, createStateStore } from './state.js'
import { createWake } from './wake.js'

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
   * another account came meanwhile. `offline`, `unavailable`, `throttled`, `timed_out`, `host_timeout`: try later.
   */
  getToken(scopes?: string | string[], options?: GetTokenOptions): Promise<AccessToken>
  /** `fetch` that sends the token to `AuthOptions.protectedResources`, and renews and replays once after a 401. */
  readonly fetch: typeof fetch
  /**
   * Signs in with interaction. Call it from a click. In a browser the page is left, and the promise stays pending.
   *
   * @throws {AuthError} `cancelled`, `denied`, `timed_out` if the page is still here after 10 s, `framed`, `offline`
   */
  signIn(options?: SignInOptions): Promise<void>
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
  const window = globalThis.window as Window | undefined
  const settings = checkOptions(options, window?.location.href)
  const host = detectHost(settings.host, window)
  return window ? openAuth(options, settings, host, window) : createServerAuth(host)
}

/** The whole flow: page → host → source → tokens → carriers. */
function openAuth(options: AuthOptions, settings: Settings, host: Host, window: Window): Auth {
  const now = options.now ?? (() => Date.now())
  const nativeFetch = window.fetch.bind(window)
  const response = host.kind === 'teams' ? undefined : takeResponse(window, settings.clientId)
  const mark = createSignedOutMark(window, settings.clientId)
  const wake = createWake(window, now)
  const state = createStateStore(host, emit)
  const disposal = new AbortController()
  const tokenListeners = new Set<(token: AccessToken) => void>()
  let flow: Flow | undefined

  /** Asks for the flow and for what this door needs, all side by side. */
  async function openFlow(): Promise<Flow> {
    if (!flow) void (host.kind === 'teams' ? loadTeams(window) : loadMsal())
    const part = await abortable(loadFlow(), disposal.signal)
    if ('refused' in part) throw new AuthError(part.refused, { phase: 'source', ...part })
    const renewed = (token: AccessToken) => {
      for (const listener of [...tokenListeners]) listener(token)
    }
    flow ??= part.createFlow({ settings, window, host, state, mark, response, nativeFetch, now, emit, renewed })
    return flow
  }

  function start(): void {
    const isSignedOutHere = mark.isSet() && response === undefined
    if (isSignedOutHere) state.apply({ type: 'signed-out' })
    if (isSignedOutHere && host.kind !== 'teams') return
    openFlow().then(
      ({ start }) => start(),
      (error: AuthError) => state.apply({ type: 'refused', error, nobody: false }),
    )
  }

  function recheck(): void {
    const { current } = state
    if (current.status === 'failed' && current.error.retryable) start()
    if (current.status === 'signed-in') flow?.tokens.recheck()
  }

  async function getToken(scopes?: string | readonly string[], options: GetTokenOptions = {}): Promise<AccessToken> {
    const wanted = scopes === undefined || scopes.length === 0 ? settings.scopes : checkScopes('scopes', scopes)
    if (state.current.status === 'starting') await abortable(state.ready, options.abortSignal)
    if (state.current.status !== 'signed-in') throw errorOf(state.current)
    return (await openFlow()).tokens.get(wanted, options)
  }

  function emit(event: AuthEvent): void {
    try {
      options.onEvent?.(event)
    } catch (error) {
      reportError(error)
    }
  }

  const stops = [wake.subscribe(recheck), mark.watch(() => flow?.leave())]

  const auth: Auth = {
    get state() {
      return state.current
    },
    ready: state.ready,
    subscribe: state.subscribe,
    getToken,
    fetch: createAuthFetch({
      ...{ emit, getToken, resources: settings.resources, fetch: options.fetch ?? nativeFetch },
      baseUrl: () => window.document.baseURI,
    }),
    async signIn(request) {
      const checked = checkSignIn(request, settings.scopes, window)
      await (await openFlow()).signIn(checked)
    },
    async signOut(request) {
      mark.set()
      state.apply({ type: 'signed-out' }, () => flow?.tokens.forget('sign_in_required'))
      await (await openFlow()).signOut({ entra: request?.entra === true })
    },
    explain: () => flow?.explain() ?? unknown(state.current),
    dispose() {
      if (disposal.signal.aborted) return
      disposal.abort(new AuthError('disposed', { phase: 'source' }))
      for (const stop of stops) stop()
      state.apply({ type: 'disposed' }, () => flow?.dispose())
      tokenListeners.clear()
    },
  }

  attachLink(auth, {
    peek: () => (state.current.status === 'signed-in' ? flow?.tokens.peek(settings.scopes) : undefined),
    onToken(listener) {
      tokenListeners.add(listener)
      return () => void tokenListeners.delete(listener)
    },
    onWake: wake.subscribe,
    protect: (url) => void settings.resources.push(checkResource('url', url, window.document.baseURI)),
    emit,
  })
  start()
  return auth
}

/** Without a window nobody signs in: the state stays `starting`, and calls say why. */
function createServerAuth(host: Host): Auth {
  const state: AuthState = Object.freeze({ host, status: 'starting' })
  const message = 'There is no window here: this runs on a server.'
  const refuse = () => Promise.reject(new AuthError('unsupported', { phase: 'host', message }))
  return {
    ...{ state, ready: Promise.resolve(state), subscribe: () => () => {} },
    ...{ getToken: refuse, fetch: refuse, signIn: refuse, signOut: refuse },
    ...{ explain: () => unknown(state), dispose() {} },
  }
}

function unknown({ host, status }: AuthState): Explanation {
  return { host, status, source: undefined, token: undefined, lastError: undefined }
}

/** What a call is told that needs somebody signed in. */
function errorOf(state: AuthState): AuthError {
  if (state.status === 'failed') return state.error
  const { reason, error } = state as Extract<AuthState, { status: 'signed-out' }>
  const code = reason === 'consent' ? 'consent_required' : 'sign_in_required'
  return new AuthError(code, { phase: 'source', cause: error, claims: error?.claims })
}
