import type { JWK, JWTPayload } from 'jose'

/** Loaded by what signs and verifies alone: who imports `createTestAuth` does not need it. */
const loadJose = () => import('jose')

/** The RS256 keys of the emulator. They are made when first needed, live as long as it does and exist nowhere else. */
export interface Keys {
  /** The public keys, newest first. */
  published(): Promise<readonly JWK[]>
  sign(claims: JWTPayload): Promise<string>
  /** The claims of a token that is signed with one of them and holds at this time. */
  verify(token: string, currentDate: Date): Promise<JWTPayload | undefined>
  /** Signs with a key that is not published, under the name of the one that is. */
  forge(claims: JWTPayload): Promise<string>
  /** Signs with a new key from now on. Those before stay published, as at Entra ID. */
  rotate(): Promise<void>
}

interface NamedKey {
  readonly privateKey: CryptoKey
  readonly jwk: JWK & { readonly kid: string }
}

export function createKeys(): Keys {
  let published: readonly Promise<NamedKey>[] = []
  let unpublished: Promise<NamedKey> | undefined

  function current(): Promise<NamedKey> {
    const [newest = generateKey()] = published
    if (published.length === 0) published = [newest]
    return newest
  }

  async function allPublished(): Promise<JWK[]> {
    await current()
    return (await Promise.all(published)).map(({ jwk }) => jwk)
  }

  return {
    published: allPublished,
    async verify(token, currentDate) {
      const { createLocalJWKSet, jwtVerify } = await loadJose()
      const keys = createLocalJWKSet({ keys: await allPublished() })
      const verified = await jwtVerify(token, keys, { currentDate, algorithms: ['RS256'] }).catch(() => undefined)
      return verified?.payload
    },
    async sign(claims) {
      const { privateKey, jwk } = await current()
      return signWith(claims, privateKey, jwk.kid)
    },
    async forge(claims) {
      unpublished ??= generateKey()
      const { privateKey } = await unpublished
      return signWith(claims, privateKey, (await current()).jwk.kid)
    },
    async rotate() {
      await current()
      published = [generateKey(), ...published]
      await current()
    },
  }
}

async function generateKey(): Promise<NamedKey> {
  const { exportJWK, generateKeyPair } = await loadJose()
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const kid = crypto.randomUUID()
  // Without `alg`, as at Entra ID.
  const jwk = { ...(await exportJWK(publicKey)), use: 'sig', kid, x5t: kid }
  return { privateKey, jwk }
}

async function signWith(claims: JWTPayload, key: CryptoKey, kid: string): Promise<string> {
  const { SignJWT } = await loadJose()
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid }).sign(key)
}
