import type { AuthErrorCode } from '../../shared/errors.js'
import type { Refusal } from '../source.js'

// `getAuthToken` rejects with a plain Error whose message is all there is. These are the messages that hosts are known
// to send: Microsoft Learn "Tab SSO troubleshooting", and the teams-js issues named behind them. Any other is
// `host_refused`, such as `resourceDisabled` or "Definition not found" (#675).
const codes: Record<string, AuthErrorCode> = {
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
  // These come from a back end's on-behalf-of exchange (Microsoft Learn "tab-sso-graph-api").
  invalid_grant: 'sign_in_required',
  interaction_required: 'sign_in_required',
  login_required: 'sign_in_required',
  consent_required: 'consent_required',
}

/** What the error of a host means. A message that is not known is `host_refused`; it stays in `cause`. */
export function refusalOfHost(cause: unknown): Refusal {
  // An older host can give the text alone, or an object of its own with it.
  const message = typeof cause === 'string' ? cause : (cause as { message?: unknown } | null | undefined)?.message
  const code = typeof message === 'string' && Object.hasOwn(codes, message) ? codes[message] : undefined
  return { refused: code ?? 'host_refused', cause }
}

/**
 * What it means that a host did not answer `initialize`. teams-js asks once in a page and keeps the promise, so that
 * trying again asks nobody: a lost question is lost until the page is loaded anew. A late answer is taken all the same.
 */
export function refusalOfInitialize(cause?: unknown): Refusal {
  return isTooNew(cause)
    ? { refused: 'unsupported', why: 'host_too_new', cause }
    : { refused: 'host_timeout', why: 'host_lost', retryable: false, cause }
}

/** `fastForwardRuntime` of teams-js, for an `apiVersion` above its own. */
function isTooNew(cause: unknown): boolean {
  return cause instanceof Error && cause.message.includes('could not be upgraded to the latest version')
}
