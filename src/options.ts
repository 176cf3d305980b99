import { AuthError } from './errors.js'
import type { AuthEvent } from './events.js'
import type { HostHints } from './host.js'
import { isPathOfThisOrigin } from './path.js'
import { parseResource, type Resource } from './resources.js'
import type { SignInRequest } from './sources/source.js'

/** A place that `auth.fetch` sends the token to, with everything below its path. */
export type ProtectedResource = string | { url: string; scopes?: string[] | undefined }

export interface AuthOptions {
  /** The application (client) ID of your app registration: a GUID. */
  clientId: string
  /**
   * The tenant whose accounts may sign in: its GUID, a verified domain, `organizations` or `common`. Name yours where
   * you can: only then is a guest one and the same identity in both doors.
   */
  tenant: string
  /** Scopes of your own API, in their long form: `['api://app.contoso.com/<clientId>/access_as_user']`. */
  scopes: string[]
  /** The authority, without the tenant. Default: `https://login.microsoftonline.com`. For sovereign clouds and tests. */
  authority?: string | undefined
  /** The sign-in name of the account to prefer. Default: none. */
  loginHint?: string | undefined
  /**
   * Where `auth.fetch` sends the token: URLs, relative ones included, each with the paths below it. An entry with
   * `scopes` gets a token for those instead. Default: the origin of this page.
   */
  protectedResources?: ProtectedResource[] | undefined
  /**
   * What to do in a browser with nobody signed in. `never`: leave it to `signIn()`. `silent`: one redirect without any
   * page of Entra ID's (`prompt=none`), once per tab. `always`: one redirect to the sign-in page. Neither ever happens
   * in a frame, offline, twice within 30 seconds, or after `signOut()`. Default: `never`.
   */
  autoSignIn?: 'never' | 'silent' | 'always' | undefined
  /** What is known of the hosts beforehand. Default: detect among Microsoft's own. */
  host?: HostHints | undefined
  teams?:
    | {
        /** `sso` uses `getAuthToken`, `nested` nested app auth. `auto` takes the first for `scopes`, the second for others. Default: `auto`. */
        method?: 'auto' | 'sso' | 'nested' | undefined
        /** Tells Teams that the page has loaded, which hides its loading indicator. Default: `true`. */
        notifyLoaded?: boolean | undefined
      }
    | undefined
  browser?:
    | {
        /** A page of this origin that creates the `Auth`, registered as a SPA redirect URI. Default: the origin and `/`. */
        redirectUri?: string | undefined
        /** Where Entra ID leads after `signOut({ entra: true })`. Default: `redirectUri`. */
        postLogoutRedirectUri?: string | undefined
        /** Where MSAL keeps its tokens: for the tab, or for all tabs. Default: `sessionStorage`. */
        cacheLocation?: 'sessionStorage' | 'localStorage' | undefined
        /** Merged deeply into MSAL's `Configuration`. Default: nothing. */
        msal?: object | undefined
      }
    | undefined
  /** Used for `auth.fetch`. Default: the `fetch` of the page at the time of `createAuth`. */
  fetch?: typeof fetch | undefined
  /** The clock, in milliseconds since the epoch. Default: `Date.now`. */
  now?: (() => number) | undefined
  /** Hears what happens, for logs and metrics. It never gets a token. */
  onEvent?: ((event: AuthEvent) => void) | undefined
}

/** The options, checked and completed. */
export interface Settings {
  readonly clientId: string
  readonly tenant: string
  readonly scopes: readonly string[]
  readonly authority: string
  readonly loginHint: string | undefined
  readonly resources: Resource[]
  readonly autoSignIn: 'never' | 'silent' | 'always'
  readonly host: HostHints & { readonly origins: readonly string[] }
  readonly method: 'auto' | 'sso' | 'nested'
  readonly notifyLoaded: boolean
  readonly redirectUri: string
  readonly postLogoutRedirectUri: string
  readonly cacheLocation: 'sessionStorage' | 'localStorage'
  readonly msal: object
}

const DEFAULT_AUTHORITY = 'https://login.microsoftonline.com'

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const domain = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/i
/** RFC 6749 §3.3: printable ASCII without space, quote and backslash. */
const scope = /^[\x21\x23-\x5b\x5d-\x7e]+$/
/** MSAL asks for these by itself; they are no scopes of an API. */
const openIdScopes = ['openid', 'profile', 'email', 'offline_access']
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.+\.localhost)$/

const known: Record<'' | 'host' | 'teams' | 'browser', string> = {
  '': 'clientId tenant scopes authority loginHint protectedResources autoSignIn host teams browser fetch now onEvent',
  host: 'kind origins marker',
  teams: 'method notifyLoaded',
  browser: 'redirectUri postLogoutRedirectUri cacheLocation msal',
}

/**
 * Checks every option and fills in what is left out.
 *
 * @param page the URL of the page, or `undefined` on a server
 * @throws {AuthError} `config_invalid`: names the option, what is wrong with it and a valid example
 */
export function checkOptions(options: AuthOptions, page: string | undefined): Settings {
  const { clientId, tenant, loginHint, ...rest } = checkShape(options, '')
  const host = checkShape(rest.host ?? {}, 'host')
  const teams = checkShape(rest.teams ?? {}, 'teams')
  const browser = checkShape(rest.browser ?? {}, 'browser')
  check('clientId', clientId, isGuid, 'a GUID', '11111111-2222-3333-4444-555555555555')
  check('tenant', tenant, isTenant, "a GUID, a domain, 'organizations' or 'common'", 'contoso.onmicrosoft.com')
  check('loginHint', loginHint, optional(isText), 'a sign-in name', 'adele@contoso.com')
  check('fetch', rest.fetch, optional(isFunction), 'a function', 'fetch')
  check('now', rest.now, optional(isFunction), 'a function', 'Date.now')
  check('onEvent', rest.onEvent, optional(isFunction), 'a function', 'console.debug')
  check('host.marker', host.marker, optional(isText), 'the name of a query parameter', 'inTeams')
  check('teams.notifyLoaded', teams.notifyLoaded, optional(isBoolean), 'a boolean', 'false')
  check('browser.msal', browser.msal, optional(isObject), 'an object', '{ system: {} }')
  oneOf('host.kind', host.kind, ['browser', 'teams'])
  const authority = checkAuthority(rest.authority ?? DEFAULT_AUTHORITY)
  const redirectUri = checkPage('browser.redirectUri', browser.redirectUri ?? '/', page)
  return {
    clientId: clientId.toLowerCase(),
    tenant: tenant.toLowerCase(),
    scopes: checkScopes('scopes', rest.scopes),
    authority,
    loginHint,
    resources: checkResources(rest.protectedResources, page, authority),
    autoSignIn: oneOf('autoSignIn', rest.autoSignIn, ['never', 'silent', 'always']),
    host: { ...host, origins: checkOrigins(host.origins ?? []) },
    method: oneOf('teams.method', teams.method, ['auto', 'sso', 'nested']),
    notifyLoaded: teams.notifyLoaded ?? true,
    redirectUri,
    postLogoutRedirectUri: browser.postLogoutRedirectUri
      ? checkPage('browser.postLogoutRedirectUri', browser.postLogoutRedirectUri, page)
      : redirectUri,
    cacheLocation: oneOf('browser.cacheLocation', browser.cacheLocation, ['sessionStorage', 'localStorage']),
    msal: browser.msal ?? {},
  }
}

/** Scopes as an app passes them to a call: one, several or none. */
export function checkScopes(option: string, scopes: unknown): readonly string[] {
  const list = typeof scopes === 'string' ? [scopes] : scopes
  const isValid = (value: unknown): value is string[] =>
    Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string' && scope.test(each))
  check(option, list, isValid, 'a list of scopes without spaces', 'api://app.contoso.com/<clientId>/access_as_user')
  if (list.every((each) => openIdScopes.includes(each)))
    throw invalid(option, list, 'a scope of an API too', 'api://app.contoso.com/<clientId>/access_as_user')
  return [...list]
}

/**
 * Checks what an app passes to `signIn()`. A click event, which `onclick={auth.signIn}` passes, counts as nothing.
 *
 * @throws {AuthError} `config_invalid`
 */
export function checkSignIn(options: unknown, ownScopes: readonly string[], window: Window): SignInRequest {
  if (options === undefined || options === null || isEvent(options)) return { scopes: ownScopes }
  if (!isObject(options)) throw invalid('signIn options', options, 'an object', "{ returnTo: '/' }")
  const { scopes, returnTo, claims, prompt } = options as Partial<SignInRequest>
  const isPath = (value: unknown) => isPathOfThisOrigin(value, window)
  check('returnTo', returnTo, optional(isPath as typeof isText), 'a path of this origin', '/chat?room=1#last')
  check('claims', claims, optional(isText), 'the claims of an AuthError', '{"access_token":{}}')
  if (prompt !== undefined) oneOf('prompt', prompt, ['select_account', 'login', 'consent'])
  return { scopes: scopes === undefined ? ownScopes : checkScopes('scopes', scopes), returnTo, claims, prompt }
}

/** Makes a resource of one more URL, as {@link AuthOptions.protectedResources} would. */
export function checkResource(option: string, url: unknown, page: string | undefined, scopes?: string[]): Resource {
  const parsed = parseUrl(url, page)
  const expected = 'an https URL without wildcard, query, fragment or password (http on this origin and loopback)'
  if (!parsed || !isPlain(parsed) || /[*\\]/.test(String(url)) || !isSafe(parsed, page))
    throw invalid(option, url, expected, 'https://api.contoso.com/v1')
  return parseResource(parsed.href, parsed.href, scopes && checkScopes(`${option}.scopes`, scopes))
}

function checkResources(list: unknown, page: string | undefined, authority: string): Resource[] {
  if (list === undefined) return page ? [parseResource('/', page)] : []
  const example = "['/api', 'https://api.contoso.com']"
  if (!Array.isArray(list)) throw invalid('protectedResources', list, 'a list of URLs', example)
  return list.map((entry: ProtectedResource, i) => {
    const option = `protectedResources[${i}]`
    const { url, scopes } = isObject(entry) ? (entry as { url: string; scopes?: string[] }) : { url: entry }
    const resource = checkResource(option, url, page, scopes)
    if (resource.origin === new URL(authority).origin) throw invalid(option, url, 'not the authority', example)
    return resource
  })
}

function checkAuthority(value: string): string {
  const url = parseUrl(value, undefined)
  if (url?.protocol !== 'https:' || !isPlain(url))
    throw invalid('authority', value, 'an https URL without the tenant', DEFAULT_AUTHORITY)
  return url.href.replace(/\/+$/, '')
}

function checkOrigins(origins: readonly string[]): string[] {
  if (!Array.isArray(origins)) throw invalid('host.origins', origins, 'a list of origins', "['https://host.example']")
  return origins.map((value, i) => {
    const url = parseUrl(value, undefined)
    const isOrigin = url && isPlain(url) && url.pathname === '/' && !/[*\\]/.test(value) && isSafe(url, undefined)
    if (!isOrigin)
      throw invalid(`host.origins[${i}]`, value, 'an https origin (http on loopback)', 'https://host.example')
    return url.origin
  })
}

/** A page of this origin. On a server there is none to compare with. */
function checkPage(option: string, value: string, page: string | undefined): string {
  if (!page) return value
  const url = parseUrl(value, page)
  if (url?.origin !== new URL(page).origin || url.hash || /\\/.test(value))
    throw invalid(option, value, 'a page of this origin without a fragment', '/signed-in.html')
  return url.href
}

function checkShape<T extends object>(value: T, section: keyof typeof known): T {
  const names = known[section].split(' ')
  if (!isObject(value)) throw invalid(section || 'options', value, 'an object', `{ ${names[0]}: … }`)
  for (const name of Object.keys(value)) {
    const option = section ? `${section}.${name}` : name
    if (!names.includes(name)) throw invalid(option, undefined, `one of ${names.join(', ')}`, names[0] ?? '')
  }
  return value
}

function oneOf<T extends string>(option: string, value: T | undefined, choices: readonly [T, ...T[]]): T {
  const chosen = value ?? choices[0]
  if (!choices.includes(chosen)) throw invalid(option, value, `one of ${choices.join(', ')}`, choices[0])
  return chosen
}

function check<T>(
  option: string,
  value: unknown,
  isValid: (value: unknown) => value is T,
  expected: string,
  example: string,
): asserts value is T {
  if (!isValid(value)) throw invalid(option, value, expected, example)
}

function invalid(option: string, value: unknown, expected: string, example: string): AuthError {
  const given = typeof value === 'string' ? `'${value.slice(0, 80)}'` : value === null ? 'null' : typeof value
  return new AuthError('config_invalid', {
    phase: 'config',
    message: `\`${option}\` must be ${expected}, not ${given}.`,
    remedy: `Correct \`${option}\`; a valid example is ${example}`,
  })
}

function parseUrl(value: unknown, base: string | undefined): URL | undefined {
  if (typeof value !== 'string' || value === '' || !URL.canParse(value, base)) return undefined
  const url = new URL(value, base)
  return /^https?:$/.test(url.protocol) ? url : undefined
}

function isPlain(url: URL): boolean {
  return !url.search && !url.hash && !url.username && !url.password
}

/** Whether a token on its way there is encrypted, or goes no further than the page itself came. */
function isSafe(url: URL, page: string | undefined): boolean {
  return url.protocol === 'https:' || loopback.test(url.hostname) || (!!page && url.origin === new URL(page).origin)
}

function isEvent(value: unknown): boolean {
  return isObject(value) && 'target' in value && 'preventDefault' in value
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

function isGuid(value: unknown): value is string {
  return typeof value === 'string' && guid.test(value)
}

function isTenant(value: unknown): value is string {
  if (value === 'organizations' || value === 'common') return true
  return typeof value === 'string' && (guid.test(value) || domain.test(value))
}

function isFunction(value: unknown): value is () => unknown {
  return typeof value === 'function'
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function optional<T>(isValid: (value: unknown) => value is T) {
  return (value: unknown): value is T | undefined => value === undefined || isValid(value)
}
