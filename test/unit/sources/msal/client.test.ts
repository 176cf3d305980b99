import type { Configuration, INetworkModule } from '@azure/msal-browser'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { AuthOptions } from '../../../../src/options.js'
import { checkOptions } from '../../../../src/settings.js'
import { acquireSilently, configurationOf, tokenOfResult } from '../../../../src/sources/msal/client.js'
import { accessToken, asTheyAre, ownScopes, tenantId } from '../../jwt.js'

const url = 'https://login.microsoftonline.com/token'

function configure(nativeFetch: typeof fetch = vi.fn(), options: Partial<AuthOptions> = {}): Configuration {
  const required = { clientId: tenantId, tenant: tenantId, scopes: ownScopes }
  return configurationOf(checkOptions({ ...required, ...options }, 'https://app.example/'), nativeFetch)
}

const networkOver = (nativeFetch: typeof fetch) => configure(nativeFetch).system?.networkClient as INetworkModule

/** A `fetch` that never answers by itself, and ends as the real one does when it is told to. */
const silent = (_: unknown, init?: RequestInit) =>
  new Promise<Response>((_resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
  })

afterEach(() => {
  vi.restoreAllMocks()
})

describe('a request of MSAL', () => {
  it.each(['GET', 'POST'])(
    'that is never answered ends after 20 seconds, and is not made once more: %s',
    async (method) => {
      const time = new AbortController()
      const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(time.signal)
      const nativeFetch = vi.fn(silent)
      const network = networkOver(nativeFetch)
      const answer =
        method === 'GET' ? network.sendGetRequestAsync(url) : network.sendPostRequestAsync(url, { body: 'a' })
      expect(timeout).toHaveBeenCalledWith(20_000)
      time.abort(new DOMException('The operation timed out.', 'TimeoutError'))
      // MSAL would make a lost connection of a rejection: what is no answer is put as one.
      if (method === 'GET') await expect(answer).rejects.toMatchObject({ name: 'TimeoutError' })
      else expect(await answer).toMatchObject({ status: 408, body: { error: 'endpoint_silent' } })
      expect(nativeFetch).toHaveBeenCalledTimes(1)
    },
  )

  it('that stops in the middle of its answer ends as one that never came', async () => {
    const time = new AbortController()
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(time.signal)
    const stalled = async () => {
      const body = new ReadableStream({ start: (to) => time.signal.addEventListener('abort', () => to.error('over')) })
      return new Response(body)
    }
    const answer = networkOver(stalled).sendPostRequestAsync(url)
    setTimeout(() => time.abort())
    expect(await answer).toMatchObject({ status: 408, body: { error: 'endpoint_silent' } })
  })

  it('is made once more where the connection broke, within the same time', async () => {
    const nativeFetch = vi.fn(async (_: unknown, _init?: RequestInit) => Response.json({ a: 1 }))
    nativeFetch.mockRejectedValueOnce(new TypeError('Failed to fetch'))
    const answer = await networkOver(nativeFetch).sendGetRequestAsync(url)
    expect(answer).toMatchObject({ status: 200, body: { a: 1 } })
    const [first, second] = nativeFetch.mock.calls
    expect(first?.[1]?.signal).toBe(second?.[1]?.signal)
  })

  it('is not made a third time', async () => {
    const nativeFetch = vi.fn(() => Promise.reject(new TypeError('Failed to fetch')))
    await expect(networkOver(nativeFetch).sendGetRequestAsync(url)).rejects.toThrow('Failed to fetch')
    expect(nativeFetch).toHaveBeenCalledTimes(2)
  })

  it('passes method, headers and body on', async () => {
    const nativeFetch = vi.fn(async (_: unknown, _init?: RequestInit) => Response.json({}, { status: 400 }))
    const answer = await networkOver(nativeFetch).sendPostRequestAsync(url, { headers: { a: 'b' }, body: 'c' })
    expect(answer.status).toBe(400)
    expect(nativeFetch).toHaveBeenCalledWith(
      url,
      expect.objectContaining({ method: 'POST', headers: { a: 'b' }, body: 'c' }),
    )
  })

  it.each<[string, number, string, object]>([
    ['nothing', 200, '{}', { error: 'endpoint_empty' }],
    ['no JSON', 200, '<html>', { error: 'endpoint_empty' }],
    ['a token that is none', 200, '"eyJ"', { error: 'endpoint_empty' }],
    ['a token', 200, '{"access_token":"a"}', { access_token: 'a' }],
    ['an error with 200', 200, '{"error":"invalid_grant"}', { error: 'invalid_grant' }],
    ['an error', 400, '{"error":"invalid_grant"}', { error: 'invalid_grant', status: 400 }],
    ['429 and nothing', 429, '{}', { error: 'endpoint_throttles', error_codes: [429], status: 429 }],
    ['429 and a page', 429, '<html>', { error: 'endpoint_throttles', error_codes: [429], status: 429 }],
    ['429 and an error', 429, '{"error":"x","error_codes":[5]}', { error: 'x', error_codes: [5], status: 429 }],
    ['503 and a page', 503, '<html>', { error: 'endpoint_fails', error_codes: [503], status: 503 }],
    ['404 and a list', 404, '[]', { error: 'endpoint_fails', error_codes: [404], status: 404 }],
  ])('of the token endpoint that is answered by %s has a word for it', async (_, status, given, body) => {
    const nativeFetch = async () => new Response(given, { status, headers: { 'retry-after': '7' } })
    const answer = await networkOver(nativeFetch).sendPostRequestAsync(url)
    expect(answer).toMatchObject({ status, headers: { 'retry-after': '7' }, body })
  })

  it.each(['"text"', '1', 'null', 'no JSON'])('fails in words where the answer is %s', async (body) => {
    const nativeFetch = async () => new Response(body)
    await expect(networkOver(nativeFetch).sendGetRequestAsync(url)).rejects.toThrow(/JSON/)
  })
})

describe('a result of MSAL', () => {
  const graph = ['https://graph.microsoft.com/User.Read']
  const resultOf = (claims: object, idTokenClaims = {}) => {
    const { token, expiresOnTimestamp, scopes } = accessToken({ claims: { ...claims } })
    return { accessToken: token, expiresOn: new Date(expiresOnTimestamp), scopes, idTokenClaims } as never
  }

  it.each<[string, object, string[], boolean]>([
    ['an access token', {}, ownScopes, true],
    ['an ID token', { scp: undefined, nonce: 'n' }, ownScopes, false],
    ['a token of an app', { scp: undefined, idtyp: 'app' }, ownScopes, false],
    ['a token of another API', { aud: graph[0], scp: 'User.Read' }, [`${tenantId}/x`], false],
    ['a token of the app instead of one of Graph', {}, graph, false],
    ['a token of Graph', { aud: 'https://graph.microsoft.com', scp: undefined }, graph, true],
  ])('that is %s', (_, claims, scopes, isTaken) => {
    const of = (from: 'host' | 'entra') =>
      tokenOfResult(resultOf(claims), { scopes, clientId: tenantId, from, accounts: asTheyAre })
    expect(of('entra')).toMatchObject(isTaken ? { scopes: ownScopes } : { refused: 'token_rejected' })
    expect(of('host')).toMatchObject(isTaken ? { scopes: ownScopes } : { refused: 'host_refused' })
  })

  it('that cannot be read goes by its ID token', () => {
    const result = {
      accessToken: 'opaque',
      expiresOn: new Date(),
      scopes: graph,
      idTokenClaims: { tid: 't', oid: 'o' },
    }
    const asked = { scopes: graph, clientId: tenantId, from: 'entra', accounts: asTheyAre } as const
    expect(tokenOfResult(result as never, asked)).toMatchObject({ token: 'opaque', account: { key: 'entra:t:o' } })
  })
})

describe('a full storage', () => {
  const request = { scopes: ownScopes, account: {} as never }
  const full = () => Object.assign(new Error('x'), { name: 'CacheError', errorCode: 'cache_quota_exceeded' })

  it('costs no token: MSAL is asked again to keep less, and then nothing', async () => {
    const acquireTokenSilent = vi.fn(async (_: object) => 'token' as never)
    acquireTokenSilent.mockRejectedValueOnce(full()).mockRejectedValueOnce(full())
    expect(await acquireSilently({ acquireTokenSilent }, request)).toBe('token')
    expect(acquireTokenSilent.mock.calls.map(([asked]) => asked)).toEqual([
      request,
      { ...request, storeInCache: { accessToken: false, idToken: false, refreshToken: true } },
      { ...request, storeInCache: { accessToken: false, idToken: false, refreshToken: false } },
    ])
  })

  it('that has no room for the account either is named, after three tries', async () => {
    const acquireTokenSilent = vi.fn(() => Promise.reject(full()))
    await expect(acquireSilently({ acquireTokenSilent }, request)).rejects.toMatchObject({ name: 'CacheError' })
    expect(acquireTokenSilent).toHaveBeenCalledTimes(3)
  })

  it('is no other failure', async () => {
    const acquireTokenSilent = vi.fn(() => Promise.reject(new Error('x')))
    await expect(acquireSilently({ acquireTokenSilent }, request)).rejects.toThrow('x')
    expect(acquireTokenSilent).toHaveBeenCalledTimes(1)
  })
})

describe('the configuration of MSAL', () => {
  it('declares the capabilities of the app, and none of its own', () => {
    expect(configure().auth).not.toHaveProperty('clientCapabilities')
    expect(configure(undefined, { clientCapabilities: ['CP1'] }).auth.clientCapabilities).toEqual(['CP1'])
  })

  it('is merged with that of the app, deeply', () => {
    const onRedirectNavigate = () => true
    const msal = { auth: { onRedirectNavigate }, system: { tokenRenewalOffsetSeconds: 10 } }
    const configuration = configure(undefined, { browser: { msal } })
    expect(configuration.auth).toMatchObject({ clientId: tenantId, onRedirectNavigate })
    expect(configuration.system).toMatchObject({ networkClient: expect.anything(), tokenRenewalOffsetSeconds: 10 })
  })

  it('names an authority that is not of the public cloud, so that nobody else is asked about it', () => {
    expect(configure().auth.knownAuthorities).toBeUndefined()
    const { auth } = configure(undefined, { authority: 'https://login.example:8443' })
    expect(auth).toMatchObject({
      authority: `https://login.example:8443/${tenantId}`,
      knownAuthorities: ['login.example:8443'],
    })
  })
})
