// Each CONNECT is checked once, whether connection state recovery asks first or the middleware.

import type { Identity } from '../tokens/identity.js'
import type { SocketLike, UncheckedData } from './socket-like.js'
import {
  accountMismatch,
  type CheckResult,
  checkToken,
  isSocketRefusal,
  type SocketRefusal,
  type TokenLimits,
  takeToken,
} from './token-check.js'

export interface ConnectCheck {
  /** Why the CONNECT of a socket is refused. `undefined`: it is accepted, and has its identity. Never rejects. */
  acceptSocket(socket: SocketLike): Promise<SocketRefusal | undefined>
  /** Whose token is in the payload of a CONNECT, or why it is refused. Never rejects. */
  checkPayload(payload: unknown): Promise<CheckResult>
  /** The CONNECT with this payload wants to recover the session of another account: it is refused. */
  refuseOtherAccount(payload: unknown): void
  /** The identity of an accepted socket. `undefined` if its token was never checked. */
  identityOf(socket: SocketLike): Identity | undefined
}

export function createConnectCheck(limits: TokenLimits): ConnectCheck {
  const results = new WeakMap<object, Promise<CheckResult>>()
  /** By the socket, and by the payload of its CONNECT: a recovered socket may have passed no middleware. */
  const identities = new WeakMap<object, Identity>()

  async function check(payload: object): Promise<CheckResult> {
    const result = await checkToken(limits, takeToken(payload))
    if (!isSocketRefusal(result)) identities.set(payload, result)
    return result
  }

  function checkPayload(payload: unknown): Promise<CheckResult> {
    // Old versions of Socket.IO let `null` through.
    const key: object = Object(payload)
    const result = results.get(key) ?? check(key)
    results.set(key, result)
    return result
  }

  return {
    async acceptSocket(socket) {
      const result = await checkPayload(socket.handshake.auth)
      if (isSocketRefusal(result)) return result
      identities.set(socket, result)
      const data = socket.data as UncheckedData
      data.auth = result
      return undefined
    },
    checkPayload,
    refuseOtherAccount(payload) {
      results.set(Object(payload), Promise.resolve(accountMismatch))
    },
    identityOf: (socket) => identities.get(socket) ?? identities.get(Object(socket.handshake.auth)),
  }
}
