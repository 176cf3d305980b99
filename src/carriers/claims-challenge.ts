import { LONGEST_CHALLENGE } from '../shared/challenge-length.js'
import { decodeObject } from '../shared/claims.js'

/**
 * The claims that a 401 asks for, as JSON text, or `undefined`.
 *
 * Continuous access evaluation and authentication contexts send them, base64 encoded, in a header such as
 * `WWW-Authenticate: Bearer error="insufficient_claims", claims="eyJ…"` (Microsoft Learn, "Claims challenges, claims
 * requests and client capabilities"). Across origins the API must expose the header by CORS.
 */
export function claimsChallengeOf(headers: Headers): string | undefined {
  const header = headers.get('www-authenticate')
  if (!header || header.length > LONGEST_CHALLENGE) return undefined
  const bearer = /(?:^|[\s,])bearer\s(.*)/i.exec(header)?.[1] ?? ''
  if (!/(?:^|[\s,])error="?insufficient_claims"?(?:[\s,]|$)/i.test(bearer)) return undefined
  const encoded = /(?:^|[\s,])claims="([A-Za-z0-9+/_=-]+)"/i.exec(bearer)?.[1]
  const claims = decodeObject(encoded)
  return claims && JSON.stringify(claims)
}
