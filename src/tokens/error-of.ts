import { AuthError } from '../shared/errors.js'
import { isGuess, type Refusal } from '../sources/source.js'

/** The error that a refusal stands for. A renewal is tried again where the reason is only a guess. */
export function errorOf(refusal: Refusal, phase: 'host' | 'source' | 'renewal' = phaseOf(refusal)): AuthError {
  const { refused, ...details } = refusal
  if (phase !== 'renewal' || !isGuess(refusal)) return new AuthError(refused, { phase, ...details })
  return new AuthError('unavailable', { phase, ...details, retryable: true })
}

function phaseOf({ refused }: Refusal): 'host' | 'source' {
  return refused.startsWith('host_') || refused === 'framed' ? 'host' : 'source'
}
