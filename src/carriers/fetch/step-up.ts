// Asks for what an endpoint wants beyond the sign-in, a second factor as a rule, and repeats the call.

import type { AuthError } from '../../shared/errors.js'
import { scopeKey } from '../../shared/scopes.js'
import { isStepUp } from '../../shared/step-up.js'
import type { StepUpRequest } from '../../user-requests.js'
import { askOnce, type QuestionContext } from './ask-once.js'
import type { Call } from './call.js'

export interface StepUpContext extends QuestionContext {
  /** `AuthOptions.scopes`. */
  readonly scopes: readonly string[]
  readonly onStepUp: (request: StepUpRequest) => unknown
  send(call: Call): Promise<Response>
}

/** A call is repeated once, and by the account that it was made under; what comes of that is the answer. */
export async function fetchWithStepUp(context: StepUpContext, call: Call): Promise<Response> {
  const { isStream, replayCopy } = context.fromEngine
  const again = isStream(call.body) ? undefined : replayCopy(call.input)
  try {
    return await context.send(call)
  } catch (error) {
    const request = again === undefined ? undefined : stepUpOf(error, context, call)
    if (!request || again === undefined || !(await ask(context, call, request))) throw error
    return context.send({ ...call, input: again, headers: new Headers(call.headers) })
  }
}

function ask(context: StepUpContext, call: Call, request: StepUpRequest): Promise<boolean> {
  const key = `${request.claims} ${scopeKey(request.scopes)}`
  return askOnce(context, call, key, () => context.onStepUp(request))
}

/** What to ask the user for, or `undefined` for any other failure. */
function stepUpOf(
  error: unknown,
  { fromEngine, scopes }: StepUpContext,
  { resource }: Call,
): StepUpRequest | undefined {
  const claims = error instanceof fromEngine.AuthError && isForUser(error) ? error.claims : undefined
  if (claims === undefined || !isStepUp(claims)) return undefined
  return { claims, scopes: [...(resource.scopes ?? scopes)], origin: resource.origin }
}

/** What went wrong for another reason, such as a lost connection, no second factor mends. */
function isForUser({ code, retryable }: AuthError): boolean {
  return !retryable && (code === 'sign_in_required' || code === 'consent_required')
}
