import { withDeadline } from '../deadline.js'
import type { Refusal } from './source.js'

/** The beginning of a JSON Web Token: `{"` in base64, and a payload. */
const token = /eyJ[\w-]{8,}\.[\w-]{8,}/
/** Nobody waits long for an explanation. */
const DEADLINE_MS = 5_000

/**
 * Adds words to a refusal that somebody has to mend. They are a part of their own, which only a failure loads; what a
 * sign-in mends needs none.
 */
export async function explained<T extends object>(answer: Promise<T | Refusal>): Promise<T | Refusal> {
  const given = await answer
  if (!('refused' in given)) return given
  const { cause, ...rest } = given
  const refusal = carriesToken(cause) ? rest : given
  const { why } = refusal
  if (!why) return refusal
  const isNumber = /^\d/.test(why)
  const bare = isNumber ? { ...refusal, message: `Entra ID refuses with AADSTS${why}.` } : refusal
  if (isNumber && refusal.refused === 'sign_in_required') return bare
  const asked = import('./explanations.js').then(({ wordsOf }) => wordsOf(why))
  const words = await withDeadline(
    asked.catch(() => undefined),
    DEADLINE_MS,
    () => undefined,
  )
  const remedy = isNumber && `Look up https://login.microsoftonline.com/error?code=${why}.`
  return { ...bare, ...(remedy && { remedy }), ...words }
}

/** Hosts put into the message of an error what they like. No token is ever part of one of ours. */
function carriesToken(cause: unknown): boolean {
  const { message, errorMessage } = (cause ?? {}) as { message?: unknown; errorMessage?: unknown }
  return [cause, message, errorMessage].some((text) => typeof text === 'string' && token.test(text))
}
