// The part of teams-js that twodoor uses, as a module of its own: importing teams-js sends a request, so it is imported
// only where it is needed and where the page does not have a copy already.
export { app, authentication, nestedAppAuth } from '@microsoft/teams-js'
