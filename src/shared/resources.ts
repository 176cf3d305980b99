// Which URLs may be sent a token. Parsed by the browser's own URL parser and compared part by part: never by pattern.

/** A place that may receive the token: an origin, and a path with everything below it. */
export interface Resource {
  readonly origin: string
  /** Begins with a slash, never ends with one: `''` stands for the whole origin. */
  readonly path: string
  readonly scopes?: readonly string[] | undefined
  /** Without anybody signed in, it is sent no token. */
  readonly optional?: boolean | undefined
}

export type ResourceDetails = Pick<Resource, 'scopes' | 'optional'>

export function parseResource(url: string, base: string, details?: ResourceDetails): Resource {
  const { origin, pathname } = new URL(url, base)
  return { origin, path: pathname.replace(/\/+$/, ''), ...details }
}

/**
 * The first resource that `url` lies in, or `undefined`: then no token is sent. Read once, as the parser has put it: what
 * begins with an origin and a slash has that scheme, host and port, and names no user. The origin of a blob: URL is that of the
 * page, but what it fetches is no server.
 */
export function findResource(resources: readonly Resource[], { href }: URL): Resource | undefined {
  return resources.find(({ origin, path }) => href.startsWith(`${origin}/`) && (!path || isBelow(href, origin, path)))
}

/** An encoded slash, backslash or dot segment means one path here and maybe another one on the server. */
function isBelow(href: string, origin: string, path: string): boolean {
  const pathname = href.slice(origin.length).replace(/[?#].*/s, '')
  return !/%2f|%5c|%2e|\/\//i.test(pathname) && (pathname === path || pathname.startsWith(`${path}/`))
}
