import { writePendingRedirect } from './redirect-notes.js'
import { isResponseTo, readPendingRedirect } from './response.js'

/** After a sign-out of ours at Entra ID, MSAL's `state` is left over in the query. */
export function removeSignOutState(window: Window, clientId: string): void {
  const { location, history } = window
  const url = new URL(location.href)
  const pending = readPendingRedirect(window, clientId)
  if (!pending || !isResponseTo(pending, url.search) || url.searchParams.has('code')) return
  writePendingRedirect(window, clientId, undefined)
  url.searchParams.delete('state')
  history.replaceState(history.state, '', url)
}
