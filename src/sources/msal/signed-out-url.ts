import { writeJourney } from './notes.js'
import { isAnswerTo, readJourney } from './response.js'

/** After a sign-out of ours at Entra ID, MSAL's `state` is left over in the query. */
export function removeSignOutState(window: Window, clientId: string): void {
  const { location, history } = window
  const url = new URL(location.href)
  const journey = readJourney(window, clientId)
  if (!journey || !isAnswerTo(journey, url.search) || url.searchParams.has('code')) return
  writeJourney(window, clientId, undefined)
  url.searchParams.delete('state')
  history.replaceState(history.state, '', url)
}
