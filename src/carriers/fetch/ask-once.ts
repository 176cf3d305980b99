import { abortable } from '../../shared/deadline.js'
import type { Resource } from '../../shared/resources.js'
import type { Call } from './call.js'

export interface QuestionContext {
  readonly resources: readonly Resource[]
  readonly disposed: AbortSignal
}

/** What is being asked, of each `Auth`. */
const asking = new WeakMap<readonly Resource[], Map<string, Promise<unknown>>>()

/**
 * Whether the user has given what the app asks for. Calls at the same time share one question, and each of them can be aborted.
 *
 * @param key - what is asked for
 */
export function askOnce(
  { resources, disposed }: QuestionContext,
  { signal }: Call,
  key: string,
  ask: () => unknown,
): Promise<boolean> {
  return abortable(abortable(answerOf(resources, key, ask), signal), disposed)
}

async function answerOf(resources: readonly Resource[], key: string, ask: () => unknown): Promise<boolean> {
  const flights = asking.get(resources) ?? new Map<string, Promise<unknown>>()
  asking.set(resources, flights)
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
