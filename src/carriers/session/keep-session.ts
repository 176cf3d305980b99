import type { Auth } from '../../auth.js'
import { checkResource } from '../../settings.js'
import { AuthError } from '../../shared/errors.js'
import { findResource, parseResource } from '../../shared/resources.js'
import { toUrl } from '../../shared/url.js'
import { isNonBlank, isObject, mayBe, must } from '../../shared/validate.js'
import { internalsOf, type TokenProvider } from '../internals.js'
import type { SessionInfo } from './account-session.js'
import { ownSession, type SessionAdapter, type SessionStep } from './adapter.js'
import { createAsk } from './ask.js'
import { type KeptSession, keep } from './kept-session.js'
import { createRequests } from './requests.js'

export type { KeptSession, SessionInfo }

export interface KeepSessionOptions {
  /** Sends the requests. Default: the `fetch` of the page at the time of each request. */
  fetch?: typeof fetch | undefined
  /** The clock, in milliseconds since the epoch. Default: `Date.now`. */
  now?: (() => number) | undefined
}

/**
 * Turns the access token into a session cookie of your server, and keeps that alive while somebody is signed in: for what
 * cannot send a header, such as images, downloads, `EventSource` and code of somebody else.
 *
 * ```ts
 * const session = keepSession(auth, '/session')
 * await session.ready
 * ```
 *
 * The server answers at `url` (`createSessions()` of `twodoor/server` does):
 * - `POST` with the token in `Authorization: Bearer` and `X-Twodoor-Context: top`, or `framed` where the cookie needs
 *   `SameSite=None; Partitioned`: sets the cookie and answers `{ key, expiresInMs }`.
 * - `GET`: `{ key, expiresInMs }` of the session that the cookie stands for, or 401.
 * - `DELETE`: ends it. Sent when the user signs out, and by a page that begins signed out by choice.
 *
 * Begins at once, or with the next sign-in. Renews 4 min before the end (at a fifth of its time if that is less) and with
 * each new token; when the page wakes it looks whether the session is still there. Each request has 10 s, a token 15 s.
 * What fails for now is tried 6 times, with a back-off of up to 30 s, and of up to 2 min more if the answer says
 * `Retry-After`; then the page waits for the next of these occasions, or for `renew()`. A failure is also a `warning` event.
 *
 * `ready` and `renew()` reject with
 * - `sign_in_required`, `consent_required` and whatever else the state says, while nobody is signed in; with `claims` where the
 *   server asks for a second factor or the like, and somebody is;
 * - `session_refused`: the cookie did not come back, and the message says which attributes it needs; or the server
 *   answered with something else;
 * - `token_rejected`: it refused two tokens;
 * - `account_mismatch`: the session is of another account, or another one signed in meanwhile. Two tabs of one browser
 *   share the cookie: the one that was first is told, and leaves the session to the other;
 * - `offline`, `unavailable`, `throttled`, `timed_out`: not now;
 * - `disposed` after `stop()`, `unsupported` on a server.
 *
 * @param auth - An `Auth`, or any token provider with Azure's `getToken()`. With such a one call `stop()` when the user
 * signs out: nothing tells of it here
 * @param url - A URL that a token may go to, as in `AuthOptions.protectedResources`: `auth.fetch` sends it there too. If it lies
 * in an entry with `scopes`, the token is that of those scopes; else that of `AuthOptions.scopes`, which only your own server
 * should get. For a server that is not yours, a {@link SessionAdapter} such as `chainlitSession()`
 * @throws {AuthError} `config_invalid`: names the argument, what is wrong with it and a valid example
 */
export function keepSession(
  auth: TokenProvider,
  url: string | SessionAdapter,
  options: KeepSessionOptions = {},
): KeptSession {
  const { fetch = (...request) => globalThis.fetch(...request), now = () => Date.now() } = checkKeepArguments(
    auth,
    options,
  )
  const window = globalThis.window as Window | undefined
  if (!window) return unsupportedSession()
  const page = window.location
  const adapter = typeof url === 'string' ? ownSession(protectedUrl(auth, url, page.href)) : bindAdapter(url, page.href)
  const framed = window.parent !== window.self
  const told = adapter.tellsContext ? framed : undefined
  const isOffline = () => window.navigator.onLine === false
  const known = isAuth(auth) ? auth : undefined
  const internals = internalsOf(auth)
  const scopesFor = (url: string) => internals?.scopesFor?.(url)?.slice()
  return keep({
    provider: { getToken: (_, more) => auth.getToken(scopesFor(adapter.url), more) },
    auth: known,
    internals,
    now,
    requests: createRequests({
      adapter,
      ask: createAsk({ framed: told, fetch, isOffline }),
      urlOf: (path) => adapter.url + path,
      accountKey: () => (known?.state.status === 'signed-in' ? known.state.account.key : undefined),
      now,
    }),
    cookieAttributes: framed || new URL(adapter.url).origin !== page.origin ? FRAMED_ATTRIBUTES : TOP_ATTRIBUTES,
  })
}

const FRAMED_ATTRIBUTES = 'Secure; SameSite=None; Partitioned'
const TOP_ATTRIBUTES = 'Path=/; Secure; SameSite=Lax'

/** Nobody signs in where there is no window. */
function unsupportedSession(): KeptSession {
  const ready = Promise.reject(new AuthError('unsupported', { phase: 'session' }))
  ready.catch(() => {})
  return { ready, renew: () => ready, stop() {} }
}

/** The address, bound now: neither a `<base>` nor `pushState()` leads it elsewhere afterwards. */
function protectedUrl(auth: TokenProvider, url: string, page: string): string {
  checkResource('url', url, page)
  const { href } = new URL(url, page)
  internalsOf(auth)?.protect(href)
  return href
}

/** An adapter as it is now, whose requests all lie below its URL. `auth.fetch` sends no token there: it has a cookie. */
function bindAdapter(given: unknown, page: string): SessionAdapter {
  const adapter = Object(given) as SessionAdapter
  const { origin, path } = checkResource('url', adapter.url, page)
  const base = origin + path
  const steps = ['begin', 'probe', 'end'].map((name) => [name, checkStep(name, Reflect.get(adapter, name), base)])
  must(
    'read',
    adapter.read,
    typeof adapter.read === 'function',
    'a function, for example () => ({ expiresInMs: 60_000 })',
  )
  mayBe('refuse', adapter.refuse, (value) => typeof value === 'function', 'a function, for example () => undefined')
  const { tellsContext } = adapter
  const own = { url: base, read: adapter.read.bind(adapter), refuse: adapter.refuse?.bind(adapter), tellsContext }
  return { ...own, ...(Object.fromEntries(steps) as Pick<SessionAdapter, 'begin' | 'probe' | 'end'>) }
}

function checkStep(name: string, given: unknown, base: string): SessionStep {
  const { method, path, headers, body } = Object(given) as SessionStep
  must(`${name}.method`, method, isNonBlank(method), 'a method of HTTP, for example POST')
  const url = typeof path === 'string' && /^(\/|$)/.test(path) ? toUrl(base + path) : undefined
  const isBelow = url && findResource([parseResource(base, base)], url) && !url.hash
  must(`${name}.path`, path, isBelow, 'a path that is appended to `url`, for example /logout')
  const taken = Object.keys({ ...headers }).find((each) => /^(authorization|x-twodoor-context)$/i.test(each))
  must(
    `${name}.headers`,
    taken,
    taken === undefined,
    'headers of your own: this one is set here, for example { Accept: … }',
  )
  return { method, path, body, headers: { ...headers } }
}

function checkKeepArguments(auth: unknown, options: unknown): KeepSessionOptions {
  must('auth', auth, typeof Object(auth).getToken === 'function', 'an Auth, for example createAuth({ … })')
  must('options', options, isObject(options), 'an object, for example { fetch }')
  const { fetch, now } = options as KeepSessionOptions
  mayBe('fetch', fetch, (value) => typeof value === 'function', 'a function, for example fetch')
  mayBe('now', now, (value) => typeof value === 'function', 'a function, for example Date.now')
  return options
}

function isAuth(provider: object): provider is Auth {
  const { state, subscribe } = provider as Partial<Auth>
  return typeof subscribe === 'function' && typeof state?.status === 'string'
}
