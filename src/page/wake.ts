// When a page may have slept. Timers are throttled in hidden tabs and stand still while a laptop sleeps, so whatever
// waits for a time looks at the clock again when the page wakes.

/** How often the clock is compared, in milliseconds. */
const TICK_MS = 5_000
/** A tick that comes this much too late means that the page, or the machine, was asleep. */
const DRIFT_MS = 10_000

export interface Wake {
  /** Calls `listener` when the page wakes. Adds listeners to the window only while there are some. Returns an unsubscribe function. */
  subscribe(listener: () => void): () => void
}

export function createWake(window: Window, now: () => number): Wake {
  const listeners = new Set<() => void>()
  let stop: (() => void) | undefined

  return {
    subscribe(listener) {
      listeners.add(listener)
      stop ??= listen(window, now, () => {
        for (const each of [...listeners]) each()
      })
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        stop?.()
        stop = undefined
      }
    },
  }
}

function listen(window: Window, now: () => number, wake: () => void): () => void {
  const { document } = window
  const whenVisible = () => {
    if (document.visibilityState === 'visible') wake()
  }
  const whenRestored = (event: PageTransitionEvent) => {
    if (event.persisted) wake()
  }
  const stopClock = watchClock(now, wake)
  window.addEventListener('online', wake)
  window.addEventListener('pageshow', whenRestored)
  document.addEventListener('visibilitychange', whenVisible)
  // Page Lifecycle: Chrome does not always send `visibilitychange` after a freeze.
  document.addEventListener('resume', wake)

  return () => {
    stopClock()
    window.removeEventListener('online', wake)
    window.removeEventListener('pageshow', whenRestored)
    document.removeEventListener('visibilitychange', whenVisible)
    document.removeEventListener('resume', wake)
  }
}

function watchClock(now: () => number, wake: () => void): () => void {
  let last = now()
  const timer = setInterval(() => {
    const drift = now() - last - TICK_MS
    last = now()
    if (drift > DRIFT_MS) wake()
  }, TICK_MS)
  return () => clearInterval(timer)
}
