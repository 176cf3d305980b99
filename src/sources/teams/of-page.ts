import { globalOf } from '../../page/globals.js'

/** Two copies of teams-js in a page take each other's answers where a host omits the uuid. */
export function teamsLibraryOf(window: Window): typeof import('./library.js') | undefined {
  const microsoftTeams = globalOf<typeof import('./library.js')>(window, 'microsoftTeams')
  return microsoftTeams?.app && microsoftTeams.authentication ? microsoftTeams : undefined
}
