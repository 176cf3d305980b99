/** The longest delay a timer takes: browsers fire at once beyond it. */
export const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

/** A number between `0` and the exponential bound of the `attempt`-th failure (full jitter). */
export function backoff(attempt: number, { first, longest }: { first: number; longest: number }): number {
  return Math.random() * Math.min(longest, first * 2 ** Math.max(0, attempt - 1))
}
