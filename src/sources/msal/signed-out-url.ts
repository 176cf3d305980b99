import { isMsalState } from './response.js'

/** After a sign-out MSAL's `state` is left over in the query. */
export function removeSignOutState({ location, history }: Window): void {
  const url = new URL(location.href)
  if (!isMsalState(url.searchParams.get('state')) || url.searchParams.has('code')) return
  url.searchParams.delete('state')
  history.replaceState(history.state, '', url)
}
