// The response of Entra ID in the URL. It is taken out at once: routers eat fragments, and a code does not belong into the
// history of the browser. Only the response to a redirect of ours: other apps that use MSAL wait for theirs on the same page.

import { createNote } from '../../page/notes.js'
import { isPathOfThisOrigin } from '../../page/path.js'

/** A redirect of this tab to Entra ID that has had no response yet. */
export interface PendingRedirect {
  /** Random. Goes to Entra ID behind MSAL's own part of `state`, and comes back. */
  readonly id: string
  /** Path, query and fragment of this origin where the user was. */
  readonly returnTo: string
  /** `prompt=none`: without any page of Entra ID's. */
  readonly silent: boolean
  /** Without a click of the user. */
  readonly automatic: boolean
  /** `SignInClick.keepsAccount`. */
  readonly keepsAccount?: boolean | undefined
  /** The app has been told that the response went to another page. */
  readonly reported?: boolean
}

/** What an `Auth` had taken when it was disposed of, by client ID. Not kept in the URL: that may have changed since. */
const passedOn = new Map<string, string>()

/**
 * Takes the OAuth response out of the URL and returns it, or `undefined` if there is none of ours.
 *
 * Where the page that the user came from is this very document, its query and fragment are put back right away, so that
 * a router sees them.
 */
export function takeResponse(window: Window, clientId: string): string | undefined {
  const { location, history } = window
  const before = passedOn.get(clientId)
  passedOn.delete(clientId)
  const response = location.hash.slice(1)
  const pending = readPendingRedirect(window, clientId)
  if (!pending) return undefined
  if (!isResponseTo(pending, response)) return isResponseTo(pending, before) ? before : undefined
  const here = location.href.replace(/#.*/s, '')
  const start = new URL(pending.returnTo, here)
  history.replaceState(history.state, '', start.pathname === location.pathname ? start : here)
  return response
}

/** Keeps a response for the next `Auth` of the page: React's StrictMode makes one, disposes of it and makes another. */
export function passOnResponse(clientId: string, response: string | undefined): void {
  if (response) passedOn.set(clientId, response)
}

/** From now on no response is taken: the user signs out, or has given up signing in. */
export function endPendingRedirect(window: Window, clientId: string): void {
  for (const name of ['redirect', 'request']) tabNote(window, clientId, name).write(undefined)
}

/** Whether the parameters of a URL are the response to this redirect. */
export function isResponseTo(pending: Pick<PendingRedirect, 'id'>, parameters: string | undefined): boolean {
  return new URLSearchParams(parameters).get('state')?.split('|')[1] === pending.id
}

/** The redirect that this tab waits for, unless the note of it has been tampered with. */
export function readPendingRedirect(window: Window, clientId: string): PendingRedirect | undefined {
  const text = tabNote(window, clientId, 'redirect').read()
  try {
    const pending = JSON.parse(text ?? 'null') as PendingRedirect | null
    return pending?.id && isPathOfThisOrigin(pending.returnTo, window) ? pending : undefined
  } catch {
    return undefined
  }
}

/** A note that only this tab has. */
export function tabNote(window: Window, clientId: string, name: string) {
  return createNote(window, clientId, name, ['sessionStorage'])
}
