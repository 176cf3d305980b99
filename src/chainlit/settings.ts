import type { ChainlitPage } from './chainlit-page.js'
import { parseJson, readWording } from './read-wording.js'
import {
  AuthError,
  type AuthOptions,
  checkOptions,
  checkScopes,
  EXAMPLE_GUID,
  isLoopback,
  isNonBlank,
  isObject,
  mayBe,
  must,
  oneOf,
  toUrl,
} from './twodoor.js'
import type { WordingOptions } from './ui/wording.js'

/** The attributes of the script tag, as `custom_js_attributes` sets them, in the spelling of `dataset`. */
export type Attributes = Readonly<Record<string, string | undefined>>

export interface ChainlitSettings extends WordingOptions {
  /** What a plain browser does: a token by MSAL, as in Teams, or Chainlit's own OAuth login. */
  readonly browser: 'msal' | 'chainlit-oauth'
  readonly auth: AuthOptions
}

const ATTRIBUTES = [
  ...['clientId', 'tenant', 'scope', 'browser', 'signIn', 'authority', 'hostOrigins', 'options', 'language', 'texts'],
] as const
const EXAMPLE_SCOPE = 'api://chat.contoso.com/<client id>/access_as_user'
/** With an example each. `undefined`: that of `must`, a GUID. */
const REQUIRED_ATTRIBUTES = { clientId: EXAMPLE_GUID, tenant: 'contoso.onmicrosoft.com', scope: EXAMPLE_SCOPE }
/** Options that are set by attributes, and not in `data-options`. */
const ATTRIBUTE_OPTIONS = ['clientId', 'tenant', 'scopes', 'authority']

/**
 * Reads how the drop-in is set up.
 *
 * - `data-client-id`, `data-tenant`, `data-scope`: as `AuthOptions.clientId`, `.tenant` and `.scopes`, with one scope
 * - `data-browser`: `msal` (default) or `chainlit-oauth`
 * - `data-sign-in`: in a browser with nobody signed in, `redirect` (default) leaves for Entra ID once, `click` waits
 * - `data-authority`: as `AuthOptions.authority`, and also an http origin on loopback
 * - `data-host-origins` (separated by spaces): as `AuthOptions.host.origins`
 * - `data-options`: the other options of `createAuth`, as JSON
 * - `data-language`: as BCP 47 has it; default: that of the user
 * - `data-texts`: texts of the app's own, as JSON, by their language and their name
 *
 * @throws {AuthError} `config_invalid`: names the attribute, what is wrong with it and a valid example
 */
export function readSettings(attributes: Attributes, page: ChainlitPage, href: string): ChainlitSettings {
  const known = ATTRIBUTES.map(attributeOf)
  for (const name of Object.keys(attributes).map(attributeOf)) {
    must('custom_js_attributes', name, known.includes(name), `made of ${known.join(', ')}, for example ${known[0]}`)
  }
  for (const [name, example] of Object.entries(REQUIRED_ATTRIBUTES))
    must(attributeOf(name), attributes[name], isNonBlank(attributes[name]), `set, for example ${example}`)
  const { clientId = '', tenant = '', scope = '', hostOrigins } = attributes
  must('data-scope', scope, isScope(scope), `one scope of your API, for example ${EXAMPLE_SCOPE}`)
  mayBe(
    'data-host-origins',
    hostOrigins,
    (text) => !`${text}`.includes(','),
    'separated by spaces, for example https://one.example https://two.example',
  )
  const signIn = choice(attributes, 'signIn', 'redirect', 'click')
  const { host, browser, ...more } = readOptions(attributes['options'])
  const { authority, msal } = authorityFor(attributes['authority'], tenant)
  const redirectUri = `${page.base}/`
  const auth: AuthOptions = {
    clientId,
    tenant,
    scopes: [scope],
    authority,
    protectedResources: [],
    autoSignIn: signIn === 'redirect' ? 'always' : 'never',
    popupPage: browser?.redirectUri ?? redirectUri,
    ...more,
    host: { ...(hostOrigins !== undefined && { origins: hostOrigins.split(/\s+/).filter(Boolean) }), ...host },
    browser: { redirectUri, ...browser, ...(msal && { msal: { ...msal, ...browser?.msal } }) },
  }
  renameToAttributes(() => checkOptions(auth, href), host?.origins === undefined)
  return { auth, browser: choice(attributes, 'browser', 'msal', 'chainlit-oauth'), ...readWording(attributes) }
}

/**
 * As in the Python half, an authority on this machine may do without TLS. MSAL refuses one, unless its endpoints are given
 * too: then the address of the authority is only a name.
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
  const options = parseJson(text)
  must('data-options', text, isObject(options), `a JSON object, for example ${EXAMPLE_OPTIONS}`)
  for (const name of Object.keys(options)) {
    must(
      'data-options',
      name,
      !ATTRIBUTE_OPTIONS.includes(name),
      `options that no attribute sets, for example ${EXAMPLE_OPTIONS}`,
    )
  }
  const { host, browser } = options as { host?: unknown; browser?: unknown }
  mayBe('data-options` `host', host, isObject, 'an object, for example {"host":{"marker":"inTeams"}}')
  mayBe(
    'data-options` `browser',
    browser,
    isObject,
    'an object, for example {"browser":{"cacheLocation":"localStorage"}}',
  )
  return options
}

const EXAMPLE_OPTIONS = '{"teams":{"method":"sso"}}'

/** The checks of `createAuth` name its options. Here the error names the attribute that the reader has set. */
function renameToAttributes(check: () => unknown, hasOriginsAttribute: boolean): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    const message = error.message.replace(/^`([^`]*)`/, (_, option: string) => {
      if (ATTRIBUTE_OPTIONS.includes(option)) return `\`${attributeOf(option)}\``
      if (option.startsWith('host.origins') && hasOriginsAttribute) return '`data-host-origins`'
      return `\`data-options\` ${option === 'options' ? '' : option}`.trim()
    })
    throw new AuthError('config_invalid', { phase: 'config', message, cause: error })
  }
}
