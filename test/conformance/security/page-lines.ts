import { acrossOrigins, cases, inBrowser, line, plant, python, type SecurityLine, unit } from './security-line.js'

const OTHER_FRAMES = [
  line(
    'S1',
    plant('src/page/host.ts', "const parent = ancestors[0] ?? 'null'", "const parent = 'https://teams.microsoft.com'"),
    unit('page/host.test.ts', 'takes %s for what it is'),
    unit('page/host.test.ts', 'never decides by the user agent or the name of the window'),
    acrossOrigins('hosts.test.ts', 'that imitates Teams gets no answer and can feed no token'),
  ),
  line(
    'S2',
    plant(
      'src/page/host.ts',
      'return knownHosts.includes(host) ||',
      'return knownHosts.some((each) => host.endsWith(each)) ||',
    ),
    unit('page/host.test.ts', 'refuses %j'),
    unit('page/host.test.ts', 'never takes another host for one of the list'),
  ),
  line(
    'S3',
    plant('src/sources/teams/sso.ts', '!account || !isUserToken(claims)', '!account'),
    unit('sources/teams/teams.test.ts', '%s is refused, and shown as no sign-in'),
    unit('sources/teams/teams.test.ts', 'refuses what is no token: %o'),
    unit('sources/expiry.test.ts', 'is over for a token that has expired, with a clock ahead by %s hours'),
  ),
  line(
    'S4',
    plant('python/twodoor/chainlit/answers.py', `" ".join(("'self'", *self._frame_ancestors))`, '"*"'),
    python('chainlit/test_answers.py', 'test_the_hosts_of_microsoft_may_frame_the_app_and_nobody_else'),
    acrossOrigins('csp.test.ts', 'lets the hosts frame the page, and nobody else'),
  ),
]

const MARKUP = [
  line(
    'S5',
    plant('src/page/globals.ts', 'Object.hasOwn(window, name) ?', 'name in window ?'),
    inBrowser('named-elements.test.ts', 'makes no host: %s'),
    inBrowser('named-elements.test.ts', 'is no teams-js: %s'),
    inBrowser('named-elements.test.ts', 'is no bridge: %s'),
  ),
  line(
    'S6',
    plant(
      'src/carriers/fetch/call.ts',
      'const url = toUrl(address, base)',
      'const url = toUrl(address, location.href)',
    ),
    unit('auth.test.ts', 'resolves relative URLs as fetch does, under <base> too'),
    unit('shared/resources.test.ts', 'resolves relative entries against the page'),
  ),
  line(
    'S7',
    plant('SECURITY.md', "base-uri 'none';", ''),
    acrossOrigins('csp.test.ts', 'lets no <base> that somebody injects lead the page elsewhere'),
    acrossOrigins('csp.test.ts', 'works at both doors: %s'),
    acrossOrigins('csp.test.ts', 'is what the pages of the demo have too'),
  ),
]

const CALLED = [
  line(
    'S8',
    plant('src/shared/resources.ts', '{origin}/`)', '{origin}`)'),
    unit('carriers/fetch/fetch-with-token.test.ts', 'passes %s on untouched and asks for no token'),
    unit('shared/resources.test.ts', 'does not find %s in it'),
    unit('shared/resources.test.ts', 'never match outside of the resource, however a server reads them'),
  ),
  line(
    'S9',
    plant('src/carriers/fetch/call.ts', 'input: url.href, init: own', 'input: input as string, init: own'),
    unit('carriers/fetch/call.test.ts', 'goes where its URL object led when it was made'),
    inBrowser('bound-call.test.ts', 'goes where it led before %s'),
  ),
  line(
    'S10',
    plant('src/carriers/fetch/fetch-with-token.ts', ' || !isAnswerOf(context, call, response)', ''),
    unit('carriers/fetch/call.test.ts', 'that a redirect led to (%s) is not the resource’s'),
    acrossOrigins('leaks.test.ts', 'does not follow a redirect of the app’s server to another origin'),
  ),
  line(
    'S11',
    plant('src/carriers/sockets/address.ts', 'if (!endpoints.every(isSafeEndpoint))', 'if (!endpoints)'),
    unit('carriers/sockets/address.test.ts', 'sends none after a reconnect that leads elsewhere'),
    unit('carriers/sockets/address.test.ts', 'sends no token to an address that is not safe: %s'),
    unit('carriers/sockets/address.test.ts', 'sends none over a connection that somebody else has made'),
  ),
]

const LOGS = [
  line(
    'S12',
    plant('src/sources/failures/describe.ts', 'containsToken(cause) ? withoutCause : settled', 'settled'),
    unit('sources/failures/describe.test.ts', 'never has a token in its cause: %s'),
    unit('shared/errors.test.ts', 'has all of it in JSON but its cause, which logs would show'),
    unit('auth.test.ts', 'shows no token: not in JSON, not in its properties, not in explain(), not in an event'),
  ),
  line(
    'S13',
    plant('src/sources/msal/response.ts', 'start.pathname === location.pathname ? start : here)', 'location.href)'),
    unit('sources/msal/response.test.ts', 'leaves no part of it in the URL'),
    acrossOrigins('leaks.test.ts', 'is in no URL, and no code is either after the sign-in'),
    acrossOrigins('leaks.test.ts', 'of the %s door goes to the app’s server and nowhere else'),
  ),
  line(
    'S14',
    plant(
      'src/server/fetch/authenticate.ts',
      "const [value = ''] = values",
      "const [value = 'Bearer ' + new URL(String(Object(request).url), 'http://x').searchParams.get('access_token')] = values",
    ),
    ...cases('W5-09', 'W1-16', 'W4-20', 'W5-10', 'W5-11', 'W5-12'),
  ),
  line(
    'S15',
    plant('src/server/sockets/token-check.ts', "  Reflect.deleteProperty(message, 'token')\n", ''),
    unit('server/sockets/sockets.test.ts', 'is let in, with its identity and without its token'),
    unit('server/sockets/packets.test.ts', 'renews past everything of the app, which sees nothing of it'),
    ...cases('W1-03', 'W1-13', 'W5-17'),
  ),
]

const LINKS = [
  line(
    'S16',
    plant('src/account/sign-in-options.ts', '(path) => isPathOfThisOrigin(path, window)', '() => true'),
    unit('account/sign-in-options.test.ts', 'is refused where `%s` is wrong: %j'),
    unit('sources/msal/response.test.ts', 'stays on this origin, whatever storage and URL hold'),
  ),
  line(
    'S17',
    plant('src/sources/msal/response.ts', "?.split('|')[1] === pending.id", '!== null'),
    unit('sources/msal/response.test.ts', 'leaves %s where it is'),
    unit('sources/msal/response.test.ts', 'leaves every response where it is where no redirect %s'),
  ),
  line(
    'S18',
    plant('src/account/start.ts', '    if (signedOutFlag.isSet()) {\n', '    if (!signedOutFlag) {\n'),
    unit(
      'account/sign-in.test.ts',
      'signs nobody in with an answer in the URL that the source does not accept, though it has a token',
    ),
    unit('sources/msal/redirect.test.ts', 'undoes no sign-out with an answer that MSAL knows nothing of'),
  ),
]

const SAME_ORIGIN = [
  line(
    'S19',
    plant('src/sources/msal/response.ts', 'if (!pending) return undefined', 'if (!pending) return response'),
    unit('sources/msal/response.test.ts', 'leaves every response where it is where no redirect %s'),
    unit('sources/msal/response.test.ts', 'leaves the answer to a redirect of the same page with another client ID'),
  ),
  line(
    'S20',
    plant('src/sources/msal/entries.ts', '[|-]`', '[|-]|accesstoken`'),
    unit('sources/msal/entries.test.ts', '%s is not'),
    unit(
      'auth.test.ts',
      'removes the tokens that MSAL keeps for this client ID before anything else, and for no other',
    ),
  ),
  line(
    'S21',
    plant('src/account/other-tabs.ts', "channel?.postMessage('')", 'channel?.postMessage(clientId)'),
    unit('account/other-tabs.test.ts', 'says nothing to the other tabs but that there is something to look at'),
  ),
]

/** What holds in the page. */
export const pageLines: readonly SecurityLine[] = [
  ...OTHER_FRAMES,
  ...MARKUP,
  ...CALLED,
  ...LOGS,
  ...LINKS,
  ...SAME_ORIGIN,
]

/** Somebody else at the same machine, or in the same tab. */
export const accountLines: readonly SecurityLine[] = [
  line(
    'S52',
    plant('src/carriers/fetch/fetch-with-token.ts', 'if (token.account.key !== account) throw', 'if (!token) throw'),
    unit('carriers/fetch/call.test.ts', 'is not replayed with the token of somebody else'),
    unit('auth.test.ts', 'that comes with a renewal ends the calls of the first'),
    unit(
      'carriers/sockets/acquire.test.ts',
      'signs in while the socket is connected: it closes for good and drops what was to be sent',
    ),
  ),
  line(
    'S53',
    plant('src/auth.ts', '    removeEntries(window, clientId)\n', ''),
    unit(
      'auth.test.ts',
      'removes the tokens that MSAL keeps for this client ID before anything else, and for no other',
    ),
    unit('auth.test.ts', 'sticks even where what the source keeps cannot be removed'),
    acrossOrigins('sign-out.test.ts', 'leaves no token in any storage'),
  ),
  line(
    'S54',
    plant('src/account/account-owner.ts', '      signedOutFlag.set()\n', ''),
    unit('account/sign-in.test.ts', 'is signed out in storage before any listener is called'),
    unit('auth.test.ts', 'is all that ends a sign-out'),
    acrossOrigins('sign-out.test.ts', 'sticks over a reload, even where the app signs in by itself'),
  ),
  line(
    'S55',
    plant('src/account/other-tabs.ts', 'if (key && saysWho(key, clientId)) onMessage()', 'void key'),
    unit('auth.test.ts', 'in another tab reaches this one'),
    acrossOrigins('tabs.test.ts', 'a sign-out reaches the others, with the tokens of a tab that has its own'),
  ),
  line(
    'S56',
    plant('src/carriers/sockets/unsent.ts', 'written.sendBuffer = sendBuffer.filter(isKept)', 'void isKept'),
    unit('carriers/sockets/sign-out.test.ts', 'before a socket is made: what is written until the sign-in is dropped'),
    unit('carriers/sockets/sign-out.test.ts', 'ends a connected socket over %s at once, until the next sign-in'),
  ),
  line(
    'S57',
    plant('src/carriers/session/kept-session.ts', 'held.end({ repeat: true })', 'undefined'),
    unit('carriers/session/keep-session.test.ts', 'ends the session at the server, even if the page is left'),
    ...cases('W4-08'),
  ),
]
