// Only an answer to a host needs teams-js.

import { teamsLibraryOf } from '../sources/teams/of-page.js'

export const loadTeams = async (window: Window) => teamsLibraryOf(window) ?? import('../sources/teams/library.js')
