// Which requests may use the session. A cookie does not tell who sent the request: with `SameSite=None` a browser sends it for
// any page, and with `Partitioned` for every app in the same host, such as Teams.

import { isTrustworthy } from '../../shared/origins.js'
import { type HttpRequest, headerValues, requestUrlOf } from '../request.js'

/**
 * The resource isolation policy: a request passes if a page of an allowed origin sent it, or if it opens a page at the top,
 * as a link in a mail does. What other pages embed or fetch does not, GET included, nor does a page that they frame.
 *
 * Source: W3C, "Fetch Metadata Request Headers"; web.dev, "Protect your resources from web attacks with Fetch Metadata".
 */
export function isIsolated(request: HttpRequest, origins: readonly string[] | undefined): boolean {
  return isAllowedOrigin(request, origins) || isTopLevelNavigation(request)
}

/**
 * A present `Origin` must be listed. Without one, as in same-origin requests of GET and from clients that are no
 * browsers, `Sec-Fetch-Site` must be absent, `same-origin` or `none`.
 *
 * A page with `Referrer-Policy: no-referrer` posts its own forms with `Origin: null` (Fetch, "append a request `Origin`
 * header"). There `Sec-Fetch-Site` decides: a sandboxed page, or one that hides its origin, is never `same-origin`.
 */
export function isAllowedOrigin(request: HttpRequest, origins: readonly string[] | undefined): boolean {
  const given = headerValues(request, 'origin')
  const sites = headerValues(request, 'sec-fetch-site')
  if (given.length === 0) return sites.every(isOwnSite)
  if (`${given}` === 'null') return `${sites}` === 'same-origin'
  return given.every((origin) => (origins ? origins.includes(origin) : isOwnOrigin(origin, requestUrlOf(request))))
}

/** A page of another site that calls as one that is not framed: its browser drops a `Lax` cookie all the same. */
export function isCallOfOtherSite(request: HttpRequest): boolean {
  const has = (name: string, expected: string) => `${headerValues(request, name)}` === expected
  return has('sec-fetch-site', 'cross-site') && has('sec-fetch-mode', 'cors')
}

/** By GET alone, which changes nothing. Browsers send no `Origin` with it: what has one is something else. */
function isTopLevelNavigation(request: HttpRequest): boolean {
  const has = (name: string, expected: string) => `${headerValues(request, name)}` === expected
  const isNavigation = has('sec-fetch-mode', 'navigate') && has('sec-fetch-dest', 'document')
  return request.method === 'GET' && isNavigation && headerValues(request, 'origin').length === 0
}

function isOwnSite(site: string): boolean {
  return site === 'same-origin' || site === 'none'
}

/** The scheme of the address does not count: behind a proxy that ends TLS it is http. */
function isOwnOrigin(origin: string, address: URL | undefined): boolean {
  if (!address || !URL.canParse(origin)) return false
  // As an origin has it: some proxies add the default port.
  const own = ['https', 'http'].map((scheme) => new URL(`${scheme}://${address.host}`).origin)
  return isTrustworthy(new URL(origin)) && own.includes(origin)
}
