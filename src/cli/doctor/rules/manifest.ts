// What of an app manifest does not fit the page.

import { applicationIdUri, brokerRedirectUri } from '../../../shared/registration.js'
import { toUrl } from '../../../shared/url.js'
import { isGuid } from '../../../shared/validate.js'
import { RESOURCE } from '../../../sources/failures/host-messages.js'
import { fillIn } from '../../../sources/failures/own-messages.js'
import type { Facts, Rule } from '../facts.js'
import type { Manifest } from '../read-manifest.js'
import type { Finding, ManifestCode } from '../report.js'

type ManifestRule = (facts: Facts & { readonly manifest: Manifest }) => Finding | undefined

const MAJOR_WITH_NESTING = 1
const MINOR_WITH_NESTING = 22

export const manifestRules: Rule = (facts) => {
  const { manifest } = facts
  if (!manifest) return []
  return rules.flatMap((rule) => rule({ ...facts, manifest }) ?? [])
}

/** The client ID to compare with: of the flag, else of the manifest itself. */
export function clientIdOf({ clientId, manifest }: Facts): string {
  return (clientId ?? manifest?.clientId ?? '<client id>').toLowerCase()
}

/** Microsoft Learn, "Update app manifest for SSO". */
const webApplicationInfo: ManifestRule = (facts) => {
  if (facts.manifest.hasWebApplicationInfo) return undefined
  return finding(
    'web_application_info',
    ['The manifest has no `webApplicationInfo`, so that no host signs anybody in.', RESOURCE],
    valuesOf(facts),
  )
}

/** Microsoft Learn, "Update app manifest for SSO": the ID of the registration, which is not the `id` of the Teams app. */
const clientId: ManifestRule = ({ manifest, clientId: wanted }) => {
  if (!manifest.hasWebApplicationInfo) return undefined
  const isRight = isGuid(manifest.clientId) && (!wanted || manifest.clientId.toLowerCase() === wanted.toLowerCase())
  if (isRight) return undefined
  const what = wanted ? wanted : 'the application (client) ID of the registration'
  return finding('client_id', [
    '`webApplicationInfo.id` is not the client ID of the app.',
    `Set it to ${what}, which is not the \`id\` of the Teams app.`,
  ])
}

/** Of a bot alone: Microsoft Learn, "Enable SSO for bots". */
const botResource = /^api:\/\/botid-[^/]+$/i

/**
 * Microsoft Learn, "Tab SSO troubleshooting": the host compares the resource with the origin of the page. A tab that has only
 * nested app auth needs none ("Nested app authentication"), so that it may be that of a bot.
 */
const resource: ManifestRule = (facts) => {
  const { manifest } = facts
  const given = manifest.resource
  if (!manifest.hasWebApplicationInfo || isOfHost(given, facts)) return undefined
  if (manifest.nestedRedirectUris && (given === undefined || botResource.test(given))) return undefined
  return finding(
    'resource',
    ['`webApplicationInfo.resource` does not fit the page: hosts compare it with its origin.', RESOURCE],
    valuesOf(facts),
  )
}

function isOfHost(resource: string | undefined, { page }: Facts): resource is string {
  return /^api:\/\/([^/]+)(\/|$)/.exec(resource?.toLowerCase() ?? '')?.[1] === page.asked.host
}

/** What the registration has to have as Application ID URI: that of the manifest, where it fits the page. */
export function applicationIdUriOf(facts: Facts): string {
  const { page, manifest } = facts
  return isOfHost(manifest?.resource, facts) ? manifest.resource : applicationIdUri(page.asked.host, clientIdOf(facts))
}

/** A name of its own is allowed, and as easily a mistake. A bot has `botid-` before its ID. */
export function manifestNotes(facts: Facts): readonly string[] {
  const { page } = facts
  const uri = applicationIdUriOf(facts)
  const [host, id] = [page.asked.host, clientIdOf(facts)]
  if ([applicationIdUri(host, id), applicationIdUri(host, `botid-${id}`)].includes(uri.toLowerCase())) return []
  return [
    `\`webApplicationInfo.resource\` does not end in the client ID: see that ${uri} is the Application ID URI of the registration.`,
  ]
}

/** Microsoft Learn, "Nested app authentication": always the origin, never a path. */
const nestedRedirectUri: ManifestRule = ({ manifest, page }) => {
  const wanted = brokerRedirectUri(page.asked.host)
  const uris = manifest.nestedRedirectUris ?? [wanted]
  if (uris.some((uri) => uri.toLowerCase() === wanted)) return undefined
  return finding('nested_redirect_uri', [
    '`nestedAppAuthInfo` has no `redirectUri` of this page: nothing is fetched in advance.',
    `Set it to ${wanted}, without a path.`,
  ])
}

/** Microsoft Learn, "App manifest schema": since version 1.22. The schemas before it refuse what they do not know. */
const nestedVersion: ManifestRule = ({ manifest: { nestedRedirectUris, version } }) => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isNumber = /^\d+\.\d+$/.test(version)
  const isOld = major < MAJOR_WITH_NESTING || (major === MAJOR_WITH_NESTING && minor < MINOR_WITH_NESTING)
  if (!nestedRedirectUris || !isNumber || !isOld) return undefined
  return finding('nested_version', [
    `The manifest has version ${version}, and \`nestedAppAuthInfo\` came with 1.22.`,
    'Raise `manifestVersion` and `$schema` to 1.22 or later.',
  ])
}

/** Microsoft Learn, "Create a personal tab": `contentUrl` is what the tab shows. */
const tabUrl: ManifestRule = ({ manifest: { tabUrls }, page }) => {
  if (tabUrls.some((each) => toUrl(each)?.host === page.asked.host)) return undefined
  return finding('tab_url', [
    `No tab of the manifest shows a page of ${page.asked.host}.`,
    `Set the \`contentUrl\` of a tab to a page of https://${page.asked.host}.`,
  ])
}

/** Microsoft Learn, "App manifest schema", `validDomains`: of the app alone, never that of an identity provider. */
const validDomain: ManifestRule = ({ manifest: { validDomains }, page }) => {
  const { host } = page.asked
  if (validDomains.some((domain) => isDomainOf(host, domain.toLowerCase()))) return undefined
  return finding('valid_domain', [
    `\`validDomains\` has no entry for ${host}: hosts do not hear the page.`,
    `Add ${host}.`,
  ])
}

/** "The wildcard is valid for exactly one segment of the domain" (the same page). An entry without a port is for all. */
function isDomainOf(host: string, domain: string): boolean {
  const wanted = domain.includes(':') ? host : host.replace(/:\d+$/, '')
  const [labels, given] = [wanted.split('.'), domain.split('.')]
  return labels.length === given.length && given.every((label, index) => label === '*' || label === labels[index])
}

/** The same page: "without the protocol". */
const validDomainForm: ManifestRule = ({ manifest: { validDomains } }) => {
  const wrong = validDomains.filter((domain) => domain === '*' || !/^[\w*.-]+(:\d+)?$/.test(domain))
  if (wrong.length === 0) return undefined
  return finding('valid_domain_form', [
    `\`validDomains\` has entries that are not domains: ${wrong.join(', ')}.`,
    'Write a host alone, without https:// and without a path, for example app.contoso.com.',
  ])
}

/** What hides the loading indicator, by its name or by what teams-js sends. `createAuth` does it by itself. */
const notifies = /notifySuccess|notifyAppLoaded|appInitialization\.(success|appLoaded)|twodoor/

/** Microsoft Learn, "Create a content page": without `notifySuccess` in 30 s the tab shows an error. */
const loadingIndicator: ManifestRule = ({ manifest, page: { code } }) => {
  if (!manifest.showsLoadingIndicator || !code.isComplete || notifies.test(code.text)) return undefined
  return finding('loading_indicator', [
    '`showLoadingIndicator` is true, and no script of the page calls `notifySuccess`: Teams shows an error after 30 s.',
    'Call `app.notifySuccess()`, as `createAuth` does by itself, or set `showLoadingIndicator` to false.',
  ])
}

const rules: readonly ManifestRule[] = [
  webApplicationInfo,
  clientId,
  resource,
  nestedRedirectUri,
  nestedVersion,
  tabUrl,
  validDomain,
  validDomainForm,
  loadingIndicator,
]

/** As an `AuthError` has them. */
function valuesOf(facts: Facts): Record<string, string> {
  const { host } = facts.page.asked
  const id = clientIdOf(facts)
  return { host, clientId: id, resource: applicationIdUri(host, id) }
}

function finding(code: ManifestCode, message: readonly [string, string], values: Record<string, string> = {}): Finding {
  return { code, ...fillIn(message, values) }
}
