import { isObject, isText, must, oneOf } from '../check.js'
import { AuthError } from '../errors.js'
import { type AuthOptions, checkOptions } from '../options.js'
import type { ChainlitPage } from './page.js'

/** The attributes of the script tag, as `custom_js_attributes` sets them, in the spelling of `dataset`. */
export type Attributes = Readonly<Record<string, string | undefined>>

export interface ChainlitSettings {
  /** What a plain browser does: a token by MSAL, as in Teams, or Chainlit's own OAuth login. */
  readonly browser: 'msal' | 'chainlit-oauth'
  readonly auth: AuthOptions
}

const NAMES = ['clientId', 'tenant', 'scope', 'browser', 'signIn', 'authority', 'hostOrigins', 'options'] as const
const EXAMPLE_SCOPE = 'api://chat.contoso.com/<client id>/access_as_user'

/**
 * Reads how the drop-in is set up.
 *
 * - `data-client-id`, `data-tenant`, `data-scope`: as `AuthOptions.clientId`, `.tenant` and `.scopes`, with one scope
 * - `data-browser`: `msal` (default) or `chainlit-oauth`
 * - `data-sign-in`: in a browser with nobody signed in, `redirect` (default) leaves for Entra ID once, `click` waits
 * - `data-authority`, `data-host-origins` (separated by spaces): as `AuthOptions.authority` and `.host.origins`
 * - `data-options`: any other `AuthOptions`, as JSON
 *
 * @throws {AuthError} `config_invalid`: names the attribute, what is wrong with it and a valid example
 */
export function readSettings(attributes: Attributes, page: ChainlitPage, href: string): ChainlitSettings {
  for (const name of Object.keys(attributes)) {
    const known = NAMES.map(attributeOf).join(', ')
    must(
      'custom_js_attributes',
      attributeOf(name),
      NAMES.some((each) => each === name),
      `made of ${known}`,
      known,
    )
  }
  for (const name of ['clientId', 'tenant', 'scope'] as const) {
    must(attributeOf(name), attributes[name], isText(attributes[name]), 'set', examples[name])
  }
  const signIn = choice(attributes, 'signIn', 'redirect', 'click')
  const more = readOptions(attributes['options'])
  const auth: AuthOptions = {
    clientId: attributes['clientId'] ?? '',
    tenant: attributes['tenant'] ?? '',
    scopes: [attributes['scope'] ?? ''],
    authority: attributes['authority'],
    autoSignIn: signIn === 'redirect' ? 'always' : 'never',
    protectedResources: [],
    ...more,
    host: { origins: attributes['hostOrigins']?.split(' ').filter(Boolean), ...more.host },
    browser: { redirectUri: `${page.base}/`, ...more.browser },
  }
  inWordsOfAttributes(() => checkOptions(auth, href))
  return { auth, browser: choice(attributes, 'browser', 'msal', 'chainlit-oauth') }
}

const examples = { clientId: undefined, tenant: 'contoso.onmicrosoft.com', scope: EXAMPLE_SCOPE }

function attributeOf(name: string): string {
  return `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function choice<T extends string>(attributes: Attributes, name: string, ...choices: [T, ...T[]]): T {
  return oneOf(attributeOf(name), attributes[name] as T | undefined, ...choices)
}

function readOptions(text: string | undefined): Partial<AuthOptions> {
  if (text === undefined) return {}
  let options: unknown
  try {
    options = JSON.parse(text)
  } catch {
    options = undefined
  }
  must('data-options', text, isObject(options), 'a JSON object of options of createAuth', '{"teams":{"method":"sso"}}')
  return options
}

/** The checks are those of `createAuth`, but the reader wrote attributes. */
function inWordsOfAttributes(check: () => unknown): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    const message = error.message
      .replace('`clientId`', '`data-client-id`')
      .replace('`tenant`', '`data-tenant`')
      .replace('`scopes`', '`data-scope`')
      .replace('`authority`', '`data-authority`')
      .replace('`host.origins', '`data-host-origins')
    throw new AuthError('config_invalid', { phase: 'config', message, cause: error })
  }
}
