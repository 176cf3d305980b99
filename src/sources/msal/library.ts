// The part of MSAL that twodoor uses, as a module of its own: it is by far the largest piece and loaded last.
import {
  createNestablePublicClientApplication,
  PublicClientApplication as MsalClient,
  version,
} from '@azure/msal-browser'

/**
 * A copy that `overrides` has forced is refused at once, and in words: diagnose-load.ts knows the text. It stands in both
 * library.ts: a file that two parts share would be a part of its own, and one request more.
 */
function supported<T>(part: T): T {
  if (version.localeCompare('5.29', undefined, { numeric: true }) >= 0) return part
  throw new Error(`@azure/msal-browser ${version} is older than that.`)
}

export const PublicClientApplication = supported(MsalClient)
export { createNestablePublicClientApplication }
