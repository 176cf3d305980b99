import { withDeadline } from '../../deadline.js'
import type { Identity } from '../claims.js'
import { type RefusalCode, TokenRefusedError, toRefusal } from '../refusal.js'
import type { Verifier } from '../verify.js'

/** `user_mismatch`: the token is of another user than the socket. `too_many_requests`: renewals come too fast. */
export type SocketRefusalCode = RefusalCode | 'user_mismatch' | 'too_many_requests'

export interface SocketRefusal {
  readonly code: SocketRefusalCode
  /** Whether another token, or the same one later, can succeed. */
  readonly retry: boolean
  /** For the log of the server. */
  readonly reason: string
}

/** A verifier is done within 5 s. One of the app's own could take any time; a client waits 15 s and more. */
const CHECK_DEADLINE_MS = 10_000

export const userMismatch: SocketRefusal = {
  ...{ code: 'user_mismatch', retry: false },
  reason: 'The token is of another user than the socket.',
}

/** The identity, or why there is none. Settles in time and never rejects, whatever the verifier does. */
export function checkToken(verifier: Verifier, token: unknown): Promise<Identity | SocketRefusal> {
  return withDeadline(verify(verifier, token), CHECK_DEADLINE_MS, tooLate).catch((error: unknown) => {
    const { code, retry, message: reason } = toRefusal(error)
    return { code, retry, reason }
  })
}

export function isRefusal(value: Identity | SocketRefusal): value is SocketRefusal {
  return 'retry' in value
}

/** The same, but of that user only. */
export async function checkTokenOf(key: string, verifier: Verifier, token: unknown): Promise<Identity | SocketRefusal> {
  const result = await checkToken(verifier, token)
  return isRefusal(result) || result.key === key ? result : userMismatch
}

/** Asynchronous, so that a verifier of the app's own that throws at once rejects too. */
async function verify(verifier: Verifier, token: unknown): Promise<Identity> {
  const identity = await verifier.verify(token)
  if (typeof identity.key === 'string' && Number.isFinite(identity.expiresAt)) return identity
  throw new TypeError('The verifier gave no identity.')
}

function tooLate(): never {
  throw new TokenRefusedError('temporarily_unavailable', 'The check of the token took too long.')
}

/** Takes the token out of what a client sent, so that no log and no admin page shows it. */
export function takeToken(message: object): unknown {
  const { token } = message as { token?: unknown }
  Reflect.deleteProperty(message, 'token')
  return token
}
