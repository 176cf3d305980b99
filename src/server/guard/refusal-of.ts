import { claimsRefusal, consentRefusal, type RequestRefusal, requestRefusalOf } from '../fetch/refusals.js'
import { isOnBehalfOfError } from '../on-behalf-of/error.js'
import { isTokenRefused, toTokenRefused } from '../refusal.js'

/** How to answer what was thrown, or `undefined` for an error that says nothing of it. */
export function refusalOf(error: unknown): RequestRefusal<string> | undefined {
  if (isTokenRefused(error)) return requestRefusalOf(toTokenRefused(error))
  if (!isOnBehalfOfError(error)) return undefined
  const { status, code, headers } = error
  return { status, code, headers, retry: status !== 403 && status !== 500 }
}

/** Answers to a request, for handlers of any framework: `response.status(status).set(headers).json({ code })`. */
export const refusal = Object.freeze({
  challenge: claimsRefusal,
  consent: consentRefusal,
  of: refusalOf,
})
