// What is in the cookie: an encrypted JWT (RFC 7516, `dir` with A256GCM), so that no log of cookies tells who somebody is.

import { EncryptJWT, jwtDecrypt } from 'jose'
import { isText } from '../../check.js'
import type { Identity } from '../claims.js'

/** Who a session is of. */
export interface Session {
  /** `entra:<tenant id>:<object id>`: the same in both doors. */
  readonly key: Identity['key']
  readonly tenantId: string
  readonly objectId: string
  /** When the session ends, in milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface Seal {
  close(session: Session): Promise<string>
  /** The session in a sealed text, or `undefined` for any other text and after its end. Never rejects. */
  open(sealed: string): Promise<Session | undefined>
}

const compactJwe = /^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/

/** @param purpose - a text that keeps what is sealed for one from being opened for another */
export function createSeal(secrets: readonly Uint8Array[], purpose: string, now: () => number): Seal {
  let derived: Promise<readonly Uint8Array[]> | undefined

  function keys(): Promise<readonly Uint8Array[]> {
    derived ??= Promise.all(secrets.map((secret) => deriveKey(secret, purpose)))
    return derived
  }

  return {
    async close({ key, tenantId, objectId, expiresAt }) {
      const [first] = (await keys()) as [Uint8Array]
      return new EncryptJWT({ key, tid: tenantId, oid: objectId })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setExpirationTime(Math.floor(expiresAt / 1000))
        .encrypt(first)
    },
    async open(sealed) {
      if (!compactJwe.test(sealed)) return undefined
      for (const key of await keys()) {
        const session = await open(sealed, key, now()).catch(() => undefined)
        if (session) return session
      }
      return undefined
    },
  }
}

async function open(sealed: string, key: Uint8Array, now: number): Promise<Session | undefined> {
  const { payload } = await jwtDecrypt(sealed, key, {
    ...{ keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] },
    ...{ currentDate: new Date(now), requiredClaims: ['exp'] },
  })
  const { key: who, tid, oid, exp } = payload
  if (!isText(who) || !isText(tid) || !isText(oid)) return undefined
  return Object.freeze({ key: who as Session['key'], tenantId: tid, objectId: oid, expiresAt: Number(exp) * 1000 })
}

/** HKDF (RFC 5869): the secret may be of any length and used for something else too. */
async function deriveKey(secret: Uint8Array, purpose: string): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto
  const material = await subtle.importKey('raw', Uint8Array.from(secret), 'HKDF', false, ['deriveBits'])
  const info = new TextEncoder().encode(`twodoor session 1 ${purpose}`)
  const bits = await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }, material, 256)
  return new Uint8Array(bits)
}
