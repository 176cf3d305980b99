import { unsignedToken } from '../unsigned-token.js'
import type { Consent } from './consent.js'
import { isMintRefusal, type MintedToken, type MintRefusal, type MintToken, type TokenMintRequest } from './mint.js'
import { mintWithSecondFactor } from './second-factor.js'
import type { NestedFailure, NestedRequest, TeamsSettings, TeamsUser } from './settings.js'
import { nonEmptyText, readObject } from './wire.js'

export interface HostBridgeContext {
  readonly mint: MintToken
  readonly consent: Consent
  settings(): TeamsSettings
  now(): number
}

/** A request of msal-browser over the bridge. */
export interface BridgeRequest {
  readonly method: string
  readonly requestId: string
  readonly tokenParams: Readonly<Record<string, unknown>>
}

/** Nested app auth: answers the requests that msal-browser sends over the bridge, with JSON text. */
export interface HostBridge {
  answer(request: BridgeRequest): Promise<string>
}

const SDK = { sdkName: 'twodoor Teams emulator', sdkVersion: '1.0.0' }

export function readBridgeRequest(text: unknown): BridgeRequest | undefined {
  const { messageType, method, requestId, tokenParams } = readObject(text) ?? {}
  if (messageType !== 'NestedAppAuthRequest' || typeof method !== 'string' || typeof requestId !== 'string')
    return undefined
  const hasParams = typeof tokenParams === 'object' && tokenParams !== null
  return { method, requestId, tokenParams: hasParams ? (tokenParams as Record<string, unknown>) : {} }
}

export function createHostBridge({ mint, consent, settings, now }: HostBridgeContext): HostBridge {
  async function resultOf({ method, tokenParams }: BridgeRequest): Promise<object> {
    if (!settings().nested.bridge) return refusal({ status: 'DISABLED' })
    if (method === 'GetInitContext') return { success: true, initContext: initContextOf(settings()) }
    if (method !== 'GetToken' && method !== 'GetTokenPopup')
      return refusal({ status: 'PERSISTENT_ERROR', code: 'unsupported_method' })
    return tokenFor(readNestedRequest(method, tokenParams))
  }

  async function tokenFor(request: NestedRequest): Promise<object> {
    const chosen = chosenFailure(settings(), request)
    if (chosen) return refusal(chosen)
    const passed = await consent.pass(request.method === 'GetTokenPopup')
    if (passed === 'required') return refusal(consentRequired)
    if (passed === 'cancelled') return refusal({ status: 'USER_CANCEL', code: 'user_cancel' })
    const { user, environment } = settings()
    const asked = mintRequestOf(user, request)
    const how = { interactive: request.method === 'GetTokenPopup', settings: settings() }
    const first = await mintWithSecondFactor(mint, asked, how)
    const lacksConsent = first !== 'cancelled' && isMintRefusal(first) && asksForConsent(first)
    const answer = lacksConsent ? await afterConsent(request, asked, first) : first
    if (answer === 'cancelled') return refusal({ status: 'USER_CANCEL', code: 'user_cancel' })
    if (isMintRefusal(answer)) return refusal(nestedFailureOf(answer))
    return {
      success: true,
      token: bridgeTokenOf(answer, request, user, now()),
      account: msalAccountOf(user, environment),
    }
  }

  /** A dialog of the host asks for the consent that Entra ID lacks. */
  async function afterConsent(request: NestedRequest, asked: TokenMintRequest, refused: MintRefusal) {
    if (request.method !== 'GetTokenPopup') return refused
    return (await consent.ask()) === 'granted' ? mint({ ...asked, consented: true }) : 'cancelled'
  }

  return {
    async answer(request) {
      const unreachable = () => refusal({ status: 'TRANSIENT_ERROR', code: 'unexpected' })
      const result = await resultOf(request).catch(unreachable)
      return JSON.stringify({ messageType: 'NestedAppAuthResponse', requestId: request.requestId, ...result })
    },
  }
}

function asksForConsent({ error, subError }: MintRefusal): boolean {
  return error === 'consent_required' || subError === 'consent_required'
}

const consentRequired: NestedFailure = {
  status: 'USER_INTERACTION_REQUIRED',
  code: 'invalid_grant',
  subError: 'consent_required',
}

function readNestedRequest(method: NestedRequest['method'], params: BridgeRequest['tokenParams']): NestedRequest {
  const { clientId, scope, claims } = params
  const scopes = nonEmptyText(scope)?.split(' ').filter(Boolean) ?? []
  return { method, clientId: nonEmptyText(clientId) ?? '', scopes, claims: nonEmptyText(claims) }
}

function chosenFailure({ nestedFailure }: TeamsSettings, request: NestedRequest): NestedFailure | undefined {
  return typeof nestedFailure === 'function' ? nestedFailure(request) : nestedFailure
}

function mintRequestOf(user: TeamsUser, { clientId, scopes, claims }: NestedRequest) {
  const challenge = claims !== undefined && { claims }
  return { user, clientId, scopes, ...challenge, authorizedParty: clientId, purpose: 'nested' } as const
}

/** How hosts put the errors of Entra ID. */
function nestedFailureOf({ error, subError, description }: MintRefusal): NestedFailure {
  const needsUser = ['interaction_required', 'consent_required', 'login_required', 'invalid_grant'].includes(error)
  return { status: needsUser ? 'USER_INTERACTION_REQUIRED' : 'PERSISTENT_ERROR', code: error, subError, description }
}

function refusal({ status, code = '', subError = '', description = '' }: NestedFailure): object {
  return { success: false, error: { status, code, subError, description } }
}

function initContextOf({ user, environment, accountContext }: TeamsSettings): object {
  const { homeAccountId, tenantId } = msalAccountOf(user, environment)
  const context = accountContext && { accountContext: { homeAccountId, environment, tenantId } }
  return { ...SDK, capabilities: { queryAccount: false }, ...context }
}

function msalAccountOf({ tenantId, objectId, username, name }: TeamsUser, environment: string) {
  const homeAccountId = `${objectId}.${tenantId}`
  return { homeAccountId, environment, tenantId, localAccountId: objectId, username, ...(name && { name }) }
}

function bridgeTokenOf(minted: MintedToken, { clientId, scopes }: NestedRequest, user: TeamsUser, now: number): object {
  return {
    access_token: minted.token,
    expires_in: minted.expiresInSeconds,
    id_token: minted.idToken || idTokenOf(user, clientId, now + minted.expiresInSeconds * 1_000),
    scope: (minted.scopes ?? scopes).join(' '),
    properties: null,
  }
}

function idTokenOf({ tenantId, objectId, username, name }: TeamsUser, clientId: string, expiresAt: number): string {
  const exp = Math.floor(expiresAt / 1_000)
  return unsignedToken({ aud: clientId, exp, tid: tenantId, oid: objectId, preferred_username: username, name })
}
