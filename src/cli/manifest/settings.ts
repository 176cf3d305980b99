// The flags of `twodoor manifest`, each checked by itself: what is wrong is said in one sentence.

import { parseUrl } from '../../shared/origins.js'
import { applicationIdUri, OWN_SCOPE } from '../../shared/registration.js'
import { EXAMPLE_GUID, isGuid, isNonBlank } from '../../shared/validate.js'
import { UsageError } from '../command.js'
import { appIdOf } from './app-id.js'
import { MANIFEST_VERSIONS, type ManifestSettings } from './app-manifest.js'

/** The limits of the schema. */
const LONGEST = { shortName: 30, fullName: 100, description: 80, developer: 32 }
const MOST_SCOPES = 20
const EXAMPLE_URL = 'https://app.contoso.com/'
const hexColor = /^#[\da-f]{6}$/i
/** As the schema and SemVer have it, without a suffix. */
const version = /^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}$/
const scope = /^[!#-[\]-~]+$/

export interface ManifestFlags {
  readonly url?: string | undefined
  readonly 'client-id'?: string | undefined
  readonly 'redirect-uri'?: string | undefined
  readonly name?: string | undefined
  readonly 'short-name'?: string | undefined
  readonly description?: string | undefined
  readonly developer?: string | undefined
  readonly 'website-url'?: string | undefined
  readonly 'privacy-url'?: string | undefined
  readonly 'terms-url'?: string | undefined
  readonly 'accent-color'?: string | undefined
  readonly 'app-version'?: string | undefined
  readonly 'manifest-version'?: string | undefined
  readonly scope?: readonly string[] | undefined
  readonly 'configuration-url'?: string | undefined
  readonly id?: string | undefined
}

/** @throws {UsageError} for the first flag that will not do */
export function manifestSettings(flags: ManifestFlags): ManifestSettings {
  const url = pageOf('url', flags.url)
  const clientId = guidOf('client-id', flags['client-id'])
  const fullName = textOf('name', flags.name, LONGEST.fullName)
  const shortName = shortNameOf(fullName, flags['short-name'])
  const configurationUrl = flags['configuration-url']
  const scopes = flags.scope ?? [`${applicationIdUri(url.host, clientId)}/${OWN_SCOPE}`]
  for (const each of scopes) check(scope.test(each), 'scope', each, 'a scope, for example User.Read')
  check(scopes.length <= MOST_SCOPES, 'scope', `${scopes.length} scopes`, `given at most ${MOST_SCOPES} times`)
  const addressOf = (flag: 'website-url' | 'privacy-url' | 'terms-url', path: string) =>
    pageOf(flag, flags[flag] ?? `${url.origin}${path}`).href
  return {
    url,
    redirectUri: redirectUriOf(url, flags['redirect-uri']),
    clientId,
    id: flags.id === undefined ? appIdOf(clientId) : guidOf('id', flags.id),
    shortName,
    fullName,
    description: textOf('description', flags.description ?? defaultDescription(shortName), LONGEST.description),
    developer: textOf('developer', flags.developer ?? shortName, LONGEST.developer),
    websiteUrl: addressOf('website-url', '/'),
    privacyUrl: addressOf('privacy-url', '/privacy'),
    termsUrl: addressOf('terms-url', '/terms'),
    accentColor: matching('accent-color', flags['accent-color'] ?? '#4F52B2', hexColor, '# and six digits, as #4F52B2'),
    appVersion: matching('app-version', flags['app-version'] ?? '1.0.0', version, 'three numbers, for example 1.0.0'),
    manifestVersion: manifestVersionOf(flags['manifest-version']),
    scopes,
    configurationUrl: configurationUrl === undefined ? undefined : pageOf('configuration-url', configurationUrl).href,
  }
}

const defaultDescription = (shortName: string) => `${shortName}, in Teams as in the browser.`

function shortNameOf(name: string, shortName: string | undefined): string {
  if (shortName !== undefined) return textOf('short-name', shortName, LONGEST.shortName)
  if (name.length <= LONGEST.shortName) return name
  throw new UsageError(`--name has ${name.length} characters: add --short-name with at most ${LONGEST.shortName}.`)
}

function manifestVersionOf(value: string = MANIFEST_VERSIONS[0] ?? ''): string {
  const [first, last] = [MANIFEST_VERSIONS[0], MANIFEST_VERSIONS.at(-1)]
  check(MANIFEST_VERSIONS.includes(value), 'manifest-version', value, `a version from ${first} to ${last}`)
  return value
}

function pageOf(flag: string, value: string | undefined): URL {
  const rule = `an address on https without #, for example ${EXAMPLE_URL}`
  const url = parseUrl(required(flag, value, rule), undefined, true)
  if (url?.protocol !== 'https:') throw refusal(flag, value, rule)
  return url
}

/** As `browser.redirectUri`, with the same default. */
function redirectUriOf(page: URL, value = '/'): string {
  const url = parseUrl(value, page.href, true)
  if (url?.origin === page.origin) return url.href
  throw refusal('redirect-uri', value, `a page of ${page.origin} without #, for example ${page.origin}/`)
}

function guidOf(flag: string, value: string | undefined): string {
  const rule = `a GUID, for example ${EXAMPLE_GUID}`
  return matching(flag, required(flag, value, rule), { test: isGuid }, rule).toLowerCase()
}

function textOf(flag: string, value: string | undefined, longest: number): string {
  const text = required(flag, value, `a text of at most ${longest} characters`).trim()
  if (text.length > longest)
    throw new UsageError(`--${flag} has ${text.length} characters, and Teams takes at most ${longest}.`)
  return text
}

function required(flag: string, value: string | undefined, rule: string): string {
  if (value === undefined) throw new UsageError(`--${flag} is missing: it must be ${rule}.`)
  if (!isNonBlank(value)) throw new UsageError(`--${flag} is empty: it must be ${rule}.`)
  return value
}

function matching(flag: string, value: string, form: Pick<RegExp, 'test'>, rule: string): string {
  check(form.test(value), flag, value, rule)
  return value
}

function check(isValid: boolean, flag: string, value: string, rule: string): void {
  if (!isValid) throw refusal(flag, value, rule)
}

const refusal = (flag: string, value: string | undefined, rule: string) =>
  new UsageError(`--${flag} must be ${rule}, not '${value}'.`)
