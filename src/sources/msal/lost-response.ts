// Where a sign-in has ended that never came back here. Loaded only while a redirect of this tab has had no response.

import type { Settings } from '../../settings.js'
import type { Refusal } from '../source.js'
import { isResponseTo, type PendingRedirect } from './response.js'

interface Navigation {
  entries(): { readonly url: string | null }[]
}

/**
 * Returns a refusal where Entra ID has responded to a page without twodoor: the default redirect URI is `/`, and an app below
 * another path may not be there. Returns `undefined` where the user has just come back without a response.
 */
export function findLostResponse(
  window: Window,
  settings: Pick<Settings, 'redirectUri' | 'client'>,
  pending: PendingRedirect,
): Refusal | undefined {
  const redirectUri = settings.client?.getConfiguration().auth.redirectUri ?? settings.redirectUri
  if (!isInHistory(window, pending) && !comesFrom(window, redirectUri)) return undefined
  return {
    refused: 'sign_in_required',
    noAccount: true,
    message: `The sign-in seems to have ended at ${redirectUri}, where no createAuth() took the response.`,
    remedy: 'Set `browser.redirectUri` to a page that calls createAuth() with this client ID, and register it.',
  }
}

/** Whether an earlier page of this tab and origin has the response in its URL. Not all browsers have the Navigation API. */
function isInHistory(window: Window, pending: PendingRedirect): boolean {
  const { navigation } = window as Partial<Record<'navigation', Navigation>>
  return navigation?.entries().some(({ url }) => isResponseTo(pending, url?.split('#')[1])) === true
}

/** Whether the page of the redirect URI led here by itself, and lost the response on the way; not the Back button. */
function comesFrom({ document, location, performance }: Window, redirectUri: string): boolean {
  const isRedirectPage = (url: string) => url.replace(/[?#].*/s, '') === redirectUri.replace(/[?#].*/s, '')
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  return navigation?.type === 'navigate' && isRedirectPage(document.referrer) && !isRedirectPage(location.href)
}
