// What differs between the versions of MSAL that twodoor runs with. It is part of library.ts's chunk, and teams/versions.ts of
// the other: a file that both share would become a third chunk, and a request more.

import {
  type AccountInfo,
  type AuthenticationResult,
  type EndSessionRequest,
  type IPublicClientApplication,
  type RedirectRequest,
  version,
} from '@azure/msal-browser'

/** The oldest that `peerDependencies` allow. docs/versions.md shows what was tried. */
const OLDEST = [4, 9, 1]

/** Refuses an older copy, which only `overrides` can bring; diagnose-load.ts recognizes the text. */
export function checkMsalVersion<T>(part: T): T {
  if (!isTooOld()) return part
  throw new Error(`@azure/msal-browser ${version} is older than that.`)
}

/** Not by `localeCompare()`: its first call loads the rules of a language, for a millisecond or two of the main thread. */
function isTooOld(): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10))
  const differing = OLDEST.findIndex((part, i) => (parts[i] ?? 0) !== part)
  return (parts[differing] ?? 0) < (OLDEST[differing] ?? 0)
}

/**
 * Gives MSAL the response of a redirect, and keeps it from going back to where the user came from: the caller does that.
 *
 * MSAL 4 and 5.0 empty the fragment and `history.state`, whatever they are, before they wait for anything. Without a fragment
 * that navigates nowhere, and both are back before any other code runs. Office.js takes `replaceState` away.
 */
export function handleResponse(client: IPublicClientApplication, hash: string): Promise<AuthenticationResult | null> {
  const { href } = location
  const { state } = history
  const bare = href.replace(/#.*/s, '')
  history.replaceState?.(state, '', bare)
  const handled = giveResponse(client, hash)
  if (location.href === bare) history.replaceState?.(state, '', href)
  return handled
}

/**
 * MSAL 4, which still has `logout`, takes nothing but the response, and reads the rest from its configuration. The client is
 * asked, not `version`: an app can hand over a client of another copy.
 */
async function giveResponse(client: IPublicClientApplication, hash: string): Promise<AuthenticationResult | null> {
  if (!('logout' in client)) return client.handleRedirectPromise({ hash, navigateToLoginRequestUrl: false })
  const auth = client.getConfiguration().auth as { navigateToLoginRequestUrl?: boolean | undefined }
  const before = auth.navigateToLoginRequestUrl
  auth.navigateToLoginRequestUrl = false
  try {
    return await client.handleRedirectPromise(`#${hash}` as never)
  } finally {
    auth.navigateToLoginRequestUrl = before
  }
}

/**
 * Has MSAL begin a redirect, and returns where it would lead, without leaving the page.
 *
 * MSAL 4 asks a callback of the request first, MSAL 5 the one of its configuration alone, around which it puts another that it
 * never takes away.
 */
export async function beginElsewhere(client: IPublicClientApplication, request: RedirectRequest): Promise<string> {
  const auth = client.getConfiguration().auth as { onRedirectNavigate?: unknown }
  const before = auth.onRedirectNavigate
  let address = ''
  const onRedirectNavigate = (url: string) => {
    address = url
    return false
  }
  auth.onRedirectNavigate = onRedirectNavigate
  try {
    await client.acquireTokenRedirect({ ...request, onRedirectNavigate } as RedirectRequest)
    if (!address) throw new Error('MSAL did not begin a redirect.')
    return address
  } finally {
    auth.onRedirectNavigate = before
  }
}

/**
 * Has MSAL's client tell its page that somebody has signed out, without any navigation: MSAL 5 does so when there is no active
 * account any more. MSAL 4 does not, and msal-react would go on showing the account.
 */
export async function tellOfSignOut(client: IPublicClientApplication, account: AccountInfo): Promise<void> {
  const request: EndSessionRequest & { onRedirectNavigate(): boolean } = { account, onRedirectNavigate: () => false }
  if ('logout' in client) await client.logoutRedirect(request)
}
