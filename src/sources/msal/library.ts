// What twodoor uses of MSAL, as a chunk of its own: it is by far the largest one.
import { PublicClientApplication as MsalClient } from '@azure/msal-browser'
import { checkMsalVersion } from './versions.js'

export const PublicClientApplication = checkMsalVersion(MsalClient)
export { createNestablePublicClientApplication } from '@azure/msal-browser'
export { beginElsewhere, handleResponse, tellOfSignOut } from './versions.js'
