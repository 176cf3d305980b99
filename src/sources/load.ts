// The dynamic imports, with load-flow.ts: a browser never downloads teams-js, and Teams SSO never downloads MSAL. Only
// the vendors' libraries are parts of their own. Each further part costs a page more than its bytes do.

import { globalOf } from '../page/globals.js'
import { withDeadline } from '../shared/deadline.js'
import type { Refusal } from './source.js'

const LOAD_DEADLINE_MS = 30_000

export const loadMsal = () => load(() => import('./msal/library.js'))

export const loadTeams = (window: Window) => load(async () => teamsLibraryOf(window) ?? import('./teams/library.js'))

/** Two copies of teams-js in a page take each other's answers where a host leaves out the uuid. */
function teamsLibraryOf(window: Window): typeof import('./teams/library.js') | undefined {
  const microsoftTeams = globalOf<typeof import('./teams/library.js')>(window, 'microsoftTeams')
  return microsoftTeams?.app && microsoftTeams.authentication ? microsoftTeams : undefined
}

/** A part that cannot be loaded is a refusal; the next call tries again. */
export function load<T extends object>(parts: () => Promise<T>): Promise<T | Refusal> {
  return withDeadline<T | Refusal>(parts().catch(refusalOfPart), LOAD_DEADLINE_MS, () =>
    refusalOfPart(undefined, 'No answer.'),
  )
}

/** What keeps away one part can keep away messages.ts too, so this message has to stand here. */
function refusalOfPart(cause: unknown, said = addressIn(`${cause}`)): Refusal {
  return {
    refused: 'unavailable',
    why: 'part',
    message: `A part of twodoor could not be loaded. ${said}`.trim(),
    remedy: 'Reload the page, or allow it in `script-src`.',
    cause,
  }
}

/** Without a query or a fragment: they can be what signs it. */
function addressIn(text: string): string {
  return /https?:[^\s?#)]+/.exec(text)?.[0] ?? ''
}
