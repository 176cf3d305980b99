// What only the user can give, asked for while the call waits. Loaded only where the app has an `onConsent` or an `onStepUp`.

import type { AuthOptions } from '../../options.js'
import type { Resource } from '../../shared/resources.js'
import type { QuestionContext } from './ask-once.js'
import type { Call } from './call.js'
import { fetchWithConsent } from './consent.js'
import { fetchWithStepUp } from './step-up.js'

export interface AskContext extends Pick<AuthOptions, 'onConsent' | 'onStepUp'> {
  readonly fromEngine: QuestionContext['fromEngine']
  readonly resources: readonly Resource[]
  /** `AuthOptions.scopes`. */
  readonly scopes: readonly string[]
  readonly ended: AbortSignal
  send(call: Call): Promise<Response>
}

/** A call can need both: the server asks for a step up before it does anything on behalf of the user. */
export function fetchAskingUser(context: AskContext, call: Call): Promise<Response> {
  const { onConsent, onStepUp, send } = context
  const sendWithStepUp = onStepUp ? (each: Call) => fetchWithStepUp({ ...context, onStepUp }, each) : send
  return onConsent ? fetchWithConsent({ ...context, onConsent, send: sendWithStepUp }, call) : sendWithStepUp(call)
}
