// Leaving the page for Entra ID, and what becomes of that if the page stays.

import type { Refusal } from '../source.js'
import { STATUS_KEY } from './accounts.js'
import { refusalOfMsal } from './refusals.js'

/** A page that is still here this long after it was told to leave is not going to. */
export const LEAVE_DEADLINE_MS = 10_000

export interface Leaving {
  readonly window: Window
  readonly disposed: AbortSignal
  go(): Promise<void>
  /** Hears that the page goes now. */
  left?(): void
}

/** Settles only if the page was not left: the user came back by the Back button, or something refused. */
export function leave({ window, disposed, go, left }: Leaving): Promise<Refusal> {
  return new Promise((resolve) => {
    const over = new AbortController()
    const { signal } = over
    const end = (refusal: Refusal) => {
      clearTimeout(timer)
      over.abort()
      resolve(refusal)
    }
    const timer = setTimeout(() => end({ refused: 'timed_out' }), LEAVE_DEADLINE_MS)
    const restored = ({ persisted }: PageTransitionEvent) =>
      persisted && end({ refused: 'cancelled', why: 'came_back' })
    window.addEventListener('pageshow', restored, { signal })
    if (left) window.addEventListener('pagehide', left, { signal })
    disposed.addEventListener('abort', () => end({ refused: 'disposed' }), { signal })
    depart(window, go).catch((cause: unknown) => end(refusalOfMsal(cause, window.navigator)))
  })
}

/**
 * Whether another app that uses MSAL waits for its own answer: then nobody leaves the page without a click. Its answer may
 * still be in the URL, or its redirect, or popup, may have begun.
 */
export function isOthersTurn(window: Window, clientId: string): boolean {
  const answer = new URLSearchParams(window.location.hash.slice(1))
  if (answer.has('state') && (answer.has('code') || answer.has('error'))) return true
  const status = window.sessionStorage.getItem(STATUS_KEY)
  return status !== null && !status.includes(clientId)
}

async function depart(window: Window, go: () => Promise<void>): Promise<void> {
  try {
    await go()
  } catch (cause) {
    if ((cause as { errorCode?: unknown } | null)?.errorCode !== 'interaction_in_progress') throw cause
    // Left over from a redirect of this tab that was abandoned, or from a sign-out, whose answer MSAL is not told of. One
    // of another app would end with this page, too: the user wants to leave it now.
    window.sessionStorage.removeItem(STATUS_KEY)
    await go()
  }
}
