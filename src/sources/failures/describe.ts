import { withDeadline } from '../../shared/deadline.js'
import { type Refusal, thrown } from '../source.js'
import type { FailureContext } from './messages.js'

/** The beginning of a JSON Web Token: `{"` in base64, and a payload. */
const TOKEN_START = /eyJ[\w-]{8,}\.[\w-]{8,}/
/** A failure is not held back longer than this for the sake of its message. */
const MESSAGES_DEADLINE_MS = 5_000

/**
 * Adds a message and a remedy to a refusal that a developer or an administrator has to mend. The messages are loaded only
 * then. A cause that contains a token is dropped.
 */
export async function describeRefusal<T extends object>(
  answer: Promise<T | Refusal>,
  context: FailureContext,
): Promise<T | Refusal> {
  const settled = await answer.catch(thrown)
  if (!('refused' in settled)) return settled
  const { cause, ...withoutCause } = settled
  const refusal: Refusal = containsToken(cause) ? withoutCause : settled
  const { why, refused } = refusal
  const aadsts = Number.parseInt(why ?? '', 10)
  const brief = aadsts ? { ...refusal, aadsts, message: `Entra ID refuses with AADSTS${aadsts}.` } : refusal
  if (refused === 'sign_in_required' || !(why || isUnclear(settled))) return brief
  const described = import('./messages.js').then(({ addMessage }) => addMessage(brief, context))
  return withDeadline<Refusal>(
    described.catch(() => brief),
    MESSAGES_DEADLINE_MS,
    () => brief,
  )
}

/** The cause says more than the code does. */
function isUnclear({ refused, cause }: Refusal): boolean {
  return cause !== undefined && /^(un|host_refused)/.test(refused)
}

/** Hosts put anything into the message of an error, even a token. */
function containsToken(cause: unknown): boolean {
  const { message, errorMessage } = (cause ?? {}) as { message?: unknown; errorMessage?: unknown }
  return [cause, message, errorMessage].some((text) => typeof text === 'string' && TOKEN_START.test(text))
}
