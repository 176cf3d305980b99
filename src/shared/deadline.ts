/**
 * Settles like `promise`, or like `late()` once `ms` milliseconds have passed. A later answer goes to `adopt`, if given.
 * `start` sets the timer.
 */
export function withDeadline<T>(
  promise: Promise<T>,
  ms: number,
  late: () => T | Promise<T>,
  adopt?: (value: T) => void,
  start: (act: () => void, ms: number) => ReturnType<typeof setTimeout> = setTimeout,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let passed = false
    const timer = start(() => {
      passed = true
      try {
        resolve(late())
      } catch (error) {
        reject(error)
      }
    }, ms)
    promise.then(
      (value) => {
        clearTimeout(timer)
        if (passed) adopt?.(value)
        resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}

/** Settles like `promise`, or rejects with the reason of `signal` as soon as that is aborted. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
