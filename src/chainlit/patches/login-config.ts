// `/auth/config` tells Chainlit's login page which ways to sign in it offers. twodoor changes that.

import { NO_CALLBACK } from '../twodoor.js'

/** What Chainlit 2 answers, as far as it is read here. */
interface LoginConfig {
  readonly headerAuth: boolean
  /** `null` where nobody has to log in. */
  readonly requireLogin: boolean | null
  readonly oauthProviders: readonly string[]
}

/**
 * The answer where twodoor signs in: nothing to click, and the theme of the host, which Chainlit takes unless the user has
 * chosen one. A string says why that is impossible.
 */
export function configWithToken(config: unknown, theme: string | undefined): object | string {
  if (!isLoginConfig(config)) return UNKNOWN
  if (!config.headerAuth) return NO_CALLBACK
  return { ...config, oauthProviders: [], ...(theme && { default_theme: theme }) }
}

/** The answer where Chainlit's own OAuth signs in: no header login, for which the browser has no token. */
export function configWithOAuth(config: unknown): object | string {
  if (!isLoginConfig(config)) return UNKNOWN
  if (config.oauthProviders.length === 0) return NO_PROVIDER
  return { ...config, headerAuth: false }
}

const UNKNOWN = '`/auth/config` does not answer as in Chainlit 2.9 to 2.12: compare the versions in docs/chainlit.md.'
const NO_PROVIDER =
  'Chainlit offers no OAuth provider: set its OAUTH_… variables and register `@cl.oauth_callback`, or leave out `data-browser`.'

function isLoginConfig(config: unknown): config is LoginConfig {
  const { headerAuth, requireLogin, oauthProviders } = Object(config) as Partial<LoginConfig>
  const isKnown = typeof requireLogin === 'boolean' || requireLogin === null
  return typeof headerAuth === 'boolean' && isKnown && Array.isArray(oauthProviders)
}
