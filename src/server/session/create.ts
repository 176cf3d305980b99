import { withDeadline } from '../../shared/deadline.js'
import { createDevelopmentLog } from '../development.js'
import { authenticateRequest } from '../fetch/authenticate.js'
import { TokenRefusedError } from '../refusal.js'
import { type HttpRequest, headerValues } from '../request.js'
import { checkIdentity, type Identity } from '../tokens/identity.js'
import type { Verifier } from '../tokens/verify.js'
import { emptyAnswer, jsonAnswer, refusalAnswer, withCookies } from './answer.js'
import { cookiesOf, type PageContext, readCookie, removalOf } from './cookie.js'
import { isAllowedOrigin, isCallOfOtherSite, isIsolated } from './fetch-metadata.js'
import { createListener, type NodeResponse } from './listener.js'
import { checkSessionsOptions, type SessionsOptions, type SessionsSettings } from './options.js'
import { createSeal, isAcceptedBy, purposeOf, type Session } from './seal.js'

export interface Sessions {
  /**
   * Answers what `keepSession()` in the page asks: `POST` begins a session for a Bearer token, `GET` says whose it is and
   * for how long, `DELETE` ends it. A refusal is `{ code }`: see {@link SessionRefusalCode}. Takes a request of the web
   * platform or of Node. Never rejects; bodies are not read.
   */
  handle(request: HttpRequest): Promise<Response>
  /** The same for Node and Express: `app.use('/session', sessions.listener)`. */
  listener(request: HttpRequest, response: NodeResponse): Promise<void>
  /**
   * The session that a request belongs to, by its cookie, or `undefined`. Never rejects.
   *
   * A request that the page of another origin caused belongs to none, whatever its cookie: see {@link createSessions}.
   * Pass the whole request: without its `method`, a link from elsewhere does not count.
   */
  read(request: HttpRequest): Promise<Session | undefined>
  /**
   * Whether a page of an allowed origin sent the request: by its `Origin` or, without one, its `Sec-Fetch-Site`. Ask before
   * a GET request changes anything for a cookie alone: `read()` also accepts links from elsewhere.
   */
  isAllowedOrigin(request: HttpRequest): boolean
}

/** A verifier is done within 5 s. One of the app's own could take any time; a page waits 10 s. */
const VERIFICATION_DEADLINE_MS = 8_000

/**
 * Turns a Bearer token into a session cookie of your own, for what cannot send a header: images, downloads, `EventSource`,
 * pages of somebody else.
 *
 * ```ts
 * const sessions = createSessions({ verifier, secret: process.env.SESSION_SECRET ?? '' })
 * app.use('/session', sessions.listener)
 * app.get('/files/:name', async (request, response) => {
 *   const session = await sessions.read(request)
 *   if (!session) return response.sendStatus(401)
 * })
 * ```
 *
 * - The cookie is `__Host-<name>; Path=/; Secure; HttpOnly; SameSite=Lax`; for a page in a frame, which says so with
 *   `X-Twodoor-Context: framed`, and for one of another site, `SameSite=None; Partitioned`. It holds who it is and until when, encrypted, and never
 *   the token. On plain http it works on `localhost` only, and there not in Safari.
 * - The session ends with the access token that it was begun with, or after `lifetimeMs`; `keepSession()` renews it before.
 * - Browsers send cookies with requests of other pages too: in Teams, any app of the same host can cause a request with
 *   this one. So a request counts only if its `Origin` is yours or one of `origins`; or if it has none and its
 *   `Sec-Fetch-Site` is absent, `same-origin` or `none`; or if it opens a page at the top by GET. This holds for `handle()`
 *   and `read()` alike, `GET` included.
 * - An image of your API on a page of another listed origin needs `crossorigin="use-credentials"`, so that there is an
 *   `Origin`, and your CORS middleware in front. A page that another one frames is served without a session: keep personal
 *   data out of it, and fetch that.
 * - A session is bound to the `policy` of the verifier: one of another client ID or authority does not count here, nor does
 *   one of a tenant that is not accepted (any more), or without a scope that is needed. It keeps the scopes of its token.
 * - Nothing is stored here: `DELETE` removes the cookie, and a copy of it would work until its end.
 *
 * @throws {AuthError} `config_invalid`: names the option, what is wrong with it and a valid example
 */
export function createSessions(options: SessionsOptions): Sessions {
  const settings = checkSessionsOptions(options)
  const { cookie, origins, now } = settings
  const { policy } = settings.verifier
  const seal = createSeal(settings.secrets, purposeOf(cookie, policy), now)
  const verifier = boundedVerifier(settings.verifier)
  const log = createDevelopmentLog('a session request')

  async function read(request: HttpRequest): Promise<Session | undefined> {
    try {
      const sealed = isIsolated(request, origins) ? readCookie(request, cookie) : undefined
      const session = sealed === undefined ? undefined : await seal.open(sealed)
      return session && isAcceptedBy(policy, session) ? session : undefined
    } catch {
      return undefined // whatever it is, it is no session
    }
  }

  async function begin(request: HttpRequest): Promise<Response> {
    const context = pageContextOf(request)
    if (!context) return refusalAnswer(400, 'wrong_context')
    const { identity, refused } = await authenticateRequest(verifier, request)
    if (refused) return refusalAnswer(refused.status, refused.code, refused.headers)
    const session = sessionOf(identity, settings)
    if (!session) return refusalAnswer(401, 'token_expired', { 'WWW-Authenticate': EXPIRED_CHALLENGE })
    const sealed = await seal.close(session)
    const expiresInMs = Math.max(1, session.expiresAt - now())
    const cookies = cookiesOf({ name: cookie, value: sealed, maxAgeS: Math.ceil(expiresInMs / 1000), context })
    return withCookies(jsonAnswer(200, { key: session.key, expiresInMs }), cookies)
  }

  async function probe(request: HttpRequest): Promise<Response> {
    const session = await read(request)
    if (!session) return refusalAnswer(401, 'session_missing', { 'WWW-Authenticate': CHALLENGE })
    return jsonAnswer(200, { key: session.key, expiresInMs: session.expiresAt - now() })
  }

  function end(): Response {
    return withCookies(emptyAnswer(), removalOf(cookie))
  }

  async function handle(request: HttpRequest): Promise<Response> {
    const { method } = request
    if (method !== 'GET' && method !== 'POST' && method !== 'DELETE') {
      return refusalAnswer(405, 'method_not_allowed', { Allow: 'GET, POST, DELETE' })
    }
    if (!isIsolated(request, origins)) {
      log(wrongOrigin)
      return refusalAnswer(403, wrongOrigin.code)
    }
    if (method === 'GET') return probe(request)
    return method === 'POST' ? begin(request) : end()
  }

  return {
    handle,
    read,
    listener: createListener(handle),
    isAllowedOrigin: (request) => isAllowedOrigin(request, origins),
  }
}

const CHALLENGE = 'Bearer realm="api"'
const EXPIRED_CHALLENGE = `${CHALLENGE}, error="invalid_token", error_description="token_expired"`

const wrongOrigin = {
  code: 'wrong_origin',
  reason: 'The page that sent it has another origin than the request. If that page is yours, name it in `origins`.',
} as const

/**
 * The session for a token, or `undefined` if the token has expired: verifiers accept one for a minute after its end, and no
 * session begins with it.
 */
function sessionOf(identity: Identity, { lifetimeMs, now }: SessionsSettings): Session | undefined {
  const { key, tenantId, objectId, scopes = [] } = identity
  const remainingS = Math.floor(Math.min(identity.expiresAt - now(), lifetimeMs) / 1000)
  if (remainingS < 1) return undefined
  // Whole seconds, as in the cookie and the JWT: all three end at the same time.
  const expiresAt = (Math.floor(now() / 1000) + remainingS) * 1000
  return { key, tenantId, objectId, scopes, expiresAt }
}

/** No session may be sealed without an account. */
function boundedVerifier(verifier: Verifier): Verifier {
  const isGood = (identity: Identity): boolean => {
    const { tenantId, objectId, scopes = [], expiresAt } = identity
    const isComplete = [tenantId, objectId, ...scopes].every((each) => typeof each === 'string')
    return isComplete && Number.isFinite(expiresAt) && isAcceptedBy(verifier.policy, { ...identity, scopes })
  }
  const verify = async (token: unknown) => checkIdentity(await verifier.verify(token), isGood)
  const tooLate = () => {
    throw new TokenRefusedError('temporarily_unavailable', 'The check of the token took too long.')
  }
  return { verify: (token) => withDeadline(verify(token), VERIFICATION_DEADLINE_MS, tooLate) }
}

/** Clients that know nothing of frames send no such header. */
function pageContextOf(request: HttpRequest): PageContext | undefined {
  const [context = 'top'] = headerValues(request, 'x-twodoor-context')
  if (context !== 'top' && context !== 'framed') return undefined
  return isCallOfOtherSite(request) ? 'framed' : context
}
