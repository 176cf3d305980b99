// The errors of Entra ID that a developer or an administrator has to mend, by the number after `AADSTS`: Microsoft Learn,
// "Microsoft Entra authentication and authorization error codes".

import { lookUp, type Message } from './own-messages.js'

const SPA = 'the platform "Single-page application" of the app registration'

const aadstsMessages: Readonly<Record<string, Message>> = {
  50011: [
    'The redirect URI is not registered.',
    `Add \`browser.redirectUri\`, {redirectUri}, to ${SPA}, letter by letter.`,
  ],
  50020: ['The account is not in this tenant.', 'Sign in with another account, or have this one invited as a guest.'],
  50057: ['The account is disabled.', 'Have an administrator enable it.'],
  50105: [
    'The user is not assigned to the app.',
    'Have an administrator assign the user under "Enterprise applications".',
  ],
  50194: ['The app is not multi-tenant.', 'Name your own tenant in `tenant`, instead of {tenant}.'],
  50196: ['The app asks Entra ID for the same too often.', 'Try again in a few minutes.'],
  53000: ['The device is not compliant.', 'Enroll the device as the organization asks for.'],
  53003: ['A Conditional Access policy blocks the access.', 'Have an administrator read the sign-in logs.'],
  65001: [
    'Nobody has consented to what the app asks for.',
    'Call `signIn()` on a click, or have an administrator consent.',
  ],
  65004: ['The user declined to consent.', 'Sign in again and accept.'],
  65005: ['The API does not offer this scope.', 'Compare `scopes`, {scopes}, with "Expose an API" of the API.'],
  70011: ['A scope is not valid.', 'Compare `scopes`, {scopes}, with "Expose an API" of the API.'],
  90002: ['There is no such tenant.', 'Correct `tenant`, {tenant}, or `authority` in a sovereign cloud.'],
  90008: [
    'The app may not read the profile of the user.',
    'Add the permission "User.Read" of Microsoft Graph to the app.',
  ],
  90009: ['The app asks for its own API by a name.', "Write the scope as '<clientId>/<name>'."],
  90033: ['Entra ID is not available at the moment.', 'Try again in a moment.'],
  90094: ['An administrator has to consent.', 'Have one grant consent under "API permissions".'],
  500011: [
    'The API of the scope is not in this tenant.',
    'Correct `scopes`, {scopes}, or have an administrator add the API.',
  ],
  500113: ['The app has no redirect URI.', `Add \`browser.redirectUri\` to ${SPA}.`],
  530003: ['The device is not managed by the organization.', 'Enroll the device as the organization asks for.'],
  650052: ['The organization has not enabled the API.', 'Have an administrator add it to the tenant.'],
  650057: ['The app has no permission for this API.', 'Add the API under "API permissions".'],
  700016: [
    'The app is not in this tenant.',
    'Compare `clientId`, {clientId}, and `tenant`, {tenant}, or have an administrator add the app.',
  ],
  700054: ['ID tokens are not enabled.', 'Take the response type out of `browser.msal`.'],
  900144: [
    'A parameter of the request is missing.',
    'Look at `browser.msal`, and for what changes requests on their way.',
  ],
  9002326: ['The redirect URI is not one of a single-page application.', `Move it from "Web" to ${SPA}.`],
}

/** Numbers for the same errors. */
const aliases: Readonly<Record<string, string>> = {
  50034: '50020',
  50049: '90002',
  53001: '530003',
  90006: '90033',
  90012: '90033',
  90014: '900144',
  90055: '50196',
  90095: '90094',
  530002: '53000',
  650053: '65005',
  650056: '650057',
  700011: '700016',
  900971: '500113',
  7000218: '9002326',
  9002327: '9002326',
}

export function aadstsMessage(number: number): Message {
  const [meaning, remedy] = lookUp(aadstsMessages, lookUp(aliases, `${number}`) ?? `${number}`) ?? []
  if (!meaning || !remedy)
    return [`Entra ID refuses with AADSTS${number}.`, `Look up https://login.microsoftonline.com/error?code=${number}.`]
  return [`AADSTS${number}: ${meaning}`, remedy]
}
