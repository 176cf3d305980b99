import { authoritiesIssuing, versionOneIssuerOf } from '../../shared/clouds.js'
import type { KeySource } from './keys.js'
import type { VerifierSettings } from './options.js'

/** The `iss` of a tenant's tokens of that `ver`, or `undefined` for a version that is not known. */
export function issuerOf(authority: string, tenantId: string, version: unknown): string | undefined {
  if (version === '2.0') return `${authority}/${tenantId}/v2.0`
  if (version === '1.0') return `${versionOneIssuerOf(authority)}/${tenantId}/`
  return undefined
}

/** What to change where the `iss` of a token is another one. */
export function whichAuthority(authority: string, iss: unknown): string {
  const others = authoritiesIssuing(iss)
  if (others.length === 0 || others.includes(authority))
    return 'If another cloud or an emulator issues the tokens, name it in `authority`.'
  return `Another cloud has issued it: if its users may sign in here, \`authority\` is ${others.join(' or ')}.`
}

/**
 * Where the keys for a tenant's tokens are. Without a list of tenants all share one place, so that a token that
 * is not checked yet never decides what is fetched.
 *
 * The `issuer` of a key has `{tenantid}` where it signs for all tenants, and it has to fit the issuer of the token.
 * Source: Microsoft Learn, "Access tokens in the Microsoft identity platform", "Validate the signing key issuer".
 */
export function keySourceOf(settings: VerifierSettings, tenantId: string): KeySource {
  const { authority, tenants, fetch, now } = settings
  const segment = tenants === 'any-organization' ? 'organizations' : tenantId
  const issuers = [segment, '{tenantid}'].map((each) => `${authority}/${each}/v2.0`)
  return { url: `${authority}/${segment}/discovery/v2.0/keys`, fetch, now, issuers }
}
