// What is in the cookie: an encrypted JWT (RFC 7516, `dir` with A256GCM), so that a log of cookies names no account.

import { EncryptJWT, jwtDecrypt } from 'jose'
import { isNonBlank } from '../../shared/validate.js'
import { isAcceptedTenant } from '../tokens/claims.js'
import type { Identity } from '../tokens/identity.js'
import type { VerifierPolicy } from '../tokens/verify.js'

/** Whose session it is. */
export interface Session {
  /** `entra:<tenant id>:<object id>`: the same in both doors. */
  readonly key: Identity['key']
  readonly tenantId: string
  readonly objectId: string
  /** The scopes of the token that it was begun with. */
  readonly scopes: readonly string[]
  /** When the session ends, in milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface Seal {
  close(session: Session): Promise<string>
  /** The session in a sealed text, or `undefined` for any other text and after its end. Never rejects. */
  open(sealed: string): Promise<Session | undefined>
}

const compactJwe = /^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/

/** Keeps what is sealed for one app, or for one of its cookies, from being opened for another. */
export function purposeOf(cookie: string, policy: VerifierPolicy | undefined): string {
  return JSON.stringify([cookie, policy?.authority ?? '', policy?.clientId ?? ''])
}

/** Whether a token like that of the session would still be accepted: the options of the verifier can be newer. */
export function isAcceptedBy(policy: VerifierPolicy | undefined, { tenantId, scopes }: Session): boolean {
  if (!policy) return true
  return isAcceptedTenant(tenantId, policy.tenants) && policy.scopes.some((each) => scopes.includes(each))
}

/** @param purpose - what is sealed for one purpose cannot be opened for another */
export function createSeal(secrets: readonly Uint8Array[], purpose: string, now: () => number): Seal {
  let derived: Promise<readonly Uint8Array[]> | undefined

  function keys(): Promise<readonly Uint8Array[]> {
    derived ??= Promise.all(secrets.map((secret) => deriveKey(secret, purpose)))
    return derived
  }

  return {
    async close({ key, tenantId, objectId, scopes, expiresAt }) {
      const [first] = (await keys()) as [Uint8Array]
      return new EncryptJWT({ key, tid: tenantId, oid: objectId, scp: scopes.join(' ') })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setExpirationTime(Math.floor(expiresAt / 1000))
        .encrypt(first)
    },
    async open(sealed) {
      if (!compactJwe.test(sealed)) return undefined
      for (const key of await keys()) {
        const session = await decrypt(sealed, key, now()).catch(() => undefined)
        if (session) return session
      }
      return undefined
    },
  }
}

async function decrypt(sealed: string, key: Uint8Array, now: number): Promise<Session | undefined> {
  const { payload } = await jwtDecrypt(sealed, key, {
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM'],
    currentDate: new Date(now),
    requiredClaims: ['exp'],
  })
  const { key: who, tid, oid, scp, exp } = payload
  if (!isNonBlank(who) || !isNonBlank(tid) || !isNonBlank(oid) || typeof scp !== 'string') return undefined
  const scopes = Object.freeze(scp.split(' ').filter((each) => each !== ''))
  const expiresAt = Number(exp) * 1000
  return Object.freeze({ key: who as Session['key'], tenantId: tid, objectId: oid, scopes, expiresAt })
}

/** HKDF (RFC 5869): the secret may be of any length and used for something else too. */
async function deriveKey(secret: Uint8Array, purpose: string): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto
  const material = await subtle.importKey('raw', Uint8Array.from(secret), 'HKDF', false, ['deriveBits'])
  const info = new TextEncoder().encode(`twodoor session 2 ${purpose}`)
  const bits = await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }, material, 256)
  return new Uint8Array(bits)
}
