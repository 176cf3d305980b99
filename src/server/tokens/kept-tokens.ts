// The tokens that a verifier has accepted, for what a server asks for on behalf of their users. In memory alone, only where the
// app wants it, and where no listing of an object, no JSON and no log comes by them.

/** Whose token it is: an identity, or a session of the same user. */
export interface TokenOwner {
  readonly key: string
}

export interface KeptTokens {
  keep(owner: TokenOwner & { readonly expiresAt: number }, token: string): void
  /** The token that came with this very identity, or the last one of the same user. `undefined` once it has expired. */
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
  last: Kept | undefined
  /** When all of its tokens have expired. */
  endsAt: number
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
    for (const [key, { endsAt }] of ofUser) if (endsAt <= now()) ofUser.delete(key)
  }

  return {
    keep(owner, token) {
      sweep()
      const { key, expiresAt } = owner
      const user = ofUser.get(key) ?? { last: undefined, endsAt: 0, isForgotten: false }
      user.last = { token, expiresAt, user }
      user.endsAt = Math.max(user.endsAt, expiresAt)
      ofIdentity.set(owner, user.last)
      ofUser.set(key, user)
    },
    find(owner) {
      sweep()
      const found = [ofIdentity.get(owner), ofUser.get(owner.key)?.last]
      return found.find((each) => each && !each.user.isForgotten && each.expiresAt > now())?.token
    },
    forget(owner) {
      const user = ofUser.get(owner.key)
      if (user) user.isForgotten = true
      ofUser.delete(owner.key)
    },
  }
}
