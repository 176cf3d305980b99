// What differs between the versions of teams-js that twodoor runs with: see msal/versions.ts.

import { version } from '@microsoft/teams-js'

/** The oldest that `peerDependencies` allow. docs/versions.md shows what was tried. */
const OLDEST = '2.31'

/** Refuses an older copy, which only `overrides` can bring; diagnose-load.ts recognizes the text. */
export function checkTeamsVersion<T>(part: T): T {
  if (version.localeCompare(OLDEST, undefined, { numeric: true }) >= 0) return part
  throw new Error(`@microsoft/teams-js ${version} is older than that.`)
}
