// The part of teams-js that twodoor uses, as a module of its own: importing teams-js sends a request, so it is imported
// only where it is needed and where the page does not have a copy already.
import { authentication, nestedAppAuth, app as teamsApp, version } from '@microsoft/teams-js'

/**
 * A copy that `overrides` has forced is refused at once, and in words: diagnose-load.ts knows the text. It stands in both
 * library.ts: a file that two parts share would be a part of its own, and one request more.
 */
function supported<T>(part: T): T {
  if (version.localeCompare('2.58', undefined, { numeric: true }) >= 0) return part
  throw new Error(`@microsoft/teams-js ${version} is older than that.`)
}

export const app = supported(teamsApp)
export { authentication, nestedAppAuth }
