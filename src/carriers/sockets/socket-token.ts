import { abortable, withDeadline } from '../../shared/deadline.js'
import { type AuthError, isAuthError } from '../../shared/errors.js'
import type { AccessToken } from '../../sources/source.js'
import type { TokenProvider } from '../internals.js'
import { socketError } from './socket-error.js'
import { type ManagerLike, startTimer } from './socket-like.js'

/** A CONNECT waits this long for a token and for the app's own payload. The server gives a client 45 s by default. */
const ACQUISITION_DEADLINE_MS = 15_000

export interface SocketToken {
  readonly token: string
  /** The key of the account. Unknown with a provider that is no `Auth`: then only the server can compare. */
  readonly account: string | undefined
  /** By the clock of the page, in milliseconds since the epoch. May be unknown with a provider that is no `Auth`. */
  readonly expiresAt: number | undefined
}

type GivenToken = Pick<AccessToken, 'token' | 'expiresOnTimestamp'> & Partial<Pick<AccessToken, 'account'>>

/** A token from the provider; a fresh one if `rejected` is still what it would give. */
export async function requestToken(
  provider: TokenProvider,
  abortSignal: AbortSignal,
  rejected: string | undefined,
): Promise<SocketToken> {
  const options = { abortSignal, ...(rejected && { rejectedToken: rejected }) }
  const token = toSocketToken(Object(await provider.getToken(undefined, options)))
  // A provider of the app's own can answer with anything.
  if (typeof token.token !== 'string' || token.token === '') {
    throw socketError('unavailable', { message: 'getToken() gave no token.' })
  }
  return token
}

export function toSocketToken({ token, account, expiresOnTimestamp }: GivenToken): SocketToken {
  return { token, account: account?.key, expiresAt: expiresOnTimestamp }
}

/** Settles like `promise`, but rejects `timed_out` when the deadline has passed, and at once when the signal is aborted. */
export function withinDeadline<T>(promise: Promise<T>, signal: AbortSignal, manager: ManagerLike): Promise<T> {
  const late = () => {
    throw socketError('timed_out')
  }
  const start = startTimer.bind(undefined, manager)
  return withDeadline(abortable(promise, signal), ACQUISITION_DEADLINE_MS, late, { setTimer: start })
}

/** Whatever went wrong before a CONNECT, as the typed error for the app. */
export function toAuthError(cause: unknown): AuthError {
  return isAuthError(cause) ? cause : socketError('unavailable', { cause })
}
