import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AuthEvent } from '../../src/events.js'
import { type AuthOptions, checkOptions } from '../../src/options.js'
import type { MsalLibrary } from '../../src/sources/msal/client.js'
import { openRedirect, type Redirect } from '../../src/sources/msal/redirect.js'
import { readJourney, writeJourney } from '../../src/sources/msal/response.js'
import { createSignedOutMark } from '../../src/sources/signed-out.js'
import { isRefusal } from '../../src/sources/source.js'
import { fakeWindow } from './fake-window.js'
import { accessToken, adele, ownScopes, tenantId } from './jwt.js'

const clientId = tenantId
const own = { scopes: ownScopes, fresh: false }
const never = () => new Promise<never>(() => {})
const account = (username: string) => ({ homeAccountId: username, username })
const interactionRequired = () =>
  Object.assign(new Error('login_required'), { name: 'InteractionRequiredAuthError', errorCode: 'login_required' })
const msalError = (errorCode: string, name = 'ServerError') => Object.assign(new Error(errorCode), { name, errorCode })

function result(token = accessToken()) {
  const { expiresOnTimestamp, scopes } = token
  return { accessToken: token.token, expiresOn: new Date(expiresOnTimestamp), scopes, account: account('adele') }
}

interface Setting {
  options?: Partial<AuthOptions>
  response?: string
  accounts?: string[]
  window?: Parameters<typeof fakeWindow>[0]
  page?: ReturnType<typeof fakeWindow>
}

/** The redirect over an MSAL that answers everything, unless a test teaches it otherwise. */
function setUp({ options = {}, response, accounts = [], window: how, page = fakeWindow(how) }: Setting = {}) {
  let active: ReturnType<typeof account> | null = null
  const known = accounts.map(account)
  const client = {
    initialize: vi.fn(async () => {}),
    getActiveAccount: vi.fn(() => active),
    setActiveAccount: vi.fn((to: typeof active) => {
      active = to
    }),
    getAllAccounts: vi.fn(() => known),
    handleRedirectPromise: vi.fn(async (_: object): Promise<unknown> => result()),
    acquireTokenSilent: vi.fn(async (_: object): Promise<unknown> => result()),
    acquireTokenRedirect: vi.fn(async (_: object) => {}),
    logoutRedirect: vi.fn(async (_: object) => {}),
    clearCache: vi.fn(async (_?: object) => {}),
  }
  const PublicClientApplication = vi.fn(function PublicClientApplication(_: object) {
    return client
  })
  const events: AuthEvent[] = []
  const disposal = new AbortController()
  const required = { clientId, tenant: tenantId, scopes: ownScopes }
  const mark = createSignedOutMark(page.window, clientId)
  const open = () =>
    openRedirect({
      library: { PublicClientApplication } as unknown as MsalLibrary,
      settings: checkOptions({ ...required, ...options }, page.window.location.href),
      ...{ window: page.window, response, mark, disposed: disposal.signal },
      nativeFetch: () => Promise.reject(new TypeError('no network here')),
      now: () => Date.now(),
      emit: (event) => events.push(event),
    })
  const redirect = async (): Promise<Redirect> => {
    const opened = await open()
    if ('refused' in opened) throw new Error(opened.refused)
    return opened
  }
  return { page, client, PublicClientApplication, events, mark, open, redirect, dispose: () => disposal.abort() }
}

/** What a promise has come to when so much time has passed. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | 'pending'> {
  let outcome: T | 'pending' = 'pending'
  promise.then(
    (value) => {
      outcome = value
    },
    () => {},
  )
  await vi.advanceTimersByTimeAsync(ms)
  return outcome
}

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('MSAL that never answers', () => {
  it('initialize is given up after 45 seconds', async () => {
    const { client, open } = setUp()
    client.initialize.mockImplementation(never)
    const opening = open()
    expect(await within(44_999, opening)).toBe('pending')
    expect(await within(1, opening)).toEqual({ refused: 'timed_out' })
  })

  it.each(['handleRedirectPromise', 'acquireTokenSilent'] as const)('%s is given up after 45 seconds', async (name) => {
    const { client, redirect } = setUp({ response: 'code=1&state=2', accounts: ['adele'] })
    client[name].mockImplementation(never)
    const starting = (await redirect()).start()
    expect(await within(44_999, starting)).toBe('pending')
    const answer = await within(1, starting)
    expect(answer).toEqual(name === 'acquireTokenSilent' ? { refused: 'timed_out' } : expect.anything())
    expect(answer).not.toBe('pending')
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    ['acquireTokenRedirect', (to: Redirect) => to.signIn({ scopes: ownScopes })],
    ['logoutRedirect', (to: Redirect) => to.signOut({ entra: true })],
  ] as const)('%s is given up after 10 seconds, and leaves nothing behind', async (name, call) => {
    const { page, client, redirect } = setUp()
    client[name].mockImplementation(never)
    const leaving = call(await redirect())
    expect(await within(9_999, leaving)).toBe('pending')
    expect(await within(1, leaving)).toEqual({ refused: 'timed_out' })
    expect(vi.getTimerCount()).toBe(0)
    expect(page.listening).toBe(0)
  })

  it('clearCache keeps no sign-out from ending', async () => {
    const { client, redirect } = setUp({ accounts: ['adele'] })
    client.clearCache.mockImplementation(never)
    const ending = (await redirect()).signOut({ entra: false })
    expect(await within(45_000, ending)).toBeUndefined()
    expect(client.setActiveAccount).toHaveBeenCalledWith(null)
  })
})

describe('MSAL that throws', () => {
  it('at its construction is a refusal', async () => {
    const { PublicClientApplication, open } = setUp()
    PublicClientApplication.mockImplementation(function refuse() {
      throw msalError('authority_uri_insecure', 'ClientConfigurationError')
    })
    expect(await open()).toMatchObject({ refused: 'config_invalid' })
  })

  it('at once when it is told to leave is a refusal, and leaves nothing behind', async () => {
    const { page, client, redirect } = setUp()
    client.acquireTokenRedirect.mockImplementation(() => {
      throw msalError('unsupported_method', 'NestedAppAuthError')
    })
    expect(await (await redirect()).signIn({ scopes: ownScopes })).toMatchObject({ refused: 'unsupported' })
    expect(vi.getTimerCount()).toBe(0)
    expect(page.listening).toBe(0)
  })
})

describe('a start in a browser', () => {
  it('finds nobody without asking for a response or leaving', async () => {
    const { client, redirect } = setUp()
    expect(await (await redirect()).start()).toMatchObject({ refused: 'sign_in_required', nobody: true })
    expect(client.handleRedirectPromise).not.toHaveBeenCalled()
    expect(client.acquireTokenRedirect).not.toHaveBeenCalled()
  })

  it('asks silently for whom MSAL knows, never with an iframe', async () => {
    const { client, redirect } = setUp({ accounts: ['adele'] })
    expect(await (await redirect()).start()).toMatchObject({ account: { objectId: adele } })
    expect(client.acquireTokenSilent).toHaveBeenCalledWith(
      expect.objectContaining({ account: account('adele'), forceRefresh: false, cacheLookupPolicy: 2 }),
    )
  })

  it('hands a response to MSAL once, and takes the account of it', async () => {
    const { client, mark, redirect } = setUp({ response: 'code=1&state=2' })
    mark.set()
    const opened = await redirect()
    expect(await opened.start()).toHaveProperty('token')
    await opened.start()
    expect(client.handleRedirectPromise).toHaveBeenCalledTimes(1)
    expect(client.handleRedirectPromise).toHaveBeenCalledWith({
      hash: 'code=1&state=2',
      navigateToLoginRequestUrl: false,
    })
    expect(client.setActiveAccount).toHaveBeenCalledWith(account('adele'))
    expect(mark.isSet()).toBe(false)
  })

  it('does not choose among several accounts', async () => {
    const { client, redirect } = setUp({ accounts: ['adele', 'bob'] })
    expect(await (await redirect()).start()).toMatchObject({ nobody: true })
    expect(client.acquireTokenSilent).not.toHaveBeenCalled()
  })

  it('takes the one that the app prefers, in whatever case', async () => {
    const { client, redirect } = setUp({ accounts: ['adele', 'Bob'], options: { loginHint: 'bob' } })
    await (await redirect()).start()
    expect(client.acquireTokenSilent).toHaveBeenCalledWith(expect.objectContaining({ account: account('Bob') }))
  })

  it('goes back to where the user was, another document, and stays no longer than that takes', async () => {
    const { page, redirect } = setUp({ response: 'code=1&state=2' })
    writeJourney(page.window, clientId, { returnTo: '/deep?a=1#b', silent: false, automatic: false })
    const starting = (await redirect()).start()
    expect(await within(9_999, starting)).toBe('pending')
    expect(page.replaced).toEqual(['https://app.example/deep?a=1#b'])
    expect(await within(1, starting)).toHaveProperty('token')
    expect(readJourney(page.window, clientId)).toBeUndefined()
  })

  it('tells the document that it goes back to what came of the sign-in', async () => {
    const first = setUp({ response: 'error=access_denied&state=2' })
    first.client.handleRedirectPromise.mockRejectedValue(msalError('access_denied'))
    writeJourney(first.page.window, clientId, { returnTo: '/deep', silent: false, automatic: false })
    void (await first.redirect()).start()
    await vi.advanceTimersByTimeAsync(0)
    const second = setUp({ page: first.page })
    expect(await (await second.redirect()).start()).toMatchObject({ refused: 'denied' })
    expect(await (await second.redirect()).start()).toMatchObject({ refused: 'sign_in_required' })
  })
})

describe('an automatic redirect', () => {
  const always = { autoSignIn: 'always' } as const
  const silent = { autoSignIn: 'silent' } as const

  it('leaves once, and says so', async () => {
    const { client, events, redirect } = setUp({ options: always })
    void (await redirect()).start()
    await vi.advanceTimersByTimeAsync(0)
    expect(client.acquireTokenRedirect).toHaveBeenCalledWith({ scopes: ownScopes })
    expect(events).toEqual([{ type: 'redirect', automatic: true, to: 'sign-in' }])
  })

  it('asks for no page of Entra ID where it is silent', async () => {
    const { client, redirect } = setUp({ options: silent })
    void (await redirect()).start()
    await vi.advanceTimersByTimeAsync(0)
    expect(client.acquireTokenRedirect).toHaveBeenCalledWith({ scopes: ownScopes, prompt: 'none' })
  })

  it.each([
    ['in a frame', { framed: true }],
    ['offline', { online: false }],
    ['where storage is blocked', { storage: false }],
  ])('is not made %s', async (_, window) => {
    const { client, redirect } = setUp({ options: always, window })
    expect(await (await redirect()).start()).toMatchObject({ nobody: true })
    expect(client.acquireTokenRedirect).not.toHaveBeenCalled()
  })

  it('is not made where the user signed out here', async () => {
    const { client, mark, redirect } = setUp({ options: always })
    mark.set()
    expect(await (await redirect()).start()).toMatchObject({ nobody: true })
    expect(client.acquireTokenRedirect).not.toHaveBeenCalled()
  })

  it.each([
    [29_999, 1],
    [30_000, 2],
  ])('is made %d ms after the last one: %d in all', async (ms, times) => {
    const first = setUp({ options: always })
    void (await first.redirect()).start()
    await vi.advanceTimersByTimeAsync(ms)
    const second = setUp({ options: always, page: first.page })
    void (await second.redirect()).start()
    await vi.advanceTimersByTimeAsync(0)
    const calls = [first, second].flatMap(({ client }) => client.acquireTokenRedirect.mock.calls)
    expect(calls).toHaveLength(times)
  })

  it('that is silent is made once per tab', async () => {
    const first = setUp({ options: silent })
    void (await first.redirect()).start()
    await vi.advanceTimersByTimeAsync(3_600_000)
    const second = setUp({ options: silent, page: first.page })
    expect(await (await second.redirect()).start()).toMatchObject({ nobody: true })
    expect(second.client.acquireTokenRedirect).not.toHaveBeenCalled()
  })

  it.each(['access_denied', 'user_cancelled', 'consent_required'])(
    'does not lead the user back who comes from Entra ID with %s, however long that took',
    async (code) => {
      const first = setUp({ options: always })
      void (await first.redirect()).start()
      await vi.advanceTimersByTimeAsync(120_000)
      const second = setUp({ options: always, page: first.page, response: `error=${code}&state=2` })
      second.client.handleRedirectPromise.mockRejectedValue(msalError(code, 'InteractionRequiredAuthError'))
      const answer = await within(10_000, (await second.redirect()).start())
      expect(answer).toMatchObject({ refused: expect.stringMatching(/denied|cancelled|required/) })
      expect(second.client.acquireTokenRedirect).not.toHaveBeenCalled()
    },
  )

  it('has nobody to show for a response that belongs to no request of this tab', async () => {
    const { client, redirect } = setUp({ response: 'code=1&state=2' })
    client.handleRedirectPromise.mockRejectedValue(msalError('state_mismatch', 'ClientAuthError'))
    expect(await (await redirect()).start()).toEqual({ refused: 'sign_in_required', nobody: true })
  })

  it('is made again after a response that MSAL cannot use', async () => {
    const { client, redirect } = setUp({ options: always, response: 'code=1&state=2' })
    client.handleRedirectPromise.mockRejectedValue(msalError('state_mismatch', 'ClientAuthError'))
    void (await redirect()).start()
    await vi.advanceTimersByTimeAsync(0)
    expect(client.acquireTokenRedirect).toHaveBeenCalledTimes(1)
  })

  it('is not made by an Auth that was disposed of meanwhile', async () => {
    const { client, redirect, dispose } = setUp({ options: always, accounts: ['adele'] })
    client.acquireTokenSilent.mockImplementation(() => {
      dispose()
      return Promise.reject(interactionRequired())
    })
    await within(10_000, (await redirect()).start())
    expect(client.acquireTokenRedirect).not.toHaveBeenCalled()
  })

  it('that the user came back from by the Back button counts as nobody', async () => {
    const { page, redirect } = setUp({ options: always })
    const starting = (await redirect()).start()
    await vi.advanceTimersByTimeAsync(0)
    page.dispatch('pageshow', { persisted: true })
    expect(await within(0, starting)).toMatchObject({ refused: 'sign_in_required', nobody: true })
    expect(page.listening).toBe(0)
  })
})

describe('a sign-in by redirect', () => {
  it('remembers where the user is, and no token', async () => {
    const { page, redirect } = setUp({ window: { href: 'https://app.example/chat?room=1#last' } })
    void (await redirect()).signIn({ scopes: ownScopes })
    await vi.advanceTimersByTimeAsync(0)
    expect(readJourney(page.window, clientId)).toEqual({
      returnTo: '/chat?room=1#last',
      silent: false,
      automatic: false,
    })
  })

  it('passes on what the app asks for', async () => {
    const { client, redirect } = setUp({ accounts: ['adele'] })
    void (await redirect()).signIn({ scopes: ['a'], claims: '{}', prompt: 'login' })
    await vi.advanceTimersByTimeAsync(0)
    expect(client.acquireTokenRedirect).toHaveBeenCalledWith({
      scopes: ['a'],
      claims: '{}',
      prompt: 'login',
      account: account('adele'),
    })
  })

  it('suggests no account where the user wants to choose one', async () => {
    const { client, redirect } = setUp({ accounts: ['adele'], options: { loginHint: 'adele' } })
    void (await redirect()).signIn({ scopes: ['a'], prompt: 'select_account' })
    await vi.advanceTimersByTimeAsync(0)
    expect(client.acquireTokenRedirect).toHaveBeenCalledWith({ scopes: ['a'], prompt: 'select_account' })
  })

  it.each([
    ['framed', { framed: true }],
    ['offline', { online: false }],
    ['unsupported', { storage: false }],
  ])('is refused as %s with %o', async (refused, window) => {
    const { client, redirect } = setUp({ window })
    expect(await (await redirect()).signIn({ scopes: ownScopes })).toMatchObject({ refused })
    expect(client.acquireTokenRedirect).not.toHaveBeenCalled()
  })

  it('is cancelled where the user comes back by the Back button, and not by another pageshow', async () => {
    const { page, redirect } = setUp()
    const leaving = (await redirect()).signIn({ scopes: ownScopes })
    await vi.advanceTimersByTimeAsync(0)
    page.dispatch('pageshow', { persisted: false })
    expect(await within(0, leaving)).toBe('pending')
    page.dispatch('pageshow', { persisted: true })
    expect(await within(0, leaving)).toEqual({ refused: 'cancelled' })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('recovers from one that was abandoned, once', async () => {
    const { page, client, redirect } = setUp()
    page.window.sessionStorage.setItem('msal.interaction.status', 'x')
    client.acquireTokenRedirect.mockRejectedValue(msalError('interaction_in_progress', 'BrowserAuthError'))
    expect(await (await redirect()).signIn({ scopes: ownScopes })).toMatchObject({ refused: 'unavailable' })
    expect(client.acquireTokenRedirect).toHaveBeenCalledTimes(2)
    expect(page.window.sessionStorage.getItem('msal.interaction.status')).toBeNull()
  })

  it('ends at once after dispose(), and leaves nothing behind', async () => {
    const { page, redirect, dispose } = setUp()
    const leaving = (await redirect()).signIn({ scopes: ownScopes })
    await vi.advanceTimersByTimeAsync(0)
    dispose()
    expect(await within(0, leaving)).toEqual({ refused: 'disposed' })
    expect(vi.getTimerCount()).toBe(0)
    expect(page.listening).toBe(0)
  })

  it('is not begun after dispose()', async () => {
    const { client, redirect, dispose } = setUp()
    const opened = await redirect()
    dispose()
    expect(await opened.signIn({ scopes: ownScopes })).toEqual({ refused: 'disposed' })
    expect(client.acquireTokenRedirect).not.toHaveBeenCalled()
  })
})

describe('a token of MSAL', () => {
  it('is renewed, and challenged, as asked', async () => {
    const { client, redirect } = setUp({ accounts: ['adele'] })
    await (await redirect()).acquire({ scopes: ['a'], fresh: true, claims: '{"a":1}' })
    expect(client.acquireTokenSilent).toHaveBeenCalledWith(
      expect.objectContaining({ scopes: ['a'], forceRefresh: true, claims: '{"a":1}' }),
    )
  })

  it.each([
    ['without an access token', { accessToken: '' }],
    ['without an expiry', { expiresOn: null }],
    ['of nobody', { accessToken: 'opaque', idTokenClaims: {} }],
  ])('%s is refused', async (_, change) => {
    const { client, redirect } = setUp({ accounts: ['adele'] })
    client.acquireTokenSilent.mockResolvedValue({ ...result(), ...change })
    expect(await (await redirect()).acquire(own)).toMatchObject({ refused: 'unavailable' })
  })

  it('that is opaque belongs to whom the ID token names', async () => {
    const { client, redirect } = setUp({ accounts: ['adele'] })
    const idTokenClaims = { tid: tenantId, oid: adele }
    client.acquireTokenSilent.mockResolvedValue({ ...result(), accessToken: 'opaque', idTokenClaims })
    const answer = await (await redirect()).acquire(own)
    expect(!isRefusal(answer) && answer.account.objectId).toBe(adele)
  })
})

describe('a sign-out in a browser', () => {
  it('forgets the account here', async () => {
    const { client, redirect } = setUp({ accounts: ['adele'] })
    expect(await (await redirect()).signOut({ entra: false })).toBeUndefined()
    expect(client.clearCache).toHaveBeenCalledWith({ account: account('adele') })
  })

  it('does not fail where MSAL cannot clear', async () => {
    const { client, redirect } = setUp({ accounts: ['adele'] })
    client.clearCache.mockRejectedValue(new Error('quota'))
    expect(await (await redirect()).signOut({ entra: false })).toBeUndefined()
  })

  it('at Entra ID leaves the page', async () => {
    const { client, events, redirect } = setUp({ accounts: ['adele'] })
    void (await redirect()).signOut({ entra: true })
    await vi.advanceTimersByTimeAsync(0)
    expect(client.logoutRedirect).toHaveBeenCalledWith({ account: account('adele') })
    expect(events).toEqual([{ type: 'redirect', automatic: false, to: 'sign-out' }])
  })
})
