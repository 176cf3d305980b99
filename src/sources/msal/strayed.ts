// Where a sign-in has ended that never came back here. Loaded only while a redirect of this tab has no answer.

import type { Refusal } from '../source.js'
import { isAnswerTo, type Journey } from './response.js'

interface Navigation {
  entries(): { readonly url: string | null }[]
}

/**
 * What to say where Entra ID has answered on a page without twodoor: the default redirect URI is `/`, and an app below
 * another path may not be there. `undefined` where the user has just come back without an answer.
 */
export function strayed(window: Window, redirectUri: string, journey: Journey): Refusal | undefined {
  if (!hasAnswer(window, journey) && !comesFrom(window, redirectUri)) return undefined
  return {
    refused: 'sign_in_required',
    noAccount: true,
    message: `The sign-in seems to have ended at ${redirectUri}, where no createAuth() took the answer.`,
    remedy: 'Set `browser.redirectUri` to a page that calls createAuth() with this client ID, and register it.',
  }
}

/** Whether a page of this origin that the tab was on has the answer in its URL (Navigation API: not in every browser). */
function hasAnswer(window: Window, journey: Journey): boolean {
  const { navigation } = window as Partial<Record<'navigation', Navigation>>
  return navigation?.entries().some(({ url }) => isAnswerTo(journey, url?.split('#')[1])) === true
}

/** The page of the redirect URI may have led here by itself, and lost the answer on the way. Nobody has come by Back. */
function comesFrom({ document, location, performance }: Window, redirectUri: string): boolean {
  const isThere = (url: string) => url.replace(/[?#].*/s, '') === redirectUri.replace(/[?#].*/s, '')
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  return navigation?.type === 'navigate' && isThere(document.referrer) && !isThere(location.href)
}
