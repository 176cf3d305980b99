import type { Consent } from './consent.js'
import { hostClientId, isMintRefusal, type MintedToken, type MintRefusal, type MintToken } from './mint.js'
import { mintWithSecondFactor } from './second-factor.js'
import type { SsoAnswer, SsoFailure, SsoRequest, TeamsSettings } from './settings.js'
import { type HostAnswer, nonEmptyText, textsOf } from './wire.js'

export interface HostSsoContext {
  readonly clientId: string
  readonly mint: MintToken
  readonly consent: Consent
  settings(): TeamsSettings
  now(): number
}

/** Teams SSO: answers `getAuthToken` with `[true, token]` or `[false, message]`. */
export interface HostSso {
  getAuthToken(args: readonly unknown[]): Promise<HostAnswer>
  clearCache(): void
}

interface CachedToken {
  readonly token: string
  readonly expiresAt: number
}

export function createHostSso({ clientId, mint, consent, settings, now }: HostSsoContext): HostSso {
  const cache = new Map<string, CachedToken>()

  async function answer(request: SsoRequest): Promise<HostAnswer> {
    const chosen = await chosenAnswer(settings(), request)
    if (chosen !== 'ok') return [false, chosen]
    const passed = await consent.pass(!request.silent)
    if (passed !== 'granted') return failed(passed === 'required' ? 'resourceRequiresConsent' : 'CancelledByUser')
    const token = cached(request) ?? (await acquire(request))
    return typeof token === 'string' ? [true, token] : failed(ssoFailureOf(token))
  }

  /** A claims challenge asks for something that the token at hand does not have. */
  function cached({ claims }: SsoRequest): string | undefined {
    const entry = cache.get(userKey(settings()))
    if (!entry || claims.length > 0 || !settings().cacheTokens) return undefined
    return now() < entry.expiresAt ? entry.token : undefined
  }

  async function acquire({ claims, silent }: SsoRequest): Promise<string | MintRefusal> {
    const { user } = settings()
    const key = userKey(settings())
    const challenge = claims.length > 0 && { claims: claims.join(' ') }
    const authorizedParty = hostClientId(settings())
    const asked = { user, clientId, ...challenge, authorizedParty, purpose: 'sso' } as const
    const answer = await mintWithSecondFactor(mint, asked, { interactive: !silent, settings: settings() })
    if (answer === 'cancelled') return CANCELLED
    if (isMintRefusal(answer)) return answer
    cache.set(key, cachedToken(answer, now()))
    return answer.token
  }

  return {
    async getAuthToken(args) {
      try {
        return await answer(readSsoRequest(args))
      } catch {
        return failed('Unexpected') // the mint cannot be reached, or a function of the settings threw
      }
    },
    clearCache: () => cache.clear(),
  }
}

function readSsoRequest([resources, claims, silent, tenantId]: readonly unknown[]): SsoRequest {
  return {
    resources: textsOf(resources),
    claims: textsOf(claims),
    silent: silent === true,
    tenantId: nonEmptyText(tenantId),
  }
}

async function chosenAnswer({ sso }: TeamsSettings, request: SsoRequest): Promise<SsoAnswer> {
  return typeof sso === 'function' ? sso(request) : sso
}

function failed(message: SsoFailure): HostAnswer {
  return [false, message]
}

const CANCELLED: MintRefusal = { error: 'access_denied' }

/** How hosts put the errors of Entra ID. */
function ssoFailureOf(refusal: MintRefusal): SsoFailure {
  const { error, subError } = refusal
  if (refusal === CANCELLED) return 'CancelledByUser'
  if (error === 'consent_required' || subError === 'consent_required') return 'resourceRequiresConsent'
  if (error === 'interaction_required') return 'resourceRequiresMfa'
  if (error === 'invalid_grant' || error === 'login_required') return 'uiRequired'
  return 'resourceDisabled'
}

function cachedToken({ token, expiresInSeconds }: MintedToken, now: number): CachedToken {
  return { token, expiresAt: now + expiresInSeconds * 1_000 }
}

function userKey({ user }: TeamsSettings): string {
  return `${user.tenantId}:${user.objectId}`
}
