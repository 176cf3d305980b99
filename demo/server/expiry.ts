import { type Identity, TokenRefusedError, type Verifier } from 'twodoor/server'

export interface Expiry {
  /** The verifier, and beyond it: every token issued before the last `expireNow()` counts as expired. */
  readonly verifier: Verifier
  isExpired(identity: Identity): boolean
  /** Resolves once new tokens can be told from old ones. */
  expireNow(): Promise<void>
}

/** Lets tokens expire on demand, as time does: without it one would have to wait an hour. */
export function createExpiry(verifier: Verifier): Expiry {
  let issuedSince = 0
  const isExpired = ({ claims }: Identity) => Number(claims['iat']) < issuedSince

  return {
    isExpired,
    verifier: {
      async verify(token) {
        const identity = await verifier.verify(token)
        if (isExpired(identity)) throw new TokenRefusedError('token_expired', 'The demo let it expire.')
        return identity
      },
    },
    async expireNow() {
      // `iat` counts whole seconds: what is issued in this one is old, what is issued in the next is new.
      issuedSince = Math.floor(Date.now() / 1000) + 1
      await new Promise((resolve) => setTimeout(resolve, issuedSince * 1000 - Date.now()))
    },
  }
}
