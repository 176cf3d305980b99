import { withDeadline } from '../../shared/deadline.js'
import { AuthError } from '../../shared/errors.js'
import { isFunction, isNonBlank, isObject, mayBe, must, oneOf } from '../../shared/validate.js'
import { checkOptionNames } from '../check-options.js'
import { createDevelopmentLog } from '../development.js'
import { bearerToken } from '../fetch/authenticate.js'
import { requestRefusalOf } from '../fetch/refusals.js'
import { TokenRefusedError, toTokenRefused } from '../refusal.js'
import type { RequestLike } from '../request.js'
import { type Caller, checkIdentity, type Identity } from '../tokens/identity.js'
import type { CallerVerifier, Verifier } from '../tokens/verify.js'
import { type Decision, type Guard, guardFor } from './frameworks.js'
import { refusalOf } from './refusal-of.js'
import { checkRequirements, copyOf, type Requirements, whyRefused } from './requirements.js'

export interface RequireAuthOptions extends Requirements {
  /**
   * An authentication context that the token has to have, as in `acrs`: `c1` to `c99`. A page without it is asked for it by a
   * claims challenge, which `auth.fetch` answers.
   *
   * @default none
   */
  acrs?: string | undefined
  /**
   * Lets a request without any token through: its identity is `undefined`. A token that is wrong is refused all the same, so
   * that a page renews it.
   *
   * @default false
   */
  optional?: boolean | undefined
  /**
   * Lets in apps on their own too, as the `daemons` of the verifier say. `scopes` are for users: an app has none, so that every app
   * which the verifier accepts passes where there are no `roles`.
   *
   * @default false
   */
  daemons?: boolean | undefined
}

/** A verifier is done within 5 s. One of the app's own could take any time. */
const VERIFICATION_DEADLINE_MS = 8_000

/**
 * Lets only requests through that carry a valid token, in Express, Hono, Fastify and handlers of the web platform.
 *
 * ```ts
 * const guard = requireAuth(verifier, { roles: ['Admin'] })
 * app.get('/api/me', guard.express, (request, response) => {
 *   response.json({ key: guard.identity(request).key })
 * })
 * ```
 *
 * It refuses as `authenticateRequest` does, with `{ code }` as the body. Without one of `scopes` (`wrong_scope`) or `roles`
 * (`wrong_role`) the answer is 403 with `error="insufficient_scope"` (RFC 6750 §3.1), which no page repeats. Only the
 * `Authorization` header counts, which a browser never sends by itself: no page of another origin can use it. For cookies there
 * is `createSessions`.
 *
 * Where pages of other origins call, put the middleware for CORS in front: a preflight request has no token.
 *
 * @throws {AuthError} `config_invalid`: names the option, what is wrong with it and a valid example
 */
export function requireAuth(
  verifier: CallerVerifier,
  options: RequireAuthOptions & { daemons: true; optional: true },
): Guard<Caller | undefined>
export function requireAuth(verifier: CallerVerifier, options: RequireAuthOptions & { daemons: true }): Guard<Caller>
export function requireAuth(
  verifier: Verifier,
  options: RequireAuthOptions & { optional: true; daemons?: false | undefined },
): Guard<Identity | undefined>
export function requireAuth(
  verifier: Verifier,
  options?: RequireAuthOptions & { optional?: false | undefined; daemons?: false | undefined },
): Guard<Identity>
export function requireAuth(
  verifier: Verifier | CallerVerifier,
  options: RequireAuthOptions = {},
): Guard<Caller | undefined> {
  checkOptions(verifier, options)
  const log = createDevelopmentLog('a request')
  const verify = verificationOf(verifier, options)
  const { acrs, optional } = options
  const requirements = { ...copyOf(options), acrs }
  const callers = new WeakMap<object, { readonly caller: Caller | undefined }>()

  async function callerOf(request: RequestLike): Promise<Caller | undefined> {
    const token = bearerToken(request)
    if (token === undefined && optional) return undefined
    const caller = await withDeadline(verify(token), VERIFICATION_DEADLINE_MS, tooLate)
    const refused = whyRefused(caller, requirements)
    if (!refused) return caller
    log({ code: refused.code, reason: refused.message })
    throw refused
  }

  async function decide(request: RequestLike): Promise<Decision<Caller | undefined>> {
    try {
      return { caller: await callerOf(request) }
    } catch (error) {
      return { refused: requestRefusalOf(toTokenRefused(error)) }
    }
  }

  return {
    ...guardFor({ decide, refusalOf, note: (request, caller) => void callers.set(request, { caller }) }),
    identity(request) {
      const noted = callers.get(Object(request))
      if (noted) return noted.caller
      const message = 'The request has not come through this guard. Put its middleware in front of the handler.'
      throw new AuthError('config_invalid', { phase: 'config', message })
    },
  }
}

function verificationOf(verifier: Verifier | CallerVerifier, { daemons = false }: RequireAuthOptions) {
  return async (token: unknown): Promise<Caller> => {
    if (!daemons) return checkIdentity(await verifier.verify(token))
    const caller = await (verifier as CallerVerifier).verifyCaller(token)
    return Object(caller).kind === 'app' ? caller : checkIdentity(caller as Identity)
  }
}

function tooLate(): never {
  throw new TokenRefusedError('temporarily_unavailable', 'The check of the token took too long.')
}

function checkOptions(verifier: Verifier | CallerVerifier, options: RequireAuthOptions): void {
  const isVerifier = isObject(verifier) && isFunction(verifier.verify)
  must('verifier', verifier, isVerifier, 'a verifier, for example createVerifier({ … })')
  checkOptionNames(options, ['scopes', 'roles', 'acrs', 'optional', 'daemons'])
  checkRequirements(options)
  const { acrs, optional, daemons } = options
  mayBe('acrs', acrs, isNonBlank, 'an authentication context, for example c1')
  oneOf('optional', optional, false, true)
  oneOf('daemons', daemons, false, true)
  const knowsApps = 'verifyCaller' in verifier && isFunction(verifier.verifyCaller)
  must('daemons', daemons, !daemons || knowsApps, 'left out, or the verifier made with `daemons` too')
  must('acrs', acrs, !daemons || acrs === undefined, 'left out with `daemons`: an app has no second factor')
}
