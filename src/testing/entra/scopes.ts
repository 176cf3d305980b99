import type { Denial } from './aadsts.js'
import type { EntraSettings } from './settings.js'

/** What a token is asked for: one API and some of its permissions. */
export interface Grantable {
  /** The application ID URI of the API. */
  readonly resource: string
  /** The long forms, as they were asked for. MSAL looks for exactly those in the answer. */
  readonly scopes: readonly string[]
  /** The short forms, as the `scp` claim has them. */
  readonly names: readonly string[]
}

export const GRAPH = 'https://graph.microsoft.com'
/** The application ID of Microsoft Graph. */
export const GRAPH_ID = '00000003-0000-0000-c000-000000000000'

const openIdScopes = ['openid', 'profile', 'email', 'offline_access']

/** The scopes as a list, without those of OpenID Connect. */
export function parseScopes(text: string): readonly string[] {
  return text.split(/\s+/).filter((each) => each !== '' && !openIdScopes.includes(each.toLowerCase()))
}

/** What is wrong with the scopes of a request, if anything. At the authorize endpoint several APIs may be named. */
export function refuseScopes(scopes: readonly string[], settings: EntraSettings): Denial | undefined {
  for (const scope of scopes) {
    const { resource } = parseScope(scope)
    const offered = settings.scopes.filter((each) => parseScope(each).resource === resource)
    if (resource === GRAPH) continue
    if (offered.length === 0) return { code: 500011, text: `The resource principal named ${resource} was not found.` }
    if (!isOffered(scope, offered)) return { code: 65005, text: `The scope '${scope}' does not exist.` }
  }
  return undefined
}

/** What a token can be issued for, or why it cannot. Without the scope of any API it is for Microsoft Graph. */
export function grantableOf(scopes: readonly string[], settings: EntraSettings): Grantable | Denial {
  const refused = refuseScopes(scopes, settings)
  if (refused) return refused
  const asked = scopes.length > 0 ? scopes : [`${GRAPH}/User.Read`]
  const resources = new Set(asked.map((each) => parseScope(each).resource))
  const [resource = GRAPH, ...others] = resources
  if (others.length > 0) return { code: 28000 }
  return { resource, scopes, names: asked.flatMap((each) => namesOf(each, settings)) }
}

/** The application ID URI of the API that a long scope is of. */
export function resourceOf(scope: string): string {
  return parseScope(scope).resource
}

/** The same for `User.Read` and its long form, in any case. */
export function canonicalScope(scope: string): string {
  const { resource, name } = parseScope(scope)
  return `${resource}/${name}`.toLowerCase()
}

function isOffered(scope: string, offered: readonly string[]): boolean {
  return parseScope(scope).name === '.default' || offered.some((each) => each.toLowerCase() === scope.toLowerCase())
}

function namesOf(scope: string, settings: EntraSettings): readonly string[] {
  const { resource, name } = parseScope(scope)
  if (name !== '.default') return [name]
  if (resource === GRAPH) return ['User.Read']
  return settings.scopes.map(parseScope).flatMap((each) => (each.resource === resource ? [each.name] : []))
}

/** `api://host/id/name` is `name` of `api://host/id`; a bare name belongs to Microsoft Graph. */
function parseScope(scope: string): { resource: string; name: string } {
  const end = scope.lastIndexOf('/')
  if (end < 0) return { resource: GRAPH, name: scope }
  return { resource: scope.slice(0, end).replace(/\/$/, ''), name: scope.slice(end + 1) }
}
