// What twodoor uses of teams-js, as a chunk of its own: importing teams-js sends a request, so it is imported only where it
// is needed and the page does not have a copy already.
import * as teams from '@microsoft/teams-js'
import { checkTeamsVersion } from './versions.js'

export const app = checkTeamsVersion(teams.app)
/** Meant for Microsoft's own apps: a later teams-js may be without it. */
export const sendCustomMessage: typeof teams.sendCustomMessage | undefined = teams.sendCustomMessage
export { authentication, nestedAppAuth, version } from '@microsoft/teams-js'
