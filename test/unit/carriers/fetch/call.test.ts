// What a caller changes while a call waits for its token changes nothing about the call, and no call goes out under
// another account than the one that it was made under.

import { describe, expect, it, vi } from 'vitest'
import { bindCall } from '../../../../src/carriers/fetch/call.js'
import { type FetchContext, fetchWithToken } from '../../../../src/carriers/fetch/fetch-with-token.js'
import { AuthError } from '../../../../src/shared/errors.js'
import { parseResource } from '../../../../src/shared/resources.js'
import { createTestAuth } from '../../../../src/testing/test-auth.js'
import { accessToken, adele, bob } from '../../jwt.js'

const page = 'https://app.example/chat/'
const api = 'https://app.example/api/me'
const unauthorized = () => new Response('no', { status: 401 })
const a = accessToken({ objectId: adele })
const b = accessToken({ objectId: bob })

/** A response that a browser says it got from `url`. */
function answerFrom(url: string, status: number, headers: HeadersInit = {}): Response {
  return Object.defineProperty(new Response('', { status, headers }), 'url', { value: url })
}

/** A page with a protected API, on which calls wait for their token until `arrive()`. */
function setUp(answers: (() => Response)[] = [() => new Response('ok')], paths = ['/api']) {
  const resources = paths.map((path) => parseResource(path, page))
  const native = vi.fn(async (_input: RequestInfo | URL, _init?: RequestInit) => (answers.shift() ?? unauthorized)())
  let base = page
  let arrive = () => {}
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const getToken = vi.fn<FetchContext['getToken']>(async () => {
    await arrived
    return a
  })
  const context: FetchContext = { fetch: native, resources, getToken, emit() {} }
  const authFetch: typeof fetch = async (input, init) => {
    const call = bindCall(resources, base, input, init)
    return call ? fetchWithToken(context, call, a.account.key) : native(input, init)
  }
  const sent = async (number = 0) => {
    const [input, init] = native.mock.calls[number] ?? []
    const request = new Request(input as RequestInfo, init)
    const { url, method, headers } = request
    return { url, method, headers, token: headers.get('authorization'), body: await request.text() }
  }
  return {
    authFetch,
    native,
    getToken,
    sent,
    arrive: () => arrive(),
    leadTo: (next: string) => {
      base = next
    },
  }
}

describe('a call that waits for its token', () => {
  it('goes where its URL object led when it was made', async () => {
    const { authFetch, arrive, sent } = setUp()
    const url = new URL(api)
    const call = authFetch(url)
    url.href = 'https://evil.example/'
    arrive()
    await call
    expect(await sent()).toMatchObject({ url: api, token: `Bearer ${a.token}` })
  })

  it.each(['https://evil.example/', 'https://app.example/open/'])(
    'goes where its path led when it was made, not to %s',
    async (base) => {
      const { authFetch, arrive, sent, leadTo } = setUp()
      const call = authFetch('../api/me')
      leadTo(base)
      arrive()
      await call
      expect((await sent()).url).toBe(api)
    },
  )

  it('is asked only once where it goes', async () => {
    const { authFetch, arrive, sent } = setUp()
    const answers = [api, 'https://evil.example/']
    const call = authFetch({ toString: () => answers.shift() ?? 'https://evil.example/' } as unknown as URL)
    arrive()
    await call
    expect((await sent()).url).toBe(api)
  })

  it('goes where the browser says that its Request goes, whatever a subclass says', async () => {
    class Elsewhere extends Request {
      override get url() {
        return api
      }
    }
    const { authFetch, arrive, native, getToken } = setUp()
    arrive()
    const request = new Elsewhere('https://evil.example/')
    await authFetch(request)
    expect(getToken).not.toHaveBeenCalled()
    expect(native.mock.calls[0]?.[0]).toBe(request)
  })

  it('takes what only looks like a Request for what fetch takes it', async () => {
    const { authFetch, arrive, native, getToken } = setUp()
    arrive()
    const lure = { url: api, headers: {}, toString: () => 'https://evil.example/' } as unknown as Request
    await authFetch(lure)
    expect(getToken).not.toHaveBeenCalled()
    expect(native.mock.calls[0]?.[0]).toBe(lure)
  })

  it('keeps the headers, the method and the body that it was made with', async () => {
    const { authFetch, arrive, sent } = setUp()
    const headers = new Headers({ 'x-mine': '1' })
    const init = { method: 'POST', headers, body: 'first' }
    const call = authFetch(api, init)
    Object.assign(init, { method: 'PUT', body: 'second' })
    headers.set('x-mine', '2')
    headers.set('x-more', '3')
    arrive()
    await call
    const { method, body, headers: out } = await sent()
    expect([method, body, out.get('x-mine'), out.get('x-more')]).toEqual(['POST', 'first', '1', null])
  })

  it.each<[string, RequestInit?]>([[api], [api, { method: 'POST', body: 'text', keepalive: true }]])(
    'with nothing in it that could change goes out as an address, with the options of the caller',
    async (...call) => {
      const { authFetch, arrive, native } = setUp()
      arrive()
      await authFetch(...call)
      const [input, init] = native.mock.calls[0] ?? []
      expect(input).toBe(api)
      expect(init).toMatchObject(call[1] ?? {})
    },
  )

  it('is asked only once for its headers, beside a form too', async () => {
    const { authFetch, arrive, sent } = setUp()
    let asked = 0
    const headers = {
      get 'x-mine'() {
        asked += 1
        return `${asked}`
      },
    }
    arrive()
    await authFetch(api, { method: 'POST', headers, body: new URLSearchParams('q=1') })
    expect((await sent()).headers.get('x-mine')).toBe('1')
  })

  it('keeps the headers of its Request, which stays the caller’s own', async () => {
    const { authFetch, arrive, sent } = setUp()
    const request = new Request(api, { headers: { 'x-mine': '1' } })
    const call = authFetch(request)
    request.headers.set('x-mine', '2')
    arrive()
    await call
    expect((await sent()).headers.get('x-mine')).toBe('1')
    expect(request.headers.has('authorization')).toBe(false)
  })

  const told = { referrerPolicy: 'no-referrer' } as const

  it.each<[string, Parameters<typeof fetch>]>([
    ['a form', [api, { method: 'POST', body: new URLSearchParams('q=1'), ...told }]],
    ['a Request', [new Request(api, told)]],
    ['a Request with options', [new Request(api), told]],
  ])('says no more of where it comes from than it was told to, with %s', async (_, call) => {
    const { authFetch, arrive, native } = setUp()
    arrive()
    await authFetch(...call)
    // A browser does not take it over from a Request that is sent with other headers.
    expect(native.mock.calls[0]?.[1]?.referrerPolicy).toBe('no-referrer')
  })

  it('keeps a form as it was, in the replay too', async () => {
    const { authFetch, arrive, native, getToken } = setUp()
    const bodies: string[] = []
    native.mockImplementation(async (input, init) => {
      bodies.push(await new Request(input, init).text())
      return bodies.length === 1 ? unauthorized() : new Response('ok')
    })
    getToken.mockResolvedValueOnce(a).mockResolvedValueOnce({ ...a, token: 'next' })
    const body = new URLSearchParams('q=1')
    const call = authFetch(api, { method: 'POST', body })
    body.set('q', '2')
    arrive()
    expect((await call).status).toBe(200)
    expect(bodies).toEqual(['q=1', 'q=1'])
  })

  it('reads what an object with getters of its class says, as fetch does', async () => {
    class Init {
      asked = 0
      get method() {
        this.asked += 1
        return 'DELETE'
      }
    }
    const { authFetch, arrive, sent } = setUp()
    arrive()
    await authFetch(api, new Init())
    expect((await sent()).method).toBe('DELETE')
  })

  it('hears the signal of its Request, and that of the call instead', async () => {
    const reason = new Error('left')
    const { authFetch, getToken } = setUp()
    getToken.mockImplementation(async (_scopes, { abortSignal }) => {
      abortSignal?.throwIfAborted()
      return a
    })
    const aborted = new Request(api, { signal: AbortSignal.abort(reason) })
    await expect(authFetch(aborted)).rejects.toBe(reason)
    await expect(authFetch(aborted, { signal: new AbortController().signal })).resolves.toBeDefined()
    await expect(authFetch(api, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

describe('a call that is none of ours', () => {
  it.each<[string, Parameters<typeof fetch>]>([
    ['an address', ['https://other.example/', { method: 'POST', body: 'x' }]],
    ['a URL', [new URL('https://other.example/')]],
    ['nothing', [null as never]],
    ['a Request with a body', [new Request('https://other.example/', { method: 'POST', body: 'x' })]],
    ['one with an Authorization of its own', [api, { headers: { authorization: 'Basic x' } }]],
  ])('passes as it came: %s', async (_what, call) => {
    const { authFetch, native } = setUp()
    await authFetch(...call)
    const [input, init] = native.mock.calls[0] ?? []
    expect(input).toBe(call[0])
    expect(init).toBe(call[1])
    expect(input instanceof Request && input.bodyUsed).toBe(false)
  })
})

describe('a call and its account', () => {
  it('is not replayed with the token of somebody else', async () => {
    const { authFetch, native, getToken } = setUp([unauthorized])
    getToken.mockResolvedValueOnce(a).mockResolvedValueOnce(b)
    const call = authFetch(api, { method: 'POST', body: 'from A' })
    await expect(call).rejects.toMatchObject({ name: 'AuthError', code: 'account_mismatch', phase: 'fetch' })
    expect(native).toHaveBeenCalledTimes(1)
  })

  it('is not sent at all where the first token is of somebody else', async () => {
    const { authFetch, native, getToken } = setUp()
    getToken.mockResolvedValueOnce(b)
    await expect(authFetch(api)).rejects.toMatchObject({ code: 'account_mismatch' })
    expect(native).not.toHaveBeenCalled()
  })

  it('says so where the account changes while the token is renewed after a 401', async () => {
    const { authFetch, getToken } = setUp([unauthorized])
    const mismatch = new AuthError('account_mismatch', { phase: 'renewal' })
    getToken.mockResolvedValueOnce(a).mockRejectedValueOnce(mismatch)
    await expect(authFetch(api)).rejects.toBe(mismatch)
  })

  it('holds for createTestAuth too, during the start as well', async () => {
    let answer: (response: Response) => void = () => {}
    const native = vi.fn(
      (..._: Parameters<typeof fetch>) =>
        new Promise<Response>((resolve) => {
          answer = resolve
        }),
    )
    const auth = createTestAuth({ status: 'starting' }, { fetch: native, protectedResources: [api] })
    const call = auth.fetch(api, { method: 'POST', body: 'from A' })
    auth.set({ status: 'signed-in', account: a.account })
    await vi.waitFor(() => expect(native).toHaveBeenCalledTimes(1))
    auth.set({ status: 'signed-in', account: b.account })
    answer(unauthorized())
    await expect(call).rejects.toMatchObject({ code: 'account_mismatch' })
    expect(native).toHaveBeenCalledTimes(1)
  })
})

describe('the 401 of another place', () => {
  const claims = btoa('{"access_token":{"acrs":{"essential":true,"value":"c1"}}}')
  const challenge = { 'www-authenticate': `Bearer error="insufficient_claims", claims="${claims}"` }

  it.each([
    ...['https://other.example/login', 'https://app.example/open', 'https://app.example/second/x'],
    'an address that is none',
  ])('that a redirect led to (%s) is not the resource’s', async (url) => {
    const { authFetch, arrive, native, getToken } = setUp([() => answerFrom(url, 401, challenge)], ['/api', '/second'])
    arrive()
    expect((await authFetch(api)).status).toBe(401)
    expect(native).toHaveBeenCalledTimes(1)
    expect(getToken).toHaveBeenCalledTimes(1)
  })

  it('of the same resource is', async () => {
    const { authFetch, getToken } = setUp([() => answerFrom('https://app.example/api/v2/me', 401)])
    getToken.mockResolvedValueOnce(a).mockResolvedValueOnce({ ...a, token: 'next' })
    await authFetch(api)
    expect(getToken).toHaveBeenCalledTimes(2)
  })
})
