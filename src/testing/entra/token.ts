import { type Denial, UNAUTHORIZED_STATUS } from './aadsts.js'
import { denialReply, jsonReply, type Reply } from './answers.js'
import type { EntraCall, Parameters } from './call.js'
import { refuseServer } from './confidential.js'
import { challengeFor, readDemands } from './demands.js'
import type { ClientType, RefreshGrant } from './grants.js'
import type { Parts } from './parts.js'
import { digest } from './random.js'
import { type Grantable, grantableOf, parseScopes } from './scopes.js'
import { answerClientCredentials, CLIENT_CREDENTIALS, JWT_BEARER, redeemAssertion } from './server-grants.js'
import { carriesCookies } from './sessions.js'
import { accessTokenClaims, clientInfoOf, idTokenClaims } from './tokens.js'
import { identityAt, type TenantIdentity } from './users.js'

/** A refresh token that no page has lives this long, and each renewal begins anew. */
const LONG_REFRESH_TOKEN_LIFETIME_S = 90 * 86_400
/** What both kinds of grant come down to. */
interface Redemption extends RefreshGrant {
  readonly claims: string | undefined
  readonly nonce?: string | undefined
}

/** The token endpoint: an authorization code or a refresh token against tokens. */
export async function answerToken(parts: Parts, call: EntraCall): Promise<Reply> {
  const refused = await refuseRequest(parts, call)
  if (!refused && call.form.get('grant_type') === CLIENT_CREDENTIALS) return answerClientCredentials(parts, call)
  const redemption = refused ?? (await redeem(parts, call))
  if ('code' in redemption) return denialReply(parts.settings, call, redemption)
  const identity = identityAt(call.authority, redemption.signIn.user, parts.settings) ?? { code: 50020 }
  if ('code' in identity) return denialReply(parts.settings, call, identity)
  const isChecked = call.form.get('grant_type') === JWT_BEARER
  const grantable =
    (isChecked ? undefined : refuseRedemption(parts, redemption)) ?? grantableOf(redemption.scopes, parts.settings)
  if ('code' in grantable) return denialReply(parts.settings, call, grantable)
  return jsonReply(call, 200, await tokensFor(parts, redemption, identity, grantable))
}

async function refuseRequest(parts: Parts, call: EntraCall): Promise<Denial | undefined> {
  const { method, form } = call
  const clientId = form.get('client_id')
  if (method !== 'POST') return { code: 900144, text: "The request body lacks the parameter 'grant_type'." }
  if (!clientId) return { code: 900144, text: "The request body lacks the parameter 'client_id'." }
  if (clientId.toLowerCase() !== parts.settings.clientId) return { code: 700016 }
  const refused = isRedemption(form) ? await refuseClient(parts, call) : undefined
  if (refused) return refused
  if (!readDemands(form.get('claims'))) return { code: 9000410, text: "The parameter 'claims' is no JSON object." }
  return undefined
}

/** Whether something is redeemed that Entra ID has given to a client of one kind. */
function isRedemption(form: Parameters): boolean {
  return ['authorization_code', 'refresh_token'].includes(form.get('grant_type') ?? '')
}

/** What a page was given is redeemed by a page, and what a web app was given by its server, which alone has a secret. */
async function refuseClient({ settings, grants }: Parts, call: EntraCall): Promise<Denial | undefined> {
  const { form, origin } = call
  const secret = form.get('client_secret')
  const client = grants.clientOf(form.get('code') ?? form.get('refresh_token'))
  if (client === 'public' && secret !== undefined) return { code: 700025, status: UNAUTHORIZED_STATUS }
  if (secret !== undefined && secret !== settings.web?.clientSecret)
    return { code: 7000215, status: UNAUTHORIZED_STATUS }
  // A page cannot make a request with an Origin, so an emulator that runs in one cannot ask for it.
  const isPage = client === 'spa' || client === undefined
  if (isPage) return !origin && carriesCookies() ? { code: 9002327 } : undefined
  if (client === 'web') return refuseServer(settings, call, 7000218)
  return origin ? { code: 9002326 } : undefined
}

async function redeem(parts: Parts, call: EntraCall): Promise<Redemption | Denial> {
  const { form } = call
  const grantType = form.get('grant_type')
  switch (grantType) {
    case 'authorization_code':
      return redeemCode(parts, form)
    case 'refresh_token':
      return redeemRefreshToken(parts, form)
    case JWT_BEARER:
      return redeemAssertion(parts, call)
    case undefined:
      return { code: 900144, text: "The request body lacks the parameter 'grant_type'." }
    default:
      return { code: 70003, text: `The app requested an unsupported grant type '${grantType}'.` }
  }
}

async function redeemCode({ settings, grants }: Parts, form: Parameters): Promise<Redemption | Denial> {
  const redeemed = grants.redeemCode(form.get('code') ?? '')
  if (redeemed.status !== 'valid') return { code: redeemed.status === 'used' ? 54005 : 70008 }
  const { client, signIn, redirectUri, challenge, nonce, claims, scopes } = redeemed.grant
  if (form.get('redirect_uri') !== redirectUri) return { code: 500112 }
  if (challenge && (await digest(form.get('code_verifier') ?? '')) !== challenge) return { code: 501481 }
  const expiresAt = expiryOf(client, settings)
  const asked = form.has('scope') ? parseScopes(form.get('scope') ?? '') : scopes
  return { client, signIn, scopes: asked, expiresAt, nonce, claims: form.get('claims') ?? claims }
}

function redeemRefreshToken({ settings, grants }: Parts, form: Parameters): Redemption | Denial {
  const grant = grants.findRefreshToken(form.get('refresh_token') ?? '')
  if (!grant) return { code: 9002313 }
  if (grant.expiresAt <= settings.now()) return { code: 700084 }
  const scopes = form.has('scope') ? parseScopes(form.get('scope') ?? '') : grant.scopes
  const expiresAt = grant.client === 'spa' ? grant.expiresAt : expiryOf(grant.client, settings)
  return { ...grant, scopes, expiresAt, claims: form.get('claims') }
}

function expiryOf(client: ClientType, { now, lifetimes }: Parts['settings']): number {
  return now() + (client === 'spa' ? lifetimes.refreshToken : LONG_REFRESH_TOKEN_LIFETIME_S) * 1000
}

/** What an administrator, or the request itself, has put between the grant and the tokens. */
function refuseRedemption({ policies }: Parts, { signIn, scopes, claims }: Redemption): Denial | undefined {
  const contexts = readDemands(claims)?.contexts ?? []
  if (policies.isRevoked(signIn)) return { code: 50173 }
  if (policies.needsStepUp(signIn, contexts.length > 0)) return { code: 50076, claims: challengeFor(contexts[0]) }
  return policies.hasConsented(signIn.user, scopes) ? undefined : { code: 65001 }
}

async function tokensFor(parts: Parts, redemption: Redemption, identity: TenantIdentity, grantable: Grantable) {
  const { settings, keys, grants } = parts
  const { client, signIn, nonce, claims, expiresAt } = redemption
  const { continuousAccess = false, contexts = [] } = readDemands(claims) ?? {}
  const subject = { user: signIn.user, identity, sid: signIn.sid }
  const seconds = settings.lifetimes[continuousAccess ? 'continuousAccessToken' : 'accessToken']
  const access = {
    continuousAccess,
    contexts,
    lifetimeSeconds: seconds,
    version: settings.accessTokenVersion,
    resource: grantable.resource,
    names: grantable.names,
    authorizedParty: settings.clientId,
    confidential: client === 'web',
  }
  const secondsLeft = Math.max(0, Math.floor((expiresAt - settings.now()) / 1000))
  return {
    token_type: 'Bearer',
    scope: [...grantable.scopes, 'openid', 'profile', 'email'].join(' '),
    expires_in: seconds,
    ext_expires_in: seconds,
    ...(continuousAccess && { refresh_in: Math.floor(seconds / 2) }),
    access_token: await keys.sign(await accessTokenClaims(settings, subject, access)),
    refresh_token: grants.issueRefreshToken({ client, signIn, scopes: redemption.scopes, expiresAt }),
    ...(client === 'spa' && { refresh_token_expires_in: secondsLeft }),
    id_token: await keys.sign(await idTokenClaims(settings, subject, { nonce })),
    client_info: clientInfoOf(signIn.user, identity),
  }
}
