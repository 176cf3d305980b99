// The pop-up of a page of this app, in which the user consents or signs in. Entra ID leads it to the address of the app itself,
// so that nothing more has to be registered: here it hands the answer over, and closes.

import type { ChainlitPage } from './chainlit-page.js'
import {
  type AuthOptions,
  createNote,
  isGuid,
  isResponseTo,
  load,
  readPendingRedirect,
  readPopupUrl,
} from './twodoor.js'

/** Chainlit does not start without it. */
const ROOT = 'root'

/**
 * Whether this window is the pop-up of a page: opened with a request in its address, or back from Entra ID with an answer that is
 * not the one which this tab waits for itself.
 */
export function isPopup(window: Window, clientId: string): boolean {
  const { location } = window
  if (window.parent !== window.self) return false
  const response = location.hash.slice(1)
  const state = new URLSearchParams(response).get('state')
  if (!state) return readPopupUrl(location.search) !== undefined
  const pending = readPendingRedirect(window, clientId)
  if (pending && isResponseTo(pending, response)) return false
  const isOfHost = createNote(window, clientId, 'popup', ['sessionStorage']).read() !== undefined
  return isOfHost || isGuid(state.split('|')[1])
}

export async function actAsPopup(
  { document, location }: Window,
  page: ChainlitPage,
  options: AuthOptions,
): Promise<void> {
  document.getElementById(ROOT)?.remove()
  const part = await load(() => import('./popup-page.js'))
  const isAnswered = !('refused' in part) && (await part.runPopup(options).catch(() => false))
  // Where nobody took the answer, the window may be a tab of its own: only one that a page has opened closes.
  if (!isAnswered) location.replace(`${page.base}/`)
}
