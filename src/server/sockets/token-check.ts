import { withDeadline } from '../../shared/deadline.js'
import { type RefusalCode, TokenRefusedError, toTokenRefused } from '../refusal.js'
import { checkIdentity, type Identity } from '../tokens/identity.js'
import { checkTokenForm } from '../tokens/token-form.js'
import type { Verifier } from '../tokens/verify.js'

/**
 * Why a CONNECT or a renewal is refused, or a socket ended: a {@link RefusalCode}, or one that only sockets have.
 *
 * - `account_mismatch`: the token is of another account than the socket, or than the session to recover.
 * - `too_many_requests`: renewals, or CONNECTs that are refused, come too fast.
 */
export type SocketRefusalCode = RefusalCode | 'account_mismatch' | 'too_many_requests'

export interface SocketRefusal {
  readonly code: SocketRefusalCode
  /** Whether another token, or the same one later, can succeed. */
  readonly retry: boolean
  /** For the log of the server. */
  readonly reason: string
}

export type CheckResult = Identity | SocketRefusal

/** A verifier is done within 5 s. One of the app's own could take any time; a client waits 15 s and more. */
const CHECK_DEADLINE_MS = 10_000

export const accountMismatch: SocketRefusal = {
  code: 'account_mismatch',
  retry: false,
  reason: 'The token is of another account than the socket.',
}

const graceOver: SocketRefusal = {
  code: 'token_expired',
  retry: true,
  reason: 'The token expired longer ago than the grace allows.',
}

/** How long a token is good here. */
export interface TokenLimits {
  readonly verifier: Verifier
  /** How long a socket may stay after its token has expired. */
  readonly graceMs: number
  readonly now: () => number
}

/**
 * The identity, or why there is none. Settles in time and never rejects, whatever the verifier does.
 *
 * A verifier accepts a token for a minute after its end, because clocks differ. Where that is longer than the grace, the
 * socket would be accepted only to be closed, and would come back at once, again and again.
 */
export async function checkToken({ verifier, graceMs, now }: TokenLimits, token: unknown): Promise<CheckResult> {
  const checked = withDeadline<CheckResult>(verify(verifier, token), CHECK_DEADLINE_MS, tooLate)
  const result = await checked.catch(toSocketRefusal)
  return isSocketRefusal(result) || result.expiresAt + graceMs > now() ? result : graceOver
}

export function isSocketRefusal(value: CheckResult): value is SocketRefusal {
  return 'retry' in value
}

/** The same, but of the account with that key only. */
export async function checkTokenOf(key: string, limits: TokenLimits, token: unknown): Promise<CheckResult> {
  const result = await checkToken(limits, token)
  return isSocketRefusal(result) || result.key === key ? result : accountMismatch
}

/**
 * Asynchronous, so that a verifier of the app's own that throws at once rejects too. Such a one may do anything with what
 * it gets: a text of 16 KB at most, as in the Python package.
 */
async function verify(verifier: Verifier, token: unknown): Promise<Identity> {
  const identity = await verifier.verify(checkTokenForm(token))
  return checkIdentity(identity, ({ expiresAt }) => Number.isFinite(expiresAt))
}

function toSocketRefusal(error: unknown): SocketRefusal {
  const { code, retry, message } = toTokenRefused(error)
  return { code, retry, reason: message }
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
