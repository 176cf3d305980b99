import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSignedOutFlag } from '../../../../src/page/signed-out-flag.js'
import { checkOptions } from '../../../../src/settings.js'
import { createExpiryCheck } from '../../../../src/sources/expiry.js'
import type { MsalLibrary } from '../../../../src/sources/msal/client.js'
import { openNestedSource } from '../../../../src/sources/msal/nested.js'
import type { NestedSource } from '../../../../src/sources/source.js'
import { fakeWindow } from '../../fake-window.js'
import { accessToken, asTheyAre, clientId, ownScopes, tenantId } from '../../jwt.js'

const graph = ['https://graph.microsoft.com/User.Read']
const noNetwork = () => Promise.reject(new TypeError('no network here'))
const never = () => new Promise<never>(() => {})

function result(token = accessToken()) {
  return { accessToken: token.token, expiresOn: new Date(token.expiresOnTimestamp), scopes: token.scopes }
}

function setUp(server: () => Response | Promise<never> = noNetwork) {
  const client = {
    acquireTokenSilent: vi.fn(async (_: object): Promise<unknown> => result()),
    acquireTokenPopup: vi.fn(async (_: object): Promise<unknown> => result()),
  }
  const create = vi.fn(async (_: object) => client)
  const onLateToken = vi.fn()
  const settings = checkOptions({ clientId: tenantId, tenant: tenantId, scopes: ownScopes }, 'https://app.example/')
  const { window } = fakeWindow()
  const signedOutFlag = createSignedOutFlag(window, tenantId)
  const open = () =>
    openNestedSource({
      library: { createNestablePublicClientApplication: create } as unknown as MsalLibrary,
      settings,
      window,
      onLateToken,
      signedOutFlag,
      accounts: asTheyAre,
      checkExpiry: createExpiryCheck({ window, nativeFetch: async () => server(), now: () => Date.now() }),
      nativeFetch: noNetwork,
    })
  const nested = async () => (await open()) as NestedSource
  return { client, create, onLateToken, window, signedOutFlag, open, nested }
}

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('a bridge that never answers', () => {
  it('is given up after five seconds when the client is created', async () => {
    const { create, open } = setUp()
    create.mockImplementation(never)
    const opening = open()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await opening).toEqual({ refused: 'host_timeout' })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is given up after thirty seconds without interaction', async () => {
    const { client, nested } = setUp()
    client.acquireTokenSilent.mockImplementation(never)
    const answer = (await nested()).acquire({ scopes: ownScopes, fresh: false })
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await answer).toEqual({ refused: 'host_timeout' })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is given up after ten minutes with interaction, and not before', async () => {
    const { client, nested } = setUp()
    client.acquireTokenPopup.mockImplementation(never)
    const answer = vi.fn()
    void (await nested()).signIn({ scopes: ownScopes }).then(answer)
    await vi.advanceTimersByTimeAsync(10 * 60_000 - 1)
    expect(answer).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(answer).toHaveBeenCalledWith({ refused: 'host_timeout' })
  })
})

describe('a sign-out while nested app auth asks the host', () => {
  it.each([
    ['is not undone by what MSAL writes later', true],
    ['that was before keeps nothing from being written', false],
  ])('%s', async (_, signsOut) => {
    const { client, window, signedOutFlag, nested } = setUp()
    const key = `msal.3|user.home|login|accesstoken|${tenantId}|tenant|a|`
    if (!signsOut) signedOutFlag.set()
    client.acquireTokenSilent.mockImplementation(async () => {
      await new Promise((done) => setTimeout(done, 120_000))
      window.sessionStorage.setItem(key, 'x')
      throw new Error('whatever it says then')
    })
    const asked = (await nested()).acquire({ scopes: ownScopes, fresh: false })
    await vi.advanceTimersByTimeAsync(10)
    if (signsOut) signedOutFlag.set()
    await vi.advanceTimersByTimeAsync(120_000)
    expect(await asked).toEqual({ refused: 'host_timeout' })
    expect(window.sessionStorage.getItem(key)).toBe(signsOut ? null : 'x')
  })
})

describe('a late token of nested app auth', () => {
  async function late(scopes: string[]) {
    const { client, onLateToken, nested } = setUp()
    let answer: (value: unknown) => void = () => {}
    client.acquireTokenSilent.mockReturnValueOnce(
      new Promise((resolve) => {
        answer = resolve
      }),
    )
    const opened = await nested()
    void opened.acquire({ scopes, fresh: false })
    await vi.advanceTimersByTimeAsync(30_000)
    return { opened, onLateToken, answer: () => answer(result()) }
  }

  it('for the own scopes is taken', async () => {
    const { onLateToken, answer } = await late(ownScopes)
    answer()
    await vi.advanceTimersByTimeAsync(0)
    expect(onLateToken).toHaveBeenCalledTimes(1)
  })

  it('for other scopes says nothing of who is signed in', async () => {
    const { onLateToken, answer } = await late(graph)
    answer()
    await vi.advanceTimersByTimeAsync(0)
    expect(onLateToken).not.toHaveBeenCalled()
  })

  it('is ignored once a later request has brought one', async () => {
    const { opened, onLateToken, answer } = await late(ownScopes)
    await opened.acquire({ scopes: ownScopes, fresh: false })
    answer()
    await vi.advanceTimersByTimeAsync(0)
    expect(onLateToken).not.toHaveBeenCalled()
  })
})

describe('nested app auth', () => {
  it('passes on what is asked for', async () => {
    const { client, nested } = setUp()
    const opened = await nested()
    await opened.acquire({ scopes: graph, fresh: true, claims: '{"a":1}' })
    expect(client.acquireTokenSilent).toHaveBeenCalledWith({ scopes: graph, forceRefresh: true, claims: '{"a":1}' })
    await opened.signIn({ scopes: graph, prompt: 'consent' })
    expect(client.acquireTokenPopup).toHaveBeenCalledWith({ scopes: graph, prompt: 'consent' })
  })

  it('is a refusal where the client cannot be created', async () => {
    const { create, open } = setUp()
    const cause = new Error('no bridge')
    create.mockRejectedValue(cause)
    expect(await open()).toEqual({ refused: 'unavailable', cause })
  })
})

describe('what the bridge gives', () => {
  const hoursAgo = (hours: number) => Math.floor(Date.now() / 1_000) - hours * 3_600
  const date = () => new Response(null, { headers: { date: new Date().toUTCString() } })

  it.each<[string, string[], Record<string, unknown>]>([
    ['a token for another API', [`${clientId}/x`], { aud: 'https://graph.microsoft.com', scp: 'User.Read' }],
    ['the token of the app for Graph', graph, {}],
    ['an ID token', ownScopes, { scp: undefined, nonce: 'n' }],
    ['a token of an app', ownScopes, { scp: undefined, idtyp: 'app', roles: ['x'] }],
    ['an expired token', ownScopes, { iat: hoursAgo(2), exp: hoursAgo(1) }],
  ])('is refused where it is %s', async (_, scopes, claims) => {
    const { client, nested } = setUp(date)
    client.acquireTokenSilent.mockResolvedValue(result(accessToken({ claims: { aud: clientId, ...claims } })))
    client.acquireTokenPopup.mockResolvedValue(result(accessToken({ claims: { aud: clientId, ...claims } })))
    const opened = await nested()
    expect(await opened.acquire({ scopes, fresh: false })).toMatchObject({
      refused: 'host_refused',
      why: expect.any(String),
    })
    expect(await opened.signIn({ scopes })).toMatchObject({ refused: 'host_refused' })
  })

  it('is taken for another API, whatever is in it', async () => {
    const { client, nested } = setUp()
    const token = accessToken({ claims: { aud: 'https://graph.microsoft.com', scp: undefined } })
    client.acquireTokenSilent.mockResolvedValue(result(token))
    expect(await (await nested()).acquire({ scopes: graph, fresh: false })).toMatchObject({ token: token.token })
  })
})

describe('a browser that refuses channels together with storage', () => {
  it('has none while MSAL makes its client, and the same as before afterwards', async () => {
    class Refused {
      constructor() {
        throw new DOMException('The operation is insecure.', 'SecurityError')
      }
    }
    vi.stubGlobal('BroadcastChannel', Refused)
    const { client, create, open } = setUp()
    create.mockImplementation(async () => {
      await Promise.resolve()
      if (typeof BroadcastChannel !== 'undefined') new BroadcastChannel('msal.broadcast.event')
      return client
    })
    expect(await open()).not.toHaveProperty('refused')
    expect(BroadcastChannel).toBe(Refused)
    vi.unstubAllGlobals()
  })
})
