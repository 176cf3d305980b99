// What one tab remembers of its redirects. Never a token.

import type { Refusal } from '../source.js'
import { INTERACTION_KEY, removeSession } from './accounts.js'
import { type PendingRedirect, readPendingRedirect, tabNote } from './response.js'

export function openNotes(window: Window, clientId: string) {
  return {
    /** Set once this tab has made its one redirect with `prompt=none`. */
    triedSilently: tabNote(window, clientId, 'tried-silently'),
    /** When this tab was last redirected without a click, in milliseconds since the epoch. */
    lastAutomatic: tabNote(window, clientId, 'last-automatic'),
    /** Why a sign-in failed, for the page that the user is brought back to. */
    outcome: tabNote(window, clientId, 'outcome'),
    /** A copy of what MSAL has stored for the request that the page was left for. */
    request: tabNote(window, clientId, 'request'),
  }
}

export type Notes = ReturnType<typeof openNotes>

/** A refusal as text, without its cause: the vendor's text can name the user. */
export function outcomeText({ refused, noAccount, why }: Refusal): string {
  return JSON.stringify({ refused, noAccount, why })
}

/** Reads the outcome once. */
export function takeOutcome({ outcome }: Notes): Refusal | undefined {
  const text = outcome.read()
  outcome.write(undefined)
  try {
    const refusal = JSON.parse(text ?? 'null') as Refusal | null
    return refusal && mustNotRepeat(refusal) ? refusal : undefined
  } catch {
    return undefined
  }
}

/**
 * Copies what MSAL has stored in this tab for its request. Another app that uses MSAL for the same client ID, on the page
 * that the user comes back to, looks for a response in the URL, finds none, and removes what MSAL has stored.
 */
export function keepRequest(window: Window, clientId: string, { request }: Notes): void {
  try {
    const { sessionStorage } = window
    const kept = requestKeys(sessionStorage, clientId)
    request.write(JSON.stringify(kept.map((key) => [key, sessionStorage.getItem(key)])))
  } catch {} // blocked meanwhile, and then MSAL cannot read it either
}

/** What MSAL has stored in this tab for its request. */
export function requestKeys(storage: Storage, clientId: string): string[] {
  const prefixes = [`msal.${clientId}.request.`, `msal.${clientId}.code.`, INTERACTION_KEY]
  return Object.keys(storage).filter((key) => prefixes.some((prefix) => key.startsWith(prefix)))
}

/** Reads the copy once: it holds the secret that belongs to the code (RFC 7636). */
export function takeRequest({ request }: Notes): string | undefined {
  const kept = request.read()
  request.write(undefined)
  return kept
}

/** Puts the copy back for MSAL. */
export function restoreRequest({ sessionStorage }: Window, kept = '[]'): void {
  for (const [key, value] of JSON.parse(kept) as [string, string][]) sessionStorage.setItem(key, value)
}

/** Removes what MSAL has stored after a sign-out. A sign-in that the user has begun since goes on. */
export function removeLateWrites(window: Window, clientId: string, notes: Notes): void {
  const isLeaving = readPendingRedirect(window, clientId) !== undefined
  if (isLeaving) keepRequest(window, clientId, notes)
  removeSession(window, clientId)
  if (isLeaving) restoreRequest(window, takeRequest(notes))
}

/** Whether only a person can go on from here. */
export function needsSignIn({ refused }: Refusal): boolean {
  return ['sign_in_required', 'consent_required', 'denied', 'cancelled'].includes(refused)
}

/** Whether a sign-in that failed like this needs a click to be tried again: else it would fail the same way for ever. */
export function mustNotRepeat(refusal: Refusal): boolean {
  return needsSignIn(refusal) || ['config_invalid', 'unsupported'].includes(refusal.refused)
}

export function writePendingRedirect(window: Window, clientId: string, pending: PendingRedirect | undefined): void {
  tabNote(window, clientId, 'redirect').write(pending && JSON.stringify(pending))
}
