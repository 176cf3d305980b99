// The answer of Entra ID in the URL. Taken out at once: routers eat fragments, and a code does not belong into the history
// of the browser. Only the answer to a journey of ours: other apps that use MSAL wait for theirs on the same page.

import { createNote } from '../../page/notes.js'
import { isPathOfThisOrigin } from '../../page/path.js'

/** What this tab knows of the redirect that it is on. */
export interface Journey {
  /** Random. Goes to Entra ID behind MSAL's own part of `state`, and comes back. */
  readonly id: string
  /** Path, query and fragment of this origin where the user was. */
  readonly returnTo: string
  /** `prompt=none`: without any page of Entra ID's. */
  readonly silent: boolean
  /** Without a click of the user. */
  readonly automatic: boolean
  /** The app has heard that the answer went to another page. */
  readonly told?: boolean
}

/** What an `Auth` had taken when it was disposed of, by client ID. Not in the URL, which can be another one by then. */
const left = new Map<string, string>()

/**
 * Takes the OAuth response out of the URL and returns it, or `undefined` if there is none of ours.
 *
 * Where the page that the user came from is this very document, its query and fragment are put back right away, so that
 * a router sees them.
 */
export function takeResponse(window: Window, clientId: string): string | undefined {
  const { location, history } = window
  const before = left.get(clientId)
  left.delete(clientId)
  const response = location.hash.slice(1)
  const journey = readJourney(window, clientId)
  if (!journey) return undefined
  if (!isAnswerTo(journey, response)) return isAnswerTo(journey, before) ? before : undefined
  const here = location.href.replace(/#.*/s, '')
  const start = new URL(journey.returnTo, here)
  history.replaceState(history.state, '', start.pathname === location.pathname ? start : here)
  return response
}

/** Leaves a response to the next `Auth` of the page: React's StrictMode makes one, disposes of it and makes another. */
export function leaveResponse(clientId: string, response: string | undefined): void {
  if (response) left.set(clientId, response)
}

/** The user is not on the way to Entra ID any more, or signs out: no answer is taken. */
export function endJourney(window: Window, clientId: string): void {
  for (const name of ['journey', 'request']) createNote(window, clientId, name, ['sessionStorage']).write(undefined)
}

/** Whether the parameters of a URL answer this journey, which ends where MSAL is handed the answer. */
export function isAnswerTo(journey: Journey, parameters: string | undefined): boolean {
  return new URLSearchParams(parameters).get('state')?.split('|')[1] === journey.id
}

/** The journey of this tab, if one is known and can be trusted. */
export function readJourney(window: Window, clientId: string): Journey | undefined {
  const text = journeyNote(window, clientId).read()
  try {
    const journey = JSON.parse(text ?? 'null') as Journey | null
    return journey?.id && isPathOfThisOrigin(journey.returnTo, window) ? journey : undefined
  } catch {
    return undefined
  }
}

export function journeyNote(window: Window, clientId: string) {
  return createNote(window, clientId, 'journey', ['sessionStorage'])
}
