import { isTrustworthy } from './options.js'
import { addressOf, type HttpRequest, headerValues } from './request.js'

/**
 * Whether a page that may do so sent this request. Cookies alone do not tell: with `SameSite=None` every page sends them.
 *
 * A present `Origin` must be listed. Without one, as in same-origin requests of GET and from clients that are no
 * browsers, `Sec-Fetch-Site` must be absent, `same-origin` or `none`.
 */
export function isAllowedOrigin(request: HttpRequest, origins: readonly string[] | undefined): boolean {
  const given = headerValues(request, 'origin')
  if (given.length === 0) return headerValues(request, 'sec-fetch-site').every(isOwnSite)
  return given.every((origin) => (origins ? origins.includes(origin) : isOwnOrigin(origin, addressOf(request))))
}

function isOwnSite(site: string): boolean {
  return site === 'same-origin' || site === 'none'
}

/** The scheme of the address tells nothing: behind a proxy that ends TLS it is http. */
function isOwnOrigin(origin: string, address: URL | undefined): boolean {
  if (!address || !URL.canParse(origin)) return false
  const { host } = address
  return isTrustworthy(new URL(origin)) && (origin === `https://${host}` || origin === `http://${host}`)
}
