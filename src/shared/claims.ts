/** Who is signed in. For display: only a server that validates the token knows for certain. */
export interface Account {
  /** `entra:<tenant id>:<object id>`, the same key that `twodoor/server` computes. */
  readonly key: `entra:${string}:${string}`
  readonly tenantId: string
  readonly objectId: string
  /** The sign-in name, usually an e-mail address. It can change: never use it as a key. */
  readonly username?: string
  /** The display name. */
  readonly name?: string
  /**
   * The app roles, where `AuthOptions.accountClaims` has `roles`: empty if the token has none, `undefined` if it has something else
   * there. For display, as all of this: what a user may do, your server decides by the token that it has verified.
   */
  readonly roles?: readonly string[] | undefined
  /**
   * The groups, where `accountClaims` has `groups`: object IDs, unless the app registration says otherwise. `undefined` if they are
   * not known: see `groupsOverage`. For display, never for decisions.
   */
  readonly groups?: readonly string[] | undefined
  /** The user is in more groups than a token holds: your server asks Microsoft Graph for them. */
  readonly groupsOverage?: boolean
  /**
   * The other claims of `accountClaims` that are a text of 256 characters at most, as they were at the sign-in. For display, never
   * for decisions: a page can be made to see anything.
   */
  readonly claims?: Readonly<Record<string, string>>
}

/** The claims of a JSON Web Token, read without any validation. */
export type Claims = Readonly<Record<string, unknown>>

/**
 * Reads the claims of a JWT (RFC 7519 §7.2) without checking its signature.
 *
 * Returns `undefined` for anything that is not a JWT with a JSON object inside. Never throws.
 */
export function readClaims(token: unknown): Claims | undefined {
  const parts = typeof token === 'string' ? token.split('.') : []
  return parts.length === 3 ? decodeObject(parts[1]) : undefined
}

/** The JSON object in a text of base64 or base64url, or `undefined`. Never throws. */
export function decodeObject(encoded = ''): Claims | undefined {
  try {
    const bytes = Uint8Array.from(atob(encoded.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
    const decoded: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof decoded === 'object' && decoded !== null && !Array.isArray(decoded) ? (decoded as Claims) : undefined
  } catch {
    return undefined
  }
}

/** The account that Entra ID's `tid` and `oid` claims name, or `undefined` without both of them. */
export function accountOf(claims: Claims | undefined): Account | undefined {
  const tenantId = claims?.['tid']
  const objectId = claims?.['oid']
  if (!isNonEmpty(tenantId) || !isNonEmpty(objectId)) return undefined
  // v2 tokens say `preferred_username`, v1 tokens `upn` or `unique_name`
  const username = [claims?.['preferred_username'], claims?.['upn'], claims?.['unique_name']].find(isNonEmpty)
  const name = claims?.['name']
  return {
    key: `entra:${tenantId}:${objectId}`,
    tenantId,
    objectId,
    ...(username && { username }),
    ...(isNonEmpty(name) && { name }),
  }
}

export function isNonEmpty(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
