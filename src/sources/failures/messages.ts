// What a refusal means that a developer or an administrator has to mend, and what to change. Loaded only when one comes.

import { applicationIdUri } from '../../shared/registration.js'
import type { Refusal } from '../source.js'
import { aadstsMessage } from './aadsts-messages.js'
import { diagnose } from './diagnose.js'
import { errorText, evidenceOf, type FailureContext } from './evidence.js'
import { hostMessage, quote } from './host-messages.js'
import { fillIn, lookUp, ownMessages } from './own-messages.js'

export type { FailureContext } from './evidence.js'

type Values = Readonly<Record<string, string>>

/** Adds a message and a remedy to a refusal, and a better code where the evidence has one. */
export function addMessage(refusal: Refusal, context: FailureContext): Refusal {
  const diagnosis = diagnose(refusal, evidenceOf(refusal, context))
  const { values, ...known } = { values: {}, ...refusal, ...diagnosis }
  const quoted = quote(errorText(known.cause))
  const number = known.aadsts ?? Number(/AADSTS(\d{5,7})\b/.exec(quoted)?.[1] ?? 0)
  const message = number ? aadstsMessage(number) : (lookUp(ownMessages, known.why ?? '') ?? hostMessage(known, quoted))
  const filled = message && fillIn(message, { ...valuesOfApp(context), cause: quoted, ...values })
  return { ...known, ...(number && { aadsts: number }), ...filled }
}

/** The settings that messages name, so that they can be compared with what is registered. */
function valuesOfApp({ settings, window }: FailureContext): Values {
  const { clientId, tenant, scopes, client } = settings
  const redirectUri = client?.getConfiguration().auth.redirectUri ?? settings.redirectUri
  const [scope = ''] = scopes
  const { origin, host } = window.location
  return {
    clientId,
    tenant,
    origin,
    host,
    scopes: scopes.join(' '),
    resource: scope.slice(0, Math.max(0, scope.lastIndexOf('/'))) || applicationIdUri(host, clientId),
    redirectUri: redirectUri.replace(/[?#].*/s, ''),
  }
}
