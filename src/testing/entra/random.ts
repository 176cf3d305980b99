import { base64url } from '../base64url.js'

/** A secret that cannot be guessed, fit for a URL. */
export function randomText(bytes: number): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(bytes)))
}

/** SHA-256 in base64url, as PKCE (RFC 7636 §4.2) has it. */
export async function digest(text: string): Promise<string> {
  return base64url.encode(await sha256(text))
}

/** The left half of SHA-256 in base64url, as `c_hash` (OpenID Connect Core 1.0 §3.3.2.11) has it. */
export async function halfDigest(text: string): Promise<string> {
  return base64url.encode((await sha256(text)).subarray(0, 16))
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}
