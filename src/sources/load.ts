// The dynamic imports: a browser never downloads teams-js, and Teams SSO never downloads MSAL. A chunk of its own has only
// what few pages need: each further request costs a page more than the bytes do.

import { withDeadline } from '../shared/deadline.js'
import type { Refusal } from './source.js'
import { teamsLibraryOf } from './teams/of-page.js'

const LOAD_DEADLINE_MS = 30_000

export const loadMsal = () => load(() => import('./msal/library.js'))

export const loadTeams = (window: Window) => load(async () => teamsLibraryOf(window) ?? import('./teams/library.js'))

/** Resolves with a refusal if the part cannot be loaded; the next call tries again. */
export function load<T extends object>(parts: () => Promise<T>): Promise<T | Refusal> {
  return withDeadline<T | Refusal>(parts().catch(refusalOfPart), LOAD_DEADLINE_MS, () =>
    refusalOfPart(undefined, 'No response.'),
  )
}

/** Whatever blocks one part can block messages.ts too, so this message stands here. */
function refusalOfPart(cause: unknown, detail = addressIn(`${cause}`)): Refusal {
  return {
    refused: 'unavailable',
    why: 'part',
    message: `A part of twodoor could not be loaded. ${detail}`.trim(),
    remedy: 'Reload the page, or allow it in `script-src`.',
    cause,
  }
}

/** Without a query or a fragment, which can hold a signature. */
function addressIn(text: string): string {
  return /https?:[^\s?#)]+/.exec(text)?.[0] ?? ''
}
