// What one tab remembers of its redirects. Never a token.

import { createNote } from '../../storage.js'
import type { Refusal } from '../source.js'

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
  }
}

type Notes = ReturnType<typeof openNotes>

/** What came of a sign-in, as text. Never the error itself: the vendor's text can name the user. */
export function outcomeOf({ refused, nobody, why }: Refusal): string {
  return JSON.stringify({ refused, nobody, why })
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
