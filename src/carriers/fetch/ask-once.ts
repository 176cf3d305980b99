import { abortable } from '../../shared/deadline.js'
import type { AuthError } from '../../shared/errors.js'
import type { Resource } from '../../shared/resources.js'
import type { Call } from './call.js'
import type { isAnswerOf } from './fetch-with-token.js'
import type { isStream, replayCopy } from './request-copy.js'

export interface QuestionContext {
  /**
   * What the engine has. Imported here as well, each would be a file of its own in a bundle of Vite, and every page would load it.
   */
  readonly fromEngine: {
    readonly isAnswerOf: typeof isAnswerOf
    readonly AuthError: typeof AuthError
    readonly isStream: typeof isStream
    readonly replayCopy: typeof replayCopy
  }
  readonly resources: readonly Resource[]
  /** Aborts when another account signs in, or the account is gone: nobody answers then, and the next one is asked anew. */
  readonly ended: AbortSignal
}

/** What is being asked of each account. */
const asking = new WeakMap<AbortSignal, Map<string, Promise<unknown>>>()

/**
 * Whether the user has given what the app asks for. Calls at the same time share one question, and each of them can be aborted.
 * Nobody is asked for a call that is over.
 *
 * @param key - what is asked for
 */
export function askOnce(
  { ended }: QuestionContext,
  { signal }: Call,
  key: string,
  ask: () => unknown,
): Promise<boolean> {
  const over = [ended, signal].find((each) => each?.aborted)
  if (over) return Promise.reject(over.reason)
  return abortable(abortable(answerOf(ended, key, ask), signal), ended)
}

async function answerOf(account: AbortSignal, key: string, ask: () => unknown): Promise<boolean> {
  const flights = asking.get(account) ?? new Map<string, Promise<unknown>>()
  asking.set(account, flights)
  const flight = flights.get(key) ?? Promise.resolve().then(ask)
  flights.set(key, flight)
  try {
    await flight
    return true
  } catch {
    return false
  } finally {
    if (flights.get(key) === flight) flights.delete(key)
  }
}
