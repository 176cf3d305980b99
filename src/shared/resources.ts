// Which URLs may be sent a token. Parsed by the browser's own URL parser and compared part by part: never by pattern.

import { isPlainHttp } from './url.js'

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

/** The first resource that `url` lies in, or `undefined`: then no token is sent. */
export function findResource(resources: readonly Resource[], url: URL): Resource | undefined {
  // The origin of a blob: URL is that of the page, but what it fetches is no server.
  if (!isPlainHttp(url)) return undefined
  const { origin } = url
  return resources.find((each) => each.origin === origin && (!each.path || isBelow(url, each.path)))
}

/** An encoded slash, backslash or dot segment means one path here and maybe another one on the server. */
function isBelow({ pathname }: URL, path: string): boolean {
  return !/%2f|%5c|%2e|\/\//i.test(pathname) && (pathname === path || pathname.startsWith(`${path}/`))
}
