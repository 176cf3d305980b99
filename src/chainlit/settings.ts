import { type AuthOptions, checkOptions } from '../options.js'
import { AuthError } from '../shared/errors.js'
import { isLoopback } from '../shared/origins.js'
import { toUrl } from '../shared/url.js'
import { checkScopes, isNonBlank, isObject, mayBe, must, oneOf } from '../shared/validate.js'
import type { ChainlitPage } from './page.js'

/** The attributes of the script tag, as `custom_js_attributes` sets them, in the spelling of `dataset`. */
export type Attributes = Readonly<Record<string, string | undefined>>

export interface ChainlitSettings {
  /** What a plain browser does: a token by MSAL, as in Teams, or Chainlit's own OAuth login. */
  readonly browser: 'msal' | 'chainlit-oauth'
  readonly auth: AuthOptions
}

const NAMES = ['clientId', 'tenant', 'scope', 'browser', 'signIn', 'authority', 'hostOrigins', 'options'] as const
const REQUIRED = ['clientId', 'tenant', 'scope'] as const
const EXAMPLES = {
  clientId: undefined,
  tenant: 'contoso.onmicrosoft.com',
  scope: 'api://chat.contoso.com/<client id>/access_as_user',
  hostOrigins: 'https://one.example https://two.example',
}
/** What is said by attributes alone. */
const NOT_IN_OPTIONS = ['clientId', 'tenant', 'scopes', 'authority']

/**
 * Reads how the drop-in is set up.
 *
 * - `data-client-id`, `data-tenant`, `data-scope`: as `AuthOptions.clientId`, `.tenant` and `.scopes`, with one scope
 * - `data-browser`: `msal` (default) or `chainlit-oauth`
 * - `data-sign-in`: in a browser with nobody signed in, `redirect` (default) leaves for Entra ID once, `click` waits
 * - `data-authority`: as `AuthOptions.authority`, and also an http origin on loopback
 * - `data-host-origins` (separated by spaces): as `AuthOptions.host.origins`
 * - `data-options`: any other `AuthOptions`, as JSON
 *
 * @throws {AuthError} `config_invalid`: names the attribute, what is wrong with it and a valid example
 */
export function readSettings(attributes: Attributes, page: ChainlitPage, href: string): ChainlitSettings {
  const known = NAMES.map(attributeOf)
  for (const name of Object.keys(attributes).map(attributeOf)) {
    must('custom_js_attributes', name, known.includes(name), `made of ${known.join(', ')}`, known[0])
  }
  for (const name of REQUIRED)
    must(attributeOf(name), attributes[name], isNonBlank(attributes[name]), 'set', EXAMPLES[name])
  const { clientId = '', tenant = '', scope = '', hostOrigins } = attributes
  must('data-scope', scope, isScope(scope), 'one scope of your API', EXAMPLES.scope)
  mayBe(
    'data-host-origins',
    hostOrigins,
    (text) => !`${text}`.includes(','),
    'separated by spaces',
    EXAMPLES.hostOrigins,
  )
  const signIn = choice(attributes, 'signIn', 'redirect', 'click')
  const { host, browser, ...more } = readOptions(attributes['options'])
  const { authority, msal } = authorityFor(attributes['authority'], tenant)
  const auth: AuthOptions = {
    ...{ clientId, tenant, scopes: [scope], authority, protectedResources: [] },
    autoSignIn: signIn === 'redirect' ? 'always' : 'never',
    ...more,
    host: { ...(hostOrigins !== undefined && { origins: hostOrigins.split(/\s+/).filter(Boolean) }), ...host },
    browser: { redirectUri: `${page.base}/`, ...browser, ...(msal && { msal: { ...msal, ...browser?.msal } }) },
  }
  inWordsOfAttributes(() => checkOptions(auth, href), host?.origins === undefined)
  return { auth, browser: choice(attributes, 'browser', 'msal', 'chainlit-oauth') }
}

/**
 * As the Python half, an authority on this machine may do without TLS. MSAL does not take one, but it takes endpoints that
 * it is told of: then the name of the authority is only a name.
 */
function authorityFor(given: string | undefined, tenant: string): { authority?: string | undefined; msal?: object } {
  const url = toUrl(given ?? '')
  const isPlain = url?.protocol === 'http:' && isLoopback(url) && `${url.origin}/`.startsWith(`${given}`)
  if (!isPlain) return { authority: given }
  const base = `${url.origin}/${tenant}/`
  const authorityMetadata = JSON.stringify({
    issuer: `${base}v2.0`,
    jwks_uri: `${base}discovery/v2.0/keys`,
    authorization_endpoint: `${base}oauth2/v2.0/authorize`,
    token_endpoint: `${base}oauth2/v2.0/token`,
    end_session_endpoint: `${base}oauth2/v2.0/logout`,
  })
  return { authority: `https://${url.host}`, msal: { auth: { authorityMetadata } } }
}

function attributeOf(name: string): string {
  return `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function choice<T extends string>(attributes: Attributes, name: string, ...choices: [T, ...T[]]): T {
  return oneOf(attributeOf(name), attributes[name] as T | undefined, ...choices)
}

function isScope(scope: string): boolean {
  try {
    return !/[\s,'[\]]/.test(scope) && checkScopes('data-scope', scope).length === 1
  } catch {
    return false
  }
}

function readOptions(text: string | undefined): Partial<AuthOptions> {
  if (text === undefined) return {}
  const options = parse(text)
  must('data-options', text, isObject(options), 'a JSON object of options of createAuth', EXAMPLE_OPTIONS)
  for (const name of Object.keys(options)) {
    must('data-options', name, !NOT_IN_OPTIONS.includes(name), 'what no attribute says', EXAMPLE_OPTIONS)
  }
  const { host, browser } = options as { host?: unknown; browser?: unknown }
  mayBe('data-options` `host', host, isObject, 'an object', '{"host":{"marker":"inTeams"}}')
  mayBe('data-options` `browser', browser, isObject, 'an object', '{"browser":{"cacheLocation":"localStorage"}}')
  return options
}

const EXAMPLE_OPTIONS = '{"teams":{"method":"sso"}}'

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The checks are those of `createAuth`, but the reader wrote attributes. */
function inWordsOfAttributes(check: () => unknown, isOriginsAttribute: boolean): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    const message = error.message.replace(/^`([^`]*)`/, (_, option: string) => {
      if (['clientId', 'tenant', 'authority'].includes(option)) return `\`${attributeOf(option)}\``
      if (option.startsWith('host.origins') && isOriginsAttribute) return '`data-host-origins`'
      return `\`data-options\` ${option === 'options' ? '' : option}`.trim()
    })
    throw new AuthError('config_invalid', { phase: 'config', message, cause: error })
  }
}
