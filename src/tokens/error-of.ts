import { AuthError, isRetryable } from '../shared/errors.js'
import { isStepUp } from '../shared/step-up.js'
import { isGuess, type Refusal } from '../sources/source.js'

/**
 * The error that a refusal stands for. A renewal is tried again where the reason is only a guess.
 *
 * @param asked - the claims that a token was asked for: those of a step up are what `signIn()` needs to bring it, unless the same
 *   call may succeed later by itself
 */
export function errorOf(
  refusal: Refusal,
  phase: 'host' | 'source' | 'renewal' = phaseOf(refusal),
  asked?: string,
): AuthError {
  const { refused, ...known } = refusal
  if (phase === 'renewal' && isGuess(refusal)) return new AuthError('unavailable', { phase, ...known, retryable: true })
  const isForUser = refused === 'cancelled' || !(known.retryable ?? isRetryable(refused))
  const details = isForUser && isStepUpRefused(refusal, asked) ? { ...known, claims: asked } : known
  return new AuthError(refused, { phase, ...details })
}

/** Whether only the step up was refused, and whoever is signed in still is. */
export function isStepUpRefused({ noAccount }: Refusal, asked: string | undefined): boolean {
  return !noAccount && isStepUp(asked)
}

function phaseOf({ refused }: Refusal): 'host' | 'source' {
  return refused.startsWith('host_') || refused === 'framed' ? 'host' : 'source'
}
