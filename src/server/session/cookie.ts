import { headerValues, type RequestLike } from '../request.js'

/** Browsers keep none that is longer (RFC 6265bis §5.6). */
const MAX_COOKIE_LENGTH = 4_096
/** Servers and proxies take less than this in all headers together. */
const MAX_HEADER_LENGTH = 65_536

/** Where the page of a session is shown. */
export type PageContext = 'top' | 'framed'

/**
 * What may stand before a pair: space and tab (RFC 6265bis §5.6). `trim()` takes much more, U+00A0 for one, and with it a
 * cookie that browsers let a sibling subdomain set, because its name does not begin with `__Host-`.
 */
const beforePair = /^[ \t]+/

/** The value of the one cookie of that name. Of two, either could be the forged one, so neither counts. */
export function readCookie(request: RequestLike, name: string): string | undefined {
  const header = headerValues(request, 'cookie').join(';')
  if (header.length > MAX_HEADER_LENGTH) return undefined
  const start = `${name}=`
  const found = header
    .split(';')
    .map((pair) => pair.replace(beforePair, ''))
    .filter((pair) => pair.startsWith(start))
  const [pair = ''] = found
  return found.length === 1 && pair.length <= MAX_COOKIE_LENGTH ? pair.slice(start.length) : undefined
}

export interface SessionCookie {
  readonly name: string
  readonly value: string
  readonly maxAgeS: number
  readonly context: PageContext
}

/**
 * The `Set-Cookie` headers that begin a session. The cookie for a framed page lies in a jar of its own (CHIPS), which a
 * frame of the same site shares with the tab: there the other one is removed, so that there are never two.
 */
export function cookiesOf(cookie: SessionCookie): string[] {
  const other = cookie.context === 'top' ? 'framed' : 'top'
  // In this order: a browser that does not know `Partitioned` has one jar.
  return [removalIn(other, cookie.name), serialize(cookie)]
}

/** The `Set-Cookie` headers that end a session. */
export function removalOf(name: string): string[] {
  return [removalIn('top', name), removalIn('framed', name)]
}

function removalIn(context: PageContext, name: string): string {
  return serialize({ name, value: '', maxAgeS: 0, context })
}

/** `Secure` whatever the request looks like here: the prefix `__Host-` needs it, and proxies end TLS. */
function serialize({ name, value, maxAgeS, context }: SessionCookie): string {
  const sameSite = context === 'framed' ? 'SameSite=None; Partitioned' : 'SameSite=Lax'
  return `${name}=${value}; Path=/; Secure; HttpOnly; ${sameSite}; Max-Age=${maxAgeS}`
}
