import type { TeamsUser } from '../../../testing/teams/settings.js'

/** What the server tells its page. Nothing in it is secret. */
export interface PageConfig {
  /** The page of the app that both doors open. */
  readonly appUrl: string
  readonly appOrigin: string
  readonly clientId: string
  /** The host name of the authority that accounts belong to. */
  readonly environment: string
  readonly users: readonly TeamsUser[]
  /** The controls of Entra ID, by name. */
  readonly controls: readonly string[]
}

export const CONFIG_ELEMENT = 'twodoor-config'

/** @throws {Error} the page has none */
export function readConfig({ body }: Document): PageConfig {
  const text = body.querySelector(`#${CONFIG_ELEMENT}`)?.textContent
  if (!text) throw new Error('The page has no configuration.')
  return JSON.parse(text) as PageConfig
}
