// Whether the cookies of a page reach its server from a frame. Only their names are ever shown.

export interface CookieForm {
  readonly name: string
  /** In lower case; `''` where it says nothing, which browsers take for `lax`. */
  readonly sameSite: string
  readonly isSecure: boolean
  readonly isPartitioned: boolean
}

/**
 * By the headers of one answer, without the cookies that it removes.
 *
 * @param now - in milliseconds
 */
export function cookieForms(headers: Headers, now: number): readonly CookieForm[] {
  return headers
    .getSetCookie()
    .filter((header) => isKept(header, now))
    .map(formOf)
}

function attributesOf(header: string): readonly string[] {
  return header
    .split(';')
    .slice(1)
    .map((each) => each.trim().toLowerCase())
}

/** A cookie is removed by one that is over already (RFC 6265bis §5.6). */
function isKept(header: string, now: number): boolean {
  const attributes = attributesOf(header)
  const maxAge = attributes.find((each) => each.startsWith('max-age='))
  if (maxAge) return Number(maxAge.slice('max-age='.length)) > 0
  const expires = attributes.find((each) => each.startsWith('expires='))
  return !expires || !(Date.parse(expires.slice('expires='.length)) <= now)
}

function formOf(header: string): CookieForm {
  const attributes = attributesOf(header)
  const sameSite = attributes.find((each) => each.startsWith('samesite='))
  return {
    name: header.slice(0, header.search(/[=;]|$/)).trim(),
    sameSite: sameSite?.slice('samesite='.length) ?? '',
    isSecure: attributes.includes('secure'),
    isPartitioned: attributes.includes('partitioned'),
  }
}
