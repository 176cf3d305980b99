import { jsonIn, sendRaw } from './raw-request.js'
import { type Bench, expectThat, type TokenName, type WireCase, wireCase } from './wire-case.js'

interface Ask {
  readonly method?: string
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: URLSearchParams
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

async function ask({ sessionUrl }: Bench, { token, headers, ...rest }: Ask): Promise<Answer> {
  const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  const answer = await sendRaw(sessionUrl, { ...rest, headers: { ...authorization, ...headers } })
  return { ...answer, body: jsonIn(answer.body) }
}

function expectAnswer({ status, body }: Answer, expected: number, code: string): void {
  const isRight = status === expected && body['code'] === code
  expectThat(isRight, `It was answered with ${status} ${body['code']}, and not with ${expected} ${code}.`)
}

/** Begins a session: the answer, and the cookie as a browser would send it. */
async function begin(bench: Bench, token: string, headers: Ask['headers'] = {}) {
  const answer = await ask(bench, { method: 'POST', token, headers })
  expectThat(answer.status === 200, `POST was answered with ${answer.status} ${answer.body['code']}.`)
  const set = answer.headers.getSetCookie().filter((each) => !/;\s*max-age=0/i.test(each))
  expectThat(set.length === 1, `It set ${set.length} cookies.`)
  return { answer, set: `${set[0]}`, cookie: `${set[0]?.split(';')[0]}` }
}

function refuses(sentence: string, request: Ask, status: number, code: string): WireCase {
  return wireCase(sentence, [], async (bench) => expectAnswer(await ask(bench, request), status, code))
}

function refusesToken(what: TokenName, status: number): WireCase {
  return wireCase(`begins no session with the token \`${what}\``, [what], async (bench) => {
    const answer = await ask(bench, { method: 'POST', token: await bench.tokens[what]() })
    expectThat(answer.status === status, `It was answered with ${answer.status}.`)
    expectThat(answer.headers.getSetCookie().length === 0, 'It set a cookie.')
  })
}

/** Another page cannot use the session, whatever it sends. */
function keepsOut(what: string, headers: Readonly<Record<string, string>>): WireCase {
  return wireCase(`answers ${what} with wrong_origin, for GET, POST and DELETE`, ['good'], async (bench) => {
    const token = await bench.tokens.good()
    const { cookie } = await begin(bench, token)
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await ask(bench, { method, token, headers: { ...headers, Cookie: cookie } })
      expectAnswer(answer, 403, 'wrong_origin')
      expectThat(answer.headers.getSetCookie().length === 0, `${method} set a cookie.`)
    }
  })
}

/** A session in place of a bearer token. */
export const sessionCases: readonly WireCase[] = [
  wireCase('begins a session: `key` and `expiresInMs`', ['good'], async (bench) => {
    const { key, expiresInMs } = (await begin(bench, await bench.tokens.good())).answer.body
    expectThat(typeof key === 'string' && key !== '', `key is ${key}.`)
    expectThat(typeof expiresInMs === 'number' && expiresInMs > 0, `expiresInMs is ${expiresInMs}.`)
  }),
  wireCase(
    'sets a cookie for a page at the top: `__Host-`, Path=/, Secure, HttpOnly, SameSite=Lax, no Domain',
    ['good'],
    async (bench) => {
      const { set } = await begin(bench, await bench.tokens.good(), { 'X-Twodoor-Context': 'top' })
      for (const each of [/^__Host-[^=]+=[^;]+/, /; *path=\/(;|$)/i, /; *secure/i, /; *httponly/i, /; *samesite=lax/i])
        expectThat(each.test(set), `Its attributes are ${set.replace(/=[^;]+/, '=…')}.`)
      expectThat(!/; *(domain|partitioned)/i.test(set), `Its attributes are ${set.replace(/=[^;]+/, '=…')}.`)
    },
  ),
  wireCase('sets a cookie for a framed page: SameSite=None and Partitioned', ['good'], async (bench) => {
    const { set } = await begin(bench, await bench.tokens.good(), { 'X-Twodoor-Context': 'framed' })
    for (const each of [/^__Host-/, /; *secure/i, /; *httponly/i, /; *samesite=none/i, /; *partitioned/i])
      expectThat(each.test(set), `Its attributes are ${set.replace(/=[^;]+/, '=…')}.`)
  }),
  wireCase('puts the token neither into the cookie nor into the answer', ['good'], async (bench) => {
    const token = await bench.tokens.good()
    const { answer, set } = await begin(bench, token)
    expectThat(!`${set}${JSON.stringify(answer.body)}`.includes(token), 'The token is in there.')
  }),
  wireCase('keeps its answers out of caches', ['good'], async (bench) => {
    const { answer } = await begin(bench, await bench.tokens.good())
    const told = await ask(bench, {})
    for (const { headers } of [answer, told])
      expectThat(
        `${headers.get('cache-control')}`.includes('no-store'),
        `Cache-Control is ${headers.get('cache-control')}.`,
      )
  }),
  wireCase('tells of the session by its cookie', ['good'], async (bench) => {
    const { answer, cookie } = await begin(bench, await bench.tokens.good())
    const told = await ask(bench, { headers: { Cookie: cookie } })
    const isSame = told.status === 200 && told.body['key'] === answer.body['key']
    expectThat(isSame, `It was answered with ${told.status} ${told.body['key']}.`)
  }),
  wireCase('begins a session of another user with the token of another user', ['good', 'other'], async (bench) => {
    const first = await begin(bench, await bench.tokens.good())
    const second = await begin(bench, await bench.tokens.other(), { Cookie: first.cookie })
    expectThat(first.answer.body['key'] !== second.answer.body['key'], 'Both have the same key.')
  }),
  wireCase('ends a session: the cookie is removed', ['good'], async (bench) => {
    const { cookie } = await begin(bench, await bench.tokens.good())
    const ended = await ask(bench, { method: 'DELETE', headers: { Cookie: cookie } })
    const removals = ended.headers.getSetCookie()
    const isRemoved = removals.length > 0 && removals.every((each) => /; *max-age=0/i.test(each))
    expectThat(ended.status === 204 && isRemoved, `It was answered with ${ended.status}.`)
  }),
  refuses('has no session without a cookie', {}, 401, 'session_missing'),
  refuses('has no session for a Bearer token alone', { token: 'x' }, 401, 'session_missing'),
  wireCase('has no session for a cookie with one letter changed', ['good'], async (bench) => {
    const { cookie } = await begin(bench, await bench.tokens.good())
    const at = Math.floor((cookie.indexOf('=') + cookie.length) / 2)
    const changed = `${cookie.slice(0, at)}${cookie[at] === 'A' ? 'B' : 'A'}${cookie.slice(at + 1)}`
    expectAnswer(await ask(bench, { headers: { Cookie: changed } }), 401, 'session_missing')
  }),
  wireCase('has no session for two cookies of its name', ['good'], async (bench) => {
    const { cookie } = await begin(bench, await bench.tokens.good())
    expectAnswer(await ask(bench, { headers: { Cookie: `${cookie}; ${cookie}` } }), 401, 'session_missing')
  }),
  wireCase('has no session for a cookie of that name without `__Host-`', ['good'], async (bench) => {
    const { cookie } = await begin(bench, await bench.tokens.good())
    const answer = await ask(bench, { headers: { Cookie: cookie.replace('__Host-', '') } })
    expectAnswer(answer, 401, 'session_missing')
  }),
  refuses('begins no session without a token', { method: 'POST' }, 401, 'token_missing'),
  refuses(
    'begins no session with Basic authentication',
    { method: 'POST', headers: { Authorization: 'Basic eDp4' } },
    401,
    'token_missing',
  ),
  refuses(
    'begins no session with two tokens',
    { method: 'POST', headers: { Authorization: 'Bearer a Bearer b' } },
    400,
    'request_malformed',
  ),
  refuses(
    'begins no session for a page that is neither at the top nor framed',
    { method: 'POST', token: 'x', headers: { 'X-Twodoor-Context': 'popup' } },
    400,
    'wrong_context',
  ),
  refusesToken('expired', 401),
  wireCase('begins no session with a token that no other one mends', ['foreign'], async (bench) => {
    const { status } = await ask(bench, { method: 'POST', token: await bench.tokens.foreign() })
    expectThat(status === 401 || status === 403, `It was answered with ${status}.`)
  }),
  wireCase('takes no token from the query of the address', ['good'], async (bench) => {
    const url = new URL(bench.sessionUrl)
    for (const name of ['token', 'access_token']) url.searchParams.set(name, await bench.tokens.good())
    expectAnswer(await ask({ ...bench, sessionUrl: url.href }, { method: 'POST' }), 401, 'token_missing')
  }),
  refuses('takes no other method', { method: 'PUT', token: 'x' }, 405, 'method_not_allowed'),
  keepsOut('a page of another origin', { Origin: 'https://evil.example' }),
  keepsOut('a page without an origin of its own', { Origin: 'null' }),
  keepsOut('a page of a host that begins alike', { Origin: 'http://localhost.evil.example' }),
  keepsOut('what another site embeds', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }),
  keepsOut('what a sibling subdomain embeds', { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'no-cors' }),
  keepsOut('a page that another site frames', {
    'Sec-Fetch-Site': 'cross-site',
    'Sec-Fetch-Mode': 'navigate',
    'Sec-Fetch-Dest': 'iframe',
  }),
  keepsOut('the page of the host that frames this one', {
    Origin: 'https://teams.microsoft.com',
    'Sec-Fetch-Site': 'cross-site',
  }),
  keepsOut('a page of a sibling subdomain', { Origin: 'https://sibling.localhost', 'Sec-Fetch-Site': 'same-site' }),
  keepsOut('a form of another site', {
    Origin: 'https://evil.example',
    'Sec-Fetch-Site': 'cross-site',
    'Sec-Fetch-Mode': 'navigate',
    'Sec-Fetch-Dest': 'document',
  }),
  keepsOut('a WebSocket of another site', { Origin: 'https://evil.example', 'Sec-Fetch-Mode': 'websocket' }),
  wireCase(
    'begins no session with a token in a form, as a page of somebody else could send it',
    ['good'],
    async (bench) => {
      const body = new URLSearchParams({ access_token: await bench.tokens.good(), token: await bench.tokens.good() })
      const answer = await ask(bench, { method: 'POST', body })
      expectThat(answer.status >= 400 && answer.status < 500, `It was answered with ${answer.status}.`)
      expectThat(answer.headers.getSetCookie().length === 0, 'It set a cookie.')
    },
  ),
  wireCase(
    'never adopts a cookie that was there before: each session has a value of its own',
    ['good'],
    async (bench) => {
      const token = await bench.tokens.good()
      const { cookie: planted } = await begin(bench, token)
      const { cookie } = await begin(bench, token, { Cookie: planted })
      expectThat(cookie !== planted, 'The session has the value that was there before.')
    },
  ),
  wireCase('begins the session of the token, whoever the cookie speaks of', ['good', 'other'], async (bench) => {
    const { answer, cookie: planted } = await begin(bench, await bench.tokens.other())
    const own = await begin(bench, await bench.tokens.good(), { Cookie: planted })
    expectThat(own.answer.body['key'] !== answer.body['key'], 'It is the session of the cookie.')
    const told = await ask(bench, { headers: { Cookie: own.cookie } })
    expectThat(told.body['key'] === own.answer.body['key'], 'The new cookie has another session.')
  }),
  wireCase('keeps another site out of the session of a framed page, partitions or not', ['good'], async (bench) => {
    const { cookie } = await begin(bench, await bench.tokens.good(), { 'X-Twodoor-Context': 'framed' })
    for (const headers of [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }])
      expectAnswer(await ask(bench, { headers: { ...headers, Cookie: cookie } }), 403, 'wrong_origin')
  }),
  wireCase(
    'removes the cookie of the other jar when a session begins, and those of both when it ends',
    ['good'],
    async (bench) => {
      const token = await bench.tokens.good()
      const begun = await ask(bench, { method: 'POST', token, headers: { 'X-Twodoor-Context': 'top' } })
      const removed = begun.headers.getSetCookie().filter((each) => /; *max-age=0/i.test(each))
      expectThat(removed.length === 1 && /; *partitioned/i.test(`${removed}`), `It removed ${removed.length} cookies.`)
      const ended = (await ask(bench, { method: 'DELETE' })).headers.getSetCookie()
      expectThat(ended.length === 2, `It removed ${ended.length} cookies.`)
    },
  ),
]
