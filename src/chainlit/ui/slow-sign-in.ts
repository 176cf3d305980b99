import { AuthError } from '../twodoor.js'
import type { Panel } from './panel.js'

export interface SlowSignIn {
  /** Starts the clock, from the beginning if it runs already. */
  start(): void
  stop(): void
}

/** The user of an empty page is told after this time what it waits for. */
const SILENT_MS = 2_000
/** Longer than a host is given to answer. */
const TIMEOUT_MS = 35_000

/**
 * Tells the user that the sign-in is under way, and calls `onTimeout` if it takes too long.
 *
 * @param isFirst - whether the page is empty. Later on there is a conversation, which the user goes on reading
 */
export function createSlowSignIn(
  panel: Panel,
  isFirst: () => boolean,
  onTimeout: (error: AuthError) => void,
): SlowSignIn {
  let timer: ReturnType<typeof setTimeout> | undefined

  function tellUser(): void {
    const error = new AuthError('timed_out', { phase: 'session', message: 'Signing in takes too long.' })
    timer = setTimeout(onTimeout, TIMEOUT_MS - SILENT_MS, error)
    if (isFirst()) panel.show(({ signingIn }) => ({ title: signingIn, text: '' }))
  }

  function stopTimer(): void {
    clearTimeout(timer)
  }

  return {
    start() {
      stopTimer()
      timer = setTimeout(tellUser, SILENT_MS)
    },
    stop: stopTimer,
  }
}
