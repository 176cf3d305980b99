// The grants of a server that has a user's token, or none at all: on-behalf-of and client credentials.

import type { JWTPayload } from 'jose'
import { readClaims } from '../../shared/claims.js'
import type { Denial } from './aadsts.js'
import { denialReply, jsonReply, type Reply } from './answers.js'
import type { EntraCall } from './call.js'
import { refuseServer } from './confidential.js'
import { challengeFor, type Demands, readDemands } from './demands.js'
import type { RefreshGrant } from './grants.js'
import type { Parts } from './parts.js'
import type { SignedInUser } from './policies.js'
import { grantableOf, parseScopes, resourceOf } from './scopes.js'
import type { EntraSettings } from './settings.js'
import { appOnlyClaims } from './tokens.js'

export const CLIENT_CREDENTIALS = 'client_credentials'
/** Of RFC 7523, which Entra ID calls on-behalf-of. */
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** Of a refresh token that comes with a token on behalf of somebody. */
const REFRESH_TOKEN_LIFETIME_S = 90 * 86_400

export async function answerClientCredentials(parts: Parts, call: EntraCall): Promise<Reply> {
  const { settings, keys } = parts
  const scopes = parseScopes(call.form.get('scope') ?? '')
  const refused = (await refuseServer(settings, call, 7000216)) ?? refuseDaemon(settings, scopes)
  if (refused) return denialReply(settings, call, refused)
  const seconds = settings.lifetimes.accessToken
  const access = {
    version: settings.accessTokenVersion,
    resource: resourceOf(scopes[0] ?? ''),
    names: [],
    authorizedParty: settings.clientId,
    lifetimeSeconds: seconds,
  }
  return jsonReply(call, 200, {
    token_type: 'Bearer',
    expires_in: seconds,
    ext_expires_in: seconds,
    access_token: await keys.sign(appOnlyClaims(settings, access)),
  })
}

function refuseDaemon(settings: EntraSettings, scopes: readonly string[]): Denial | undefined {
  if (scopes.length === 0) return missingParameter('scope')
  const wrong = scopes.find((scope) => !scope.endsWith('/.default'))
  if (wrong !== undefined) return { code: 1002012, text: noDefaultScope(wrong) }
  const resource = resourceOf(scopes[0] ?? '')
  const isOwn = settings.scopes.some((scope) => resourceOf(scope) === resource)
  if (!isOwn || settings.daemonRoles.length === 0) return { code: 501051, text: noRole(settings.clientId, resource) }
  return undefined
}

/** What a user has let the app do elsewhere, for a server that shows the token of that user. */
export async function redeemAssertion(
  parts: Parts,
  call: EntraCall,
): Promise<(RefreshGrant & { readonly claims: string | undefined }) | Denial> {
  const { form } = call
  const { settings } = parts
  const refused = await refuseServer(settings, call, 7000218)
  if (refused) return refused
  const assertion = form.get('assertion')
  if (!assertion) return missingParameter('assertion')
  if (form.get('requested_token_use') !== 'on_behalf_of') return missingParameter('requested_token_use')
  const read = await claimsOfAssertion(parts, assertion)
  if ('code' in read) return read
  const { claims } = read
  const signIn = signInOf(parts, claims)
  if (!signIn) return { code: 50013, text: 'Assertion is not of a user.' }
  const scopes = parseScopes(form.get('scope') ?? '')
  if (scopes.length === 0) return missingParameter('scope')
  const grantable = grantableOf(scopes, settings)
  if ('code' in grantable) return grantable
  const denied = refuseByPolicy(parts, { signIn, scopes, claims, demands: readDemands(form.get('claims')) })
  if (denied) return denied
  const expiresAt = settings.now() + REFRESH_TOKEN_LIFETIME_S * 1000
  return { client: 'web', signIn, scopes, expiresAt, claims: form.get('claims') }
}

async function claimsOfAssertion(
  { settings, keys }: Parts,
  assertion: string,
): Promise<{ claims: JWTPayload } | Denial> {
  const issuedAt = readClaims(assertion)?.['iat']
  // At the time when it was issued, to tell an expired one from a forged one.
  const claims = await keys.verify(assertion, new Date(typeof issuedAt === 'number' ? issuedAt * 1000 : settings.now()))
  if (!claims) return { code: 50013 }
  if ((claims.exp ?? 0) * 1000 <= settings.now()) return { code: 500133 }
  if (!isAudienceOfApp(settings, claims.aud))
    return { code: 500131, text: wrongAudience(settings.clientId, claims.aud) }
  return { claims }
}

/** Whose token it is, as far as the sign-in is known that it comes from: a host of Microsoft has one of its own. */
function signInOf({ settings, policies }: Parts, { oid, sid, scp }: JWTPayload): SignedInUser | undefined {
  const user = settings.users.find(({ objectId, home }) => oid === objectId || oid === home?.objectId)
  if (!user || typeof scp !== 'string') return undefined
  return policies.signInOf(user, typeof sid === 'string' ? sid : undefined)
}

interface Asked {
  readonly signIn: SignedInUser
  readonly scopes: readonly string[]
  readonly claims: JWTPayload
  readonly demands: Demands | undefined
}

/** See https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow, "Error response example". */
function refuseByPolicy({ policies, settings }: Parts, { signIn, scopes, claims, demands }: Asked): Denial | undefined {
  const held = [claims['acrs']].flat()
  const missing = (demands?.contexts ?? []).filter((each) => !held.includes(each))
  if (policies.isRevoked(signIn)) return { code: 50173 }
  if (policies.needsStepUp(signIn, missing.length > 0)) return { code: 50079, claims: challengeFor(missing[0]) }
  if (policies.hasConsented(signIn.user, scopes)) return undefined
  return { code: 65001, error: 'invalid_grant', text: noConsent(settings.clientId) }
}

function isAudienceOfApp({ clientId, scopes }: EntraSettings, audience: unknown): boolean {
  return audience === clientId || scopes.some((scope) => audience === resourceOf(scope))
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
