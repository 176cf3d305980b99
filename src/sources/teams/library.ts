// What twodoor uses of teams-js, as a chunk of its own: importing teams-js sends a request, so it is imported only where it
// is needed and the page does not have a copy already.
import { app as teamsApp } from '@microsoft/teams-js'
import { checkTeamsVersion } from './versions.js'

export const app = checkTeamsVersion(teamsApp)
export { authentication, nestedAppAuth, version } from '@microsoft/teams-js'
