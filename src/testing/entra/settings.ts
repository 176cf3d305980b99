import { AuthError } from '../../shared/errors.js'
import { DEFAULT_AUTHORITY, isLoopback, parseOrigin } from '../../shared/origins.js'
import { isPlainHttp, toUrl } from '../../shared/url.js'
import { isGuid } from '../../shared/validate.js'
import type { EntraEmulatorOptions, EntraLifetimes, EntraPublicClient, EntraWebApp } from './options.js'
import { defaultTenant, defaultUsers, type EntraUser } from './users.js'

/** The options, checked and completed. */
export interface EntraSettings {
  readonly url: string
  readonly tenant: string
  readonly domain: string
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly users: readonly EntraUser[]
  readonly accessTokenVersion: 1 | 2
  readonly daemonRoles: readonly string[]
  readonly lifetimes: EntraLifetimes
  readonly web: EntraWebApp | undefined
  readonly publicClient: EntraPublicClient | undefined
  isRedirectUri(url: string): boolean
  /** Whether a page may be led back to after a sign-out: those on an origin of a redirect URI. */
  isLandingPage(url: string): boolean
  now(): number
}

const longScope = /^[a-z]+:\/\/[\x21\x23-\x5b\x5d-\x7e]+\/[\x21\x23-\x2e\x30-\x5b\x5d-\x7e]+$/i
const patternRules = {
  domain: {
    pattern: /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/,
    expected: 'a domain',
    example: 'contoso.example',
  },
  username: { pattern: /^\S+$/, expected: 'a sign-in name', example: 'adele@contoso.example' },
  name: { pattern: /\S/, expected: 'a display name', example: 'Adele Vance' },
  photo: {
    pattern: /^data:image\/[a-z]+;base64,[A-Za-z0-9+/]+=*$/,
    expected: 'a data URL of an image',
    example: 'data:image/png;base64,iVBORw0KGgo=',
  },
  secret: { pattern: /^\S+/, expected: 'a string', example: 'a secret' },
}
const defaultLifetimes: EntraLifetimes = {
  accessToken: 3600,
  continuousAccessToken: 86_400,
  refreshToken: 86_400,
  code: 600,
}
const entraOptionNames =
  'url tenant domain clientId scopes redirectUris web publicClient users daemonRoles accessTokenVersion lifetimes now'.split(
    ' ',
  )

/** @throws {AuthError} `config_invalid`: names the option, what is wrong with it and a valid example */
export function checkEntraOptions(options: EntraEmulatorOptions): EntraSettings {
  checkMembers(options, 'options', entraOptionNames)
  const clientId = checkGuid('clientId', options.clientId ?? 'c1111111-2222-4333-8444-555555555555')
  const { now = () => Date.now() } = options
  if (typeof now !== 'function') throw invalid('now', now, 'a function', 'Date.now')
  return {
    url: checkUrl(options.url ?? DEFAULT_AUTHORITY),
    tenant: checkGuid('tenant', options.tenant ?? defaultTenant),
    domain: checkPattern('domain', options.domain ?? 'contoso.example', patternRules.domain),
    clientId,
    scopes: checkLongScopes(options.scopes ?? [`api://app.example/${clientId}/access_as_user`]),
    users: checkUsers(options.users ?? defaultUsers),
    daemonRoles: checkTexts('daemonRoles', options.daemonRoles ?? [], 'access_as_application'),
    accessTokenVersion: checkVersion(options.accessTokenVersion ?? 1),
    lifetimes: checkLifetimes(options.lifetimes ?? {}),
    ...checkRedirectUris(options.redirectUris),
    web: checkWebApp(options.web),
    publicClient: checkPublicClient(options.publicClient),
    now,
  }
}

/** @throws {AuthError} `config_invalid` */
export function checkMembers(value: object, option: string, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(option, value, 'an object', `{ ${known[0]}: … }`)
  const unknown = Object.keys(value).find((name) => !known.includes(name))
  if (unknown !== undefined) throw invalid(`${option}.${unknown}`, unknown, `one of ${known.join(', ')}`, `${known[0]}`)
}

export function invalid(option: string, value: unknown, expected: string, example: string): AuthError {
  const given = ['string', 'number', 'boolean'].includes(typeof value) ? JSON.stringify(value) : typeof value
  return new AuthError('config_invalid', {
    phase: 'config',
    message: `\`${option}\` must be ${expected}, not ${given}.`,
    remedy: `Correct \`${option}\`; a valid example is ${example}`,
  })
}

function checkUrl(value: string): string {
  const origin = parseOrigin(value)
  if (!origin) throw invalid('url', value, 'an https origin (http on loopback)', 'http://localhost:4400')
  return origin
}

function checkGuid(option: string, value: string): string {
  if (!isGuid(value)) throw invalid(option, value, 'a GUID', '11111111-2222-4333-8444-555555555555')
  return value.toLowerCase()
}

interface PatternRule {
  readonly pattern: RegExp
  readonly expected: string
  readonly example: string
}

function checkPattern(option: string, value: string, { pattern, expected, example }: PatternRule): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw invalid(option, value, expected, example)
  return value
}

function checkLongScopes(scopes: readonly string[]): readonly string[] {
  const isValid = Array.isArray(scopes) && scopes.length > 0 && scopes.every((each) => longScope.test(each))
  if (!isValid) throw invalid('scopes', scopes, 'a list of long scopes', "['api://app.example/access_as_user']")
  return [...scopes]
}

function checkUsers(users: readonly EntraUser[]): readonly EntraUser[] {
  if (!Array.isArray(users) || users.length === 0) throw invalid('users', users, 'a list of users', '[adele]')
  users.forEach(checkUser)
  const distinct = new Set(users.map(({ username }) => username.toLowerCase()))
  if (distinct.size < users.length) throw invalid('users', users, 'users with different names', '[adele, alex]')
  return [...users]
}

function checkUser(user: EntraUser, index: number): void {
  const option = `users[${index}]`
  checkMembers(user, option, ['username', 'name', 'objectId', 'home', 'roles', 'groups', 'photo'])
  checkPattern(`${option}.username`, user.username, patternRules.username)
  checkPattern(`${option}.name`, user.name, patternRules.name)
  checkGuid(`${option}.objectId`, user.objectId)
  checkTexts(`${option}.roles`, user.roles ?? [], 'Admin')
  for (const group of user.groups ?? []) checkGuid(`${option}.groups`, group)
  if (user.photo !== undefined) checkPattern(`${option}.photo`, user.photo, patternRules.photo)
  if (user.home === undefined) return
  checkMembers(user.home, `${option}.home`, ['tenantId', 'objectId'])
  checkGuid(`${option}.home.tenantId`, user.home.tenantId)
  checkGuid(`${option}.home.objectId`, user.home.objectId)
}

function checkTexts(option: string, list: readonly string[], example: string): readonly string[] {
  const isValid = Array.isArray(list) && list.every((each) => typeof each === 'string' && each !== '')
  if (!isValid) throw invalid(option, list, 'a list of texts', `['${example}']`)
  return [...list]
}

function checkVersion(version: 1 | 2): 1 | 2 {
  if (version !== 1 && version !== 2) throw invalid('accessTokenVersion', version, '1 or 2', '1')
  return version
}

function checkLifetimes(changes: Partial<EntraLifetimes>): EntraLifetimes {
  checkMembers(changes, 'lifetimes', Object.keys(defaultLifetimes))
  const lifetimes = { ...defaultLifetimes, ...changes }
  for (const [name, seconds] of Object.entries(lifetimes))
    if (!Number.isFinite(seconds) || seconds <= 0)
      throw invalid(`lifetimes.${name}`, seconds, 'a number of seconds', '3600')
  return lifetimes
}

function checkWebApp(web: EntraWebApp | undefined): EntraWebApp | undefined {
  if (web === undefined) return undefined
  checkMembers(web, 'web', ['redirectUris', 'clientSecret', 'certificates'])
  const { redirectUris, clientSecret, certificates = [] } = web
  const uris = checkUrls('web.redirectUris', redirectUris, 'a list of URLs')
  return {
    redirectUris: uris,
    clientSecret: checkPattern('web.clientSecret', clientSecret, patternRules.secret),
    certificates: checkTexts('web.certificates', certificates, '-----BEGIN CERTIFICATE----- …'),
  }
}

function checkPublicClient(publicClient: EntraPublicClient | undefined): EntraPublicClient | undefined {
  if (publicClient === undefined) return undefined
  checkMembers(publicClient, 'publicClient', ['redirectUris'])
  return { redirectUris: checkUrls('publicClient.redirectUris', publicClient.redirectUris, 'a list of URLs') }
}

function checkUrls(option: string, urls: readonly string[], expected: string): readonly string[] {
  const isValid = Array.isArray(urls) && urls.every((each) => parseWebUrl(each) !== undefined)
  if (!isValid) throw invalid(option, urls, expected, "['http://localhost:4000/']")
  return [...urls]
}

function checkRedirectUris(given: EntraEmulatorOptions['redirectUris']) {
  if (given === undefined) return redirectRules(isLoopback)
  if (typeof given === 'function') return redirectRules(given)
  const urls = checkUrls('redirectUris', given, 'a list of URLs or a function')
  const origins = urls.map((each) => new URL(each).origin)
  return {
    isRedirectUri: (url: string) => urls.includes(url),
    isLandingPage: (url: string) => origins.includes(parseWebUrl(url)?.origin ?? ''),
  }
}

function redirectRules(allows: (url: URL) => boolean) {
  const isAllowed = (value: string) => {
    const url = parseWebUrl(value)
    return url !== undefined && allows(url)
  }
  return { isRedirectUri: isAllowed, isLandingPage: isAllowed }
}

function parseWebUrl(value: unknown): URL | undefined {
  const url = typeof value === 'string' ? toUrl(value) : undefined
  return url && isPlainHttp(url) ? url : undefined
}
