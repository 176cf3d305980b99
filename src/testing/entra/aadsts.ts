// The errors of Entra ID, by number. See https://learn.microsoft.com/entra/identity-platform/reference-error-codes

/** The HTTP status for a client that has not proved itself. */
export const UNAUTHORIZED_STATUS = 401

/** What the emulator refuses with. Whatever is left out comes from the table. */
export interface Denial {
  readonly code: AadstsCode | number
  readonly error?: string | undefined
  readonly text?: string | undefined
  readonly suberror?: string | undefined
  /** The claims challenge, as JSON text. */
  readonly claims?: string | undefined
  /**
   * The status of the answer where it is no redirect.
   *
   * @default 400
   */
  readonly status?: number | undefined
}

export type AadstsCode = keyof typeof table

const table = {
  16000: [
    'interaction_required',
    'Either multiple user identities are available for the current request or selected account is not supported for the scenario.',
  ],
  28000: ['invalid_request', 'The input parameter scope is not valid because it contains more than one resource.'],
  50011: ['invalid_request', 'The redirect URI specified in the request does not match those of the application.'],
  50013: ['invalid_grant', 'Assertion failed signature validation. [Reason - The key was not found.]'],
  50020: ['invalid_grant', 'The user account does not exist in the tenant and cannot access the application.'],
  50058: ['login_required', 'A silent sign-in request was sent but no user is signed in.'],
  50076: [
    'interaction_required',
    'Due to a configuration change made by your administrator, you must use multi-factor authentication.',
    'basic_action',
  ],
  50079: [
    'interaction_required',
    'Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication.',
    'basic_action',
  ],
  50173: ['invalid_grant', 'The provided grant has expired due to it being revoked, a fresh auth token is needed.'],
  54005: ['invalid_grant', 'OAuth2 authorization code was already redeemed, please retry with a new valid code.'],
  65001: [
    'interaction_required',
    'The user or administrator has not consented to use the application.',
    'consent_required',
  ],
  65004: ['access_denied', 'User declined to consent to access the app.'],
  65005: ['invalid_scope', 'The application asked for a scope that the resource does not offer.'],
  70003: ['unsupported_grant_type', 'The app requested an unsupported grant type.'],
  70007: ['unsupported_response_mode', "'query' is not a supported value of 'response_mode' when requesting a token."],
  70008: ['invalid_grant', 'The provided authorization code or refresh token has expired due to inactivity.'],
  70011: ['invalid_scope', 'The provided value for the input parameter scope is not valid.'],
  90002: ['invalid_request', 'Tenant not found. Check that you have the correct tenant ID.'],
  90023: ['invalid_request', 'The value of a parameter is not supported.'],
  90033: ['temporarily_unavailable', 'A transient error has occurred. Please try again.'],
  500011: ['invalid_resource', 'The resource principal was not found in the tenant.'],
  500112: ['invalid_grant', 'The reply address does not match the one of the authorization request.'],
  500131: ['invalid_grant', 'Assertion audience does not match the Client app presenting the assertion.'],
  500133: ['invalid_grant', 'Assertion is not within its valid time range.'],
  501051: ['invalid_grant', 'The application is not assigned to a role for the resource.'],
  501481: ['invalid_grant', 'The code_verifier does not match the code_challenge of the authorization request.'],
  700016: ['unauthorized_client', 'Application was not found in the directory.'],
  700021: ['invalid_client', "Client assertion application identifier doesn't match 'client_id' parameter."],
  700023: ['invalid_client', 'Client assertion audience claim does not match Realm issuer.'],
  700024: ['invalid_client', 'Client assertion is not within its valid time range.'],
  700025: ['invalid_client', "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."],
  700027: [
    'invalid_client',
    'The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.]',
  ],
  700054: ['unsupported_response_type', 'The response_type is not enabled for the application.'],
  700084: [
    'invalid_grant',
    'The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime, which cannot be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page.',
  ],
  900144: ['invalid_request', 'The request body or query lacks a required parameter.'],
  1002012: [
    'invalid_scope',
    'Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).',
  ],
  9000410: ['invalid_request', 'The request is not properly formatted: JSON was expected.'],
  9002313: ['invalid_grant', 'Invalid request. Request is malformed or invalid.', 'bad_token'],
  9002325: [
    'invalid_request',
    'Proof Key for Code Exchange is required for cross-origin authorization code redemption.',
  ],
  9002326: [
    'invalid_request',
    "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type.",
  ],
  9002327: [
    'invalid_request',
    "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.",
  ],
  7000215: [
    'invalid_client',
    'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.',
  ],
  7000216: [
    'invalid_client',
    "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
  ],
  7000218: [
    'invalid_client',
    "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  ],
} as const satisfies Record<number, readonly [error: string, text: string, suberror?: string]>

/** The fields of an error answer, in the body of the token endpoint or on the way back to the app. */
export interface ErrorFields {
  readonly error: string
  readonly error_description: string
  readonly error_codes: readonly number[]
  readonly timestamp: string
  readonly trace_id: string
  readonly correlation_id: string
  /** MSAL reads the number of the error from here. */
  readonly error_uri: string
  readonly suberror?: string
  readonly claims?: string
}

export function errorFields(denial: Denial, url: string, now: number, correlationId: string): ErrorFields {
  const [error, text, suberror] = rowOf(denial.code)
  const trace_id = crypto.randomUUID()
  const timestamp = `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}Z`
  const trail = `Trace ID: ${trace_id} Correlation ID: ${correlationId} Timestamp: ${timestamp}`
  const secondary = denial.suberror ?? suberror
  return {
    error: denial.error ?? error,
    error_description: `AADSTS${denial.code}: ${denial.text ?? text} ${trail}`,
    error_codes: [denial.code],
    timestamp,
    trace_id,
    correlation_id: correlationId,
    error_uri: `${url}/error?code=${denial.code}`,
    ...(secondary && { suberror: secondary }),
    ...(denial.claims && { claims: denial.claims }),
  }
}

function rowOf(code: number): readonly [error: string, text: string, suberror?: string] {
  return Object.hasOwn(table, code) ? table[code as AadstsCode] : ['invalid_request', 'The request was refused.']
}
