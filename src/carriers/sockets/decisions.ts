// What follows from what has happened to a socket. Nothing here acts: lifecycle.ts does.

import type { AuthError } from '../../shared/errors.js'
import { isFinal, isOtherAccount, isUnauthorized, type ServerAnswer } from './connect-error.js'
import { socketError } from './socket-error.js'

/**
 * `idle`: the app does not want it. `starting`: it is connected once it is known whether somebody is signed in.
 * `connecting`: it is being connected, here or by the Manager. `waiting`: a back-off runs. `paused`: somebody has to sign
 * in. `failed`: given up until the app calls `connect()`. `closed`: for good.
 */
export type Status = 'idle' | 'starting' | 'connecting' | 'connected' | 'waiting' | 'paused' | 'failed' | 'closed'

export interface Decision {
  readonly status: Status
  /** For the app's listeners of `connect_error`. */
  readonly error?: AuthError
}

/** The server has refused a CONNECT. */
export function afterRefusal(answer: ServerAnswer, canRefresh: boolean): Decision {
  if (isOtherAccount(answer)) return closeForGood()
  if (isFinal(answer)) return { status: 'failed', error: finalError(answer) }
  if (!isUnauthorized(answer)) return { status: 'waiting' }
  return canRefresh ? { status: 'connecting' } : { status: 'failed', error: tokenRejected(answer) }
}

/**
 * The connection has ended.
 *
 * @param wasAnnounced - the server has said that it ends it because of the token
 * @param isActive - the Manager is about to connect the socket again
 */
export function afterDisconnect(wasAnnounced: boolean, canRefresh: boolean, isActive: boolean): Decision {
  if (wasAnnounced && !canRefresh) return { status: 'failed', error: tokenRejected() }
  // Otherwise the server has ended it, and means it.
  return { status: wasAnnounced || isActive ? 'connecting' : 'idle' }
}

/**
 * There was no token for a CONNECT.
 *
 * @param isClaimed - the socket belongs to an account
 * @param canPause - it would notice a sign-in, and there is no token without one
 * @param isTokenUnproven - the provider failed so lately that the token which the server rejected may be all it has
 */
export function afterTokenFailure(
  error: AuthError,
  isClaimed: boolean,
  canPause: boolean,
  isTokenUnproven: boolean,
): Decision {
  if (error.code === 'token_rejected') return isTokenUnproven ? { status: 'waiting' } : { status: 'failed', error }
  if (error.code === 'account_mismatch' && isClaimed) return closeForGood()
  if (isMistakeOfApp(error)) return { status: 'failed', error }
  return { status: canPause && needsAction(error) ? 'paused' : 'waiting', error }
}

/** Another account. */
export function closeForGood(): Decision {
  return { status: 'closed', error: socketError('account_mismatch') }
}

export function tokenRejected(cause?: unknown): AuthError {
  return socketError('token_rejected', { cause })
}

/** Only a person, or a change of the configuration, can help. Another account can have a token at once. */
export function needsAction({ retryable, code }: AuthError): boolean {
  return !retryable && code !== 'account_mismatch'
}

/** Found here, and not by the provider. */
function isMistakeOfApp({ phase, retryable }: AuthError): boolean {
  return phase === 'socket' && !retryable
}

/** Here the message counts beside a code of any kind. */
function finalError(answer: ServerAnswer): AuthError {
  const isRejected = isUnauthorized(answer) || isUnauthorized({ message: answer.message })
  return isRejected ? tokenRejected(answer) : socketError('denied', { cause: answer })
}
