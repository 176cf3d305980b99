import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'

/** The RS256 keys of the emulator. They live as long as it does and exist nowhere else. */
export interface Keys {
  /** The public keys, newest first. */
  published(): readonly JWK[]
  sign(claims: JWTPayload): Promise<string>
  /** Signs with a key that is not published, under the name of the one that is. */
  forge(claims: JWTPayload): Promise<string>
  /** Signs with a new key from now on. Those before stay published, as at Entra ID. */
  rotate(): Promise<void>
}

interface NamedKey {
  readonly privateKey: CryptoKey
  readonly jwk: JWK & { readonly kid: string }
}

export async function createKeys(): Promise<Keys> {
  let current = await generateKey()
  const published: JWK[] = [current.jwk]
  let unpublished: NamedKey | undefined
  return {
    published: () => [...published],
    sign: (claims) => sign(claims, current.privateKey, current.jwk.kid),
    async forge(claims) {
      unpublished ??= await generateKey()
      return sign(claims, unpublished.privateKey, current.jwk.kid)
    },
    async rotate() {
      current = await generateKey()
      published.unshift(current.jwk)
    },
  }
}

async function generateKey(): Promise<NamedKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: crypto.randomUUID(), use: 'sig', alg: 'RS256' }
  return { privateKey, jwk }
}

function sign(claims: JWTPayload, key: CryptoKey, kid: string): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid }).sign(key)
}
