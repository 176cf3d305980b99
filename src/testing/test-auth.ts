import type {
  AccessToken,
  Account,
  Auth,
  AuthStatus,
  GetTokenOptions,
  Host,
  ProtectedResource,
  SignInOptions,
  SignOutOptions,
} from '../index.js'
import { abortable } from '../shared/deadline.js'
import { AuthError } from '../shared/errors.js'
import { notify, subscribe } from '../shared/listeners.js'
import { findResource } from '../shared/resources.js'
import {
  attachInternals,
  bindCall,
  checkResource,
  checkResources,
  createStateStore,
  errorOfState,
  explain,
  fetchWithToken,
  followAccount,
  isEvent,
  isNobody,
  type Listeners,
} from './auth-parts.js'
import { statusOf, type TestState } from './test-state.js'
import { createTestTokens } from './test-tokens.js'

export interface TestAuthOptions {
  /**
   * The token that every call gives.
   *
   * @default an unsigned one that names the account, and another one after a rejection
   */
  token?: string | undefined
  /**
   * The scopes of a call without any.
   *
   * @default ['api://app.example/access_as_user']
   */
  scopes?: readonly string[] | undefined
  /**
   * Where `fetch` sends the token, as in `AuthOptions`.
   *
   * @default the origin of the page
   */
  protectedResources?: readonly ProtectedResource[] | undefined
  /**
   * What `fetch` sends its requests with.
   *
   * @default the global `fetch`
   */
  fetch?: typeof fetch | undefined
  /**
   * The clock, in milliseconds since the epoch.
   *
   * @default Date.now
   */
  now?: (() => number) | undefined
}

/** The calls of the app, with their arguments. */
export interface TestAuthCalls {
  readonly signIn: readonly (SignInOptions | undefined)[]
  readonly signOut: readonly (SignOutOptions | undefined)[]
  /** The scopes of each call. */
  readonly getToken: readonly (readonly string[])[]
}

/**
 * An `Auth` for unit tests of an app: it signs no one in, loads nothing, and is in the state that the test sets.
 * `withSocketAuth`, `keepSession` and `tokenHooks` take it like one of `createAuth()`.
 */
export interface TestAuth extends Auth {
  /** Replaces the state and calls all listeners. Without a `host` the last one stays. Ignored after `dispose()`. */
  set(state: TestState): void
  /** Renews the token: with `token`, or another unsigned one. Does nothing unless the state is `signed-in`. */
  renew(token?: string): void
  /** Wakes the page up, as after a sleep or when it is back online. */
  wake(): void
  /** Signs another account in. */
  switchAccount(account: Account): void
  /** Signs the user out as in another tab. */
  signOutElsewhere(): void
  /** The calls of the app so far. None of them changes the state: that is for the test to do. */
  readonly calls: TestAuthCalls
}

const DEFAULT_SCOPES = ['api://app.example/access_as_user']
const testHost: Host = { kind: 'browser', certain: true, reasons: ['a test says so'] }

const baseUrl = () => globalThis.document?.baseURI ?? 'http://localhost/'

/**
 * Makes a {@link TestAuth}. All methods are bound.
 *
 * `getToken()` does in each state what that of `createAuth()` does: it waits while `starting`, gives a token while
 * `signed-in`, rejects with `sign_in_required` or `consent_required` while `signed-out`, and with the error of the state
 * when `failed`.
 *
 * ```tsx
 * const auth = createTestAuth('signed-in')
 * render(<App auth={auth} />)
 * auth.set('signed-out')
 * ```
 *
 * @param start - the first state, or the name of its status alone
 * @throws {AuthError} `config_invalid`: there is no such status, or an entry of `protectedResources` is not a URL that a
 * token may go to
 */
export function createTestAuth(start: TestState, options: TestAuthOptions = {}): TestAuth {
  const initial = statusOf(start)
  const { scopes = DEFAULT_SCOPES, now = () => Date.now() } = options
  const { fetch: send = (...request) => globalThis.fetch(...request), protectedResources = ['/'] } = options
  const resources = checkResources(protectedResources, baseUrl())
  const calls: { [K in keyof TestAuthCalls]: TestAuthCalls[K][number][] } = { signIn: [], signOut: [], getToken: [] }
  const tokens = createTestTokens({ scopes, token: options.token, now })
  const state = createStateStore('host' in initial ? initial.host : testHost, () => {})
  const listeners: Listeners = { token: new Set(), wake: new Set(), account: new Set() }
  const followed = followAccount(listeners.account, () => state.current)
  /** As in `Internals`. */
  const accounts: (string | undefined)[] = []
  const disposal = new AbortController()

  function set(wanted: TestState): void {
    if (disposal.signal.aborted) return
    const next = statusOf(wanted)
    if ('host' in next && next.host !== state.current.host) state.describe(next.host)
    become(next)
  }

  /** @param finish runs before any listener of the state */
  function become(next: AuthStatus, finish?: () => void): void {
    state.become(next, () => {
      const key = 'account' in next ? next.account?.key : undefined
      if (next.status !== 'failed' && key !== accounts.at(-1)) accounts.push(key)
      followed()
      finish?.()
    })
  }

  /** The token at hand, while the state is `signed-in`. */
  function peek(rejectedToken?: string): AccessToken | undefined {
    const { current } = state
    return current.status === 'signed-in' ? tokens.current(current.account, rejectedToken) : undefined
  }

  function renew(token?: string): void {
    const { current } = state
    if (current.status === 'signed-in') notify(listeners.token, tokens.renew(current.account, token))
  }

  async function started(abortSignal: AbortSignal | null | undefined) {
    return state.current.status === 'starting' ? abortable(state.ready, abortSignal) : state.current
  }

  async function getToken(
    wanted: string | readonly string[] = scopes,
    how: GetTokenOptions = {},
  ): Promise<AccessToken> {
    const asked = [wanted].flat()
    calls.getToken.push(asked)
    how.abortSignal?.throwIfAborted()
    if (state.current.status === 'starting') await started(how.abortSignal)
    const token = peek(how.rejectedToken)
    if (!token) throw errorOfState(state.current)
    return { ...token, scopes: asked }
  }

  async function testFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const call = bindCall(resources, baseUrl(), input, init)
    if (!call) return send(input, init)
    const found = await started(call.signal)
    if (call.resource.optional && isNobody(found)) return send(call.input, call.init)
    if (found.status !== 'signed-in') throw errorOfState(found)
    return fetchWithToken({ fetch: send, resources, getToken, emit() {} }, call, found.account.key)
  }

  function dispose(): void {
    if (disposal.signal.aborted) return
    const error = new AuthError('disposed', { phase: 'source' })
    become({ status: 'failed', error }, () => disposal.abort(error))
  }

  if (initial.status !== 'starting') become(initial)
  const auth: TestAuth = {
    get state() {
      return state.current
    },
    ready: state.ready,
    subscribe: state.subscribe,
    getToken,
    fetch: testFetch,
    async signIn(how) {
      calls.signIn.push(isEvent(how) ? undefined : how)
    },
    async signOut(how) {
      calls.signOut.push(how)
    },
    explain: () =>
      explain({ state: state.current, source: undefined, token: undefined, lastError: undefined, now: now() }),
    dispose,
    set,
    renew,
    calls,
    wake: () => notify(listeners.wake),
    switchAccount(account) {
      set({ status: 'signed-in', account })
      renew()
    },
    signOutElsewhere: () => set({ status: 'signed-out', reason: 'by-user' }),
  }

  attachInternals(auth, {
    peek: () => peek(),
    accounts: () => accounts,
    emit() {},
    hasResponse: false,
    disposed: disposal.signal,
    onToken: (listener) => subscribe(listeners.token, listener),
    onWake: (listener) => subscribe(listeners.wake, listener),
    onAccount: (listener) => subscribe(listeners.account, listener),
    scopesFor: (url) => findResource(resources, new URL(url))?.scopes,
    protect: (url) => void resources.push(checkResource('url', url, baseUrl())),
  })
  return auth
}
