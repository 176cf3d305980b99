/**
 * Why a call failed. The set is closed: a `switch` over it is complete.
 *
 * - `config_invalid`: an option is wrong, or the app registration does not fit. `message` names what.
 * - `unsupported`: this cannot be done here, for example on a server, in this host, or with storage blocked.
 * - `framed`: the page is in a frame of a page that is no Microsoft 365 host, and nobody can sign in there.
 * - `host_timeout`: Teams, Outlook or Microsoft 365 did not answer in time.
 * - `host_refused`: the host answered, and gave no token that can be used. Most often the app manifest is wrong.
 * - `sign_in_required`: nobody is signed in, or the sign-in has ended. Call `signIn()` on a click.
 * - `consent_required`: the user or an administrator has to consent to the scopes. Call `signIn()` on a click.
 * - `cancelled`: the user closed the sign-in or came back from it, or signed out meanwhile.
 * - `denied`: Entra ID or your server refuses this user. An administrator can change that.
 * - `offline`: the browser has no network.
 * - `unavailable`: Entra ID, your server or a part of twodoor could not be reached.
 * - `throttled`: Entra ID got too many requests.
 * - `timed_out`: there was no answer in time.
 * - `account_mismatch`: another account has signed in since the call began, or since the session or the socket did.
 * - `token_rejected`: your server refused the token, and a renewed one too.
 * - `session_refused`: the session URL did not make a session: it refused, did not answer as a session URL does, or the
 *   browser did not keep the cookie. `message` says which.
 * - `disposed`: `dispose()` was called.
 */
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

/**
 * Where a call failed: in the check of options, in Teams or another host, in getting a token, in renewing one, in
 * `auth.fetch`, in a socket, or in the exchange for a session cookie.
 */
export type AuthErrorPhase = 'config' | 'host' | 'source' | 'renewal' | 'fetch' | 'socket' | 'session'

/** What else is known of a failure. Whatever is left out follows from the code. */
export interface AuthErrorDetails {
  phase: AuthErrorPhase
  message?: string | undefined
  remedy?: string | undefined
  claims?: string | undefined
  /** The number that Entra ID refused with, after `AADSTS`. */
  aadsts?: number | undefined
  /** Where it is not as with most errors of this code. */
  retryable?: boolean | undefined
  cause?: unknown
}

/** What the reader can do. Also the message where nothing more is known. */
const remedies: Record<AuthErrorCode, string> = {
  config_invalid: 'Correct the options.',
  unsupported: 'Call it in a page.',
  framed: 'Open the page in a tab, or set `host.origins`.',
  host_timeout: 'Try again, or reload the page.',
  host_refused: 'Compare the app manifest.',
  sign_in_required: 'Call `signIn()` on a click.',
  consent_required: 'Call `signIn()` on a click.',
  cancelled: 'Offer to sign in again.',
  denied: 'Ask an administrator.',
  offline: 'Try again when online.',
  unavailable: 'Try again later.',
  throttled: 'Try again later.',
  timed_out: 'Try again.',
  account_mismatch: 'Reload the page.',
  token_rejected: 'Compare the options with the server.',
  session_refused: 'Check the session cookie.',
  disposed: 'Call `createAuth()`.',
}

const retryableCodes = /^(host_timeout|cancelled|offline|unavailable|throttled|timed_out)$/

/** Whether the same call can succeed later with nobody doing anything but waiting or asking again. */
export function isRetryable(code: AuthErrorCode): boolean {
  return retryableCodes.test(code)
}

/**
 * The one error that twodoor throws and rejects with. Branch on `code`, never on `message`.
 *
 * No token, authorization code or secret is ever part of it. `JSON.stringify(error)` has all of it but the `cause`.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  /** What happened, from a closed set. */
  declare readonly code: AuthErrorCode
  /** The part of the flow that failed. */
  declare readonly phase: AuthErrorPhase
  /** `true` if the same call can succeed later without a change by the user or the developer. */
  declare readonly retryable: boolean
  /** One sentence that tells the reader what to do. */
  declare readonly remedy: string
  /** Where the documentation explains the code, as page and heading: `errors#offline`. */
  declare readonly anchor: `errors#${AuthErrorCode}`
  /** The claims challenge to pass on to `signIn()`, if the server or Entra ID sent one. */
  declare readonly claims?: string
  /** The number that Entra ID refused with, after `AADSTS`. */
  declare readonly aadsts?: number
  /** What it came from, for whom reads a log. Declared here too: ES2020 knows none. */
  declare readonly cause?: unknown

  constructor(code: AuthErrorCode, details: AuthErrorDetails)
  // JavaScript also gets by with all in one object, or with a code alone.
  constructor(given: AuthErrorCode | { code: AuthErrorCode }, details?: Partial<AuthErrorDetails>) {
    const known: Partial<AuthErrorDetails> = details ?? Object(given)
    const code = typeof given === 'string' ? given : given?.code
    const { phase = 'source', remedy = remedies[code] ?? 'No such code.', claims, aadsts, cause } = known
    const { retryable = isRetryable(code), message = `${code}: ${remedy}` } = known
    super(message, cause ? { cause } : undefined)
    this.code = code
    this.phase = phase
    this.retryable = retryable
    this.remedy = remedy
    this.anchor = `errors#${code}`
    if (claims) this.claims = claims
    if (aadsts) this.aadsts = aadsts
  }

  /** What a log may show. */
  toJSON(): Omit<AuthError, 'cause' | 'stack' | 'toJSON'> {
    return { ...this, message: this.message }
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
  const { name, code } = Object(value) as { name?: unknown; code?: unknown }
  if (name !== 'AuthError' || typeof code !== 'string' || !Object.hasOwn(remedies, code)) return false
  return codes.length === 0 || (codes as string[]).includes(code)
}
