// What a call of `auth.fetch` is aimed at, and whether the token may go there.

import { findResource, type Resource } from '../resources.js'

export interface Target {
  readonly origin: string
  readonly scopes: readonly string[] | undefined
}

/**
 * The protected resource that a call goes to, or `undefined`: then it is none of our business.
 *
 * @param base what relative URLs are resolved against: `document.baseURI`, as `fetch` itself does
 */
export function protectedTarget(
  resources: readonly Resource[],
  base: string,
  input: RequestInfo | URL,
  init?: RequestInit,
): Target | undefined {
  const address = isRequest(input) ? input.url : String(input)
  if (!URL.canParse(address, base)) return undefined
  const url = new URL(address, base)
  const resource = findResource(resources, url)
  if (!resource || headersOf(input, init).has('authorization')) return undefined
  return { origin: url.origin, scopes: resource.scopes }
}

/** The headers that `fetch` would send: those of `init` replace those of a `Request`. */
export function headersOf(input: RequestInfo | URL, init?: RequestInit): Headers {
  return new Headers(init?.headers ?? (isRequest(input) ? input.headers : undefined))
}

/** Told by shape: a `Request` can come from another frame. */
export function isRequest(input: RequestInfo | URL): input is Request {
  return typeof input === 'object' && input !== null && 'url' in input && 'headers' in input
}
