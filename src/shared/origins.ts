// Which origins may have to do with a token. The whole tree asks here.

import { isPlainHttp, toUrl } from './url.js'
import { isNonBlank } from './validate.js'

export const DEFAULT_AUTHORITY = 'https://login.microsoftonline.com'

/** What is sent to these hosts never leaves the machine (W3C, "Secure Contexts", potentially trustworthy origins). */
const loopback = /^((.+\.)?localhost|127(\.\d+){3}|\[::1\])$/

export function isLoopback({ hostname }: URL): boolean {
  return loopback.test(hostname)
}

/**
 * Whether nobody on the way to an http or https URL can read or change what is sent: it is encrypted, goes to loopback, or
 * goes to the origin that `page` itself came from.
 */
export function isTrustworthy(url: URL, page?: string): boolean {
  return url.protocol === 'https:' || loopback.test(url.hostname) || (!!page && url.origin === new URL(page).origin)
}

/** An http or https URL without password, wildcard or backslash, and, unless `isPage` allows it, query. */
export function parseUrl(value: unknown, base?: string, isPage = false): URL | undefined {
  // URL parsers take a backslash for a slash, and `*` for a character of a host like any other.
  if (!isNonBlank(value) || /[*\\#]/.test(value)) return undefined
  const url = toUrl(value, base)
  return url && isPlainHttp(url) && (isPage || !value.includes('?')) ? url : undefined
}

/** The origin in a text that has nothing else in it, or `undefined` for any other text and for http beyond loopback. */
export function parseOrigin(value: unknown): string | undefined {
  const url = parseUrl(value)
  return url?.pathname === '/' && isTrustworthy(url) ? url.origin : undefined
}
