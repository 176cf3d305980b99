import { applicationIdUri, brokerRedirectUri } from '../../shared/registration.js'

/** From the first version with `nestedAppAuthInfo` to the newest one that a test compares with Microsoft's schema. */
export const MANIFEST_VERSIONS: readonly string[] = '1.22 1.23 1.24 1.25 1.26 1.27 1.28 1.29 1.30'.split(' ')

/** What a manifest is made of, checked and completed. */
export interface ManifestSettings {
  /** The page of the tab, on https. */
  readonly url: URL
  /** The page of its origin that Entra ID sends the user back to. */
  readonly redirectUri: string
  readonly clientId: string
  /** Of the Teams app: a GUID. */
  readonly id: string
  readonly shortName: string
  readonly fullName: string
  readonly description: string
  readonly developer: string
  readonly websiteUrl: string
  readonly privacyUrl: string
  readonly termsUrl: string
  readonly accentColor: string
  readonly appVersion: string
  readonly manifestVersion: string
  /** What a host fetches a token for before the page asks. */
  readonly scopes: readonly string[]
  /** The page that sets up a tab in a team or a chat. */
  readonly configurationUrl: string | undefined
}

/** The content of manifest.json. */
export function appManifest(settings: ManifestSettings): Record<string, unknown> {
  const { url, clientId, manifestVersion, shortName, description, configurationUrl } = settings
  return {
    $schema: `https://developer.microsoft.com/json-schemas/teams/v${manifestVersion}/MicrosoftTeams.schema.json`,
    manifestVersion,
    version: settings.appVersion,
    id: settings.id,
    developer: {
      name: settings.developer,
      websiteUrl: settings.websiteUrl,
      privacyUrl: settings.privacyUrl,
      termsOfUseUrl: settings.termsUrl,
    },
    name: { short: shortName, full: settings.fullName },
    description: { short: description, full: description },
    icons: { color: 'color.png', outline: 'outline.png' },
    accentColor: settings.accentColor,
    staticTabs: [
      { entityId: 'home', name: shortName, contentUrl: url.href, websiteUrl: url.href, scopes: ['personal'] },
    ],
    ...(configurationUrl && { configurableTabs: [{ configurationUrl, scopes: ['team', 'groupChat'] }] }),
    validDomains: [url.host],
    webApplicationInfo: {
      id: clientId,
      resource: applicationIdUri(url.host, clientId),
      nestedAppAuthInfo: [{ redirectUri: brokerRedirectUri(url.host), scopes: settings.scopes }],
    },
  }
}
