// Asks for consent where the server of the app lacks it for what it does on behalf of the user, and repeats the call.

import { isScopeList } from '../../shared/scope-list.js'
import { scopeKey } from '../../shared/scopes.js'
import type { ConsentRequest } from '../../user-requests.js'
import { askOnce, type QuestionContext } from './ask-once.js'
import type { Call } from './call.js'

export interface ConsentContext extends QuestionContext {
  readonly onConsent: (request: ConsentRequest) => unknown
  send(call: Call): Promise<Response>
}

/** A call is repeated once, and by the account that it was made under; what comes of that is the answer. */
export async function fetchWithConsent(context: ConsentContext, call: Call): Promise<Response> {
  const { isStream, replayCopy } = context.fromEngine
  const again = isStream(call.body) ? undefined : replayCopy(call.input)
  const response = await context.send(call)
  const scopes = consentChallengeOf(response)
  if (!scopes || again === undefined || !context.fromEngine.isAnswerOf(context, call, response)) return response
  const request = { scopes, origin: call.resource.origin }
  if (!(await askOnce(context, call, scopeKey(scopes), () => context.onConsent(request)))) return response
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
