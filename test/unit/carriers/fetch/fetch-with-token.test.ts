import { describe, expect, it, vi } from 'vitest'
import { bindCall } from '../../../../src/carriers/fetch/call.js'
import { type FetchContext, fetchWithToken } from '../../../../src/carriers/fetch/fetch-with-token.js'
import type { AuthEvent } from '../../../../src/events.js'
import { AuthError } from '../../../../src/shared/errors.js'
import { parseResource, type Resource } from '../../../../src/shared/resources.js'
import { accessToken } from '../../jwt.js'

const page = 'https://app.example/chat/'
const api = 'https://app.example/api/me'

interface Sent {
  url: string
  authorization: string | null
  body: string
  input: RequestInfo | URL
  init: RequestInit | undefined
}

/** `auth.fetch` over a stub network that answers with `responses` in turn, the last one repeated. */
function setUp(
  responses: (() => Response)[] = [() => new Response('ok')],
  resources: Resource[] = [parseResource('/', page)],
) {
  const sent: Sent[] = []
  const events: AuthEvent[] = []
  const first = accessToken()
  const second = accessToken()
  const getToken = vi.fn<FetchContext['getToken']>(async (_scopes, { rejectedToken }) =>
    rejectedToken === first.token ? second : first,
  )
  const context: FetchContext = {
    resources,
    async fetch(input, init) {
      const request = new Request(
        new URL(input instanceof Request ? input.url : String(input), page),
        init ?? (input as Request),
      )
      const body = init?.body ?? (input instanceof Request ? await input.clone().text() : '')
      if (input instanceof Request) await input.text()
      sent.push({
        url: request.url,
        authorization: request.headers.get('authorization'),
        body: String(body),
        input,
        init,
      })
      const next = responses.length > 1 ? responses.shift() : responses[0]
      return (next as () => Response)()
    },
    getToken,
    emit: (event) => events.push(event),
  }
  const authFetch: typeof fetch = async (input, init) => {
    const call = bindCall(resources, page, input, init)
    return call ? fetchWithToken(context, call, first.account.key) : context.fetch(input, init)
  }
  return { context, fetch: authFetch, sent, events, getToken, first, second }
}

const unauthorized = () => new Response('no', { status: 401 })
const ok = () => new Response('ok')

describe('auth.fetch with a token at hand', () => {
  it('sends that, and waits for no other', async () => {
    const { context, fetch, sent, getToken, second } = setUp()
    const freshToken = vi.fn(() => second)
    Object.assign(context, { freshToken })
    await fetch(api)
    expect(sent).toMatchObject([{ authorization: `Bearer ${second.token}` }])
    expect(freshToken).toHaveBeenCalledWith(undefined)
    expect(getToken).not.toHaveBeenCalled()
  })

  it('never sends that of another account than the one that the call was made under', async () => {
    const { context, fetch, sent } = setUp()
    const somebody = accessToken()
    const other = { ...somebody, account: { ...somebody.account, key: 'entra:contoso:somebody-else' as const } }
    Object.assign(context, { freshToken: () => other, getToken: async () => other })
    await expect(fetch(api)).rejects.toMatchObject({ code: 'account_mismatch' })
    expect(sent).toEqual([])
  })

  it('asks for one where the call has ended already, so that it rejects with the reason', async () => {
    const { context, fetch, sent, first } = setUp()
    const reason = new Error('left')
    const getToken: FetchContext['getToken'] = async (_, { abortSignal }) => {
      abortSignal?.throwIfAborted()
      return first
    }
    Object.assign(context, { freshToken: () => first, getToken })
    await expect(fetch(api, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(sent).toEqual([])
  })
})

describe('auth.fetch', () => {
  it('sends the token to a protected resource', async () => {
    const { fetch, sent, first } = setUp()
    await fetch(api)
    expect(sent).toMatchObject([{ url: api, authorization: `Bearer ${first.token}` }])
  })

  it.each(['/api/me', 'me', './me', '../api', '?q=1', '', 'https:me'])(
    'resolves %j against the page',
    async (address) => {
      const { fetch, sent } = setUp()
      await fetch(address)
      expect(sent[0]?.authorization).not.toBeNull()
    },
  )

  it('never sends a call to an optional resource without a token that was made while somebody was signed in', async () => {
    const { fetch, sent, getToken } = setUp(undefined, [parseResource('/', page, { optional: true })])
    getToken.mockRejectedValue(new AuthError('sign_in_required', { phase: 'source' }))
    await expect(fetch(api, { method: 'POST', body: 'x' })).rejects.toMatchObject({ code: 'sign_in_required' })
    expect(sent).toEqual([])
  })

  it.each([
    'https://evil.example/api',
    'https://app.example.evil.example/',
    'https://app.example@evil.example/',
    'https://user@app.example/api',
    'http://app.example/api',
    'https://app.example:8443/api',
    '//evil.example/api',
    '\\\\evil.example\\api',
    'data:text/plain,hello',
    'blob:https://app.example/1',
  ])('passes %s on untouched and asks for no token', async (address) => {
    const { fetch, getToken } = setUp()
    await fetch(address).catch(() => {})
    expect(getToken).not.toHaveBeenCalled()
  })

  it('keeps to a path on segment boundaries', async () => {
    const { fetch, sent } = setUp(undefined, [parseResource('/api', page)])
    for (const path of [
      '/api',
      '/api/',
      '/api/me',
      '/apiary',
      '/ap',
      '/API/me',
      '/api/../admin',
      '/api%2f..%2fadmin',
      '/api//x',
    ])
      await fetch(path)
    expect(sent.map(({ url, authorization }) => [new URL(url).pathname, authorization !== null])).toEqual([
      ['/api', true],
      ['/api/', true],
      ['/api/me', true],
      ['/apiary', false],
      ['/ap', false],
      ['/API/me', false],
      ['/admin', false],
      ['/api%2f..%2fadmin', false],
      ['/api//x', false],
    ])
  })

  it('asks for the scopes of the resource', async () => {
    const { fetch, getToken } = setUp(undefined, [
      parseResource('https://graph.example/v1', page, { scopes: ['User.Read'] }),
    ])
    await fetch('https://graph.example/v1/me')
    expect(getToken.mock.calls[0]?.[0]).toEqual(['User.Read'])
  })

  it.each<[string, Parameters<typeof fetch>]>([
    ['init', [api, { headers: { Authorization: 'Basic mine' } }]],
    ['a Request', [new Request(api, { headers: { authorization: 'Basic mine' } })]],
  ])('leaves an Authorization header in %s alone', async (_where, call) => {
    const { fetch, sent, getToken } = setUp()
    await fetch(...call)
    expect(sent[0]?.authorization).toBe('Basic mine')
    expect(getToken).not.toHaveBeenCalled()
  })

  it('keeps the other headers and options of the call', async () => {
    const { fetch, sent } = setUp()
    await fetch(api, { method: 'PUT', headers: [['x-mine', '1']], credentials: 'include', cache: 'no-store' })
    const init = sent[0]?.init
    expect(init).toMatchObject({ method: 'PUT', credentials: 'include', cache: 'no-store' })
    expect(new Headers(init?.headers).get('x-mine')).toBe('1')
  })

  it('rejects a protected call without a token, and never sends it', async () => {
    const { fetch, sent, getToken } = setUp()
    getToken.mockRejectedValue(new AuthError('sign_in_required', { phase: 'source' }))
    await expect(fetch(api)).rejects.toMatchObject({ code: 'sign_in_required' })
    expect(sent).toHaveLength(0)
  })

  it('looks at resources that were added later', async () => {
    const resources = [parseResource('/', page)]
    const { fetch, sent } = setUp(undefined, resources)
    resources.push(parseResource('https://chat.example', page))
    await fetch('https://chat.example/session')
    expect(sent[0]?.authorization).not.toBeNull()
  })
})

describe('after a 401', () => {
  it('renews and replays once', async () => {
    const { fetch, sent, events, first, second } = setUp([unauthorized, ok])
    expect((await fetch(api, { method: 'POST', body: 'hello' })).status).toBe(200)
    expect(sent.map(({ authorization, body }) => [authorization, body])).toEqual([
      [`Bearer ${first.token}`, 'hello'],
      [`Bearer ${second.token}`, 'hello'],
    ])
    expect(events).toEqual([{ type: 'replay', origin: 'https://app.example', challenged: false }])
  })

  it('gives the second 401 to the caller instead of trying on', async () => {
    const { fetch, sent } = setUp([unauthorized])
    expect((await fetch(api)).status).toBe(401)
    expect(sent).toHaveLength(2)
  })

  it('does not replay with the token that was refused', async () => {
    const { fetch, sent, getToken, first } = setUp([unauthorized])
    getToken.mockResolvedValue(first)
    expect((await fetch(api)).status).toBe(401)
    expect(sent).toHaveLength(1)
  })

  it('gives the 401 itself to the caller where no other token comes', async () => {
    const { fetch, getToken, first } = setUp([unauthorized])
    getToken.mockResolvedValueOnce(first).mockRejectedValue(new AuthError('offline', { phase: 'renewal' }))
    const response = await fetch(api)
    expect(response.status).toBe(401)
    expect(await response.text()).toBe('no')
  })

  it('replays the body of a Request', async () => {
    const { fetch, sent } = setUp([unauthorized, ok])
    const request = new Request(api, { method: 'POST', body: 'from a request' })
    expect((await fetch(request)).status).toBe(200)
    expect(sent.map(({ body }) => body)).toEqual(['from a request', 'from a request'])
  })

  it.each([
    ['text', 'a'],
    ['no body', null],
    ['bytes', new Uint8Array([97])],
    ['a blob', new Blob(['a'])],
    ['a form', new URLSearchParams('a=1')],
  ])('replays %s', async (_kind, body) => {
    const { fetch, sent } = setUp([unauthorized, ok])
    await fetch(api, { method: 'POST', body })
    expect(sent).toHaveLength(2)
  })

  it('knows a stream of another frame by its shape', async () => {
    const { fetch, sent } = setUp([unauthorized, ok])
    const body = { getReader() {} } as unknown as ReadableStream
    expect((await fetch(api, { method: 'POST', body, duplex: 'half' } as RequestInit)).status).toBe(401)
    expect(sent).toHaveLength(1)
  })

  it('replays although the body of the 401 cannot be cancelled', async () => {
    const read = () => {
      const response = unauthorized()
      response.body?.getReader() // by somebody who wraps fetch
      return response
    }
    const { fetch } = setUp([read, ok])
    expect((await fetch(api)).status).toBe(200)
  })

  it('replays where the 401 has no body at all', async () => {
    const { fetch } = setUp([() => new Response(null, { status: 401 }), ok])
    expect((await fetch(api)).status).toBe(200)
  })

  it('tells of a failure that is none of a renewal', async () => {
    const broken = new TypeError('broken')
    const { fetch, getToken, first } = setUp([unauthorized])
    getToken.mockResolvedValueOnce(first).mockRejectedValueOnce(broken)
    await expect(fetch(api)).rejects.toBe(broken)
  })

  it('gives the 401 to a caller who sent a stream, since that cannot be read twice', async () => {
    const { fetch, sent, getToken } = setUp([unauthorized, ok])
    const body = new ReadableStream({ start: (controller) => controller.close() })
    expect((await fetch(api, { method: 'POST', body, duplex: 'half' } as RequestInit)).status).toBe(401)
    expect(sent).toHaveLength(1)
    expect(getToken).toHaveBeenCalledTimes(1)
  })

  it('passes a claims challenge on', async () => {
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    const challenge = `Bearer realm="", error="insufficient_claims", claims="${btoa(claims)}"`
    const challenged = () => new Response('', { status: 401, headers: { 'www-authenticate': challenge } })
    const { fetch, getToken, events } = setUp([challenged, ok])
    expect((await fetch(api)).status).toBe(200)
    expect(getToken.mock.calls[1]?.[1]).toMatchObject({ claims })
    expect(events).toMatchObject([{ challenged: true }])
  })

  describe('where a claims challenge takes the user', () => {
    const challengeOf = (claims: string) => () =>
      new Response('no', {
        status: 401,
        headers: { 'www-authenticate': `Bearer error="insufficient_claims", claims="${btoa(claims)}"` },
      })
    const acrs = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    const revoked = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'

    it.each([
      ['a step up rejects with the claims for signIn()', acrs, 'sign_in_required', acrs, true],
      ['so does one that is denied', acrs, 'denied', acrs, true],
      ['one that only the network keeps back gives the 401 itself', acrs, 'offline', acrs, false],
      ['one after which nobody is signed in does too', acrs, 'sign_in_required', undefined, false],
      ['and so does a token that was revoked', revoked, 'sign_in_required', revoked, false],
    ] as const)('%s', async (_, asked, code, claims, rejects) => {
      const { fetch, sent, getToken, first, events } = setUp([challengeOf(asked)])
      getToken.mockResolvedValueOnce(first).mockRejectedValueOnce(new AuthError(code, { phase: 'renewal', claims }))
      if (rejects) await expect(fetch(api)).rejects.toMatchObject({ code, claims })
      else expect((await fetch(api)).status).toBe(401)
      expect([sent.length, events]).toEqual([1, []])
    })
  })

  it.each([200, 400, 403, 404, 500, 503])('leaves a %d alone', async (status) => {
    const { fetch, sent } = setUp([() => new Response('', { status })])
    expect((await fetch(api)).status).toBe(status)
    expect(sent).toHaveLength(1)
  })
})

describe('an abort', () => {
  it('rejects with its own reason while the token is on its way', async () => {
    const { fetch, getToken, sent } = setUp()
    getToken.mockImplementation(async (_scopes, { abortSignal }) => {
      abortSignal?.throwIfAborted()
      return accessToken()
    })
    const reason = new Error('left the page')
    await expect(fetch(api, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(sent).toHaveLength(0)
  })

  it('rejects with its own reason while the token is renewed after a 401', async () => {
    const abort = new AbortController()
    const reason = new Error('left the page')
    const { fetch, getToken, first } = setUp([unauthorized])
    getToken.mockResolvedValueOnce(first).mockImplementationOnce(async () => {
      abort.abort(reason)
      throw reason
    })
    await expect(fetch(api, { signal: abort.signal })).rejects.toBe(reason)
  })

  it.each([
    ['a token came all the same', async () => accessToken()],
    ['the renewal came to nothing', () => Promise.reject(new AuthError('offline', { phase: 'renewal' }))],
  ])('while the token is renewed ends the call, where %s', async (_what, renew) => {
    const abort = new AbortController()
    const reason = new Error('left the page')
    const { fetch, getToken, first, sent } = setUp([unauthorized])
    getToken.mockResolvedValueOnce(first).mockImplementationOnce(() => {
      abort.abort(reason)
      return renew()
    })
    await expect(fetch(api, { signal: abort.signal })).rejects.toBe(reason)
    expect(sent).toHaveLength(1)
  })
})
