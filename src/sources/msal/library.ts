// What twodoor uses of MSAL, as a chunk of its own: it is by far the largest one.
import {
  createNestablePublicClientApplication,
  PublicClientApplication as MsalClient,
  version,
} from '@azure/msal-browser'

/**
 * Refuses an old copy, which only `overrides` can bring; diagnose-load.ts recognizes the text. It stands in both library.ts
 * because a file that two chunks share would become a third one, and a request more.
 */
function checkMsalVersion<T>(part: T): T {
  if (version.localeCompare('5.29', undefined, { numeric: true }) >= 0) return part
  throw new Error(`@azure/msal-browser ${version} is older than that.`)
}

export const PublicClientApplication = checkMsalVersion(MsalClient)
export { createNestablePublicClientApplication }
