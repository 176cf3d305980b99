import { withDeadline } from '../../shared/deadline.js'
import { type Refusal, thrown } from '../source.js'
import type { Asked } from './explanations.js'

/** The beginning of a JSON Web Token: `{"` in base64, and a payload. */
const token = /eyJ[\w-]{8,}\.[\w-]{8,}/
/** Nobody waits long for an explanation. */
const DEADLINE_MS = 5_000

/**
 * Adds words to a refusal that somebody has to mend. They are a part of their own, which only a failure loads; what a
 * sign-in mends needs none.
 */
export async function explained<T extends object>(answer: Promise<T | Refusal>, asked: Asked): Promise<T | Refusal> {
  const given = await answer.catch(thrown)
  if (!('refused' in given)) return given
  const { cause, ...rest } = given
  const refusal: Refusal = carriesToken(cause) ? rest : given
  const { why, refused } = refusal
  const aadsts = Number.parseInt(why ?? '', 10)
  const bare = aadsts ? { ...refusal, aadsts, message: `Entra ID refuses with AADSTS${aadsts}.` } : refusal
  if (refused === 'sign_in_required' || !(why || isUnclear(given))) return bare
  const words = import('./explanations.js').then(({ inWords }) => inWords(bare, asked))
  return withDeadline<Refusal>(
    words.catch(() => bare),
    DEADLINE_MS,
    () => bare,
  )
}

/** The cause tells more than the code. */
function isUnclear({ refused, cause }: Refusal): boolean {
  return cause !== undefined && /^(un|host_refused)/.test(refused)
}

/** Hosts put into the message of an error what they like. No token is ever part of one of ours. */
function carriesToken(cause: unknown): boolean {
  const { message, errorMessage } = (cause ?? {}) as { message?: unknown; errorMessage?: unknown }
  return [cause, message, errorMessage].some((text) => typeof text === 'string' && token.test(text))
}
