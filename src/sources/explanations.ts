// What a refusal means that a developer or an administrator has to mend, and what to change. Loaded only when one comes.
// The numbers are those of Entra ID's `AADSTS…`, after Microsoft Learn, "Microsoft Entra authentication and authorization error codes".

const SPA = 'the platform "Single-page application" of the app registration'

const words: Readonly<Record<string, readonly [meaning: string, remedy: string]>> = {
  50011: ['The redirect URI is not registered.', `Add \`browser.redirectUri\` to ${SPA}, letter by letter.`],
  50020: ['The account is not in this tenant.', 'Sign in with another account, or have this one invited as a guest.'],
  50057: ['The account is disabled.', 'Have an administrator enable it.'],
  50105: [
    'The user is not assigned to the app.',
    'Have an administrator assign the user under "Enterprise applications".',
  ],
  50194: ['The app is not multi-tenant.', 'Name your own tenant in `tenant`.'],
  53000: ['The device is not compliant.', 'Enroll the device as the organization asks for.'],
  53003: ['A Conditional Access policy blocks the access.', 'Have an administrator read the sign-in logs.'],
  65001: [
    'Nobody has consented to what the app asks for.',
    'Call `signIn()` on a click, or have an administrator consent.',
  ],
  65004: ['The user declined to consent.', 'Sign in again and accept.'],
  65005: ['The API does not offer this scope.', 'Compare `scopes` with "Expose an API" of the API.'],
  70011: ['A scope is not valid.', 'Compare `scopes` with "Expose an API" of the API.'],
  90002: ['There is no such tenant.', 'Correct `tenant`, or `authority` in a sovereign cloud.'],
  90008: [
    'The app may not read the profile of the user.',
    'Add the permission "User.Read" of Microsoft Graph to the app.',
  ],
  90009: ['The app asks for its own API by a name.', "Write the scope as '<clientId>/<name>'."],
  90094: ['An administrator has to consent.', 'Have one grant consent under "API permissions".'],
  500011: ['The API of the scope is not in this tenant.', 'Correct `scopes`, or have an administrator add the API.'],
  500113: ['The app has no redirect URI.', `Add \`browser.redirectUri\` to ${SPA}.`],
  530003: ['The device is not managed by the organization.', 'Enroll the device as the organization asks for.'],
  650052: ['The organization has not enabled the API.', 'Have an administrator add it to the tenant.'],
  650057: ['The app has no permission for this API.', 'Add the API under "API permissions".'],
  700016: ['The app is not in this tenant.', 'Compare `clientId` and `tenant`, or have an administrator add the app.'],
  700054: ['ID tokens are not enabled.', 'Take the response type out of `browser.msal`.'],
  900144: [
    'A parameter of the request is missing.',
    'Look at `browser.msal`, and for what changes requests on their way.',
  ],
  7000218: ['The redirect URI is one of a confidential client.', `Move it from "Web" to ${SPA}.`],
  cache_quota_exceeded: [
    'The storage of this origin is full, so MSAL cannot keep what belongs to the sign-in.',
    'Make room in sessionStorage and localStorage of this origin.',
  ],
  clock_unknown: [
    'The token of the host looks expired, and the server of this page did not tell the time.',
    'Compare the clock of the device, and try again.',
  ],
  endpoint_empty: ['The token endpoint answered with neither a token nor an error.', 'Try again in a moment.'],
  endpoint_fails: ['The token endpoint answered with an error that is not of OAuth.', 'Try again in a moment.'],
  endpoint_silent: ['The token endpoint did not answer within 20 s.', 'Try again.'],
  endpoint_throttles: ['The token endpoint answered 429: too many requests.', 'Try again in a minute.'],
  host_lost: ['The host did not answer teams-js, which asks once.', 'Reload the tab.'],
  host_too_new: ['The host is newer than the teams-js of this page can read.', 'Update @microsoft/teams-js.'],
  no_access_token: ['The host gave something that is not an access token of a user.', 'Compare the app manifest.'],
  no_nesting: [
    'Scopes of other APIs need nested app auth, which is not offered here.',
    'Let your server get such tokens on behalf of the user.',
  ],
  sso_for_other: [
    '`teams.method` is sso, which gives tokens for the own API of the app, and `scopes` are of another one.',
    "Name a scope of your own API, or set `teams.method` to 'auto'.",
  ],
  token_expired: ['The host gave a token that has expired.', 'Try again, or reload the tab.'],
  token_of_other: [
    'Something else came than an access token of a user for the API of `scopes`.',
    'Compare `scopes` with `webApplicationInfo` in the app manifest.',
  ],
  9002326: ['The redirect URI is not one of a single-page application.', `Move it from "Web" to ${SPA}.`],
}

/** The same error by other numbers. */
const aliases: Readonly<Record<string, string>> = {
  ...{ 50034: '50020', 50049: '90002', 53001: '530003', 90014: '900144', 90095: '90094', 530002: '53000' },
  ...{ 650053: '65005', 650056: '650057', 700011: '700016', 900971: '500113', 9002327: '9002326' },
}

export interface Words {
  readonly message: string
  readonly remedy: string
}

/** The words for what a refusal says in short. */
export function wordsOf(why: string): Words | undefined {
  const [meaning, remedy] = own(words, own(aliases, why) ?? why) ?? []
  if (!meaning || !remedy) return undefined
  return { message: /^\d/.test(why) ? `AADSTS${why}: ${meaning}` : meaning, remedy }
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
