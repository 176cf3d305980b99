import type { AuthOptions, MsalClient } from './options.js'
import type { HostHints } from './page/host.js'
import { DEFAULT_AUTHORITY, isTrustworthy, parseUrl } from './shared/origins.js'
import { parseResource, type Resource } from './shared/resources.js'
import { checkScopes, GUID_RULE, isGuid, isNonBlank, isObject, mayBe, must, oneOf } from './shared/validate.js'

/** The options, checked and completed. */
export interface Settings {
  readonly clientId: string
  readonly tenant: string
  readonly scopes: readonly string[]
  readonly authority: string
  readonly loginHint: string | undefined
  readonly clientCapabilities: string[] | undefined
  readonly accountClaims: readonly string[] | undefined
  readonly resources: Resource[]
  readonly autoSignIn: 'never' | 'silent' | 'always'
  readonly host: HostHints & { readonly origins: readonly string[] }
  readonly method: 'auto' | 'sso' | 'nested'
  readonly notifyLoaded: boolean
  readonly redirectUri: string
  readonly postLogoutRedirectUri: string
  readonly popupPage: string | undefined
  readonly cacheLocation: 'sessionStorage' | 'localStorage'
  readonly msal: object
  readonly client: MsalClient | undefined
}

const domain = /^([a-z\d]([a-z\d-]*[a-z\d])?\.)+[a-z][a-z\d-]*[a-z\d]$/i

/**
 * Checks every option and fills in what is left out.
 *
 * @param page the URL of the page, or `undefined` on a server
 * @throws {AuthError} `config_invalid`: names the option, what is wrong with it and a valid example
 */
export function checkOptions(options: AuthOptions, page: string | undefined): Settings {
  checkNames(
    'options',
    options,
    'clientId tenant scopes authority loginHint clientCapabilities accountClaims protectedResources autoSignIn host teams browser fetch now onEvent onConsent onStepUp popupPage',
  )
  const { clientId, tenant, loginHint, clientCapabilities, accountClaims, popupPage } = options
  const { host = {}, teams = {}, browser = {} } = options
  checkNames('host', host, 'kind origins marker')
  checkNames('teams', teams, 'method notifyLoaded')
  checkNames(
    'browser',
    browser,
    browser?.client === undefined ? 'client redirectUri postLogoutRedirectUri cacheLocation msal' : 'client',
  )
  mayBe('browser.client', browser.client, isObject, 'a PublicClientApplication of MSAL')
  must('clientId', clientId, isGuid(clientId), GUID_RULE)
  must('tenant', tenant, isTenant(tenant), 'a GUID, a domain, organizations or common, for example contoso.com')
  mayBe('loginHint', loginHint, isNonBlank, 'a sign-in name, for example adele@contoso.com')
  mayBe(
    'clientCapabilities',
    clientCapabilities,
    (list) => Array.isArray(list) && list.length === 1 && list[0] === 'CP1',
    "a list, for example ['CP1']",
  )
  mayBe(
    'accountClaims',
    accountClaims,
    (list) => Array.isArray(list) && list.every(isNonBlank),
    "a list, for example ['roles', 'given_name']",
  )
  for (const name of ['fetch', 'now', 'onEvent', 'onConsent', 'onStepUp'] as const)
    mayBe(name, options[name], (value) => typeof value === 'function', 'a function, for example Date.now')
  mayBe('host.marker', host.marker, isNonBlank, 'a query parameter, for example inTeams')
  mayBe('browser.msal', browser.msal, isObject, 'an object, for example {}')
  if (host.kind !== undefined) oneOf('host.kind', host.kind, 'browser', 'teams')
  const authority = checkAuthority(options.authority)
  const redirectUri = checkPage('browser.redirectUri', page, '/', browser.redirectUri)
  return {
    clientId: clientId.toLowerCase(),
    tenant: tenant.toLowerCase(),
    loginHint,
    clientCapabilities,
    accountClaims: accountClaims && [...accountClaims],
    authority,
    redirectUri,
    scopes: checkScopes('scopes', options.scopes),
    resources: checkResources(options.protectedResources, page, authority),
    autoSignIn: oneOf('autoSignIn', options.autoSignIn, 'never', 'silent', 'always'),
    host: { ...host, origins: checkOrigins(host.origins) },
    method: oneOf('teams.method', teams.method, 'auto', 'sso', 'nested'),
    notifyLoaded: oneOf('teams.notifyLoaded', teams.notifyLoaded, true, false),
    popupPage: popupPage === undefined ? popupPage : checkPage('popupPage', page, popupPage),
    postLogoutRedirectUri: checkPage('browser.postLogoutRedirectUri', page, redirectUri, browser.postLogoutRedirectUri),
    cacheLocation: oneOf('browser.cacheLocation', browser.cacheLocation, 'sessionStorage', 'localStorage'),
    msal: browser.msal ?? {},
    client: browser.client,
  }
}

/** Makes a resource of one more URL, as {@link AuthOptions.protectedResources} would. */
export function checkResource(
  option: string,
  value: unknown,
  page: string | undefined,
  { scopes, optional }: { scopes?: unknown; optional?: unknown } = {},
): Resource {
  const url = parseUrl(value, page)
  const expected = 'an https URL without *, ?, # or password (http on loopback)'
  must(option, value, url && isTrustworthy(url, page), `${expected}, for example https://api.contoso.com/v1`)
  return parseResource(url.href, url.href, {
    scopes: scopes === undefined ? undefined : checkScopes(`${option}.scopes`, scopes),
    optional: oneOf(`${option}.optional`, optional as boolean | undefined, false, true) || undefined,
  })
}

/** Checks the list of {@link AuthOptions.protectedResources}. */
export function checkResources(list: unknown, page: string | undefined, authority = DEFAULT_AUTHORITY): Resource[] {
  if (list === undefined) return page ? [parseResource('/', page)] : []
  must('protectedResources', list, Array.isArray(list), "a list, for example ['/api']")
  return Array.from(list, (entry: unknown, i) => {
    const option = `protectedResources[${i}]`
    if (isObject(entry)) checkNames('protectedResources', entry, 'url scopes optional')
    const details = (isObject(entry) ? entry : { url: entry }) as { url: unknown; scopes?: unknown; optional?: unknown }
    const { url } = details
    const resource = checkResource(option, url, page, details)
    must(
      option,
      url,
      resource.origin !== new URL(authority).origin,
      'another place than the authority, for example /api',
    )
    return resource
  })
}

function checkAuthority(value: unknown = DEFAULT_AUTHORITY): string {
  const url = parseUrl(value)
  const isAuthority = url?.protocol === 'https:' && url.pathname === '/'
  must('authority', value, isAuthority, `an https URL without path or tenant, for example ${DEFAULT_AUTHORITY}`)
  return url.origin
}

function checkOrigins(origins: unknown = []): string[] {
  must('host.origins', origins, Array.isArray(origins), "a list, for example ['https://host.example']")
  return Array.from(origins, (value: unknown, i) => {
    const url = parseUrl(value)
    const isOrigin = url?.pathname === '/' && isTrustworthy(url)
    must(`host.origins[${i}]`, value, isOrigin, 'an https origin (http on loopback), for example https://host.example')
    return url.origin
  })
}

/** A page of this origin. On a server there is none to compare with. */
function checkPage(option: string, page: string | undefined, otherwise: string, value: unknown = otherwise): string {
  if (!page && isNonBlank(value)) return value
  const url = parseUrl(value, page, true)
  const isHere = page && url?.origin === new URL(page).origin
  must(option, value, isHere, 'a page of this origin without #, for example /signed-in.html')
  return url.href
}

/** Refuses names that are none of `names`: they may be misspelt. */
function checkNames(section: string, value: unknown, names: string): void {
  const known = names.split(' ')
  must(section, value, isObject(value), `an object, for example { ${known[0]}: … }`)
  for (const name of Object.keys(value as object))
    must(section, name, known.includes(name), `made of ${known.join(', ')}, for example ${known[0]}`)
}

function isTenant(value: unknown): boolean {
  return isNonBlank(value) && (isGuid(value) || domain.test(value) || value === 'organizations' || value === 'common')
}
