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

/**
 * Microsoft Learn, "Tab SSO troubleshooting": the host compares the resource with the origin of the page. An app that has only
 * nested app auth needs none ("Nested app authentication"). A bot has `botid-` before its ID.
 */
const resource: ManifestRule = (facts) => {
  const { manifest, page } = facts
  if (!manifest.hasWebApplicationInfo || (manifest.resource === undefined && manifest.nestedRedirectUris))
    return undefined
  const given = (manifest.resource ?? '').toLowerCase()
  const wanted = applicationIdUri(page.asked.host, clientIdOf(facts))
  if (given === wanted || given === wanted.replace(/([^/]+)$/, 'botid-$1')) return undefined
  return finding(
    'resource',
    ['`webApplicationInfo.resource` does not fit the page: hosts compare it with its origin.', RESOURCE],
    valuesOf(facts),
  )
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

/** Microsoft Learn, "App manifest schema", `validDomains`. */
const validDomain: ManifestRule = ({ manifest: { validDomains }, page }) => {
  const hosts = [...new Set([page.asked, page.url].map(({ host }) => host))]
  const missing = hosts.filter((host) => !validDomains.some((domain) => isDomainOf(host, domain.toLowerCase())))
  if (missing.length === 0) return undefined
  return finding('valid_domain', [
    `\`validDomains\` has no entry for ${missing.join(' and ')}: hosts do not hear the page.`,
    `Add ${missing.join(' and ')}.`,
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
    `\`validDomains\` has what is no domain: ${wrong.join(', ')}.`,
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
