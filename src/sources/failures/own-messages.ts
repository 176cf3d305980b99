// What twodoor itself has found out, by the `why` of the refusal.

/** Each `{name}` is a placeholder that messages.ts fills in. */
export type Message = readonly [message: string, remedy: string]

export const ownMessages: Readonly<Record<string, Message>> = {
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
    'Compare `scopes`, {scopes}, with `webApplicationInfo.resource` in the app manifest.',
  ],
  came_back: [
    'No answer came from Entra ID.',
    'Sign in again. If Entra ID shows AADSTS50011, compare `browser.redirectUri`, {redirectUri}; with 700016 `clientId`; with 90002 `tenant`.',
  ],
  csp: ['The Content-Security-Policy of the page blocks {url}.', 'Allow {blocked} in its `{directive}`.'],
  part_gone: [
    'The server answers {status} instead of a part of twodoor.',
    'Reload the page: there is a new version of the app.',
  ],
  peer: ['twodoor needs {peer} {range}: {cause}', 'Look for `overrides` in package.json.'],
  storage_blocked: [
    'Storage is blocked or full, so the way back from Entra ID would be lost.',
    'Allow cookies and site data for {origin} in the browser.',
  ],
  thrown: ['The code of this page failed. {cause}', 'Compare the versions of its libraries, and report it.'],
  unreachable: ['{authority} could not be reached.', 'Try again in a moment, or allow it in `connect-src` of the CSP.'],
}

export function lookUp<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}
