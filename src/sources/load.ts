// The dynamic imports, with load-flow.ts. What a door needs is asked for at once and side by side, so that no part waits for another:
// a browser never downloads teams-js, and Teams SSO never downloads MSAL.

import { withDeadline } from '../deadline.js'
import type { Refusal } from './source.js'

const LOAD_DEADLINE_MS = 30_000

export const loadMsal = () => load(() => Promise.all([import('./msal/library.js'), import('./msal/door.js')]))

export const loadTeams = (window: Window) =>
  load(() => Promise.all([teamsLibraryOf(window) ?? import('./teams/library.js'), import('./teams/door.js')]))

/** Two copies of teams-js in a page take each other's answers where a host leaves out the uuid. */
function teamsLibraryOf(window: Window): typeof import('./teams/library.js') | undefined {
  const { microsoftTeams } = window as { microsoftTeams?: typeof import('./teams/library.js') }
  return microsoftTeams?.app && microsoftTeams.authentication ? microsoftTeams : undefined
}

/** A part that cannot be loaded is a refusal; the next call tries again. */
export function load<T extends object>(parts: () => Promise<T>): Promise<T | Refusal> {
  const refuse = (cause?: unknown): Refusal => ({
    refused: 'unavailable',
    message: 'A part of twodoor could not be loaded.',
    cause,
  })
  return withDeadline<T | Refusal>(parts().catch(refuse), LOAD_DEADLINE_MS, refuse)
}
