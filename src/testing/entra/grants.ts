import type { Policies, SignedInUser } from './policies.js'
import { randomText } from './random.js'
import type { EntraSettings } from './settings.js'
import type { EntraUser } from './users.js'

/** Who redeems: the page itself, the server of a web app with its secret, or an app on the machine of the user without one. */
export type ClientType = 'spa' | 'web' | 'public'

/** What an authorization code stands for. */
export interface CodeGrant {
  readonly client: ClientType
  readonly signIn: SignedInUser
  readonly scopes: readonly string[]
  readonly redirectUri: string
  /** Of PKCE, which only a page may not do without. */
  readonly challenge: string | undefined
  readonly nonce: string | undefined
  readonly claims: string | undefined
}

/** What a refresh token stands for. */
export interface RefreshGrant {
  readonly client: ClientType
  readonly signIn: SignedInUser
  readonly scopes: readonly string[]
  /** In milliseconds since the epoch. Renewals of a page keep it. */
  readonly expiresAt: number
}

export type Redeemed = { readonly status: 'valid'; readonly grant: CodeGrant } | { readonly status: 'unknown' | 'used' }

export interface Grants {
  issueCode(grant: CodeGrant): string
  /** A code can be redeemed once. */
  redeemCode(code: string): Redeemed
  issueRefreshToken(grant: RefreshGrant): string
  /** Whose code or refresh token it is. */
  clientOf(codeOrToken: string | undefined): ClientType | undefined
  /** A refresh token of a single-page app stays usable after it was used. */
  findRefreshToken(token: string): RefreshGrant | undefined
  /** Ends the refresh tokens of a user, or all of them, as if their time were up. */
  expire(user: EntraUser | undefined): void
  clear(): void
  /** The refresh tokens. Codes end with the emulator. */
  keep(): readonly KeptRefreshToken[]
}

export interface KeptRefreshToken extends Omit<RefreshGrant, 'signIn'> {
  readonly token: string
  /** The name of the sign-in. */
  readonly sid: string
}

export function createGrants(
  { lifetimes, now }: EntraSettings,
  policies: Policies,
  kept: readonly KeptRefreshToken[] = [],
): Grants {
  const codes = new Map<string, { grant: CodeGrant; expiresAt: number; used: boolean }>()
  const refreshTokens = new Map<string, RefreshGrant>()
  for (const { token, sid, ...grant } of kept) {
    const signIn = policies.signInNamed(sid)
    if (signIn && grant.expiresAt > now()) refreshTokens.set(token, { ...grant, signIn })
  }
  return {
    issueCode(grant) {
      const code = `1.code.${randomText(32)}`
      codes.set(code, { grant, expiresAt: now() + lifetimes.code * 1000, used: false })
      return code
    },
    redeemCode(code) {
      const found = codes.get(code)
      if (!found || found.expiresAt <= now()) return { status: 'unknown' }
      if (found.used) return { status: 'used' }
      found.used = true
      return { status: 'valid', grant: found.grant }
    },
    issueRefreshToken(grant) {
      const token = `1.refresh.${randomText(48)}`
      refreshTokens.set(token, grant)
      return token
    },
    clientOf: (text = '') => (codes.get(text)?.grant ?? refreshTokens.get(text))?.client,
    findRefreshToken: (token) => refreshTokens.get(token),
    expire(user) {
      for (const [token, grant] of refreshTokens)
        if (!user || grant.signIn.user === user) refreshTokens.set(token, { ...grant, expiresAt: now() })
    },
    clear() {
      codes.clear()
      refreshTokens.clear()
    },
    keep: () => [...refreshTokens].map(([token, { signIn, ...grant }]) => ({ ...grant, token, sid: signIn.sid })),
  }
}
