import type { JWK, JWTPayload } from 'jose'

/** Loaded by what signs and verifies alone: who imports `createTestAuth` does not need it. */
const loadJose = () => import('jose')

/** The RS256 keys of the emulator. They are made when first needed, and live as long as it does unless somebody keeps them. */
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
  /** The private keys, newest first, to go on with. */
  keep(): Promise<readonly KeptKey[]>
}

interface NamedKey {
  readonly privateKey: CryptoKey
  readonly jwk: KeptKey
}

/** A key as JSON, public or private (RFC 7517). */
export type KeptKey = JWK & { readonly kid: string }

export function createKeys(kept: readonly KeptKey[] = []): Keys {
  let published: readonly Promise<NamedKey>[] = kept.map(importKey)
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
    async keep() {
      const { exportJWK } = await loadJose()
      const named = await Promise.all(published)
      return Promise.all(named.map(async ({ privateKey, jwk }) => ({ ...(await exportJWK(privateKey)), kid: jwk.kid })))
    },
  }
}

async function importKey(kept: KeptKey): Promise<NamedKey> {
  const { importJWK } = await loadJose()
  const { kty, n, e, kid } = kept
  const privateKey = (await importJWK(kept, 'RS256', { extractable: true })) as CryptoKey
  return { privateKey, jwk: publicJwk({ kty, n, e } as JWK, kid) }
}

/** Without `alg`, as at Entra ID. */
function publicJwk(key: JWK, kid: string): KeptKey {
  return { ...key, use: 'sig', kid, x5t: kid }
}

async function generateKey(): Promise<NamedKey> {
  const { exportJWK, generateKeyPair } = await loadJose()
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  return { privateKey, jwk: publicJwk(await exportJWK(publicKey), crypto.randomUUID()) }
}

async function signWith(claims: JWTPayload, key: CryptoKey, kid: string): Promise<string> {
  const { SignJWT } = await loadJose()
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid }).sign(key)
}
