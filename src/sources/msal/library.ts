// The part of MSAL that twodoor uses, as a module of its own: it is by far the largest piece and loaded last.
export { createNestablePublicClientApplication, PublicClientApplication } from '@azure/msal-browser'
