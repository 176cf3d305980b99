// Each CONNECT is checked once, whoever asks first: connection state recovery, or the middleware.

import type { Identity } from '../tokens/claims.js'
import {
  type Checked,
  checkToken,
  isRefusal,
  type SocketRefusal,
  type TokenLimits,
  takeToken,
  userMismatch,
} from './check.js'
import type { SocketLike, UncheckedData } from './socket-like.js'

export interface Admission {
  /** Whom the token is of, or why there is none. Gives the socket its identity. Never rejects. */
  admit(socket: SocketLike): Promise<Checked>
  /** Who has sent a CONNECT with this payload. Never rejects. */
  identify(payload: unknown): Promise<Identity | undefined>
  /** Why the sender of a CONNECT with this payload will not be let in, if so. Never rejects. */
  refusalOf(payload: unknown): Promise<SocketRefusal | undefined>
  /** The CONNECT with this payload asks for the session of another user: it is refused. */
  refuseOther(payload: unknown): void
  /** The identity of a socket that was let in. `undefined` if nobody has checked its token. */
  identityOf(socket: SocketLike): Identity | undefined
}

export function createAdmission(limits: TokenLimits): Admission {
  const checks = new WeakMap<object, Promise<Checked>>()
  /** By the socket, and by the payload of its CONNECT: a restored socket may have seen no middleware. */
  const admitted = new WeakMap<object, Identity>()

  async function check(payload: object): Promise<Checked> {
    const result = await checkToken(limits, takeToken(payload))
    if (!isRefusal(result)) admitted.set(payload, result)
    return result
  }

  function checkOnce(payload: unknown): Promise<Checked> {
    // Old versions of Socket.IO let `null` through.
    const key: object = Object(payload)
    const known = checks.get(key) ?? check(key)
    checks.set(key, known)
    return known
  }

  return {
    async admit(socket) {
      const result = await checkOnce(socket.handshake.auth)
      if (isRefusal(result)) return result
      admitted.set(socket, result)
      const data = socket.data as UncheckedData
      data.auth = result
      return result
    },
    async identify(payload) {
      const result = await checkOnce(payload)
      return isRefusal(result) ? undefined : result
    },
    async refusalOf(payload) {
      const result = await checkOnce(payload)
      return isRefusal(result) ? result : undefined
    },
    refuseOther(payload) {
      checks.set(Object(payload), Promise.resolve(userMismatch))
    },
    identityOf: (socket) => admitted.get(socket) ?? admitted.get(Object(socket.handshake.auth)),
  }
}
