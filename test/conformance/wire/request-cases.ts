import { type RawAnswer as Answer, jsonIn, type RawRequest, sendRaw } from './raw-request.js'
import { type Bench, expectThat, type WireCase, wireCase } from './wire-case.js'

type Headers = NonNullable<RawRequest['headers']>

function ask(address: string | URL, headers: Headers = {}): Promise<Answer> {
  return sendRaw(address, { headers })
}

function bearer(token: string): Headers {
  return { Authorization: `Bearer ${token}` }
}

/** RFC 6750 §3: the scheme, and an error unless there was no token at all. */
function expectRefused({ status, headers }: Answer, expected: number, error?: string): void {
  const challenge = `${headers.get('www-authenticate')}`
  expectThat(status === expected, `It was answered with ${status}, and not with ${expected}.`)
  expectThat(/^bearer\b/i.test(challenge), `WWW-Authenticate is ${challenge}.`)
  const isRight = error === undefined ? !challenge.includes('error') : challenge.includes(`error="${error}"`)
  expectThat(isRight, `WWW-Authenticate is ${challenge}.`)
}

function hasNone(what: string, headers: Headers): WireCase {
  return wireCase(`answers ${what} with 401 and the scheme, without an error`, [], async ({ requestUrl }) =>
    expectRefused(await ask(requestUrl, headers), 401),
  )
}

function isMalformed(what: string, headers: Headers): WireCase {
  return wireCase(`answers ${what} with 400 and invalid_request`, [], async ({ requestUrl }) =>
    expectRefused(await ask(requestUrl, headers), 400, 'invalid_request'),
  )
}

/** The token is good, and in the wrong place. */
function takesNoneFrom(what: string, place: (bench: Bench, token: string) => Promise<Answer>): WireCase {
  return wireCase(`takes no token from ${what}`, ['good'], async (bench) =>
    expectRefused(await place(bench, await bench.tokens.good()), 401),
  )
}

function addressWith(address: string, name: string, token: string): URL {
  const url = new URL(address)
  url.searchParams.set(name, token)
  return url
}

/** What an app reads from a request of `fetch` that has a token in its header. */
export const requestCases: readonly WireCase[] = [
  wireCase('answers a good token with the `key` of its user', ['good'], async ({ requestUrl, tokens }) => {
    const { status, body } = await ask(requestUrl, bearer(await tokens.good()))
    expectThat(status === 200, `It was answered with ${status}.`)
    const { key } = jsonIn(body)
    expectThat(typeof key === 'string' && key !== '', `key is ${key}.`)
  }),
  wireCase('takes the name of the scheme in any case', ['good'], async ({ requestUrl, tokens }) => {
    const { status } = await ask(requestUrl, { Authorization: `bEARER  ${await tokens.good()}` })
    expectThat(status === 200, `It was answered with ${status}.`)
  }),
  hasNone('a request without a token', {}),
  hasNone('Basic authentication', { Authorization: 'Basic eDp4' }),
  hasNone('a scheme that begins alike', { Authorization: 'Bearers x.y.z' }),
  isMalformed('a scheme without a token', { Authorization: 'Bearer' }),
  isMalformed('two tokens in one header', { Authorization: 'Bearer x.y.z, Bearer x.y.z' }),
  wireCase(
    'answers two headers with 400 and invalid_request, though the first has a good token',
    ['good'],
    async ({ requestUrl, tokens }) => {
      const both = { Authorization: [`Bearer ${await tokens.good()}`, 'Bearer x.y.z'] }
      expectRefused(await ask(requestUrl, both), 400, 'invalid_request')
    },
  ),
  takesNoneFrom('the query: `access_token`', ({ requestUrl }, token) =>
    ask(addressWith(requestUrl, 'access_token', token)),
  ),
  takesNoneFrom('the query: `token`', ({ requestUrl }, token) => ask(addressWith(requestUrl, 'token', token))),
  takesNoneFrom('a cookie', ({ requestUrl }, token) =>
    ask(requestUrl, { Cookie: `access_token=${token}; token=${token}; Authorization=Bearer ${token}` }),
  ),
  takesNoneFrom('another header', ({ requestUrl }, token) =>
    ask(requestUrl, { 'X-Access-Token': token, 'Proxy-Authorization': `Bearer ${token}` }),
  ),
  wireCase('answers a word for a token with 401 and invalid_token', [], async ({ requestUrl }) =>
    expectRefused(await ask(requestUrl, bearer('conformance-garbage')), 401, 'invalid_token'),
  ),
  wireCase('answers an expired token with 401 and invalid_token', ['expired'], async ({ requestUrl, tokens }) =>
    expectRefused(await ask(requestUrl, bearer(await tokens.expired())), 401, 'invalid_token'),
  ),
  wireCase('answers a token that no other one mends with 401 or 403', ['foreign'], async ({ requestUrl, tokens }) => {
    const answer = await ask(requestUrl, bearer(await tokens.foreign()))
    if (answer.status === 403) expectRefused(answer, 403, 'insufficient_scope')
    else expectRefused(answer, 401, 'invalid_token')
  }),
  wireCase('answers a token that is too long with an error of the client', [], async ({ requestUrl }) => {
    const { status } = await ask(requestUrl, bearer('x'.repeat(16_385)))
    expectThat(status >= 400 && status < 500, `It was answered with ${status}.`)
  }),
  wireCase('says no token back', ['expired'], async ({ requestUrl, tokens }) => {
    const [expired, garbage] = [await tokens.expired(), 'conformance-garbage']
    for (const token of [expired, garbage]) {
      const { headers, body } = await ask(requestUrl, bearer(token))
      expectThat(!`${[...headers]}${body}`.includes(token), 'The token came back.')
    }
  }),
  wireCase('is not confused by what came before on the same connection', ['good'], async ({ requestUrl, tokens }) => {
    const good = await fetch(requestUrl, { headers: { Authorization: `Bearer ${await tokens.good()}` } })
    await good.text()
    const none = await fetch(requestUrl)
    await none.text()
    expectThat(good.status === 200 && none.status === 401, `They were answered with ${good.status}, ${none.status}.`)
  }),
]
