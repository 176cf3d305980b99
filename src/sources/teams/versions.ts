// What differs between the versions of teams-js that twodoor runs with: see msal/versions.ts.

import { version } from '@microsoft/teams-js'

/** The oldest that `peerDependencies` allow. docs/versions.md shows what was tried. */
const OLDEST = [2, 31]

/** Refuses an older copy, which only `overrides` can bring; diagnose-load.ts recognizes the text. */
export function checkTeamsVersion<T>(part: T): T {
  if (!isTooOld()) return part
  throw new Error(`@microsoft/teams-js ${version} is older than that.`)
}

/** Not by `localeCompare()`: its first call loads the rules of a language, for a millisecond or two of the main thread. */
function isTooOld(): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10))
  const differing = OLDEST.findIndex((part, i) => (parts[i] ?? 0) !== part)
  return (parts[differing] ?? 0) < (OLDEST[differing] ?? 0)
}
