import { withDeadline } from '../../shared/deadline.js'
import { createDevelopmentLog } from '../development.js'
import { authenticateRequest } from '../fetch/authenticate.js'
import { TokenRefusedError } from '../refusal.js'
import type { Identity } from '../tokens/claims.js'
import type { Verifier } from '../tokens/verify.js'
import { cookiesOf, type PageContext, readCookie, removalOf } from './cookie.js'
import { isAllowedOrigin, isIsolated } from './isolation.js'
import { createListener, type NodeResponse } from './listener.js'
import { checkSessionsOptions, type SessionsOptions, type SessionsSettings } from './options.js'
import { type HttpRequest, headerValues } from './request.js'
import { createSeal, isLetInBy, purposeOf, type Seal, type Session } from './seal.js'

export interface Sessions {
  /**
   * Answers what `keepSession()` in the page asks: `POST` begins a session for a Bearer token, `GET` tells of it,
   * `DELETE` ends it. Takes a request of the web platform or of Node. Never rejects; bodies are not read.
   */
  handle(request: HttpRequest): Promise<Response>
  /** The same for Node and Express: `app.use('/session', sessions.listener)`. */
  listener(request: HttpRequest, response: NodeResponse): Promise<void>
  /**
   * The session that a request belongs to, by its cookie, or `undefined`. Never rejects.
   *
   * A request that another page caused belongs to none, whatever its cookie: see {@link createSessions}. Pass the whole
   * request: without its `method` no link from elsewhere counts.
   */
  read(request: HttpRequest): Promise<Session | undefined>
  /**
   * Whether a page that may do so sent the request: by its `Origin` or, without one, its `Sec-Fetch-Site`. Ask it before
   * anything that changes something for a cookie alone by GET: `read()` also takes links from elsewhere.
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
 *   `X-Twodoor-Context: framed`, `SameSite=None; Partitioned`. It holds who it is and until when, encrypted, and never
 *   the token. On plain http it works on `localhost` only, and there not in Safari.
 * - The session ends with the access token it was given for, or after `lifetimeMs`; `keepSession()` renews it before.
 * - Cookies come with what other pages do, too: in Teams every app of the same host sends this one. So a request counts
 *   only if its `Origin` is yours or one of `origins`, or if it has none and its `Sec-Fetch-Site` is absent, `same-origin`
 *   or `none`, or if it opens a page at the top by GET. For `handle()` and `read()` alike, `GET` included.
 * - An image of your API on a page of another origin that is named needs `crossorigin="use-credentials"`, so that there is
 *   an `Origin`, and your CORS middleware in front. A page that somebody frames is served without a session: keep what is
 *   personal out of it, and fetch that.
 * - A session is bound to the `policy` of the verifier: one of another client ID or authority is none here, nor is one of a
 *   tenant that is not let in (any more), or without a scope that is needed. It keeps the scopes of its token.
 * - Nothing is stored here: `DELETE` removes the cookie, and a copy of it would work until its end.
 *
 * Every refusal is `{ code }` in JSON: those of the verifier, `wrong_origin`, `wrong_context`, `session_missing`,
 * `method_not_allowed`.
 *
 * @throws {AuthError} `config_invalid`: names the option, what is wrong with it and a valid example
 */
export function createSessions(options: SessionsOptions): Sessions {
  const settings = checkSessionsOptions(options)
  const { cookie, origins, now } = settings
  const { policy } = settings.verifier
  const seal = createSeal(settings.secrets, purposeOf(cookie, policy), now)
  const verifier = boundedVerifier(settings.verifier)
  const log = createDevelopmentLog('a call for a session')

  async function read(request: HttpRequest): Promise<Session | undefined> {
    try {
      const sealed = isIsolated(request, origins) ? readCookie(request, cookie) : undefined
      const session = sealed === undefined ? undefined : await seal.open(sealed)
      return session && isLetInBy(policy, session) ? session : undefined
    } catch {
      return undefined // whatever it is, it is no session
    }
  }

  async function tell(request: HttpRequest): Promise<Response> {
    const session = await read(request)
    if (!session) return refuse(401, 'session_missing', { 'WWW-Authenticate': 'Bearer realm="api"' })
    return answer(200, { key: session.key, expiresInMs: session.expiresAt - now() })
  }

  async function begin(request: HttpRequest): Promise<Response> {
    const context = contextOf(request)
    if (!context) return refuse(400, 'wrong_context')
    const { identity, refused } = await authenticateRequest(verifier, request)
    return refused ? refuse(refused.status, refused.code, refused.headers) : grant(identity, context, settings, seal)
  }

  function end(): Response {
    return withCookies(new Response(null, { status: 204, headers: commonHeaders }), removalOf(cookie))
  }

  async function handle(request: HttpRequest): Promise<Response> {
    const { method } = request
    if (method !== 'GET' && method !== 'POST' && method !== 'DELETE') {
      return refuse(405, 'method_not_allowed', { Allow: 'GET, POST, DELETE' })
    }
    if (!isIsolated(request, origins)) {
      log(wrongOrigin)
      return refuse(403, wrongOrigin.code)
    }
    if (method === 'GET') return tell(request)
    return method === 'POST' ? begin(request) : end()
  }

  return {
    ...{ handle, read, listener: createListener(handle) },
    isAllowedOrigin: (request) => isAllowedOrigin(request, origins),
  }
}

const wrongOrigin = {
  code: 'wrong_origin',
  reason: 'The page that sent it is of another origin than the request. If that is yours, name it in `origins`.',
}

/** A verifier lets a token pass for a minute after its end. No session begins with one. */
async function grant(
  identity: Identity,
  context: PageContext,
  settings: SessionsSettings,
  seal: Seal,
): Promise<Response> {
  const { cookie, lifetimeMs, now } = settings
  const { key, tenantId, objectId, scopes = [] } = identity
  const remainingS = Math.floor(Math.min(identity.expiresAt - now(), lifetimeMs) / 1000)
  if (remainingS < 1) {
    const challenge = 'Bearer realm="api", error="invalid_token", error_description="token_expired"'
    return refuse(401, 'token_expired', { 'WWW-Authenticate': challenge })
  }
  // Whole seconds, as in the cookie and the JWT: all three end at the same time.
  const expiresAt = (Math.floor(now() / 1000) + remainingS) * 1000
  const sealed = await seal.close({ key, tenantId, objectId, scopes, expiresAt })
  const granted = answer(200, { key, expiresInMs: Math.max(1, expiresAt - now()) })
  return withCookies(granted, cookiesOf(cookie, sealed, remainingS, context))
}

/** What an app's own verifier gives is looked at too: a session for nobody must not be sealed. */
function boundedVerifier(verifier: Verifier): Verifier {
  const verify = async (token: unknown): Promise<Identity> => {
    const identity = await verifier.verify(token)
    const { key, tenantId, objectId, scopes = [], expiresAt } = Object(identity) as Partial<Identity>
    const isOf = [key, tenantId, objectId, ...scopes].every((each) => typeof each === 'string')
    if (isOf && Number.isFinite(expiresAt) && isLetInBy(verifier.policy, { ...identity, scopes })) return identity
    throw new TypeError('The verifier gave no identity.')
  }
  const tooLate = () => {
    throw new TokenRefusedError('temporarily_unavailable', 'The check of the token took too long.')
  }
  return { verify: (token) => withDeadline(verify(token), VERIFICATION_DEADLINE_MS, tooLate) }
}

/** Clients that know nothing of frames do not tell. */
function contextOf(request: HttpRequest): PageContext | undefined {
  const [context = 'top'] = headerValues(request, 'x-twodoor-context')
  return context === 'top' || context === 'framed' ? context : undefined
}

const commonHeaders = { 'Cache-Control': 'no-store', Vary: 'Origin' }

function answer(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(body, { status, headers: { ...headers, ...commonHeaders } })
}

function refuse(status: number, code: string, headers?: Readonly<Record<string, string>>): Response {
  return answer(status, { code }, headers)
}

function withCookies(response: Response, cookies: readonly string[]): Response {
  for (const each of cookies) response.headers.append('Set-Cookie', each)
  return response
}
