import { followAccount } from '../account/follow.js'
import { isEvent } from '../account/sign-in.js'
import type { AuthStatus } from '../account/state.js'
import { createStateStore, errorOfState } from '../account/store.js'
import type { Auth, GetTokenOptions, SignInOptions, SignOutOptions } from '../auth.js'
import { bindCall } from '../carriers/fetch/call.js'
import { fetchWithToken } from '../carriers/fetch/fetch-with-token.js'
import { attachInternals } from '../carriers/internals.js'
import type { Listeners } from '../engine.js'
import { explain } from '../explain.js'
import { checkResource } from '../options.js'
import type { Host } from '../page/host.js'
import type { Account } from '../shared/claims.js'
import { abortable } from '../shared/deadline.js'
import { AuthError } from '../shared/errors.js'
import { notify, subscribe } from '../shared/listeners.js'
import type { AccessToken } from '../sources/source.js'
import { statusOf, type TestState } from './test-state.js'
import { unsignedToken } from './unsigned-token.js'

export interface TestAuthOptions {
  /** The token that every call gives. Default: an unsigned one that names the account, another after a rejection. */
  token?: string | undefined
  /** Default: `['api://app.example/access_as_user']`. */
  scopes?: readonly string[] | undefined
  /** Where `fetch` sends the token, as in `AuthOptions`. Default: the origin of the page. */
  protectedResources?: readonly string[] | undefined
  /** What `fetch` sends its requests with. Default: the global one. */
  fetch?: typeof fetch | undefined
  /** Milliseconds since the epoch. Default: `Date.now`. */
  now?: (() => number) | undefined
}

/** What an app has called, and with what. */
export interface TestAuthCalls {
  readonly signIn: readonly (SignInOptions | undefined)[]
  readonly signOut: readonly (SignOutOptions | undefined)[]
  /** The scopes of each call. */
  readonly getToken: readonly (readonly string[])[]
}

/**
 * An `Auth` for unit tests of an app: it signs nobody in, loads nothing, and is in the state that the test says.
 * `withSocketAuth`, `keepSession` and `tokenHooks` take it as one of `createAuth()`.
 */
export interface TestAuth extends Auth {
  /** Replaces the state and tells all listeners. Without a `host` the last one stays. Ignored after `dispose()`. */
  set(state: TestState): void
  /** A new token has come: `token`, or another unsigned one. Does nothing while nobody is signed in. */
  renew(token?: string): void
  /** The page wakes: it is back online, or has slept. */
  wake(): void
  /** Another account signs in. */
  switchAccount(account: Account): void
  /** The user signs out in another tab. */
  signOutElsewhere(): void
  /** What the app has called so far. No call changes the state: that is for the test to do. */
  readonly calls: TestAuthCalls
}

const TOKEN_LIFETIME_MS = 60 * 60_000
const testHost: Host = { kind: 'browser', certain: true, reasons: ['a test says so'] }

/**
 * Makes a {@link TestAuth}. All methods are bound.
 *
 * `getToken()` does in each state what that of `createAuth()` does: it waits while `starting`, gives a token while
 * `signed-in`, rejects with `sign_in_required` or `consent_required` while `signed-out`, and with the error of the state
 * when `failed`.
 *
 * @param start - where it begins: a state, or the name of a status alone, as in `createTestAuth('signed-in')`
 * @throws {AuthError} `config_invalid`: there is no such status, or an entry of `protectedResources` is not a URL that a
 * token may go to
 */
export function createTestAuth(start: TestState, options: TestAuthOptions = {}): TestAuth {
  const initial = statusOf(start)
  const { scopes = ['api://app.example/access_as_user'], now = () => Date.now() } = options
  const { fetch: send = (...request) => globalThis.fetch(...request), protectedResources = ['/'] } = options
  const base = () => globalThis.document?.baseURI ?? 'http://localhost/'
  const resources = protectedResources.map((url, i) => checkResource(`protectedResources[${i}]`, url, base()))
  const calls: { [K in keyof TestAuthCalls]: TestAuthCalls[K][number][] } = { signIn: [], signOut: [], getToken: [] }
  const state = createStateStore('host' in initial ? initial.host : testHost, () => {})
  const listeners: Listeners = { token: new Set(), wake: new Set(), account: new Set() }
  const followed = followAccount(listeners.account, () => state.current)
  /** Whose page it has been, in turn, as the link of an `Auth` tells it. */
  const accounts: (string | undefined)[] = []
  let disposed = false
  const disposal = new AbortController()
  let minted: AccessToken | undefined

  function set(wanted: TestState): void {
    if (disposed) return
    const next = statusOf(wanted)
    if ('host' in next && next.host !== state.current.host) state.describe(next.host)
    become(next)
  }

  function become(next: AuthStatus): void {
    state.become(next, () => {
      const key = 'account' in next ? next.account?.key : undefined
      if (next.status !== 'failed' && key !== accounts.at(-1)) accounts.push(key)
      followed()
    })
  }

  /** The token at hand, if somebody is signed in. */
  function current(rejected?: string): AccessToken | undefined {
    if (state.current.status !== 'signed-in') return undefined
    const { account } = state.current
    if (!isGood(minted, account, rejected, now())) minted = mint(account, scopes, options.token, now())
    return minted
  }

  function renew(token?: string): void {
    if (state.current.status !== 'signed-in') return
    minted = mint(state.current.account, scopes, token ?? options.token, now())
    notify(listeners.token, minted)
  }

  async function signedIn(abortSignal: AbortSignal | null | undefined) {
    const { current } = state
    const found = current.status === 'starting' ? await abortable(state.ready, abortSignal) : current
    if (found.status !== 'signed-in') throw errorOfState(found)
    return found
  }

  async function getToken(
    wanted: string | readonly string[] = scopes,
    how: GetTokenOptions = {},
  ): Promise<AccessToken> {
    const asked = [wanted].flat()
    calls.getToken.push(asked)
    how.abortSignal?.throwIfAborted()
    if (state.current.status === 'starting') await abortable(state.ready, how.abortSignal)
    const token = current(how.rejectedToken)
    if (!token) throw errorOfState(state.current)
    return { ...token, scopes: asked }
  }

  if (initial.status !== 'starting') become(initial)
  const auth: TestAuth = {
    get state() {
      return state.current
    },
    ready: state.ready,
    subscribe: state.subscribe,
    getToken,
    async fetch(input, init) {
      const call = bindCall(resources, base(), input, init)
      if (!call) return send(input, init)
      const { key } = (await signedIn(call.signal)).account
      return fetchWithToken({ fetch: send, resources, getToken, emit() {} }, call, key)
    },
    async signIn(how) {
      calls.signIn.push(isEvent(how) ? undefined : how)
    },
    async signOut(how) {
      calls.signOut.push(how)
    },
    explain: () =>
      explain({ state: state.current, source: undefined, token: undefined, lastError: undefined, now: now() }),
    dispose() {
      const error = new AuthError('disposed', { phase: 'source' })
      set({ status: 'failed', error })
      disposed = true
      disposal.abort(error)
    },
    ...{ set, renew, calls },
    wake: () => notify(listeners.wake),
    switchAccount(account) {
      set({ status: 'signed-in', account })
      renew()
    },
    signOutElsewhere: () => set({ status: 'signed-out', reason: 'by-user' }),
  }

  attachInternals(auth, {
    ...{ peek: () => current(), accounts: () => accounts, emit() {} },
    disposed: disposal.signal,
    onToken: (listener) => subscribe(listeners.token, listener),
    onWake: (listener) => subscribe(listeners.wake, listener),
    onAccount: (listener) => subscribe(listeners.account, listener),
    protect: (url) => void resources.push(checkResource('url', url, base())),
  })
  return auth
}

function isGood(
  token: AccessToken | undefined,
  account: Account,
  rejected: string | undefined,
  now: number,
): token is AccessToken {
  return token?.account.key === account.key && token.token !== rejected && now < token.expiresOnTimestamp
}

let serial = 0

function mint(account: Account, scopes: readonly string[], given: string | undefined, now: number): AccessToken {
  const expiresOnTimestamp = now + TOKEN_LIFETIME_MS
  const { tenantId, objectId, username, name } = account
  const identity = { tid: tenantId, oid: objectId, preferred_username: username, name }
  const exp = Math.floor(expiresOnTimestamp / 1_000)
  const token = given ?? unsignedToken({ uti: `test-${++serial}`, ...identity, exp })
  return { token, expiresOnTimestamp, scopes: [...scopes], account }
}
