import { isAuthError } from '../shared/errors.js'
import { type Demands, readDemands } from './entra/demands.js'
import type { EntraEmulator } from './entra/entra.js'
import { sidOfHost } from './entra/policies.js'
import { parseScopes } from './entra/scopes.js'
import type { MintedToken, MintRefusal, MintToken, TokenMintRequest } from './teams/mint.js'
import type { TeamsUser } from './teams/settings.js'

/** Gets tokens from an {@link EntraEmulator} in this process. */
export function entraMint(entra: EntraEmulator): MintToken {
  return async (request) => {
    if (!isKnown(entra, request.user))
      return { error: 'invalid_grant', description: 'Entra ID does not know the user.' }
    try {
      return await mintBoth(entra, request)
    } catch (error) {
      if (isAuthError(error, 'config_invalid')) return mintRefusalOf(error)
      throw error
    }
  }
}

/**
 * A user of an {@link EntraEmulator}, as a Teams emulator takes it.
 *
 * @throws {TypeError} no user there has that name
 */
export function entraTeamsUser(entra: EntraEmulator, username: string): TeamsUser {
  const user = entra.users.find((each) => each.username === username)
  if (!user) throw new TypeError(`The emulator has no user '${username}'.`)
  return { tenantId: entra.tenant, objectId: user.objectId, username, name: user.name }
}

const noSecondFactor: MintRefusal = { error: 'interaction_required', subError: 'basic_action' }
const noConsent: MintRefusal = { error: 'invalid_grant', subError: 'consent_required' }

async function mintBoth(entra: EntraEmulator, request: TokenMintRequest): Promise<MintedToken | MintRefusal> {
  const { user, clientId, authorizedParty, purpose } = request
  const scopes = parseScopes(request.scopes?.join(' ') ?? '')
  if (request.consented) entra.consent(user.username, scopes)
  // Hosts are pre-authorized for what they get by Teams SSO.
  if (purpose === 'nested' && !entra.hasConsented(user.username, scopes)) return noConsent
  const demands = readDemands(request.claims)
  if (!demands) return { error: 'invalid_request', description: 'The claims are no JSON object.' }
  if (request.secondFactor) entra.giveMfaInHost(user.username)
  const isAsked = demands.contexts.length > 0 || demands.policies
  if (isAsked && entra.needsMfaInHost(user.username)) return noSecondFactor
  const expiresInSeconds = entra.lifetimes[demands.continuousAccess ? 'continuousAccessToken' : 'accessToken']
  const options = {
    authorizedParty,
    expiresInSeconds,
    claims: claimsFor(user, demands),
    ...(purpose === 'sso' && { clientId }),
    ...(scopes.length > 0 && { scopes }),
  }
  const token = await entra.mint(user.username, options)
  const idToken = purpose === 'nested' && { idToken: await entra.mint(user.username, { kind: 'id', clientId }) }
  return { token, ...idToken, expiresInSeconds }
}

/** What the token says of the sign-in of the host. */
function claimsFor(user: TeamsUser, { contexts, continuousAccess }: Demands): Record<string, unknown> {
  const given = { ...(contexts.length > 0 && { acrs: contexts }), ...(continuousAccess && { xms_cc: ['CP1'] }) }
  return { sid: sidOfHost(user), ...given }
}

function isKnown(entra: EntraEmulator, { tenantId, objectId, username }: TeamsUser): boolean {
  return (
    tenantId === entra.tenant && entra.users.some((each) => each.username === username && each.objectId === objectId)
  )
}

/** The app asks for what the emulated API does not offer. */
function mintRefusalOf({ message }: Error): MintRefusal {
  return { error: 'invalid_scope', description: message }
}
