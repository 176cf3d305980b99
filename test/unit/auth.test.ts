import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Auth, createAuth } from '../../src/auth.js'
import { type Internals, internalsOf } from '../../src/carriers/internals.js'
import type { AuthEvent } from '../../src/events.js'
import * as engineLoad from '../../src/load-engine.js'
import type { AuthOptions } from '../../src/options.js'
import { type AuthErrorCode, isAuthError } from '../../src/shared/errors.js'
import * as load from '../../src/sources/load.js'
import type { AccessToken, Refusal, SignInRequest, TokenRequest } from '../../src/sources/source.js'
import type { StepUpRequest } from '../../src/user-requests.js'
import { accessToken, bob, ownScopes, tenantId } from './jwt.js'

type Answer = AccessToken | Refusal

const noAccount: Refusal = { refused: 'sign_in_required', noAccount: true }
const api = 'https://app.example/api'
const graph = ['https://graph.microsoft.com/User.Read']
const never = () => new Promise<never>(() => {})
const code = (code: AuthErrorCode) => expect.objectContaining({ name: 'AuthError', code })

/** What MSAL's door, which is not loaded here, would do. */
const redirect = {
  start: vi.fn(async (): Promise<Answer> => accessToken()),
  acquire: vi.fn(async (_: TokenRequest): Promise<Answer> => accessToken()),
  signIn: vi.fn(async (_: SignInRequest): Promise<Answer> => accessToken()),
  changed: vi.fn(() => false),
  forget: vi.fn(),
  signOut: vi.fn(async (_: { entra: boolean }): Promise<Refusal | undefined> => undefined),
}

vi.mock('../../src/sources/msal/redirect.js', () => ({ openRedirectSource: async () => redirect }))
vi.mock('../../src/load-engine.js', () => ({ loadEngine: vi.fn() }))
vi.mock('../../src/sources/load.js', async (original) => ({
  ...(await original<typeof load>()),
  loadMsal: vi.fn(),
  loadTeams: vi.fn(),
}))

const page = (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM
const reported = vi.fn()
const send = vi.fn(async (_: RequestInfo | URL, _init?: RequestInit) => new Response('{}'))
const opened: Auth[] = []

function open(options: Partial<AuthOptions> = {}): Auth {
  const auth = createAuth({ clientId: tenantId, tenant: tenantId, scopes: ownScopes, fetch: send, ...options })
  opened.push(auth)
  return auth
}

/** An `Auth` whose start has ended. */
async function started(answer: Answer = accessToken(), options: Partial<AuthOptions> = {}): Promise<Auth> {
  redirect.start.mockResolvedValueOnce(answer)
  const auth = open(options)
  await auth.ready
  return auth
}

const authorizationOf = (call = 0) => new Headers(send.mock.calls[call]?.[1]?.headers).get('authorization')

beforeEach(() => {
  page.setURL('https://app.example/')
  vi.stubGlobal('reportError', reported)
  vi.mocked(engineLoad.loadEngine).mockImplementation(() => import('../../src/engine.js'))
  vi.mocked(load.loadMsal).mockResolvedValue({} as never)
  vi.mocked(load.loadTeams).mockImplementation(never)
})

afterEach(() => {
  for (const auth of opened.splice(0)) auth.dispose()
  localStorage.clear()
  sessionStorage.clear()
  vi.unstubAllGlobals()
  vi.useRealTimers()
  for (const mock of [...Object.values(redirect), send, reported]) mock.mockReset()
})

describe('createAuth', () => {
  it('signs in with what the door gives', async () => {
    const auth = await started()
    expect(auth.state).toMatchObject({ status: 'signed-in', host: { kind: 'browser' } })
    expect(await auth.ready).toBe(auth.state)
  })

  it('throws for a mistake in the options before anything begins', () => {
    expect(() => open({ tenant: '' })).toThrow(code('config_invalid'))
    expect(engineLoad.loadEngine).not.toHaveBeenCalledTimes(2)
  })

  it('has methods that need no `this`', async () => {
    const { getToken, fetch, signIn, signOut, subscribe, explain, dispose } = await started()
    const undo = subscribe(() => {})
    expect(await getToken()).toHaveProperty('token')
    expect((await fetch(api)).status).toBe(200)
    await signIn()
    expect(explain().status).toBe('signed-in')
    await signOut()
    undo()
    dispose()
  })

  it('shows no token: not in JSON, not in its properties, not in explain(), not in an event', async () => {
    const events: AuthEvent[] = []
    const auth = await started(accessToken(), { onEvent: (event) => events.push(event) })
    const { token } = await auth.getToken()
    const texts = [auth, auth.state, auth.explain(), events].map((each) => JSON.stringify(each))
    for (const text of texts) expect(text).not.toContain(token.split('.')[1])
    expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain(token.split('.')[1])
    expect(events.map(({ type }) => type)).toEqual(['token', 'state'])
  })

  it('does not download what the door needs for somebody who signed out here', async () => {
    const auth = await started()
    await auth.signOut()
    auth.dispose()
    vi.mocked(load.loadMsal).mockClear()
    const again = open()
    expect(again.state).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(await again.ready).toBe(again.state)
    await vi.dynamicImportSettled()
    expect(load.loadMsal).not.toHaveBeenCalled()
  })

  it('stays signed out, rather than failed, for somebody who signed out here where the rest cannot be loaded', async () => {
    const auth = await started()
    await auth.signOut()
    auth.dispose()
    vi.mocked(engineLoad.loadEngine).mockResolvedValue({ refused: 'unavailable' })
    const again = open()
    await new Promise((done) => setTimeout(done))
    expect(again.state).toMatchObject({ status: 'signed-out', reason: 'by-user' })
  })
})

describe('a part that cannot be loaded', () => {
  const failure = { refused: 'unavailable' as const, message: 'A part of twodoor could not be loaded.' }

  it('fails the start for now', async () => {
    vi.mocked(engineLoad.loadEngine).mockResolvedValue(failure)
    const auth = open()
    expect(await auth.ready).toMatchObject({ status: 'failed', error: { code: 'unavailable', retryable: true } })
    await expect(auth.getToken()).rejects.toEqual(code('unavailable'))
    await expect(auth.signIn()).rejects.toEqual(code('unavailable'))
  })

  it.each([
    ['the network is back', () => window.dispatchEvent(new Event('online'))],
    ['the user comes back to the page', () => window.dispatchEvent(new Event('focus'))],
  ])('is loaded again when %s', async (_, happen) => {
    vi.mocked(engineLoad.loadEngine).mockResolvedValueOnce(failure)
    const auth = open()
    await auth.ready
    happen()
    await vi.waitFor(() => expect(auth.state.status).toBe('signed-in'))
  })

  it('is not loaded again after dispose()', async () => {
    vi.mocked(engineLoad.loadEngine).mockResolvedValue(failure)
    const auth = open()
    await auth.ready
    auth.dispose()
    vi.mocked(engineLoad.loadEngine).mockClear()
    window.dispatchEvent(new Event('online'))
    window.dispatchEvent(new Event('focus'))
    expect(engineLoad.loadEngine).not.toHaveBeenCalled()
  })

  it('of the door fails the start for now', async () => {
    vi.mocked(load.loadMsal).mockResolvedValue(failure)
    expect(await open().ready).toMatchObject({ status: 'failed', error: { code: 'unavailable' } })
  })
})

describe('getToken', () => {
  it('waits for the start', async () => {
    const auth = open()
    expect(await auth.getToken()).toHaveProperty('token')
  })

  it.each<[Answer, AuthErrorCode]>([
    [noAccount, 'sign_in_required'],
    [{ refused: 'consent_required' }, 'consent_required'],
    [{ refused: 'offline' }, 'offline'],
    [{ refused: 'framed' }, 'framed'],
  ])('rejects with the reason where the start was refused with %o', async (answer, expected) => {
    await expect((await started(answer)).getToken()).rejects.toEqual(code(expected))
  })

  it('ends waiting with the reason of an abort', async () => {
    redirect.start.mockImplementationOnce(never)
    const abort = new AbortController()
    const waiting = open().getToken([], { abortSignal: abort.signal })
    abort.abort('no more')
    await expect(waiting).rejects.toBe('no more')
  })

  it.each([undefined, null, '', []])('takes %o for the own scopes', async (scopes) => {
    const auth = await started()
    expect((await auth.getToken(scopes as never)).scopes).toEqual(ownScopes)
    expect(redirect.acquire).not.toHaveBeenCalled()
  })

  it('asks for other scopes', async () => {
    const auth = await started()
    await auth.getToken(graph)
    await auth.getToken(graph[0])
    expect(redirect.acquire.mock.calls).toEqual([[{ scopes: graph, fresh: false, claims: undefined }]])
  })

  it.each([42, {}, [1], ['a b'], ['openid'], true])('refuses %o as scopes', async (scopes) => {
    await expect((await started()).getToken(scopes as never)).rejects.toEqual(code('config_invalid'))
  })

  it.each([
    ['claims', {}],
    ['claims', ''],
    ['claims', 1],
    ['claims', null],
  ])('refuses %s that are %o', async (name, value) => {
    await expect((await started()).getToken([], { [name]: value } as never)).rejects.toEqual(code('config_invalid'))
    expect(redirect.acquire).not.toHaveBeenCalled()
  })

  it.each([null, undefined, {}])('takes %o for no options', async (options) => {
    expect(await (await started()).getToken([], options as never)).toHaveProperty('token')
  })
})

describe('auth.fetch', () => {
  it('sends the token to this origin', async () => {
    const auth = await started()
    await auth.fetch('/api')
    expect(authorizationOf()).toBe(`Bearer ${(await auth.getToken()).token}`)
  })

  it.each(['https://other.example/api', 'https://app.example.evil.example/', 'https://app.example@evil.example/'])(
    'sends nothing to %s',
    async (url) => {
      const auth = await started()
      await auth.fetch(url)
      expect(authorizationOf()).toBeNull()
    },
  )

  it('resolves relative URLs as fetch does, under <base> too', async () => {
    const auth = await started(accessToken(), { protectedResources: ['/api'] })
    const base = document.head.appendChild(document.createElement('base'))
    base.href = 'https://cdn.example/app/'
    await auth.fetch('/api')
    expect(authorizationOf()).toBeNull()
    base.remove()
    await auth.fetch('/api')
    expect(authorizationOf(1)).not.toBeNull()
  })

  it('never sends a protected call without a token', async () => {
    const auth = await started(noAccount)
    await expect(auth.fetch(api)).rejects.toEqual(code('sign_in_required'))
    expect(send).not.toHaveBeenCalled()
    await auth.fetch('https://other.example/')
    expect(send).toHaveBeenCalledTimes(1)
  })

  describe('to a resource that is optional', () => {
    const protectedResources = [{ url: '/api/public', optional: true }, '/api']

    it('sends the token where somebody is signed in', async () => {
      const auth = await started(accessToken(), { protectedResources })
      await auth.fetch('/api/public')
      expect(authorizationOf()).toBe(`Bearer ${(await auth.getToken()).token}`)
    })

    it('sends the call without one where nobody is, and another call not at all', async () => {
      const auth = await started(noAccount, { protectedResources })
      await auth.fetch('/api/public', { method: 'POST', body: 'x', headers: { 'x-own': '1' } })
      expect(authorizationOf()).toBeNull()
      expect(send.mock.calls[0]?.[1]).toMatchObject({ method: 'POST', body: 'x' })
      expect(new Headers(send.mock.calls[0]?.[1]?.headers).get('x-own')).toBe('1')
      await auth.fetch(new Request('https://app.example/api/public', { method: 'PUT' }))
      expect(send.mock.calls[1]?.[0]).toHaveProperty('method', 'PUT')
      await expect(auth.fetch('/api/other')).rejects.toEqual(code('sign_in_required'))
      expect(send).toHaveBeenCalledTimes(2)
    })

    it('waits for the start, and for no longer than its signal', async () => {
      let start: (answer: Answer) => void = () => {}
      redirect.start.mockImplementationOnce(() => new Promise((resolve) => (start = resolve)))
      const auth = open({ protectedResources })
      const aborted = auth.fetch('/api/public', { signal: AbortSignal.abort('given up') })
      const waiting = auth.fetch('/api/public')
      await expect(aborted).rejects.toBe('given up')
      expect(send).not.toHaveBeenCalled()
      await vi.waitFor(() => expect(redirect.start).toHaveBeenCalled())
      start(accessToken())
      await waiting
      expect(authorizationOf()).not.toBeNull()
    })

    it.each<[Refusal, string]>([
      [{ refused: 'framed' }, 'sent'],
      [{ refused: 'config_invalid' }, 'sent'],
      [{ refused: 'consent_required' }, 'sent'],
      [{ refused: 'offline' }, 'offline'],
      [{ refused: 'host_timeout' }, 'host_timeout'],
    ])('after a start that ended with %j is %s without one', async (refusal, expected) => {
      const auth = await started(refusal, { protectedResources })
      const outcome = auth.fetch('/api/public', { method: 'POST', body: 'x' }).then(
        () => 'sent',
        (error) => error.code,
      )
      expect(await outcome).toBe(expected)
      expect(send).toHaveBeenCalledTimes(expected === 'sent' ? 1 : 0)
    })

    it('is not called without one after a sign-out while a call waits for its token', async () => {
      const auth = await started(accessToken(), {
        protectedResources: [{ url: '/api/public', optional: true, scopes: graph }],
      })
      redirect.acquire.mockImplementationOnce(never)
      const call = expect(auth.fetch('/api/public', { method: 'POST' })).rejects.toEqual(code('sign_in_required'))
      await vi.waitFor(() => expect(redirect.acquire).toHaveBeenCalled())
      await auth.signOut()
      await call
      expect(send).not.toHaveBeenCalled()
    })

    it('sends nothing after dispose()', async () => {
      const auth = await started(noAccount, { protectedResources })
      auth.dispose()
      await expect(auth.fetch('/api/public')).rejects.toEqual(code('disposed'))
      expect(send).not.toHaveBeenCalled()
    })
  })

  it('lets unprotected calls through during the start, and after dispose()', async () => {
    redirect.start.mockImplementationOnce(never)
    const auth = open()
    await auth.fetch('https://other.example/')
    auth.dispose()
    await auth.fetch('https://other.example/')
    expect(send).toHaveBeenCalledTimes(2)
    await expect(auth.fetch(api)).rejects.toEqual(code('disposed'))
  })

  it('can take the place of window.fetch', async () => {
    const native = vi.fn(async (_: RequestInfo | URL, _init?: RequestInit) => new Response('{}'))
    vi.stubGlobal('fetch', native)
    const auth = await started(accessToken(), { fetch: undefined })
    vi.stubGlobal('fetch', auth.fetch)
    await window.fetch(api)
    expect(native).toHaveBeenCalledTimes(1)
    const second = await started(accessToken(), { fetch: undefined })
    await second.fetch(api)
    expect(native).toHaveBeenCalledTimes(2)
    const sent = new Headers(native.mock.calls[1]?.[1]?.headers).get('authorization')
    expect(sent).toBe(`Bearer ${(await second.getToken()).token}`)
  })

  it("can take a carrier's word for one more resource, and refuses one that is not safe", async () => {
    const auth = await started()
    internalsOf(auth)?.protect('https://api.example/v1')
    await auth.fetch('https://api.example/v1/me')
    expect(authorizationOf()).not.toBeNull()
    expect(() => internalsOf(auth)?.protect('http://api.example/')).toThrow(code('config_invalid'))
  })

  it('asks the app for the consent that its server lacks, and is the server’s answer where the app does not want that', async () => {
    const challenge = { 'www-authenticate': 'Bearer realm="api", scopes="User.Read", proposedAction="consent"' }
    const refused = () => new Response('', { status: 403, headers: challenge })
    const onConsent = vi.fn()
    send.mockResolvedValueOnce(refused())
    expect((await (await started(accessToken(), { onConsent })).fetch(api)).status).toBe(200)
    expect(onConsent).toHaveBeenCalledExactlyOnceWith({
      scopes: ['User.Read'],
      origin: new URL(api, 'https://app.example').origin,
    })
    send.mockResolvedValueOnce(refused())
    expect((await (await started()).fetch(api)).status).toBe(403)
  })

  describe('of an endpoint that asks for a step up', () => {
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    const headers = { 'www-authenticate': `Bearer error="insufficient_claims", claims="${btoa(claims)}"` }
    const challenge = () => new Response('', { status: 401, headers })

    it('rejects with the claims for signIn(), and nobody is signed out: then it is made again', async () => {
      const auth = await started()
      redirect.acquire.mockResolvedValueOnce({ refused: 'sign_in_required' })
      send.mockResolvedValueOnce(challenge())
      const error = await auth.fetch(api).catch((cause: unknown) => cause)
      expect(error).toMatchObject({ code: 'sign_in_required', claims })
      expect(auth.state.status).toBe('signed-in')
      expect((await auth.fetch(api)).status).toBe(200)
      await auth.signIn({ claims })
      expect(redirect.signIn.mock.lastCall?.[0]).toEqual({ scopes: ownScopes, claims })
      expect((await auth.fetch(api)).status).toBe(200)
    })

    it('asks the app to ask the user, and is repeated with the token that comes of it', async () => {
      const onStepUp = vi.fn((request: StepUpRequest) => auth.signIn(request))
      const auth = await started(accessToken(), { onStepUp })
      redirect.acquire.mockResolvedValueOnce({ refused: 'sign_in_required' })
      send.mockResolvedValueOnce(challenge())
      expect((await auth.fetch(api, { method: 'POST', body: 'order' })).status).toBe(200)
      expect(onStepUp).toHaveBeenCalledExactlyOnceWith({ claims, scopes: ownScopes, origin: 'https://app.example' })
      expect(authorizationOf(1)).not.toBe(authorizationOf(0))
      expect(send.mock.calls[1]?.[1]?.body).toBe('order')
    })

    it('waits for no answer of a user who has signed out, and asks the next one anew', async () => {
      const onStepUp = vi.fn(() => new Promise<never>(() => {}))
      const auth = await started(accessToken(), { onStepUp })
      const ask = () => {
        redirect.acquire.mockResolvedValueOnce({ refused: 'sign_in_required' })
        send.mockResolvedValueOnce(challenge())
        return auth.fetch(api).catch((cause: unknown) => cause)
      }
      const waiting = ask()
      await vi.waitFor(() => expect(onStepUp).toHaveBeenCalledTimes(1))
      await auth.signOut()
      expect(await waiting).toMatchObject({ code: 'sign_in_required' })
      redirect.signIn.mockResolvedValueOnce(accessToken())
      await auth.signIn()
      const next = ask()
      await vi.waitFor(() => expect(onStepUp).toHaveBeenCalledTimes(2))
      auth.dispose()
      expect(await next).toMatchObject({ code: 'disposed' })
    })

    it('ends the sign-in where the challenge is about all of it', async () => {
      const auth = await started()
      redirect.acquire.mockResolvedValueOnce({ refused: 'sign_in_required' })
      const revoked = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'
      const header = `Bearer error="insufficient_claims", claims="${btoa(revoked)}"`
      send.mockResolvedValueOnce(new Response('', { status: 401, headers: { 'www-authenticate': header } }))
      expect((await auth.fetch(api)).status).toBe(401)
      expect(auth.state).toMatchObject({ status: 'signed-out', reason: 'expired' })
    })
  })

  it('replays once after a 401, with the renewed token', async () => {
    const auth = await started()
    const { token } = await auth.getToken()
    send.mockResolvedValueOnce(new Response('', { status: 401 }))
    expect((await auth.fetch(api)).status).toBe(200)
    expect(authorizationOf(0)).toBe(`Bearer ${token}`)
    expect(authorizationOf(1)).not.toBe(`Bearer ${token}`)
  })
})

describe('signIn', () => {
  it('signs in', async () => {
    const auth = await started(noAccount)
    await auth.signIn()
    expect(auth.state.status).toBe('signed-in')
  })

  it('takes a click event for no options', async () => {
    const auth = await started(noAccount)
    await auth.signIn(new Event('click') as never)
    expect(redirect.signIn).toHaveBeenCalledWith({ scopes: ownScopes }, expect.anything())
  })

  it.each([
    ['a string', 'login'],
    ['an address elsewhere', { returnTo: 'https://evil.example/' }],
    ['an address elsewhere that looks like a path', { returnTo: '//evil.example/' }],
    ['a script', { returnTo: 'javascript:alert(1)' }],
    ['an unknown prompt', { prompt: 'none' }],
  ])('refuses %s', async (_, options) => {
    const auth = await started(noAccount)
    await expect(auth.signIn(options as never)).rejects.toEqual(code('config_invalid'))
    expect(redirect.signIn).not.toHaveBeenCalled()
  })

  it('while the start goes on waits for it', async () => {
    const auth = open()
    await auth.signIn()
    expect(auth.state.status).toBe('signed-in')
  })

  it('is all that ends a sign-out', async () => {
    const auth = await started()
    await auth.signOut()
    window.dispatchEvent(new Event('online'))
    await expect(auth.getToken()).rejects.toEqual(code('sign_in_required'))
    expect(auth.state).toMatchObject({ reason: 'by-user' })
    await auth.signIn()
    expect(auth.state.status).toBe('signed-in')
  })

  it('after dispose() rejects, and loads nothing', async () => {
    const auth = await started(noAccount)
    auth.dispose()
    vi.mocked(engineLoad.loadEngine).mockClear()
    vi.mocked(load.loadMsal).mockClear()
    await expect(auth.signIn()).rejects.toEqual(code('disposed'))
    expect(engineLoad.loadEngine).not.toHaveBeenCalled()
  })

  it('after dispose() during the download loads nothing more', async () => {
    vi.mocked(engineLoad.loadEngine).mockImplementation(never)
    const auth = open()
    auth.dispose()
    vi.mocked(load.loadMsal).mockClear()
    await expect(auth.signIn()).rejects.toEqual(code('disposed'))
    expect(load.loadMsal).not.toHaveBeenCalled()
  })
})

describe('signOut', () => {
  it('drops everything at once, before the source has answered', async () => {
    const auth = await started()
    redirect.signOut.mockImplementationOnce(never)
    auth.signOut().catch(() => {}) // ends with the Auth
    expect(auth.state).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(internalsOf(auth)?.peek()).toBeUndefined()
    await expect(auth.getToken()).rejects.toEqual(code('sign_in_required'))
  })

  it('during the start wins over it', async () => {
    let answer: (token: AccessToken) => void = () => {}
    redirect.start.mockReturnValueOnce(
      new Promise((resolve) => {
        answer = resolve
      }),
    )
    const auth = open()
    await vi.waitFor(() => expect(redirect.start).toHaveBeenCalled())
    await auth.signOut()
    answer(accessToken())
    await Promise.resolve()
    expect(auth.state).toMatchObject({ reason: 'by-user' })
    expect(await auth.ready).toMatchObject({ reason: 'by-user' })
  })

  it('cancels a sign-in under way, whose late answer changes nothing', async () => {
    const auth = await started(noAccount)
    let answer: (token: AccessToken) => void = () => {}
    redirect.signIn.mockReturnValueOnce(
      new Promise((resolve) => {
        answer = resolve
      }),
    )
    const signingIn = expect(auth.signIn()).rejects.toEqual(code('cancelled'))
    await vi.waitFor(() => expect(redirect.signIn).toHaveBeenCalled())
    await auth.signOut()
    await signingIn
    answer(accessToken())
    await Promise.resolve()
    expect(auth.state).toMatchObject({ reason: 'by-user' })
  })

  it.each([
    [undefined, false],
    [null, false],
    [{}, false],
    [{ entra: 1 }, false],
    [{ entra: true }, true],
  ])('with %o ends the session at Entra ID: %s', async (options, entra) => {
    await (await started()).signOut(options as never)
    expect(redirect.signOut).toHaveBeenCalledWith({ entra })
  })

  it('sticks even where what the source keeps cannot be removed', async () => {
    const auth = await started()
    const states: string[] = []
    auth.subscribe(({ status }) => states.push(status))
    redirect.forget.mockImplementationOnce(() => {
      throw new TypeError('broken')
    })
    await expect(auth.signOut()).rejects.toThrow('broken')
    expect(states).toEqual(['signed-out'])
    expect(internalsOf(auth)?.peek()).toBeUndefined()
    await expect(auth.getToken()).rejects.toEqual(code('sign_in_required'))
  })

  it('removes the tokens that MSAL keeps for this client ID before anything else, and for no other', async () => {
    const failure = { refused: 'unavailable' as const }
    vi.mocked(engineLoad.loadEngine).mockResolvedValue(failure)
    const auth = open()
    await auth.ready
    const token = (id: string) => `msal.3|user.tenant|login.microsoftonline.com|accesstoken|${id}|tenant|a|`
    const other = '99999999-2222-4333-8444-555555555555'
    for (const id of [tenantId, other])
      for (const storage of [localStorage, sessionStorage]) storage.setItem(token(id), 'x')
    await expect(auth.signOut({ entra: true })).rejects.toEqual(code('unavailable'))
    for (const storage of [localStorage, sessionStorage]) {
      expect(storage.getItem(token(tenantId))).toBeNull()
      expect(storage.getItem(token(other))).toBe('x')
    }
  })

  it('in another tab reaches this one', async () => {
    const auth = await started()
    const key = `twodoor.${tenantId}.signed-out`
    localStorage.setItem(key, '1')
    window.dispatchEvent(Object.assign(new Event('storage'), { key, newValue: '1' }))
    expect(auth.state).toMatchObject({ reason: 'by-user' })
  })

  it('reaches another Auth of this page, and so does the next sign-in', async () => {
    const [auth, second] = [await started(), await started()]
    await auth.signOut()
    await vi.waitFor(() => expect(second.state).toMatchObject({ reason: 'by-user' }))
    await auth.signIn()
    await vi.waitFor(() => expect(second.state.status).toBe('signed-in'))
  })

  it('of another application does not', async () => {
    const auth = await started()
    const key = 'twodoor.99999999-2222-4333-8444-555555555555.signed-out'
    window.dispatchEvent(Object.assign(new Event('storage'), { key, newValue: '1' }))
    expect(auth.state.status).toBe('signed-in')
  })

  it('after dispose() rejects', async () => {
    const auth = await started()
    auth.dispose()
    await expect(auth.signOut()).rejects.toEqual(code('disposed'))
    expect(localStorage.length).toBe(0)
  })
})

describe('dispose', () => {
  it('settles ready, and everything that waits', async () => {
    redirect.start.mockImplementationOnce(never)
    const auth = open()
    const token = expect(auth.getToken()).rejects.toEqual(code('disposed'))
    const call = expect(auth.fetch(api)).rejects.toEqual(code('disposed'))
    const signIn = expect(auth.signIn()).rejects.toEqual(code('disposed'))
    await vi.waitFor(() => expect(redirect.start).toHaveBeenCalled())
    auth.dispose()
    expect(await auth.ready).toMatchObject({ status: 'failed', error: { code: 'disposed' } })
    await Promise.all([token, call, signIn])
  })

  it('reaches a call whose token is on its way', async () => {
    const auth = await started()
    redirect.acquire.mockImplementationOnce(never)
    const call = expect(auth.getToken(graph)).rejects.toEqual(code('disposed'))
    await vi.waitFor(() => expect(redirect.acquire).toHaveBeenCalled())
    auth.dispose()
    await call
  })

  it('is final', async () => {
    const auth = await started()
    auth.dispose()
    const { state } = auth
    auth.dispose()
    window.dispatchEvent(new Event('online'))
    await Promise.resolve()
    expect(auth.state).toBe(state)
    await expect(auth.getToken()).rejects.toEqual(code('disposed'))
    expect(internalsOf(auth)?.peek()).toBeUndefined()
  })

  it('leaves no timer and no listener behind', async () => {
    vi.useFakeTimers()
    const targets = [window, document]
    const added = targets.map((each) => vi.spyOn(each, 'addEventListener'))
    const removed = targets.map((each) => vi.spyOn(each, 'removeEventListener'))
    const auth = await started()
    await auth.getToken(graph)
    auth.dispose()
    expect(vi.getTimerCount()).toBe(0)
    const counts = (spies: typeof added) => spies.map(({ mock }) => mock.calls.length)
    expect(counts(removed)).toEqual(counts(added))
    vi.restoreAllMocks()
  })

  it('lets a second Auth of the page go on', async () => {
    const [first, second] = [await started(), await started()]
    first.dispose()
    expect(await second.getToken()).toHaveProperty('token')
  })
})

describe('a listener', () => {
  it('that throws breaks nothing, and what it threw is reported', async () => {
    const broken = new Error('broken listener')
    const fail = () => {
      throw broken
    }
    redirect.start.mockResolvedValueOnce(accessToken())
    const auth = open({ onEvent: fail })
    auth.subscribe(fail)
    internalsOf(auth)?.onToken(fail)
    await auth.ready
    expect(await auth.getToken()).toHaveProperty('token')
    expect(new Set(reported.mock.calls.flat())).toEqual(new Set([broken]))
  })

  it('of a carrier that throws at a wake-up keeps nothing from waking', async () => {
    const auth = await started()
    const woken = vi.fn()
    internalsOf(auth)?.onWake(() => {
      throw new Error('broken carrier')
    })
    internalsOf(auth)?.onWake(woken)
    window.dispatchEvent(new Event('online'))
    expect(woken).toHaveBeenCalledTimes(1)
  })

  it('of a carrier is called at once with the account of the page', async () => {
    const auth = open()
    const calls: unknown[] = []
    internalsOf(auth)?.onAccount((account) => calls.push(account?.key))
    await auth.ready
    const left = auth.signOut()
    expect(calls).toEqual([accessToken().account.key, undefined])
    await left
    redirect.signIn.mockResolvedValueOnce(accessToken({ objectId: bob }))
    await auth.signIn()
    const key = `twodoor.${tenantId}.signed-out`
    localStorage.setItem(key, `${Date.now()}`)
    window.dispatchEvent(new StorageEvent('storage', { key, newValue: `${Date.now()}` }))
    expect(calls).toHaveLength(4)
    expect(calls.at(-1)).toBeUndefined()
  })

  it('tells carriers of a sign-out and of dispose() before anybody else', async () => {
    const auth = await started()
    const { onAccount, disposed } = internalsOf(auth) as Internals
    const told: unknown[] = []
    onAccount((account) => account ?? told.push(['signed out', auth.state.status]))
    disposed.addEventListener('abort', () => told.push(disposed.reason.code))
    auth.subscribe(() => told.push('the app'))
    await auth.signOut()
    await auth.signIn()
    auth.dispose()
    expect(told).toEqual([['signed out', 'signed-out'], 'the app', 'the app', 'disposed', 'the app'])
  })

  it('may dispose of the Auth in the middle of a change', async () => {
    const auth = open()
    const calls: string[] = []
    auth.subscribe((state) => {
      calls.push(state.status)
      auth.dispose()
    })
    await auth.ready
    expect(calls).toEqual(['signed-in', 'failed'])
    expect(auth.state).toMatchObject({ error: { code: 'disposed' } })
  })

  it('may sign out in the middle of a sign-in', async () => {
    const auth = open({ onEvent: ({ type }) => type === 'token' && void auth.signOut().catch(() => {}) })
    await auth.ready
    expect(auth.state).toMatchObject({ reason: 'by-user' })
    expect(internalsOf(auth)?.peek()).toBeUndefined()
  })

  it('that is subscribed twice is called until both are undone', async () => {
    const auth = await started()
    const calls = vi.fn()
    const [first, second] = [auth.subscribe(calls), auth.subscribe(calls)]
    first()
    first()
    await auth.signOut()
    expect(calls).toHaveBeenCalledTimes(1)
    second()
    await auth.signIn()
    expect(calls).toHaveBeenCalledTimes(1)
  })
})

describe('after a failure that can pass', () => {
  it('a wake-up tries again', async () => {
    const auth = await started({ refused: 'unavailable' })
    expect(auth.state.status).toBe('failed')
    window.dispatchEvent(new Event('online'))
    await vi.waitFor(() => expect(auth.state.status).toBe('signed-in'))
  })

  it('a wake-up tries nothing where it cannot pass', async () => {
    await started({ refused: 'config_invalid' })
    window.dispatchEvent(new Event('online'))
    expect(redirect.start).toHaveBeenCalledTimes(1)
  })
})

describe('a renewal that fails for a reason that we only suppose', () => {
  const policy = { url: 'https://login.microsoftonline.com/t/oauth2/v2.0/token', directive: 'connect-src' }
  const lost = Object.assign(new Error('post_request_failed: Failed to fetch'), { name: 'ClientAuthError' })

  it.each<[string, () => Promise<Answer>]>([
    ['a lost connection beside a policy', async () => ({ refused: 'unavailable', cause: lost })],
    ['an error of the browser', () => Promise.reject(new DOMException('Failed', 'OperationError'))],
    ['a mistake, as it seems', async () => ({ refused: 'unavailable', cause: new TypeError('null') })],
  ])('signs nobody out: %s', async (_, answer) => {
    const body = { blockedURL: policy.url, effectiveDirective: policy.directive, disposition: 'enforce' }
    const takeRecords = () => [{ type: 'csp-violation', body }]
    vi.stubGlobal(
      'ReportingObserver',
      vi.fn(function Observer() {
        return { observe() {}, disconnect() {}, takeRecords }
      }),
    )
    const auth = await started()
    const { token } = await auth.getToken()
    redirect.acquire.mockImplementationOnce(answer)
    const refused = auth.getToken(undefined, { rejectedToken: token })
    await expect(refused).rejects.toMatchObject({ code: 'unavailable', retryable: true, phase: 'renewal' })
    expect(auth.state.status).toBe('signed-in')
    expect(await auth.getToken()).toMatchObject({ token })
  })

  it('is one at the start too, which ends there', async () => {
    const auth = await started({ refused: 'config_invalid', why: 'csp', retryable: false })
    expect(auth.state).toMatchObject({ status: 'failed', error: { code: 'config_invalid', retryable: false } })
  })
})

describe('another account', () => {
  it('that comes with a renewal ends the calls of the first', async () => {
    const auth = await started()
    const { token } = await auth.getToken()
    redirect.acquire.mockResolvedValueOnce(accessToken({ objectId: bob }))
    await expect(auth.getToken([], { rejectedToken: token })).rejects.toEqual(code('account_mismatch'))
    expect(auth.state).toMatchObject({ status: 'signed-in', account: { objectId: bob } })
  })
})

describe('without a window', () => {
  it('waits for nothing and says why', async () => {
    const { window: real } = globalThis
    vi.stubGlobal('window', undefined)
    const auth = createAuth({ clientId: tenantId, tenant: tenantId, scopes: ownScopes })
    expect(auth.state).toMatchObject({ status: 'starting', host: { kind: 'server' } })
    expect(await auth.ready).toBe(auth.state)
    for (const call of [auth.getToken, auth.signIn, auth.signOut, () => auth.fetch('/')])
      await expect(call()).rejects.toSatisfy((error) => isAuthError(error, 'unsupported'))
    auth.subscribe(() => {})()
    auth.dispose()
    expect(auth.explain()).toEqual({ host: auth.state.host, status: 'starting' })
    vi.stubGlobal('window', real)
  })
})

describe('an answer of Entra ID that nobody has handed to MSAL yet', () => {
  const pending = { id: 'id1', returnTo: '/', silent: false, automatic: false }

  /** An Auth of a page that was just opened with the answer, and whose engine does not come. */
  function land(): Auth {
    sessionStorage.setItem(`twodoor.${tenantId}.redirect`, JSON.stringify(pending))
    page.setURL('https://app.example/#code=0.x&state=x|id1')
    vi.mocked(engineLoad.loadEngine).mockImplementationOnce(never)
    return open()
  }

  it('is taken by the next Auth after a dispose(), and the URL stays as it is', async () => {
    land().dispose()
    history.replaceState(null, '', '/settings#profile')
    const loaded = vi.mocked(engineLoad.loadEngine).mock.calls.length
    const next = open()
    expect(next.state.status).toBe('starting')
    expect(vi.mocked(engineLoad.loadEngine).mock.calls.length).toBe(loaded + 1)
    expect(location.href).toBe('https://app.example/settings#profile')
    await next.ready
  })

  it('is dropped by a sign-out, which sticks', () => {
    const auth = land()
    auth.signOut().catch(() => {})
    auth.dispose()
    expect(sessionStorage.getItem(`twodoor.${tenantId}.redirect`)).toBeNull()
    expect(open().state).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(location.hash).toBe('')
  })
})
