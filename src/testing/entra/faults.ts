import { LONGEST_TIMEOUT_MS } from '../../shared/backoff.js'
import type { EntraEndpoint } from './call.js'
import { checkMembers, invalid } from './settings.js'

/** Something that goes wrong. With `delayMs` alone the answer is only late. */
export interface EntraFault {
  /** Which endpoint. */
  readonly at: EntraEndpoint
  /**
   * How many requests it hits, up to `Infinity`.
   *
   * @default 1
   */
  readonly times?: number | undefined
  /**
   * Waits before the answer, in milliseconds.
   *
   * @default 0
   */
  readonly delayMs?: number | undefined
  /** The connection breaks. */
  readonly drop?: boolean | undefined
  /**
   * The HTTP status. At `authorize` it makes the answer a page instead of a way back to the app.
   *
   * @default 400, with `retryAfterSeconds` 429
   */
  readonly status?: number | undefined
  /** Adds a `Retry-After` header. */
  readonly retryAfterSeconds?: number | undefined
  /**
   * The number of the error, after `AADSTS`.
   *
   * @default 90033, a transient error
   */
  readonly code?: number | undefined
  /**
   * The OAuth error.
   *
   * @default the one of `code`
   */
  readonly error?: string | undefined
  /**
   * The suberror.
   *
   * @default the one of `code`
   */
  readonly suberror?: string | undefined
  /**
   * A claims challenge, as JSON text.
   *
   * @default none
   */
  readonly claims?: string | undefined
  /** The body as it is, instead of an error, with status 200 unless `status` says otherwise. */
  readonly raw?: string | undefined
}

/** Faults wait in line; each request takes the first one for its endpoint. */
export interface EntraFaults {
  /** Returns the undo. */
  push(fault: EntraFault): () => void
  /** Takes all of them back. */
  clear(): void
  /** How many are left. */
  readonly pending: number
}

export interface FaultQueue extends EntraFaults {
  take(endpoint: string): EntraFault | undefined
}

const endpointNames: readonly string[] = ['authorize', 'token', 'logout', 'keys', 'discovery']
const faultMembers = 'at times delayMs drop status retryAfterSeconds code error suberror claims raw'.split(' ')

export function createFaultQueue(): FaultQueue {
  let queue: { readonly fault: EntraFault; left: number }[] = []
  return {
    push(fault) {
      checkFault(fault)
      const entry = { fault: { ...fault }, left: fault.times ?? 1 }
      queue.push(entry)
      return () => {
        queue = queue.filter((each) => each !== entry)
      }
    },
    clear() {
      queue = []
    },
    get pending() {
      return queue.length
    },
    take(endpoint) {
      const entry = queue.find(({ fault }) => fault.at === endpoint)
      if (!entry) return undefined
      entry.left -= 1
      if (entry.left <= 0) queue = queue.filter((each) => each !== entry)
      return entry.fault
    },
  }
}

/** Whether a fault changes the answer, and not only when it comes. */
export function changesAnswer({ at, times, delayMs, ...rest }: EntraFault): boolean {
  return Object.values(rest).some((value) => value !== undefined && value !== false)
}

/** Resolves when the time is over, or with `false` as soon as one of the signals is aborted. */
export function wait(ms: number, signals: readonly AbortSignal[]): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (passed: boolean) => {
      clearTimeout(timer)
      for (const signal of signals) signal.removeEventListener('abort', abort)
      resolve(passed)
    }
    const abort = () => end(false)
    const timer = setTimeout(() => end(true), ms)
    for (const signal of signals) signal.addEventListener('abort', abort)
    if (signals.some(({ aborted }) => aborted)) end(false)
  })
}

function checkFault(fault: EntraFault): void {
  checkMembers(fault, 'fault', faultMembers)
  const { at, times = 1, delayMs = 0, status = 400, retryAfterSeconds = 0 } = fault
  if (!endpointNames.includes(at)) throw invalid('fault.at', at, `one of ${endpointNames.join(', ')}`, 'token')
  if (!(times >= 1)) throw invalid('fault.times', times, 'a number of requests', '3')
  if (!(delayMs >= 0 && delayMs <= LONGEST_TIMEOUT_MS)) throw invalid('fault.delayMs', delayMs, 'milliseconds', '500')
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw invalid('fault.status', status, 'a status', '503')
  if (!(retryAfterSeconds >= 0)) throw invalid('fault.retryAfterSeconds', retryAfterSeconds, 'seconds', '3')
}
