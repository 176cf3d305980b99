// The tokens that a verifier has accepted, for what a server asks for on behalf of their users. In memory alone, only where the
// app wants it, and where no listing of an object, no JSON and no log comes by them.

/** Whose token it is: an identity, or a session of the same user. */
export interface TokenOwner {
  readonly key: string
}

export interface KeptTokens {
  keep(owner: TokenOwner & { readonly expiresAt: number }, token: string): void
  /**
   * The token that came with this very identity, or the last one of the same user, or the one of the user that ends last: a tab
   * can come with an older token than another one. `undefined` once all have expired.
   */
  find(owner: TokenOwner): string | undefined
  /** Of every identity of the same user: that of another request or of a socket too. */
  forget(owner: TokenOwner): void
}

interface Kept {
  readonly token: string
  readonly expiresAt: number
  readonly user: KeptOfUser
}

/** What all identities of a user share. A new one begins after it is forgotten. */
interface KeptOfUser {
  last?: Kept
  /** The one that ends last. */
  longest?: Kept
  isForgotten: boolean
}

/** How often those that have expired are looked for. */
const SWEEP_EVERY_MS = 60_000

const keptBy = new WeakMap<object, KeptTokens>()

/** Notes where a verifier keeps its tokens. */
export function keepTokensOf(verifier: object, kept: KeptTokens): void {
  keptBy.set(verifier, kept)
}

/** What a verifier keeps; `undefined` if it keeps nothing. */
export function tokensKeptBy(verifier: object): KeptTokens | undefined {
  return keptBy.get(verifier)
}

export function createKeptTokens(now: () => number): KeptTokens {
  const ofIdentity = new WeakMap<object, Kept>()
  const ofUser = new Map<string, KeptOfUser>()
  let sweptAt = now()

  function sweep(): void {
    if (now() < sweptAt + SWEEP_EVERY_MS) return
    sweptAt = now()
    for (const [key, { longest }] of ofUser) if (endOf(longest) <= now()) ofUser.delete(key)
  }

  return {
    keep(owner, token) {
      sweep()
      const { key, expiresAt } = owner
      const user: KeptOfUser = ofUser.get(key) ?? { isForgotten: false }
      user.last = { token, expiresAt, user }
      if (endOf(user.longest) <= expiresAt) user.longest = user.last
      ofIdentity.set(owner, user.last)
      ofUser.set(key, user)
    },
    find(owner) {
      sweep()
      const user = ofUser.get(owner.key)
      const found = [ofIdentity.get(owner), user?.last, user?.longest]
      return found.find((each) => each && !each.user.isForgotten && each.expiresAt > now())?.token
    },
    forget(owner) {
      const user = ofUser.get(owner.key)
      if (user) user.isForgotten = true
      ofUser.delete(owner.key)
    },
  }
}

function endOf(kept: Kept | undefined): number {
  return kept?.expiresAt ?? 0
}
