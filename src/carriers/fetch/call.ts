// What a call of `auth.fetch` is aimed at, and whether the token may go there.

import { findResource, type Resource } from '../../shared/resources.js'
import { toUrl } from '../../shared/url.js'

/** A protected call as it was when it was made. Nobody else holds any of it: what was checked is what is sent. */
export interface Call {
  /** The protected resource that it goes to. */
  readonly resource: Resource
  /** Its absolute address, or a `Request` of our own. */
  readonly input: string | Request
  readonly init: RequestInit
  /** A copy, which the token is put into. */
  readonly headers: Headers
  /** What the caller gave as the body. Only what it is counts: it can change. */
  readonly body: unknown
  readonly signal: AbortSignal | null | undefined
}

/**
 * Reads a call once, or answers `undefined`: then it is none of our business.
 *
 * @param base what relative URLs are resolved against: `document.baseURI`, as `fetch` itself does
 */
export function bindCall(
  resources: readonly Resource[],
  base: string,
  input: RequestInfo | URL,
  init?: RequestInit,
): Call | undefined {
  const requested = isRequest(input) && requestAddress(input)
  const address = requested || String(input)
  const url = toUrl(address, base)
  const resource = url && findResource(resources, url)
  if (!resource) return undefined
  const headers = sentHeaders(input, init)
  if (headers.has('authorization')) return undefined
  const own = { ...init, headers }
  const { body, signal } = own
  const isLiteral = !init || init.constructor === Object
  if (!requested && isLiteral && typeof (body ?? '') === 'string')
    return { resource, input: url.href, init: own, headers, body, signal }
  // The browser reads now what the caller can still change: a form, a `Request`, an object with getters.
  const bound = new Request(requested ? input : url.href, init && isLiteral ? own : init)
  return { resource, input: bound, init: {}, headers: new Headers(bound.headers), body, signal: bound.signal }
}

/** The headers that `fetch` would send: those of `init` replace those of a `Request`. */
export function sentHeaders(input: RequestInfo | URL, init?: RequestInit): Headers {
  return new Headers(init?.headers ?? (isRequest(input) ? input.headers : undefined))
}

/** Recognized by its shape: a `Request` can come from another frame. */
export function isRequest(input: RequestInfo | URL): input is Request {
  return typeof input === 'object' && input !== null && 'url' in input && 'headers' in input
}

/** Where `fetch` sends a `Request`, whatever a subclass says. `undefined` for what only looks like one. */
function requestAddress(input: Request): string | undefined {
  try {
    return Reflect.get(Request.prototype, 'url', input)
  } catch {
    return undefined
  }
}
