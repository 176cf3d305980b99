import type { Auth } from '../../auth.js'
import { checkResource } from '../../options.js'
import { AuthError } from '../../shared/errors.js'
import { isObject, mayBe, must } from '../../shared/validate.js'
import { internalsOf, type TokenProvider } from '../internals.js'
import type { SessionInfo } from './account-session.js'
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
 * - `sign_in_required`, `consent_required` and whatever else the state says, while nobody is signed in;
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
 * @param url - A URL that a token may go to, as in `AuthOptions.protectedResources`: `auth.fetch` sends it there too
 * @throws {AuthError} `config_invalid`: names the argument, what is wrong with it and a valid example
 */
export function keepSession(auth: TokenProvider, url: string, options: KeepSessionOptions = {}): KeptSession {
  const { fetch = (...request) => globalThis.fetch(...request), now = () => Date.now() } = checkKeepArguments(
    auth,
    options,
  )
  const window = globalThis.window as Window | undefined
  if (!window) return unsupportedSession()
  const { href, origin } = protectedUrl(auth, url, window.location.href)
  const framed = window.parent !== window.self
  const isOffline = () => window.navigator.onLine === false
  return keep({
    provider: auth,
    auth: isAuth(auth) ? auth : undefined,
    internals: internalsOf(auth),
    now,
    requests: createRequests({ url: href, framed, fetch, isOffline }),
    cookieAttributes: framed || origin !== window.location.origin ? FRAMED_ATTRIBUTES : TOP_ATTRIBUTES,
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
function protectedUrl(auth: TokenProvider, url: string, page: string): URL {
  checkResource('url', url, page)
  const bound = new URL(url, page)
  internalsOf(auth)?.protect(bound.href)
  return bound
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
