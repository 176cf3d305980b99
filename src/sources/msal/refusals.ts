import type { AuthErrorCode } from '../../errors.js'
import type { Refusal } from '../source.js'

/** The parts of MSAL's errors that say something. Told by shape: a host or bundle can hold a second copy of MSAL. */
interface MsalError {
  readonly name: string
  readonly errorCode: string
  readonly subError?: unknown
  readonly errorMessage?: unknown
}

const codes: Record<string, AuthErrorCode> = {
  invalid_grant: 'sign_in_required', // a ServerError, not an InteractionRequiredAuthError (#4104)
  no_account_error: 'sign_in_required',
  no_account_found: 'sign_in_required',
  access_denied: 'denied',
  unauthorized_client: 'config_invalid', // AADSTS700016 and others: the app registration is not what it has to be
  user_cancelled: 'cancelled',
  user_canceled: 'cancelled',
  no_network_connectivity: 'offline',
  post_request_failed: 'unavailable',
  get_request_failed: 'unavailable',
  network_error: 'unavailable',
  failed_to_parse_response: 'unavailable',
  endpoints_resolution_error: 'unavailable',
  timed_out: 'timed_out',
  interaction_in_progress: 'unavailable',
  redirect_in_iframe: 'framed',
  in_mem_redirect_unavailable: 'unsupported',
  nested_app_auth_bridge_disabled: 'host_refused',
  unsupported_method: 'unsupported',
}

const consentCodes = ['consent_required', '65001']

/** Whether MSAL says that a response belongs to no request of this tab. Then it is as if there were none. */
export function isStrayResponse(cause: unknown): boolean {
  return isMsalError(cause) && /^(state_mismatch|nonce_mismatch|no_token_request_cache_error)$/.test(cause.errorCode)
}

/** What an error of MSAL's, or of anything below it, means. */
export function refusalOfMsal(cause: unknown, navigator: Pick<Navigator, 'onLine'>): Refusal {
  const code = codeOf(cause)
  // MSAL reports a lost connection as if the service did not answer.
  const refused = !navigator.onLine && (code === 'unavailable' || code === 'timed_out') ? 'offline' : code
  const { claims } = (cause ?? {}) as { claims?: unknown }
  const hasNobody = isMsalError(cause) && /^no_account/.test(cause.errorCode)
  return { refused, cause, ...(isText(claims) && { claims }), ...(hasNobody && { nobody: true }) }
}

function codeOf(cause: unknown): AuthErrorCode {
  if (!isMsalError(cause)) return 'unavailable'
  const { name, errorCode } = cause
  if (asksForConsent(cause)) return 'consent_required'
  if (name === 'InteractionRequiredAuthError') return 'sign_in_required'
  const code = Object.hasOwn(codes, errorCode) ? codes[errorCode] : undefined
  if (code) return code
  if (/^(invalid_client|invalid_request|invalid_resource|invalid_scope)$/.test(errorCode)) return 'config_invalid'
  if (name === 'ClientConfigurationError') return 'config_invalid'
  // MSAL stops asking for a while after 429 and 5xx and then throws with the numeric codes of Entra ID.
  if (/^\d+(,\d+)*$/.test(errorCode)) return 'throttled'
  return 'unavailable'
}

function asksForConsent({ name, errorCode, subError, errorMessage }: MsalError): boolean {
  if (name !== 'InteractionRequiredAuthError' && errorCode !== 'invalid_grant') return false
  return (
    consentCodes.some((code) => code === errorCode || code === subError) ||
    (isText(errorMessage) && errorMessage.includes('AADSTS65001'))
  )
}

function isMsalError(value: unknown): value is MsalError {
  return value instanceof Error && typeof (value as Partial<MsalError>).errorCode === 'string'
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
