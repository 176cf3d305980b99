/** A token that can be decoded and that nobody signed (RFC 7519 §6): enough for everything that runs in a page. */
export function unsignedToken(claims: Readonly<Record<string, unknown>>): string {
  return `${base64Url({ alg: 'none', typ: 'JWT' })}.${base64Url(claims)}.`
}

function base64Url(value: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  const text = btoa(String.fromCharCode(...bytes))
  return text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}
