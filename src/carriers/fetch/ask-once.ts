import { abortable } from '../../shared/deadline.js'
import type { Resource } from '../../shared/resources.js'
import type { Call } from './call.js'

export interface QuestionContext {
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
