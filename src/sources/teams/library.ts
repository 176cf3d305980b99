// What twodoor uses of teams-js, as a chunk of its own: importing teams-js sends a request, so it is imported only where it
// is needed and the page does not have a copy already.
import { authentication, nestedAppAuth, app as teamsApp, version } from '@microsoft/teams-js'

/**
 * Refuses an old copy, which only `overrides` can bring; diagnose-load.ts recognizes the text. It stands in both library.ts
 * because a file that two chunks share would become a third one, and a request more.
 */
function checkTeamsVersion<T>(part: T): T {
  if (version.localeCompare('2.58', undefined, { numeric: true }) >= 0) return part
  throw new Error(`@microsoft/teams-js ${version} is older than that.`)
}

export const app = checkTeamsVersion(teamsApp)
export { authentication, nestedAppAuth }
