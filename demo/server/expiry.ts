import { type Identity, TokenRefusedError, type Verifier } from 'twodoor/server'

export interface Expiry {
  /** The verifier, and beyond it: every token issued before the last `expireNow()` counts as expired. */
  readonly verifier: Verifier
  isExpired(identity: Identity): boolean
  expireNow(): void
}

/** Lets tokens expire on demand, as time does: without it one would have to wait an hour. */
export function createExpiry(verifier: Verifier): Expiry {
  let issuedSince = 0
  /** By their `uti`: `iat` counts whole seconds, so it cannot tell old tokens from new ones within one. */
  const seen = new Set<unknown>()
  let old = new Set<unknown>()

  const isExpired = ({ claims }: Identity) => Number(claims['iat']) < issuedSince || old.has(claims['uti'])

  return {
    isExpired,
    verifier: {
      async verify(token) {
        const identity = await verifier.verify(token)
        if (isExpired(identity)) throw new TokenRefusedError('token_expired', 'The demo let it expire.')
        seen.add(identity.claims['uti'])
        return identity
      },
    },
    expireNow() {
      issuedSince = Math.floor(Date.now() / 1000)
      old = new Set(seen)
    },
  }
}
