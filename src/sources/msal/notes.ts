// What one tab remembers of its redirects. Never a token.

import { createNote } from '../../page/notes.js'
import type { Refusal } from '../source.js'
import { removeSession, STATUS_KEY } from './accounts.js'
import { type Journey, journeyNote, readJourney } from './response.js'

/** The loop guard: in one tab no second automatic redirect within this time. */
const AUTOMATIC_PAUSE_MS = 30_000

export function openNotes(window: Window, clientId: string) {
  const open = (name: string) => createNote(window, clientId, name, ['sessionStorage'])
  return {
    /** The one redirect with `prompt=none` of this tab was made. */
    triedSilently: open('tried-silently'),
    /** When this tab was last redirected without a click, in milliseconds since the epoch. */
    lastAutomatic: open('last-automatic'),
    /** What came of a sign-in, for the page that the user is brought back to. */
    outcome: open('outcome'),
    /** What MSAL has noted of the request that the page was left for. */
    request: open('request'),
  }
}

type Notes = ReturnType<typeof openNotes>

/** What came of a sign-in, as text. Never the error itself: the vendor's text can name the user. */
export function outcomeOf({ refused, noAccount, why }: Refusal): string {
  return JSON.stringify({ refused, noAccount, why })
}

/**
 * Notes once more what MSAL has noted in this tab of its request. Another app that uses MSAL for the same client ID, on the
 * page that the user comes back to, looks for an answer in the URL, finds none, and removes what MSAL has noted.
 */
export function keepRequest({ sessionStorage }: Window, clientId: string, { request }: Notes): void {
  const own = [`msal.${clientId}.request.`, `msal.${clientId}.code.`, STATUS_KEY]
  const isOfRequest = (key: string) => own.some((start) => key.startsWith(start))
  const kept = Object.keys(sessionStorage).filter(isOfRequest)
  request.write(JSON.stringify(kept.map((key) => [key, sessionStorage.getItem(key)])))
}

/** The note of it. Read once: it has the secret that belongs to the code (RFC 7636). */
export function takeRequest({ request }: Notes): string | undefined {
  const kept = request.read()
  request.write(undefined)
  return kept
}

/** Puts it back for MSAL to read at once. */
export function restoreRequest({ sessionStorage }: Window, kept = '[]'): void {
  for (const [key, value] of JSON.parse(kept) as [string, string][]) sessionStorage.setItem(key, value)
}

/** Removes what MSAL has written after a sign-out. A sign-in that the user has begun since goes on. */
export function removeLate(window: Window, clientId: string, notes: Notes): void {
  const isLeaving = readJourney(window, clientId) !== undefined
  if (isLeaving) keepRequest(window, clientId, notes)
  removeSession(window, clientId)
  if (isLeaving) restoreRequest(window, takeRequest(notes))
}

/** What came of the sign-in that led to this page. Read once. */
export function takeOutcome({ outcome }: Notes): Refusal | undefined {
  const text = outcome.read()
  outcome.write(undefined)
  try {
    const refusal = JSON.parse(text ?? 'null') as Refusal | null
    return refusal && endsJourney(refusal) ? refusal : undefined
  } catch {
    return undefined
  }
}

/** Whether this tab was redirected without a click just now: the loop guard. */
export function isTooSoon({ lastAutomatic }: Notes, now: number): boolean {
  const last = Number(lastAutomatic.read() ?? 0)
  return Math.abs(now - last) < AUTOMATIC_PAUSE_MS
}

/** Whether only a person can go on from here. */
export function needsSignIn({ refused }: Refusal): boolean {
  return ['sign_in_required', 'consent_required', 'denied', 'cancelled'].includes(refused)
}

/** Whether a sign-in that ended so is not tried again without a click: it would end the same, and go on for ever. */
export function endsJourney(refusal: Refusal): boolean {
  return needsSignIn(refusal) || ['config_invalid', 'unsupported'].includes(refusal.refused)
}

export function writeJourney(window: Window, clientId: string, journey: Journey | undefined): void {
  journeyNote(window, clientId).write(journey && JSON.stringify(journey))
}
