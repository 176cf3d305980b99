// The grants of a server that has a user's token, or none at all: client credentials and on-behalf-of. The emulated app has
// neither application roles nor permissions of another API, so both end in the error that Entra ID has for that.

import { readClaims } from '../../shared/claims.js'
import { type Denial, UNAUTHORIZED_STATUS } from './aadsts.js'
import type { Parameters } from './call.js'
import type { Parts } from './parts.js'
import { parseScopes } from './scopes.js'
import type { EntraSettings } from './settings.js'

export const CLIENT_CREDENTIALS = 'client_credentials'
/** Of RFC 7523, which Entra ID calls on-behalf-of. */
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

export function refuseClientCredentials({ settings }: Parts, form: Parameters, origin: string | undefined): Denial {
  const refused = refuseServer(settings, form, origin, 7000216)
  if (refused) return refused
  const scopes = parseScopes(form.get('scope') ?? '')
  if (scopes.length === 0) return missingParameter('scope')
  const wrong = scopes.find((scope) => !scope.endsWith('/.default'))
  if (wrong !== undefined) return { code: 1002012, text: noDefaultScope(wrong) }
  return { code: 501051, text: noRole(settings.clientId, resourceOfScope(scopes[0])) }
}

export async function refuseOnBehalfOf(
  { settings, keys }: Parts,
  form: Parameters,
  origin: string | undefined,
): Promise<Denial> {
  const refused = refuseServer(settings, form, origin, 7000218)
  if (refused) return refused
  const assertion = form.get('assertion')
  if (!assertion) return missingParameter('assertion')
  const issuedAt = readClaims(assertion)?.['iat']
  // At the time when it was issued, to tell an expired one from a forged one.
  const claims = await keys.verify(assertion, new Date(typeof issuedAt === 'number' ? issuedAt * 1000 : settings.now()))
  if (!claims) return { code: 50013 }
  if ((claims.exp ?? 0) * 1000 <= settings.now()) return { code: 500133 }
  if (!isAudienceOfApp(settings, claims.aud))
    return { code: 500131, text: wrongAudience(settings.clientId, claims.aud) }
  return { code: 65001, error: 'invalid_grant', text: noConsent(settings.clientId) }
}

/** Only a server has these grants, and it has to prove itself. */
function refuseServer(
  { web }: EntraSettings,
  form: Parameters,
  origin: string | undefined,
  withoutSecret: number,
): Denial | undefined {
  if (origin) return { code: 9002326 }
  if (form.has('client_assertion')) return { code: 700027, status: UNAUTHORIZED_STATUS }
  const secret = form.get('client_secret')
  if (!secret) return { code: withoutSecret, status: UNAUTHORIZED_STATUS }
  return secret === web?.clientSecret ? undefined : { code: 7000215, status: UNAUTHORIZED_STATUS }
}

function isAudienceOfApp({ clientId, scopes }: EntraSettings, audience: unknown): boolean {
  return audience === clientId || scopes.some((scope) => audience === resourceOfScope(scope))
}

function resourceOfScope(scope = ''): string {
  return scope.slice(0, scope.lastIndexOf('/'))
}

function missingParameter(parameter: string): Denial {
  return { code: 900144, text: `The request body must contain the following parameter: '${parameter}'.` }
}

function noDefaultScope(scope: string): string {
  return `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`
}

function noRole(clientId: string, resource: string): string {
  return `Application '${clientId}' is not assigned to a role for the application '${resource}'.`
}

function wrongAudience(clientId: string, audience: unknown): string {
  return `Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was '${String(audience)}' and the expected audience is '${clientId}' or one of the Application Uris of this application.`
}

function noConsent(clientId: string): string {
  return `The user or administrator has not consented to use the application with ID '${clientId}'. Send an interactive authorization request for this user and resource.`
}
