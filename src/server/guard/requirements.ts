// What a route or a socket asks for beyond a valid token.

import { isNonBlank, mayBe } from '../../shared/validate.js'
import type { RefusalLog } from '../development.js'
import { TokenRefusedError } from '../refusal.js'
import { type Caller, type Identity, textsIn } from '../tokens/identity.js'
import type { Verifier } from '../tokens/verify.js'

/** What a caller has to have, beside a token that the verifier accepts. */
export interface Requirements {
  /**
   * The names of scopes, as in `scp`: a user needs one of them, and one of those of the verifier as well.
   *
   * @default none beyond those of the verifier
   */
  scopes?: readonly string[] | undefined
  /**
   * The values of app roles, as in `roles`: a caller needs one of them.
   *
   * @default none
   */
  roles?: readonly string[] | undefined
}

/** Why a caller whose token is good may not come in, or `undefined`. */
export function whyRefused(caller: Caller, requirements: Requirements & { acrs?: string | undefined }) {
  const { scopes, roles, acrs } = requirements
  if (scopes && caller.kind !== 'app' && !hasOneOf(caller.scopes, scopes))
    return new TokenRefusedError('wrong_scope', `\`scp\` has none of ${scopes.join(', ')}, which is asked for here.`)
  if (roles && !hasOneOf(caller.roles, roles))
    return new TokenRefusedError('wrong_role', `\`roles\` has none of ${roles.join(', ')}, which is asked for here.`)
  if (acrs !== undefined && !hasOneOf(textsIn(caller.claims['acrs']), [acrs]))
    return new TokenRefusedError(
      'insufficient_claims',
      `\`acrs\` has no ${acrs}, which is asked for here: the page is asked for a token with it.`,
      JSON.stringify({ access_token: { acrs: { essential: true, value: acrs } } }),
    )
  return undefined
}

/** What is asked for is bound once: what becomes of the object of the app afterwards opens nothing. */
export function copyOf({ scopes, roles }: Requirements): Requirements {
  return { scopes: scopes && [...scopes], roles: roles && [...roles] }
}

/** The verifier that accepts only users who have what is asked for. `log` hears of those who have not. */
export function requiring(verifier: Verifier, options: Requirements, log: RefusalLog): Verifier {
  if (!options.scopes && !options.roles) return verifier
  const requirements = copyOf(options)
  const verify = async (token: unknown): Promise<Identity> => {
    const identity = await verifier.verify(token)
    const refused = whyRefused(identity, requirements)
    if (!refused) return identity
    log({ code: refused.code, reason: refused.message })
    throw refused
  }
  return { policy: verifier.policy, verify }
}

/** @throws {AuthError} `config_invalid` */
export function checkRequirements({ scopes, roles }: Requirements): void {
  mayBe('scopes', scopes, isListOfNames, "a list of names as in `scp`, for example ['access_as_user']")
  mayBe('roles', roles, isListOfNames, "a list of app roles, for example ['Admin']")
}

/** The long form of a scope is in no token: a route that asked for it would let nobody in. */
function isListOfNames(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((each) => isNonBlank(each) && !each.includes('://'))
}

function hasOneOf(list: readonly string[] | undefined, wanted: readonly string[]): boolean {
  return Array.isArray(list) && list.some((each) => wanted.includes(each))
}
