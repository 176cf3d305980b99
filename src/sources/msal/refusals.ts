import { isNonEmpty } from '../../shared/claims.js'
import type { AuthErrorCode } from '../../shared/errors.js'
import type { Refusal } from '../source.js'

/** The useful parts of an error of MSAL. Recognized by its shape: a host or bundle can hold a second copy of MSAL. */
interface MsalError {
  readonly name: string
  readonly errorCode: string
  readonly subError?: unknown
  readonly errorMessage?: unknown
  /** The status of the answer, in a ServerError: see network.ts. */
  readonly status?: unknown
}

/** Any other code is `unavailable`, such as `post_request_failed`, `network_error` or `endpoints_resolution_error`. */
const MSAL_CODES: Record<string, AuthErrorCode> = {
  invalid_grant: 'sign_in_required', // a ServerError, not an InteractionRequiredAuthError (#4104)
  no_account_error: 'sign_in_required',
  no_account_found: 'sign_in_required',
  access_denied: 'denied',
  unauthorized_client: 'config_invalid', // AADSTS700016 and others: the app registration is not what it has to be
  user_cancelled: 'cancelled',
  user_canceled: 'cancelled',
  no_network_connectivity: 'offline',
  timed_out: 'timed_out',
  redirect_in_iframe: 'framed',
  in_mem_redirect_unavailable: 'unsupported',
  nested_app_auth_bridge_disabled: 'host_refused',
  unsupported_method: 'unsupported',
  endpoint_silent: 'timed_out',
  endpoint_throttles: 'throttled',
}

/**
 * The code by the number after `AADSTS`, where OAuth's own code says something else: `invalid_grant` can be a user who is not
 * assigned. Microsoft Learn warns that the numbers change, so an unknown one changes nothing.
 */
const AADSTS_CODES: Partial<Record<AuthErrorCode, string>> = {
  config_invalid: '50194 90009 500011 650052 650053 650056 650057 700016',
  denied: '50020 50034 50053 50057 50105 53000 53001 53002 53003 65004 530002 530003 530032 530035',
  consent_required: '65001 90008 90094 90095',
  throttled: '50196 90055',
}
/** OAuth errors that neither a sign-in nor waiting can mend. */
const CONFIG_ERRORS =
  /^(unsupported_(response_type|response_mode|grant_type)|invalid_(client|request|resource|scope|tenant))$/

const STORAGE_FULL = 'cache_quota_exceeded'
const CONSENT_CODES = ['consent_required', '65001']

/** Whether MSAL says that a response belongs to no request of this tab. Then it is ignored. */
export function isUnknownResponse(cause: unknown): boolean {
  return isMsalError(cause) && /^(state_mismatch|nonce_mismatch|no_token_request_cache_error)$/.test(cause.errorCode)
}

/**
 * Whether MSAL could not write into storage because that is full. MSAL wraps its own error once more, so that the code is
 * then found in the message alone.
 */
export function isStorageFull(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false
  const { name, message, errorCode } = cause as Error & { errorCode?: unknown }
  if (/^(QuotaExceededError|NS_ERROR_DOM_QUOTA_REACHED)$/.test(name)) return true
  return name === 'CacheError' && `${errorCode} ${message}`.includes(STORAGE_FULL)
}

/** What an error of MSAL's, or of anything below it, means. */
export function refusalOfMsal(cause: unknown, navigator: Pick<Navigator, 'onLine'>): Refusal {
  const code = codeOfMsal(cause)
  // MSAL reports a lost connection as if the service did not answer.
  const refused = !navigator.onLine && (code === 'unavailable' || code === 'timed_out') ? 'offline' : code
  const { claims } = (cause ?? {}) as { claims?: unknown }
  const hasNoAccount = isMsalError(cause) && /^no_account/.test(cause.errorCode)
  const why = whyOf(cause)
  // It passes once there is room, and signs nobody out: the token in memory goes on working.
  const retryable = isStorageFull(cause) && { retryable: true }
  return {
    refused,
    cause,
    ...(isNonEmpty(claims) && { claims }),
    ...(hasNoAccount && { noAccount: true }),
    ...(why && { why }),
    ...retryable,
  }
}

function codeOfMsal(cause: unknown): AuthErrorCode {
  if (isStorageFull(cause)) return 'unsupported'
  if (!isMsalError(cause)) return 'unavailable'
  const { name, errorCode, status } = cause
  if (status === 429) return 'throttled'
  if (Number(status) >= 500) return 'unavailable'
  if (asksForConsent(cause)) return 'consent_required'
  const why = whyOf(cause) ?? ''
  const numbered = Object.entries(AADSTS_CODES).find(([, list]) => list.split(' ').includes(why))
  if (numbered) return numbered[0] as AuthErrorCode
  if (name === 'InteractionRequiredAuthError') return 'sign_in_required'
  const code = Object.hasOwn(MSAL_CODES, errorCode) ? MSAL_CODES[errorCode] : undefined
  if (code) return code
  if (CONFIG_ERRORS.test(errorCode) || name === 'ClientConfigurationError') return 'config_invalid'
  // MSAL stops asking for a while after 429 and 5xx and then throws with the numeric codes of Entra ID.
  if (/^\d+([ ,]\d+)*$/.test(errorCode)) return 'throttled'
  return 'unavailable'
}

/**
 * The number in the text of Entra ID, or the `endpoint_…` of network.ts. Nothing else is taken from the text: it can name
 * the user.
 */
function whyOf(cause: unknown): string | undefined {
  if (isStorageFull(cause)) return STORAGE_FULL
  if (!isMsalError(cause)) return undefined
  const { errorCode, errorMessage } = cause
  const number = /AADSTS(\d{5,7})\b/.exec(isNonEmpty(errorMessage) ? errorMessage : '')?.[1]
  return number ?? (errorCode.startsWith('endpoint_') ? errorCode : undefined)
}

function asksForConsent({ name, errorCode, subError }: MsalError): boolean {
  if (name !== 'InteractionRequiredAuthError' && errorCode !== 'invalid_grant') return false
  return CONSENT_CODES.some((code) => code === errorCode || code === subError)
}

function isMsalError(value: unknown): value is MsalError {
  return value instanceof Error && typeof (value as Partial<MsalError>).errorCode === 'string'
}
