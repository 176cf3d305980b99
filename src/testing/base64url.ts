// RFC 4648 §5, without padding. No TextEncoder for texts: Jest's jsdom has none.

export const base64url = {
  encode(data: string | Uint8Array): string {
    const binary = typeof data === 'string' ? utf8(data) : String.fromCharCode(...data)
    return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
  },
  /** Throws for what is none. */
  decode: (text: string): Uint8Array =>
    Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0)),
}

/** The bytes of a text, one a character, as `btoa` takes them. */
function utf8(text: string): string {
  return encodeURIComponent(text).replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
