import { cases, line, plant, python, type SecurityLine, unit } from './security-line.js'

const BY_HAND = `await crypto.subtle.verify('RSASSA-PKCS1-v1_5', key, Buffer.from(token.split('.')[2] ?? '', 'base64url'),
    Buffer.from(token.split('.').slice(0, 2).join('.'))).then((isRight) => isRight || Promise.reject())`

const TOKENS = [
  line(
    'S22',
    [
      plant('src/server/tokens/verify.ts', "if (alg !== 'RS256') throw", 'if (!alg) throw'),
      // As somebody writes it who verifies by hand, and has forgotten `alg`.
      plant('src/server/tokens/verify.ts', "await compactVerify(token, key, { algorithms: ['RS256'] })", BY_HAND),
    ],
    ...cases('T3-12', 'T4-24', 'T4-25'),
  ),
  line(
    'S23',
    plant('src/server/tokens/claims.ts', ': tenants.includes(tenantId)', ': true'),
    ...cases('T7-01', 'T7-20', 'T7-28', 'T5-30', 'T7-67'),
  ),
  line(
    'S24',
    plant('src/server/tokens/claims.ts', 'isOneOf(clientIn(claims), clients)', 'true'),
    ...cases('T9-13', 'T11-17', 'T11-84'),
    unit('server/tokens/verify.test.ts', 'is one whose audience or scope the options do not name'),
  ),
  line(
    'S25',
    plant('src/server/tokens/claims.ts', "!('cnf' in claims)", 'true'),
    ...cases('T8-01', 'T8-06', 'T8-10', 'T8-11'),
  ),
  line('S26', plant('src/server/tokens/jws.ts', '&& !hasMemberTwice(json)', ''), ...cases('T2-07', 'T2-08', 'T2-23')),
  line(
    'S27',
    plant('src/server/tokens/audience.ts', '|| hosts.includes(named)', '|| true'),
    ...cases('T12-05', 'T12-53'),
  ),
]

const KEEPING = [
  line(
    'S28',
    plant('src/server/sockets/packets.ts', "  if (reservedEvents.has(name)) return 'reserved'\n", ''),
    unit(
      'server/sockets/packets.test.ts',
      'does not outlive its token by an event of a reserved name, and nothing of the app hears one',
    ),
    ...cases('W3-02', 'W3-05', 'W3-13', 'W3-16'),
  ),
  line(
    'S29',
    plant('src/server/sockets/lifetime.ts', '      if (isOver()) end()\n', ''),
    unit('server/sockets/packets.test.ts', 'is not heard any more once its time is over, even if the timer is lost'),
    ...cases('W3-01'),
  ),
  line(
    'S30',
    plant('src/server/sockets/token-check.ts', 'result.expiresAt + graceMs > now()', 'now() > 0'),
    unit(
      'server/sockets/sockets.test.ts',
      'lets nobody in only to send them away: a plain client that goes on showing it comes once',
    ),
    ...cases('W1-14', 'W2-13'),
  ),
  line(
    'S31',
    plant('src/server/sockets/token-check.ts', '|| result.key === key ?', '|| result.key ?'),
    ...cases('W2-12', 'W2-02', 'W7-09'),
  ),
  line(
    'S32',
    plant('src/server/sockets/recovery.ts', 'if (data.auth.key === identity.key)', 'if (data.auth.key)'),
    ...cases('W6-06', 'W6-03', 'W6-05'),
  ),
]

const FLOODS = [
  line(
    'S33',
    plant('src/server/sockets/connect-limit.ts', 'MAX_NOT_ACCEPTED = 100', 'MAX_NOT_ACCEPTED = 1_000'),
    ...cases('W1-32', 'W7-11'),
    unit(
      'server/bad-input.test.ts',
      'of CONNECTs without a token to a namespace %s is bounded, and ends the connection',
    ),
  ),
  line(
    'S34',
    plant('src/server/sockets/dynamic-namespaces.ts', '  own._checkNamespace = guarded\n', ''),
    unit(
      'server/sockets/sockets.test.ts',
      'is made for nobody without a valid token, who can send one on the same connection',
    ),
    ...cases('W7-03'),
  ),
  line(
    'S35',
    plant('src/server/sockets/renewals.ts', 'const MAX_RENEWALS = 6', 'const MAX_RENEWALS = 600'),
    ...cases('W2-14', 'W2-15', 'W2-16'),
  ),
  line(
    'S36',
    plant('src/server/tokens/keys.ts', 'const COOLDOWN_MS = 30_000', 'const COOLDOWN_MS = 0'),
    unit('server/tokens/verify.test.ts', 'cost one fetch in 30 s, however many tokens name keys that are unknown'),
    python('tokens/test_keys.py', 'test_made_up_key_ids_cost_one_fetch_in_thirty_seconds'),
  ),
  line(
    'S37',
    plant('src/server/sockets/token-check.ts', 'CHECK_DEADLINE_MS = 10_000', 'CHECK_DEADLINE_MS = 100_000'),
    unit('server/sockets/sockets.test.ts', 'is told to come back when the verifier does not answer in 10 s'),
    unit('server/tokens/verify.test.ts', 'are unavailable after 5 s when fetch ignores its signal'),
  ),
]

const COOKIES = [
  line(
    'S38',
    plant('src/server/session/cookie.ts', ": 'SameSite=Lax'", ": 'SameSite=None'"),
    ...cases('W4-02', 'W4-03'),
  ),
  line(
    'S39',
    plant('src/server/session/fetch-metadata.ts', 'return sites.every(isOwnSite)', 'return true'),
    ...cases('W4-25', 'W4-22', 'W4-23', 'W4-24', 'W4-30', 'W4-31'),
    python('chainlit/test_own_origins.py', 'test_only_pages_that_may_can_change_anything'),
  ),
  line(
    'S40',
    plant('src/server/session/fetch-metadata.ts', "&& has('sec-fetch-dest', 'document')", ''),
    ...cases('W4-27'),
    unit('server/session/session.test.ts', 'resource isolation'),
    python('chainlit/test_fetch_metadata.py', 'test_who_may_ask_for_what'),
  ),
  line(
    'S41',
    plant('src/server/session/fetch-metadata.ts', 'isTrustworthy(new URL(origin)) && own.includes(origin)', 'true'),
    ...cases('W4-28'),
  ),
  line(
    'S42',
    plant('python/twodoor/chainlit/own_origins.py', 'return is_listed or self.is_own(origin, scope)', 'return True'),
    python('chainlit/test_answers.py', 'test_a_neighbour_in_the_same_host_reads_nothing_with_the_cookie_of_the_user'),
    python('chainlit/test_answers.py', 'test_no_header_lets_a_page_read_that_is_not_named'),
    python('chainlit/test_sockets.py', 'test_a_websocket_of_another_site_is_refused_before_it_opens'),
  ),
  line(
    'S43',
    plant('src/server/session/cookie.ts', 'found.length === 1 && ', ''),
    ...cases('W4-12', 'W4-13'),
    unit('server/session/session.test.ts', 'is not taken for the session: %j before the name'),
    python('chainlit/test_cookies.py', 'test_a_sibling_domain_cannot_plant_a_session'),
  ),
  line(
    'S44',
    plant('src/server/session/fetch-metadata.ts', "site === 'same-origin' || site === 'none'", "site !== 'cross-site'"),
    ...cases('W4-26', 'W4-29'),
  ),
  line(
    'S45',
    plant(
      'src/server/session/create.ts',
      'await authenticateRequest(verifier, request)',
      "await authenticateRequest(verifier, { headers: { authorization: 'Bearer ' + new URLSearchParams(await (await import('node:stream/consumers')).text(request as never)).get('access_token') } })",
    ),
    ...cases('W4-32', 'W4-14', 'W4-15', 'W4-30'),
  ),
  line(
    'S46',
    plant(
      'src/server/session/create.ts',
      'const sealed = await seal',
      'const sealed = readCookie(request, cookie) ?? await seal',
    ),
    ...cases('W4-33', 'W4-34'),
    python('chainlit/test_hybrid.py', 'test_a_state_that_a_sibling_domain_has_planted_signs_nobody_in_by_get'),
  ),
  line(
    'S47',
    plant('src/server/session/seal.ts', 'return new Uint8Array(bits)', 'return bits && secret.slice(0, 32)'),
    unit('server/session/session.test.ts', 'is not found in what somebody sealed with the secret itself'),
    unit(
      'server/session/session.test.ts',
      'puts neither the token nor the name of anybody into the cookie in a readable form',
    ),
    ...cases('W4-04', 'W4-11'),
  ),
  line(
    'S48',
    plant('src/server/session/seal.ts', "[cookie, policy?.authority ?? '', policy?.clientId ?? '']", '[cookie]'),
    unit('server/session/session.test.ts', 'is none %s'),
    python('chainlit/test_cookies.py', 'test_a_session_of_another_app_with_the_same_secret_opens_nothing'),
  ),
  line(
    'S49',
    plant('src/server/session/create.ts', 'Math.min(identity.expiresAt - now(), lifetimeMs)', 'lifetimeMs'),
    unit('server/session/session.test.ts', 'ends it sooner if the options say so, and never later than the token'),
    unit('server/session/session.test.ts', 'ends when it says'),
  ),
  line(
    'S50',
    plant(
      'src/server/session/create.ts',
      'if (!isIsolated(request, origins)) {',
      "if (method !== 'GET' && !isIsolated(request, origins)) {",
    ),
    ...cases('W4-35'),
  ),
]

/** One jar for all cookies of the app. */
export const jarLine: SecurityLine = line(
  'S51',
  plant(
    'src/server/session/cookie.ts',
    'return [removalIn(other, cookie.name), serialize(cookie)]',
    'return [serialize(cookie), removalIn(other, cookie.name)]',
  ),
  unit(
    'server/session/session.test.ts',
    'first removes the cookie of the other jar, which a frame of the same site shares',
  ),
  ...cases('W4-36'),
)

/** What holds at the server. */
export const serverLines: readonly SecurityLine[] = [...TOKENS, ...KEEPING, ...FLOODS, ...COOKIES]
