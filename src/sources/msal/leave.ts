// Leaving the page for Entra ID, and what happens if the page stays.

import type { Refusal } from '../source.js'
import { INTERACTION_KEY } from './accounts.js'
import type { OpenedContext } from './redirect-context.js'
import { writePendingRedirect } from './redirect-notes.js'
import { refusalOfMsal } from './refusals.js'
import type { PendingRedirect } from './response.js'

/** A page that is still here this long after it was told to leave is not going to. */
export const LEAVE_DEADLINE_MS = 10_000

/** Why the page cannot be left now. */
export function findObstacle({ disposed, window, notes }: OpenedContext): Refusal | undefined {
  if (disposed.aborted) return { refused: 'disposed' }
  if (window.parent !== window.self) return { refused: 'framed' }
  // MSAL would navigate to an error page of the browser and lose this one.
  if (!window.navigator.onLine) return { refused: 'offline' }
  if (!notes.triedSilently.lasting) return { refused: 'unsupported', why: 'storage_blocked' }
  return undefined
}

/** Remembers the redirect and tells the app. Returns the `state` that comes back with the response. */
export function beginRedirect(
  { window, clientId, emit }: OpenedContext,
  to: 'sign-in' | 'sign-out',
  redirect: Omit<PendingRedirect, 'id'>,
): string {
  const id = crypto.randomUUID()
  writePendingRedirect(window, clientId, { id, ...redirect })
  emit({ type: 'redirect', automatic: redirect.automatic, to })
  return id
}

/**
 * Settles only if the page was not left: the user came back by the Back button, or something refused.
 *
 * @param onLeave - called as the page goes
 */
export function leaveForEntra(
  { window, disposed }: OpenedContext,
  go: () => Promise<void>,
  onLeave?: () => void,
): Promise<Refusal> {
  return new Promise((resolve) => {
    const settled = new AbortController()
    const { signal } = settled
    const stayHere = (refusal: Refusal) => {
      clearTimeout(timer)
      settled.abort()
      resolve(refusal)
    }
    const timer = setTimeout(() => stayHere({ refused: 'timed_out' }), LEAVE_DEADLINE_MS)
    const cameBack = ({ persisted }: PageTransitionEvent) =>
      persisted && stayHere({ refused: 'cancelled', why: 'came_back' })
    window.addEventListener('pageshow', cameBack, { signal })
    if (onLeave) window.addEventListener('pagehide', onLeave, { signal })
    disposed.addEventListener('abort', () => stayHere({ refused: 'disposed' }), { signal })
    beginAnew(window, go).catch((cause: unknown) => stayHere(refusalOfMsal(cause, window.navigator)))
  })
}

/**
 * Whether another app that uses MSAL is in the middle of a sign-in: its response may still be in the URL, or its redirect or
 * popup may have begun. Then the page is not left without a click.
 */
export function isOtherAppWaiting(window: Window, clientId: string): boolean {
  const parameters = new URLSearchParams(window.location.hash.slice(1))
  if (parameters.has('state') && (parameters.has('code') || parameters.has('error'))) return true
  const status = window.sessionStorage.getItem(INTERACTION_KEY)
  return status !== null && !status.includes(clientId)
}

/** Begins a redirect, or what is one to MSAL, also where one that was abandoned stands in its way. */
export async function beginAnew<T>(window: Window, go: () => Promise<T>): Promise<T> {
  try {
    return await go()
  } catch (cause) {
    if ((cause as { errorCode?: unknown } | null)?.errorCode !== 'interaction_in_progress') throw cause
    // Left over from a redirect of this tab that was abandoned, or from a sign-out, whose response MSAL does not see. If it
    // is of another app, that would end with this page too, and the user wants to leave now.
    window.sessionStorage.removeItem(INTERACTION_KEY)
    return go()
  }
}
