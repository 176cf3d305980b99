// What a route or a socket asks for beyond a valid token.

import { isNonBlank, mayBe } from '../../shared/validate.js'
import { TokenRefusedError } from '../refusal.js'
import { type Caller, type Identity, textsIn } from '../tokens/identity.js'
import type { Verifier } from '../tokens/verify.js'

/** What a caller has to have, beside a token that the verifier accepts. */
export interface Requirements {
  /**
   * The names of scopes, as in `scp`: a user needs one of them.
   *
   * @default those of the verifier
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
    return new TokenRefusedError('wrong_scope', `\`scp\` has none of ${scopes.join(', ')}, which this route asks for.`)
  if (roles && !hasOneOf(caller.roles, roles))
    return new TokenRefusedError('wrong_role', `\`roles\` has none of ${roles.join(', ')}, which this route asks for.`)
  if (acrs !== undefined && !hasOneOf(textsIn(caller.claims['acrs']), [acrs]))
    return new TokenRefusedError(
      'insufficient_claims',
      `\`acrs\` has no ${acrs}, which this route asks for: the page is asked for a token with it.`,
      JSON.stringify({ access_token: { acrs: { essential: true, value: acrs } } }),
    )
  return undefined
}

/** The verifier that accepts only users who have what is asked for. */
export function requiring(verifier: Verifier, requirements: Requirements): Verifier {
  if (!requirements.scopes && !requirements.roles) return verifier
  const verify = async (token: unknown): Promise<Identity> => {
    const identity = await verifier.verify(token)
    const refused = whyRefused(identity, requirements)
    if (refused) throw refused
    return identity
  }
  return { ...verifier, verify }
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
