import { withDeadline } from '../../shared/deadline.js'
import { isScopeList } from '../../shared/scope-list.js'
import { scopeKey } from '../../shared/scopes.js'
import { isGuid } from '../../shared/validate.js'
import { createMistakeLog } from '../development.js'
import { createUserClients, type User } from './clients.js'
import { OnBehalfOfError } from './error.js'
import { checkOnBehalfOfOptions, type OnBehalfOfOptions } from './options.js'
import { noToken, toOnBehalfOfError } from './refusals.js'

/** A token of another API, as Azure's clients have it. */
export interface TokenOnBehalf {
  readonly token: string
  /** In milliseconds since the epoch. */
  readonly expiresOnTimestamp: number
}

export interface OnBehalfOf {
  /**
   * A token of another API for the user of a request, a socket or a session. From MSAL's cache unless it is about to expire; calls
   * at the same time for the same share one request.
   *
   * @param user - an identity of the verifier, or a session of the same user
   * @param scopes - of one API: `['User.Read']`, or in their long form
   * @param options - `claims`: the challenge that the API has answered with, as JSON text
   * @throws {OnBehalfOfError} with a `code`, and how to answer the request. Within 12 s
   */
  token(user: User, scopes: readonly string[], options?: { claims?: string | undefined }): Promise<TokenOnBehalf>
  /**
   * Drops what is kept and cached of a user, as at a sign-out: for all identities of the user, those of sockets too. Calls that
   * are under way keep nothing of what they get. Never rejects, and is done within a second.
   *
   * Another process that shares the `store` drops its cache with its next call for the user. The last token of the user that came
   * to it stays there until it expires: end the sessions and the sockets there as well.
   */
  forget(user: User): Promise<void>
}

const DEADLINE_MS = 12_000

/**
 * Gets tokens of other APIs, such as Microsoft Graph, for the users of this one (OAuth 2.0 on-behalf-of).
 *
 * ```ts
 * const verifier = createVerifier({ clientId, tenants: [tenantId], keepTokens: true })
 * const onBehalfOf = createOnBehalfOf({ verifier, clientId, secret: process.env.CLIENT_SECRET })
 * const { token } = await onBehalfOf.token(identity, ['User.Read'])
 * ```
 *
 * - It needs `@azure/msal-node`, which is loaded by the first call. The cache is MSAL's own, one for each tenant and object ID; in
 *   it a token is found by its scopes and by the user's token that it came for, so that no sign-in gets what another one got.
 * - The last token of a user that the verifier has accepted is kept for this in memory, until it expires, and nowhere else.
 * - What is missing, a consent or a claim, is an answer to the page: `refusal.of(error)`. `auth.fetch` there asks for it and
 *   repeats the call.
 *
 * @throws {AuthError} `config_invalid`: names the option, what is wrong with it and a valid example
 */
export function createOnBehalfOf(options: OnBehalfOfOptions): OnBehalfOf {
  const settings = checkOnBehalfOfOptions(options)
  const { kept } = settings
  const clients = createUserClients(settings)
  const log = createMistakeLog()
  const flights = new Map<string, Promise<TokenOnBehalf>>()

  async function ask(
    user: User,
    scopes: readonly string[],
    claims: string | undefined,
    isWanted: () => boolean,
  ): Promise<TokenOnBehalf> {
    const assertion = kept.find(user)
    if (assertion === undefined) throw noToken()
    const request = { oboAssertion: assertion, scopes: [...scopes], ...(claims !== undefined && { claims }) }
    const result = await clients.use(user, (client) => client.acquireTokenOnBehalfOf(request), isWanted)
    if (!result?.expiresOn) throw tooLate()
    return Object.freeze({ token: result.accessToken, expiresOnTimestamp: result.expiresOn.getTime() })
  }

  /** Calls for the same share one request: of the same token of the user, since another one can be worth more. */
  function askOnce(user: User, scopes: readonly string[], claims: string | undefined): Promise<TokenOnBehalf> {
    const name = `${flightsOf(user)}${JSON.stringify([scopeKey(scopes), claims, kept.find(user)])}`
    const running = flights.get(name)
    if (running !== undefined) return running
    const isWanted = () => flights.get(name) === flight
    const asked = ask(user, scopes, claims, isWanted)
    // The deadline is that of the flight, so that nobody joins one that hangs.
    const flight: Promise<TokenOnBehalf> = withDeadline(asked, DEADLINE_MS, () => Promise.reject(tooLate())).finally(
      () => isWanted() && flights.delete(name),
    )
    flights.set(name, flight)
    return flight
  }

  return Object.freeze({
    async token(user: User, scopes: readonly string[], { claims }: { claims?: string | undefined } = {}) {
      try {
        checkCall(user, scopes)
        return await askOnce(user, scopes, claims)
      } catch (error) {
        const refused = toOnBehalfOfError(error, scopes)
        if (refused.code === 'config_invalid') log(refused)
        throw refused
      }
    },
    async forget(user: User) {
      kept.forget(user)
      for (const name of flights.keys()) if (name.startsWith(flightsOf(user))) flights.delete(name)
      await clients.forget(user)
    },
  })
}

/** What the names of a user's flights begin with. */
function flightsOf({ key }: User): string {
  return `${key} `
}

function tooLate(): OnBehalfOfError {
  return new OnBehalfOfError('temporarily_unavailable', { remedy: 'Entra ID did not answer in time. Try again later.' })
}

function checkCall(user: User, scopes: readonly string[]): void {
  const { key, tenantId, objectId } = Object(user) as Partial<User>
  const isUser = isGuid(tenantId) && isGuid(objectId) && key === `entra:${tenantId}:${objectId}`
  if (!isUser) throw mistake('Pass the identity of a user. An app on its own has nobody to ask for.')
  if (!isScopeList(scopes)) throw mistake("Pass a list of scopes, for example ['User.Read'].")
}

function mistake(remedy: string): OnBehalfOfError {
  return new OnBehalfOfError('config_invalid', { remedy })
}
