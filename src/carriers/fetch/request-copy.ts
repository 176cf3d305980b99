// Whether a call can be sent a second time, and what is left to send then.

import { isRequest } from './call.js'

/** A stream that the caller gave can be read only once. The body of a `Request` is copied before it is sent. */
export function canReplay(input: RequestInfo | URL, init?: RequestInit): boolean {
  if (init?.body != null) return !isStream(init.body)
  return !isRequest(input) || !input.bodyUsed
}

/**
 * What is left to send once more: a `Request` can be sent only once. Its `body` is not looked at: after that WebKit cannot send
 * a form with a file any more.
 */
export function replayCopy<T extends RequestInfo | URL>(input: T): T | Request {
  return isRequest(input) ? input.clone() : input
}

/** Recognized by its shape, as a `Request` is. */
export function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'getReader' in body
}
