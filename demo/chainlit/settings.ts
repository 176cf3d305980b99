import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { EntraEmulator } from 'twodoor/testing'
import type { ChainlitOptions } from './chainlit.js'
import { CLIENT_SECRET } from './entra.js'
import type { ChainlitName } from './pages/config.js'

export interface SettingsContext {
  readonly entra: EntraEmulator
  /** That of the stage, which frames Teams. */
  readonly origin: string
  readonly teamsOrigin: string
  readonly browserOrigin: string
  /** What Chainlit's generic OAuth provider needs. */
  readonly oauth: Readonly<Record<string, string>>
}

type Settings = Pick<ChainlitOptions, 'app' | 'config' | 'publicFiles' | 'env'>

const ATTRIBUTES = /^custom_js_attributes = .*$/m

/** What makes the Chainlit of people's own an app of this machine: the app and its configuration are as they stand. */
export function settingsOf(name: ChainlitName, context: SettingsContext): Promise<Settings> {
  return name === 'stock' ? settingsOfStock(context) : settingsOfTwodoor(context)
}

async function settingsOfTwodoor({ entra, origin, teamsOrigin }: SettingsContext): Promise<Settings> {
  const { clientId, tenant, scopes, authority, browser } = entra.authOptions()
  return {
    app: pathOf('app.py'),
    config: await readFile(pathOf('.chainlit/config.toml'), 'utf8'),
    publicFiles: [],
    env: {
      TWODOOR_CLIENT_ID: clientId,
      TWODOOR_TENANTS: tenant,
      TWODOOR_AUTHORITY: entra.url,
      TWODOOR_SECRET: CLIENT_SECRET,
      GRAPH_URL: entra.url,
      TWODOOR_FRAME_ANCESTORS: `${teamsOrigin} ${origin}`,
      // With a real tenant none of these is needed.
      TWODOOR_PAGE_SCOPE: scopes.join(' '),
      TWODOOR_PAGE_AUTHORITY: String(authority),
      TWODOOR_PAGE_HOST_ORIGINS: teamsOrigin,
      TWODOOR_PAGE_OPTIONS: JSON.stringify({ browser }),
    },
  }
}

async function settingsOfStock({ entra, teamsOrigin, browserOrigin, oauth }: SettingsContext): Promise<Settings> {
  return {
    app: pathOf('stock/app.py'),
    config: await configWith('stock/config.toml', { 'host-origin': teamsOrigin }),
    publicFiles: [
      pathOf('stock/public/teams-token.js'),
      fileURLToPath(import.meta.resolve('@microsoft/teams-js/dist/umd/MicrosoftTeams.min.js')),
    ],
    // The documentation of Chainlit advises the cookie for an app that is framed.
    env: {
      ...entraOf(entra),
      ENTRA_AUDIENCE: resourceOf(entra),
      ...oauth,
      CHAINLIT_URL: browserOrigin,
      CHAINLIT_COOKIE_SAMESITE: 'none',
    },
  }
}

function entraOf({ clientId, tenant, url }: EntraEmulator): Record<string, string> {
  return { ENTRA_CLIENT_ID: clientId, ENTRA_TENANT_ID: tenant, ENTRA_AUTHORITY: url }
}

/** The Application ID URI, which a version 1.0 token is for. */
function resourceOf({ scopes: [scope = ''] }: EntraEmulator): string {
  return scope.slice(0, scope.lastIndexOf('/'))
}

/** The configuration in a file, with the attributes of the script tag that are right here. */
async function configWith(file: string, attributes: Readonly<Record<string, string>>): Promise<string> {
  const config = await readFile(pathOf(file), 'utf8')
  const written = Object.entries(attributes).map(([name, value]) => `data-${name}='${value}'`)
  if (!ATTRIBUTES.test(config)) throw new Error(`${file} has no line with custom_js_attributes.`)
  return config.replace(ATTRIBUTES, () => `custom_js_attributes = '''${written.join(' ')} defer'''`)
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}
