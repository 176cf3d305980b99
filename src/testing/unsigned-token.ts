import { base64url } from './base64url.js'

/** A token that can be decoded and has no signature (RFC 7519 §6): enough for everything that runs in a page. */
export function unsignedToken(claims: Readonly<Record<string, unknown>>): string {
  const encode = (value: object) => base64url.encode(JSON.stringify(value))
  return `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`
}
