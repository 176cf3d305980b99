/** Every code an {@link AuthError} can have. The set is closed: a `switch` over it is complete. */
export type AuthErrorCode =
  | 'config_invalid'
  | 'unsupported'
  | 'framed'
  | 'host_timeout'
  | 'host_refused'
  | 'sign_in_required'
  | 'consent_required'
  | 'cancelled'
  | 'denied'
  | 'offline'
  | 'unavailable'
  | 'throttled'
  | 'timed_out'
  | 'account_mismatch'
  | 'token_rejected'
  | 'session_refused'
  | 'disposed'

/** The part of the flow that failed. `config` is the check at `createAuth()`. */
export type AuthErrorPhase = 'config' | 'host' | 'source' | 'renewal' | 'fetch' | 'socket' | 'session'

/** What is known of a failure beside its code. Whatever is left out comes from the code. */
export interface AuthErrorDetails {
  phase: AuthErrorPhase
  message?: string | undefined
  remedy?: string | undefined
  claims?: string | undefined
  cause?: unknown
}

/** One row per code: what happened, and what the reader can do about it. */
const texts: Record<AuthErrorCode, readonly [message: string, remedy: string]> = {
  config_invalid: ['An option is not valid.', 'Correct the option that the message names.'],
  unsupported: ['This is not possible here.', 'Call it in a browser page that may use storage.'],
  framed: [
    'The page is framed by a site that is not a Microsoft 365 host.',
    'Open the page in its own tab, or name the host in `host.origins`.',
  ],
  host_timeout: ['The Microsoft 365 host did not answer in time.', 'Try again, or reload the tab in Teams.'],
  host_refused: [
    'The Microsoft 365 host refused to give a token.',
    'Compare `webApplicationInfo` of the app manifest with the app registration.',
  ],
  sign_in_required: ['Nobody is signed in, or the sign-in has expired.', 'Call `signIn()` when the user clicks.'],
  consent_required: [
    'The user or an administrator has not consented to the scopes.',
    'Call `signIn()` when the user clicks.',
  ],
  cancelled: ['The user left the sign-in.', 'Offer to sign in again.'],
  denied: ['Sign-in was denied.', 'Ask an administrator to grant access to the app.'],
  offline: ['There is no network connection.', 'Try again when the device is online.'],
  unavailable: ['A service or a part of the page could not be reached.', 'Try again in a moment.'],
  throttled: ['The sign-in service asks for fewer requests.', 'Wait a minute before the next try.'],
  timed_out: ['No answer came in time.', 'Try again.'],
  account_mismatch: ['Another account is signed in now.', 'Reload what belongs to the last account.'],
  token_rejected: [
    'The server refuses the token, a fresh one too.',
    'Compare the audience, tenant and scope that the server expects with the options.',
  ],
  session_refused: ['The session cookie did not stick.', 'Check the attributes of the cookie.'],
  disposed: ['This `Auth` was disposed.', 'Create another with `createAuth()`.'],
}

const retryableCodes: readonly AuthErrorCode[] = [
  'host_timeout',
  'offline',
  'unavailable',
  'throttled',
  'timed_out',
  'cancelled',
]

/** Whether the same call can succeed later with nobody doing anything but waiting or asking again. */
export function isRetryable(code: AuthErrorCode): boolean {
  return retryableCodes.includes(code)
}

/**
 * The one error that twodoor throws and rejects with. Branch on `code`, never on `message`.
 *
 * No token, authorization code or secret is ever part of it.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  /** What happened, from a closed set. */
  readonly code: AuthErrorCode
  /** The part of the flow that failed. */
  readonly phase: AuthErrorPhase
  /** `true` if the same call can succeed later without a change by the user or the developer. */
  readonly retryable: boolean
  /** One sentence that tells the reader what to do. */
  readonly remedy: string
  /** The claims challenge to pass on to `signIn()`, if the server or Entra ID sent one. */
  readonly claims?: string

  constructor(code: AuthErrorCode, details: AuthErrorDetails) {
    const [message, remedy] = texts[code]
    super(details.message ?? message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.phase = details.phase
    this.retryable = isRetryable(code)
    this.remedy = details.remedy ?? remedy
    if (details.claims !== undefined) this.claims = details.claims
  }
}

/**
 * Whether `value` is an {@link AuthError}, and, if codes are given, has one of them.
 *
 * Compares names, not constructors: an error of another copy of twodoor or of another frame counts too.
 */
export function isAuthError<C extends AuthErrorCode = AuthErrorCode>(
  value: unknown,
  ...codes: C[]
): value is AuthError & { code: C } {
  if (typeof value !== 'object' || value === null) return false
  const { name, code } = value as { name?: unknown; code?: unknown }
  if (name !== 'AuthError' || typeof code !== 'string' || !Object.hasOwn(texts, code)) return false
  return codes.length === 0 || (codes as string[]).includes(code)
}
