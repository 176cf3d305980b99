import type { AuthErrorCode } from '../../shared/errors.js'
import type { Refusal } from '../source.js'

// `getAuthToken` rejects with a plain Error whose message is all there is. These are the messages that hosts are known
// to send: Microsoft Learn "Tab SSO troubleshooting", and the teams-js issues named behind them. Any other is
// `host_refused`, such as `resourceDisabled` or "Definition not found" (#675).
const HOST_CODES: Record<string, AuthErrorCode> = {
  resourceRequiresConsent: 'consent_required',
  resourceRequiresMfa: 'sign_in_required',
  uiRequired: 'sign_in_required',
  tokenRevoked: 'sign_in_required', // #1343
  renewalTimeout: 'unavailable', // #532
  Unexpected: 'unavailable', // #2239
  'Get Auth token failed': 'unavailable', // #1473
  'Cannot start retry fetch of ADAL tokens': 'unavailable',
  CancelledByUser: 'cancelled', // #2239
  FailedToOpenWindow: 'cancelled',
  'Failed to get auth token due to ADAL error': 'unavailable',
  'Failed to get auth token due to user cancellation of consent flow': 'cancelled',
  // From the on-behalf-of exchange of a back end (Microsoft Learn "tab-sso-graph-api").
  invalid_grant: 'sign_in_required',
  interaction_required: 'sign_in_required',
  login_required: 'sign_in_required',
  consent_required: 'consent_required',
}

/** An unknown message is `host_refused`; it stays in `cause`. */
export function refusalOfHost(cause: unknown): Refusal {
  // An older host can give the text alone, or an object of its own with it.
  const message = typeof cause === 'string' ? cause : (cause as { message?: unknown } | null | undefined)?.message
  const code = typeof message === 'string' && Object.hasOwn(HOST_CODES, message) ? HOST_CODES[message] : undefined
  return { refused: code ?? 'host_refused', cause }
}

/**
 * For a host that did not answer `initialize`. teams-js asks once in a page and keeps the promise, so trying again asks
 * nobody, until the page is reloaded. A late answer is taken all the same.
 */
export function refusalOfInitialize(cause?: unknown): Refusal {
  return isTooNew(cause)
    ? { refused: 'unsupported', why: 'host_too_new', cause }
    : { refused: 'host_timeout', why: 'host_lost', retryable: false, cause }
}

/** The error of teams-js's `fastForwardRuntime` for an `apiVersion` above its own. */
function isTooNew(cause: unknown): boolean {
  return cause instanceof Error && cause.message.includes('could not be upgraded to the latest version')
}
