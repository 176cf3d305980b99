// The answer of Entra ID in the fragment of the URL. Taken out at once: routers eat fragments, and a code does not
// belong into the history of the browser.

import { isPathOfThisOrigin } from '../../path.js'
import { createNote } from '../../storage.js'

/** What this tab knows of the redirect that it is on. */
export interface Journey {
  /** Path, query and fragment of this origin where the user was. */
  readonly returnTo: string
  /** `prompt=none`: without any page of Entra ID's. */
  readonly silent: boolean
  /** Without a click of the user. */
  readonly automatic: boolean
}

/**
 * Takes the OAuth response out of the URL and returns it, or `undefined` if there is none.
 *
 * Where the page that the user came from is this very document, its query and fragment are put back right away, so that
 * a router sees them.
 */
export function takeResponse(window: Window, clientId: string): string | undefined {
  const { location, history } = window
  const response = location.hash.slice(1)
  if (!isResponse(response)) return undefined
  const here = location.href.replace(/#.*/s, '')
  const start = new URL(readJourney(window, clientId)?.returnTo ?? here, here)
  history.replaceState(history.state, '', start.pathname === location.pathname ? start : here)
  return response
}

export function readJourney(window: Window, clientId: string): Journey | undefined {
  const text = journeyNote(window, clientId).read()
  try {
    const journey = JSON.parse(text ?? 'null') as Journey | null
    return journey && isPathOfThisOrigin(journey.returnTo, window) ? journey : undefined
  } catch {
    return undefined
  }
}

export function writeJourney(window: Window, clientId: string, journey: Journey | undefined): void {
  journeyNote(window, clientId).write(journey && JSON.stringify(journey))
}

function journeyNote(window: Window, clientId: string) {
  return createNote(window, clientId, 'journey', ['sessionStorage'])
}

/** RFC 6749 §4.1.2 in a fragment, with the `state` of an MSAL redirect. */
function isResponse(fragment: string): boolean {
  const parameters = new URLSearchParams(fragment)
  return (parameters.has('code') || parameters.has('error')) && isMsalState(parameters.get('state'))
}

/**
 * MSAL's `state` is base64 JSON in ASCII, and behind a bar what the app added. Decoded here: what decodes tokens comes
 * with a later download.
 */
export function isMsalState(state: string | null): boolean {
  try {
    const [library = ''] = (state ?? '').replace(/-/g, '+').replace(/_/g, '/').split('|')
    return JSON.parse(atob(library)).meta.interactionType === 'redirect'
  } catch {
    return false
  }
}
