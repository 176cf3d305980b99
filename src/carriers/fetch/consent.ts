// Asks for consent where the server of the app lacks it for what it does on behalf of the user, and repeats the call. Loaded only
// where the app has an `onConsent`.

import type { ConsentRequest } from '../../options.js'
import { abortable } from '../../shared/deadline.js'
import type { Resource } from '../../shared/resources.js'
import { isScopeList } from '../../shared/scope-list.js'
import { scopeKey } from '../../shared/scopes.js'
import type { Call } from './call.js'
import { isAnswerOf } from './fetch-with-token.js'
import { isStream, replayCopy } from './request-copy.js'

export interface ConsentContext {
  readonly resources: readonly Resource[]
  readonly onConsent: (request: ConsentRequest) => unknown
  readonly disposed: AbortSignal
  send(call: Call): Promise<Response>
}

/** What is being asked for, by scope set, of each `Auth`. */
const asking = new WeakMap<readonly Resource[], Map<string, Promise<unknown>>>()

/** A call is repeated once, and by the account that it was made under; what comes of that is the answer. */
export async function fetchWithConsent(context: ConsentContext, call: Call): Promise<Response> {
  const again = isStream(call.body) ? undefined : replayCopy(call.input)
  const response = await context.send(call)
  const scopes = consentChallengeOf(response)
  if (!scopes || again === undefined || !isAnswerOf(context, call, response)) return response
  const asked = askOnce(context, { scopes, origin: call.resource.origin })
  const isGiven = await abortable(abortable(asked, call.signal), context.disposed)
  if (!isGiven) return response
  await response.body?.cancel().catch(() => {}) // a wrapper of `fetch` may be reading it
  return context.send({ ...call, input: again, headers: new Headers(call.headers) })
}

/**
 * The scopes that a 403 asks consent for, or `undefined`. The form is that of Microsoft.Identity.Web
 * (`ReplyForbiddenWithWwwAuthenticateHeader`): `Bearer …, scopes="User.Read,Mail.Read", proposedAction="consent"`.
 */
export function consentChallengeOf({ status, headers }: Response): string[] | undefined {
  const header = status === 403 && headers.get('www-authenticate')
  if (!header || !/^bearer\s/i.test(header) || !/[\s,]proposedAction="?consent"?(?:[\s,]|$)/i.test(header))
    return undefined
  const given = /[\s,]scopes="([^"]*)"/i.exec(header)?.[1] ?? ''
  const scopes = given.split(/[\s,]+/).filter((each) => each !== '')
  return isScopeList(scopes) ? scopes : undefined
}

/** Whether the user has consented. Calls at the same time share one question. */
async function askOnce({ resources, onConsent }: ConsentContext, request: ConsentRequest): Promise<boolean> {
  const flights = asking.get(resources) ?? new Map<string, Promise<unknown>>()
  asking.set(resources, flights)
  const key = scopeKey(request.scopes)
  const flight = flights.get(key) ?? Promise.resolve(request).then(onConsent)
  flights.set(key, flight)
  try {
    await flight
    return true
  } catch {
    return false
  } finally {
    if (flights.get(key) === flight) flights.delete(key)
  }
}
