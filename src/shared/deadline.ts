export interface DeadlineOptions<T> {
  /** Called with an answer that comes after the deadline. */
  readonly onLate?: (value: T) => void
  /** Sets the timer. Default: `setTimeout`. */
  readonly setTimer?: (act: () => void, ms: number) => ReturnType<typeof setTimeout>
}

/** Settles like `promise`, or like `onDeadline()` once `ms` milliseconds have passed. */
export function withDeadline<T>(
  promise: Promise<T>,
  ms: number,
  onDeadline: () => T | Promise<T>,
  { onLate, setTimer = setTimeout }: DeadlineOptions<T> = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    let hasPassed = false
    const timer = setTimer(() => {
      hasPassed = true
      try {
        resolve(onDeadline())
      } catch (error) {
        reject(error)
      }
    }, ms)
    promise.then(
      (value) => {
        clearTimeout(timer)
        if (hasPassed) onLate?.(value)
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
