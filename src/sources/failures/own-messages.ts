// What twodoor itself has found out, by the `why` of the refusal.

/** Each `{name}` is a placeholder for {@link fillIn}. */
export type Message = readonly [message: string, remedy: string]

export const ownMessages: Readonly<Record<string, Message>> = {
  cache_quota_exceeded: [
    'The storage of this origin is full, so MSAL cannot store the sign-in.',
    'Free some space in sessionStorage and localStorage of this origin.',
  ],
  clock_unknown: [
    'The token of the host looks expired, and the server of this page did not send the time.',
    'Check the clock of the device, and try again.',
  ],
  endpoint_empty: ['The token endpoint answered with neither a token nor an error.', 'Try again in a moment.'],
  endpoint_fails: ['The token endpoint answered with an error that is not an OAuth error.', 'Try again in a moment.'],
  endpoint_silent: ['The token endpoint did not answer within 20 s.', 'Try again.'],
  endpoint_throttles: ['The token endpoint answered 429: too many requests.', 'Try again in a minute.'],
  host_lost: ['The host did not answer teams-js, which asks only once per page.', 'Reload the tab.'],
  host_too_new: ['The host is too new for the teams-js of this page.', 'Update @microsoft/teams-js.'],
  http_host: ['teams-js {version} hears no host on http, as {host} is.', 'Update @microsoft/teams-js to 2.58.'],
  no_access_token: ['The host gave something that is not an access token of a user.', 'Check the app manifest.'],
  no_nesting: [
    'Scopes of other APIs need nested app auth, which is not offered here.',
    'Let your server get such tokens on behalf of the user.',
  ],
  sso_for_other: [
    "`teams.method` is sso, which gives tokens for the app's own API only, and `scopes` belong to another one.",
    "Name a scope of your own API, or set `teams.method` to 'auto'.",
  ],
  token_expired: ['The host gave a token that has expired.', 'Try again, or reload the tab.'],
  token_of_other: [
    'The token is not an access token of a user for the API of `scopes`.',
    'Compare `scopes`, {scopes}, with `webApplicationInfo.resource` in the app manifest.',
  ],
  came_back: [
    'No response came from Entra ID.',
    'Sign in again. If Entra ID shows AADSTS50011, check `browser.redirectUri`, {redirectUri}; for 700016 `clientId`; for 90002 `tenant`.',
  ],
  csp: ['The Content-Security-Policy of the page blocks {url}.', 'Allow {blocked} in its `{directive}`.'],
  part_gone: [
    'The server answers {status} instead of a part of twodoor.',
    'Reload the page: there is a new version of the app.',
  ],
  peer: ['twodoor needs {peer} {range}: {cause}', 'Look for `overrides` in package.json.'],
  storage_blocked: [
    'Storage is blocked or full, so the page could not complete a sign-in after coming back from Entra ID.',
    'Allow cookies and site data for {origin} in the browser.',
  ],
  thrown: ['The code of this page failed. {cause}', 'Check the versions of its libraries, or report it.'],
  unreachable: ['{authority} could not be reached.', 'Try again in a moment, or allow it in `connect-src` of the CSP.'],
}

export function lookUp<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

export function fillIn(
  [message, remedy]: Message,
  values: Readonly<Record<string, string>>,
): { message: string; remedy: string } {
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all)
  return { message: fill(message), remedy: fill(remedy) }
}
