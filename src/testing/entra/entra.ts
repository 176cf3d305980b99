import { abortable } from '../../shared/deadline.js'
import { failureReply } from './answers.js'
import { authOptionsFor, type EntraAuthOptions, type EntraVerifierOptions, verifierOptionsFor } from './app.js'
import { readCall } from './call.js'
import { createFaultQueue, type EntraFaults } from './faults.js'
import { answerGraph } from './graph.js'
import { createRequestLog, type EntraRequest } from './log.js'
import { type MintOptions, mintedClaims } from './mint.js'
import type { EntraEmulatorOptions, EntraLifetimes } from './options.js'
import { createParts, type Parts } from './parts.js'
import { respond } from './respond.js'
import { checkEntraOptions, type EntraSettings } from './settings.js'
import { type EntraUser, mustFindUser } from './users.js'

export type { EntraAuthOptions, EntraVerifierOptions } from './app.js'
export type { EntraEndpoint } from './call.js'
export type { EntraFault, EntraFaults } from './faults.js'
export type { EntraRequest } from './log.js'
export type { MintOptions } from './mint.js'
export type { EntraEmulatorOptions, EntraLifetimes, EntraPublicClient, EntraWebApp } from './options.js'
export { defaultUsers, type EntraUser } from './users.js'

/**
 * A local Microsoft Entra ID (v2.0) for tests and demos: unmodified msal-browser signs in at it. All of it lives in
 * memory, and anyone who can reach it can read all of it.
 */
export interface EntraEmulator {
  /** Where browsers reach it. */
  readonly url: string
  readonly tenant: string
  readonly clientId: string
  /** The scopes that the API of the app offers. */
  readonly scopes: readonly string[]
  /** Who can sign in. The name of one is enough wherever a user is asked for. */
  readonly users: readonly EntraUser[]
  /**
   * Answers a request by its path alone; the origin of its URL does not matter. Never rejects. A connection that breaks
   * is `Response.error()`.
   */
  handle(request: Request): Promise<Response>
  /**
   * Answers for Microsoft Graph, at the host of its own: `GET /v1.0/me`, `/v1.0/me/photo/$value` and `/v1.0/users/{id}`, for a
   * token of the scope `User.Read`, or for others than its user of `User.ReadBasic.All`. Never rejects.
   */
  handleGraph(request: Request): Promise<Response>
  /** `fetch` that ends here, whatever the origin. Rejects like `fetch` where the connection breaks. */
  readonly fetch: typeof fetch
  /** What the app passes to `createAuth`, together with its own options. */
  authOptions(): EntraAuthOptions
  /** What the server of the app passes to `createVerifier`. */
  verifierOptions(): EntraVerifierOptions

  /** A signed token without any sign-in: what Teams SSO gives, and what an API must refuse. Never the same twice. */
  mint(user: EntraUser | string, options?: MintOptions): Promise<string>
  /** The same, signed with a key that Entra ID does not have, under the name of one that it has. */
  mintForged(user: EntraUser | string, options?: MintOptions): Promise<string>

  /** Seconds that things live; assign to change what is issued from then on. */
  readonly lifetimes: EntraLifetimes
  readonly faults: EntraFaults
  /** What came in so far, without secrets: the last 1,000 requests, in a new list each time. */
  readonly requests: readonly EntraRequest[]
  clearRequests(): void
  /** As after a change of the password: sessions and refresh tokens of the user are refused with `AADSTS50173`. */
  revoke(user: EntraUser | string): void
  /**
   * Withdraws the consent of one user, or of all. Silent requests, and those on behalf of the user, are refused with
   * `AADSTS65001`; a page asks for each scope anew. Before that an administrator has consented for everybody.
   */
  requireConsent(user?: EntraUser | string): void
  /** Gives the consent of a user to scopes, as their click on the page does. */
  consent(user: EntraUser | string, scopes: readonly string[]): void
  /** Whether an administrator, or the user since then, has consented to all of them. */
  hasConsented(user: EntraUser | string, scopes: readonly string[]): boolean
  /**
   * Demands a second factor of one user, or of all. Silent requests are refused with `AADSTS50076`, those on behalf of the user with
   * `AADSTS50079`; a page asks for it.
   */
  requireMfa(user?: EntraUser | string): void
  /** Gives the second factor of a user in a host, such as Teams, as they do in its window. */
  giveMfaInHost(user: EntraUser | string): void
  /** Whether a host needs a second factor of a user for what asks for one. One that is given counts until the next is demanded. */
  needsMfaInHost(user: EntraUser | string): boolean
  /** Ends the refresh tokens of one user, or of all, as if 24 hours were over: `AADSTS700084`. */
  expireRefreshTokens(user?: EntraUser | string): void
  /** Ends the session of every browser. Refresh tokens live on, as at Entra ID. */
  signOutEverywhere(): void
  /** Signs with a new key from now on. */
  rotateKeys(): Promise<void>
  /** Ends delays, forgets everything, and drops each further request. */
  dispose(): void
}

/**
 * Starts an {@link EntraEmulator}. It needs nothing but web standards, so it runs in Node as in a page; to listen on a
 * port there is `twodoor/testing/node`.
 *
 * @throws {AuthError} `config_invalid`: names the option, what is wrong with it and a valid example
 */
export async function createEntraEmulator(options: EntraEmulatorOptions = {}): Promise<EntraEmulator> {
  const settings = checkEntraOptions(options)
  return openEntraEmulator(settings, createParts(settings))
}

/** An {@link EntraEmulator} of these parts. */
export function openEntraEmulator(settings: EntraSettings, parts: Parts): EntraEmulator {
  const { url, users } = settings
  const { policies, sessions } = parts
  const faults = createFaultQueue()
  const log = createRequestLog()
  const disposal = new AbortController()

  async function handle(request: Request): Promise<Response> {
    if (disposal.signal.aborted) return Response.error()
    // The body can break off.
    const call = await readCall(request).catch(() => undefined)
    if (!call) return Response.error()
    const addAnswer = log.add(call, settings.now())
    const reply = respond({ parts, faults, disposed: disposal.signal }, call, request)
    const { response, aadsts } = await reply.catch((error: unknown) => failureReply(settings, call, error))
    addAnswer(response.status, aadsts)
    return request.method === 'HEAD' ? new Response(null, response) : response
  }

  async function emulatorFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init)
    const response = await abortable(handle(request), request.signal)
    if (response.type === 'error') throw new TypeError('Failed to fetch')
    return response
  }

  const find = (user: EntraUser | string) => mustFindUser(user, users)
  const oneOrAll = (user: EntraUser | string | undefined) => (user === undefined ? users : [find(user)])

  return {
    url,
    users,
    tenant: settings.tenant,
    clientId: settings.clientId,
    scopes: settings.scopes,
    handleGraph: async (request) => (disposal.signal.aborted ? Response.error() : answerGraph(parts, request)),
    handle,
    fetch: emulatorFetch,
    lifetimes: settings.lifetimes,
    faults,
    authOptions: () => authOptionsFor(settings),
    verifierOptions: () => verifierOptionsFor(settings, emulatorFetch),
    mint: async (user, how = {}) => parts.keys.sign(await mintedClaims(settings, user, how)),
    mintForged: async (user, how = {}) => parts.keys.forge(await mintedClaims(settings, user, how)),
    get requests() {
      return log.entries()
    },
    clearRequests: log.clear,
    revoke: (user) => policies.revoke(find(user)),
    requireConsent: (user) => oneOrAll(user).forEach(policies.requireConsent),
    consent: (user, scopes) => policies.consent(find(user), scopes),
    hasConsented: (user, scopes) => policies.hasConsented(find(user), scopes),
    requireMfa: (user) => oneOrAll(user).forEach(policies.requireStepUp),
    giveMfaInHost: (user) => policies.stepUp(policies.signInOfHost(find(user))),
    needsMfaInHost: (user) => policies.needsStepUp(policies.signInOfHost(find(user)), true),
    expireRefreshTokens: (user) => parts.grants.expire(user === undefined ? undefined : find(user)),
    signOutEverywhere: sessions.clear,
    rotateKeys: parts.keys.rotate,
    dispose() {
      disposal.abort()
      faults.clear()
      sessions.clear()
      log.clear()
      parts.grants.clear()
    },
  }
}
