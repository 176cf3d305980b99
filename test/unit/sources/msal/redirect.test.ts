import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AuthEvent } from '../../../../src/events.js'
import type { AuthOptions } from '../../../../src/options.js'
import { createSignedOutFlag } from '../../../../src/page/signed-out-flag.js'
import { checkOptions } from '../../../../src/settings.js'
import type { MsalLibrary } from '../../../../src/sources/msal/client.js'
import { findLostResponse } from '../../../../src/sources/msal/lost-response.js'
import { openRedirectSource, type RedirectSource } from '../../../../src/sources/msal/redirect.js'
import { writePendingRedirect } from '../../../../src/sources/msal/redirect-notes.js'
import { readPendingRedirect } from '../../../../src/sources/msal/response.js'
import { handleResponse } from '../../../../src/sources/msal/versions.js'
import { isRefusal } from '../../../../src/sources/source.js'
import { fakeWindow } from '../../fake-window.js'
import { accessToken, adele, asTheyAre, ownScopes, tenantId } from '../../jwt.js'

const clientId = tenantId
const own = { scopes: ownScopes, fresh: false }
const never = () => new Promise<never>(() => {})
const account = (username: string) => ({ homeAccountId: username, username, environment: 'login.microsoftonline.com' })
const id = 'own-redirect'
const anyState = expect.stringMatching(/^[\da-f-]{36}$/)
const keyOf = (type: string, client = clientId) =>
  `msal.3|adele.home|login.microsoftonline.com|${type}|${client}|tenant||`
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
  /** The user had signed out before the page was opened. */
  flagged?: boolean
}

/** The redirect over an MSAL that answers everything, unless a test teaches it otherwise. */
function setUp({ options = {}, response, accounts = [], window: how, page = fakeWindow(how), flagged }: Setting = {}) {
  if (flagged) createSignedOutFlag(page.window, clientId).set()
  const onSignedIn = vi.fn()
  const onAppChange = vi.fn()
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
  const signedOutFlag = createSignedOutFlag(page.window, clientId)
  const open = () =>
    openRedirectSource({
      library: { PublicClientApplication, handleResponse } as unknown as MsalLibrary,
      settings: checkOptions({ ...required, ...options }, page.window.location.href),
      window: page.window,
      response,
      signedOutFlag,
      accounts: asTheyAre,
      onSignedIn,
      onAppChange,
      disposed: disposal.signal,
      nativeFetch: () => Promise.reject(new TypeError('no network here')),
      now: () => Date.now(),
      emit: (event) => events.push(event),
    })
  const redirect = async (): Promise<RedirectSource> => {
    const opened = await open()
    if ('refused' in opened) throw new Error(opened.refused)
    return opened
  }
  return {
    page,
    client,
    PublicClientApplication,
    events,
    signedOutFlag,
    onSignedIn,
    open,
    redirect,
    dispose: () => disposal.abort(),
  }
}

/** Web Locks of one name. */
function oneAtATime() {
  let last: Promise<unknown> = Promise.resolve()
  const request = (_: string, __: object, use: () => Promise<void>) => {
    last = last.then(use)
    return last
  }
  return { request }
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
  it('initialize that is lost is made anew, with another client and the same response', async () => {
    const { client, PublicClientApplication, open } = setUp({ response: 'code=1&state=2' })
    client.initialize.mockImplementationOnce(never)
    expect(await within(45_000, open())).toEqual({ refused: 'timed_out' })
    const opened = await open()
    if ('refused' in opened) throw new Error(opened.refused)
    expect(await opened.start()).toHaveProperty('token')
    expect(PublicClientApplication).toHaveBeenCalledTimes(2)
    expect(client.handleRedirectPromise).toHaveBeenCalledTimes(1)
  })

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
    ['acquireTokenRedirect', (to: RedirectSource) => to.signIn({ scopes: ownScopes })],
    ['logoutRedirect', (to: RedirectSource) => to.signOut({ entra: true })],
  ] as const)('%s is given up after 10 seconds, and leaves nothing behind', async (name, call) => {
    const { page, client, redirect } = setUp()
    client[name].mockImplementation(never)
    const leaving = call(await redirect())
    expect(await within(9_999, leaving)).toBe('pending')
    expect(await within(1, leaving)).toEqual({ refused: 'timed_out' })
    expect(vi.getTimerCount()).toBe(0)
    expect(page.listening).toBe(0)
  })

  it('clears the memory of MSAL where localStorage is `null`, as in a WebKit without it', async () => {
    const page = fakeWindow()
    Object.defineProperty(page.window, 'localStorage', { value: null })
    const options: Partial<AuthOptions> = { browser: { cacheLocation: 'localStorage' } }
    const { client, redirect } = setUp({ accounts: ['adele'], page, options })
    await (await redirect()).signOut({ entra: false })
    expect(client.clearCache).toHaveBeenCalledWith({ account: account('adele') })
  })

  it('clearCache keeps no sign-out from ending', async () => {
    const { client, redirect } = setUp({ accounts: ['adele'], window: { storage: false } })
    client.clearCache.mockImplementation(never)
    const ending = (await redirect()).signOut({ entra: false })
    expect(await within(0, ending)).toBeUndefined()
    expect(client.clearCache).toHaveBeenCalledWith({ account: account('adele') })
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
    expect(await (await redirect()).start()).toMatchObject({ refused: 'sign_in_required', noAccount: true })
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
    const { client, signedOutFlag, onSignedIn, redirect } = setUp({ response: 'code=1&state=2', flagged: true })
    const opened = await redirect()
    expect(await opened.start()).toHaveProperty('token')
    await opened.start()
    expect(client.handleRedirectPromise).toHaveBeenCalledTimes(1)
    expect(client.handleRedirectPromise).toHaveBeenCalledWith({
      hash: 'code=1&state=2',
      navigateToLoginRequestUrl: false,
    })
    expect(client.setActiveAccount).toHaveBeenCalledWith(account('adele'))
    expect(signedOutFlag.isSet()).toBe(false)
    expect(onSignedIn).toHaveBeenCalledTimes(1)
  })

  it('notes the tokens of a renewal as its own, and those of a sign-in not: other tabs have to see that somebody signed in', async () => {
    const { page, client, redirect } = setUp({ response: 'code=1&state=2' })
    const noted = () => page.window.localStorage.getItem(`twodoor.${clientId}.last-write`)
    const opened = await redirect()
    client.acquireTokenSilent.mockResolvedValue({ ...result(), fromCache: true })
    await opened.start()
    expect(client.handleRedirectPromise).toHaveBeenCalledTimes(1)
    expect(noted()).toBeNull()
    client.acquireTokenSilent.mockResolvedValue({ ...result(), fromCache: false })
    await opened.acquire({ scopes: ownScopes, fresh: true })
    expect(noted()).toBe(String(Date.now()))
  })

  it.each(['access_denied', 'state_mismatch', 'no_token_request_cache_error'])(
    'undoes no sign-out with an answer that MSAL refuses as %s, though it knows an account',
    async (code) => {
      const { client, signedOutFlag, onSignedIn, redirect } = setUp({
        response: 'error=1',
        accounts: ['adele'],
        flagged: true,
      })
      client.handleRedirectPromise.mockRejectedValue(msalError(code))
      expect(await (await redirect()).start()).toHaveProperty('refused')
      expect(client.acquireTokenSilent).not.toHaveBeenCalled()
      expect(signedOutFlag.isSet()).toBe(true)
      expect(onSignedIn).not.toHaveBeenCalled()
    },
  )

  it('undoes no sign-out with an answer that MSAL knows nothing of', async () => {
    const { client, signedOutFlag, redirect } = setUp({ response: 'code=1', accounts: ['adele'], flagged: true })
    client.handleRedirectPromise.mockResolvedValue(null)
    expect(await (await redirect()).start()).toMatchObject({ noAccount: true })
    expect(signedOutFlag.isSet()).toBe(true)
  })

  it('takes no account of an answer where the user has signed out since the page was opened', async () => {
    const { client, signedOutFlag, redirect } = setUp({ response: 'code=1' })
    const opened = await redirect()
    signedOutFlag.set()
    expect(await opened.start()).toMatchObject({ noAccount: true })
    expect(client.handleRedirectPromise).not.toHaveBeenCalled()
  })

  it('removes what MSAL writes of an answer while the user signs out', async () => {
    const { page, client, signedOutFlag, redirect } = setUp({ response: 'code=1' })
    client.handleRedirectPromise.mockImplementation(async () => {
      signedOutFlag.set()
      page.window.sessionStorage.setItem(keyOf('refreshtoken'), 'x')
      return result()
    })
    expect(await (await redirect()).start()).toMatchObject({ noAccount: true })
    expect(page.window.sessionStorage.getItem(keyOf('refreshtoken'))).toBeNull()
    expect(client.setActiveAccount).not.toHaveBeenCalled()
    expect(signedOutFlag.isSet()).toBe(true)
  })

  it('leaves the redirect of another Auth of the page alone', async () => {
    const { page, redirect } = setUp()
    writePendingRedirect(page.window, clientId, { id, returnTo: '/deep', silent: false, automatic: false })
    await (await redirect()).start()
    expect(readPendingRedirect(page.window, clientId)).toMatchObject({ id })
  })

  it.each([
    [1, 'token'],
    [-1, 'refused'],
  ])('%d ms after a sign-out an ID token of another app means %s', async (ms, property) => {
    const { page, signedOutFlag, redirect } = setUp({ accounts: ['adele'], flagged: true })
    const entry = JSON.stringify({ lastUpdatedAt: String(signedOutFlag.at() + ms) })
    page.window.sessionStorage.setItem(keyOf('idtoken'), entry)
    vi.advanceTimersByTime(1)
    expect(await (await redirect()).start()).toHaveProperty(property)
    expect(signedOutFlag.isSet()).toBe(property === 'refused')
  })

  it('does not choose among several accounts', async () => {
    const { client, redirect } = setUp({ accounts: ['adele', 'bob'] })
    expect(await (await redirect()).start()).toMatchObject({ noAccount: true })
    expect(client.acquireTokenSilent).not.toHaveBeenCalled()
  })

  it('takes the one that the app prefers, in whatever case', async () => {
    const { client, redirect } = setUp({ accounts: ['adele', 'Bob'], options: { loginHint: 'bob' } })
    await (await redirect()).start()
    expect(client.acquireTokenSilent).toHaveBeenCalledWith(expect.objectContaining({ account: account('Bob') }))
  })

  it('goes back to where the user was, another document, and stays no longer than that takes', async () => {
    const { page, redirect } = setUp({ response: 'code=1&state=2' })
    writePendingRedirect(page.window, clientId, { id, returnTo: '/deep?a=1#b', silent: false, automatic: false })
    const starting = (await redirect()).start()
    expect(await within(9_999, starting)).toBe('pending')
    expect(page.replaced).toEqual(['https://app.example/deep?a=1#b'])
    expect(await within(1, starting)).toHaveProperty('token')
    expect(readPendingRedirect(page.window, clientId)).toBeUndefined()
  })

  it('tells the document that it goes back to what came of the sign-in', async () => {
    const first = setUp({ response: 'error=access_denied&state=2' })
    first.client.handleRedirectPromise.mockRejectedValue(msalError('access_denied'))
    writePendingRedirect(first.page.window, clientId, { id, returnTo: '/deep', silent: false, automatic: false })
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
    expect(client.acquireTokenRedirect).toHaveBeenCalledWith({ scopes: ownScopes, state: anyState })
    expect(events).toEqual([{ type: 'redirect', automatic: true, to: 'sign-in' }])
  })

  it('asks for no page of Entra ID where it is silent', async () => {
    const { client, redirect } = setUp({ options: silent })
    void (await redirect()).start()
    await vi.advanceTimersByTimeAsync(0)
    expect(client.acquireTokenRedirect).toHaveBeenCalledWith({ scopes: ownScopes, prompt: 'none', state: anyState })
  })

  it.each([
    ['in a frame', { framed: true }],
    ['offline', { online: false }],
    ['where storage is blocked', { storage: false }],
  ])('is not made %s', async (_, window) => {
    const { client, redirect } = setUp({ options: always, window })
    expect(await (await redirect()).start()).toMatchObject({ noAccount: true })
    expect(client.acquireTokenRedirect).not.toHaveBeenCalled()
  })

  it.each([always, silent])(
    'that could not begin is made by the next start, though that comes soon: %o',
    async (options) => {
      const { client, redirect } = setUp({ options })
      const source = await redirect()
      const cause = msalError('network_error', 'ClientAuthError')
      client.acquireTokenRedirect.mockRejectedValueOnce(cause)
      expect(await source.start()).toMatchObject({ refused: 'unavailable' })
      void source.start()
      await vi.advanceTimersByTimeAsync(0)
      expect(client.acquireTokenRedirect).toHaveBeenCalledTimes(2)
    },
  )

  it('does not take the place of a sign-in by a click that is just beginning', async () => {
    const { client, page, redirect } = setUp({ options: always })
    client.acquireTokenRedirect.mockImplementation(never)
    const source = await redirect()
    void source.signIn({ scopes: ownScopes })
    const begun = readPendingRedirect(page.window, clientId)
    expect(await source.start()).toMatchObject({ noAccount: true })
    expect(readPendingRedirect(page.window, clientId)).toEqual(begun)
    expect(client.acquireTokenRedirect).toHaveBeenCalledTimes(1)
  })

  it('is not made where the user signed out here', async () => {
    const { client, signedOutFlag, redirect } = setUp({ options: always })
    signedOutFlag.set()
    expect(await (await redirect()).start()).toMatchObject({ noAccount: true })
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
    await vi.dynamicImportSettled()
    await vi.advanceTimersByTimeAsync(0)
    const calls = [first, second].flatMap(({ client }) => client.acquireTokenRedirect.mock.calls)
    expect(calls).toHaveLength(times)
  })

  it('that is silent is made once per tab', async () => {
    const first = setUp({ options: silent })
    void (await first.redirect()).start()
    await vi.advanceTimersByTimeAsync(3_600_000)
    const second = setUp({ options: silent, page: first.page })
    expect(await (await second.redirect()).start()).toMatchObject({ noAccount: true })
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

  it.each([
    ['invalid_request', 'AADSTS90002: x', 'config_invalid', 'ServerError'],
    ['unauthorized_client', 'AADSTS700016: x', 'config_invalid', 'ServerError'],
    ['cache_quota_exceeded', '', 'unsupported', 'CacheError'],
  ])('ends where it would go on for ever: %s %s', async (code, errorMessage, refused, name) => {
    const first = setUp({ options: always })
    void (await first.redirect()).start()
    await vi.advanceTimersByTimeAsync(120_000)
    const second = setUp({ options: always, page: first.page, response: `error=${code}&state=2` })
    second.client.handleRedirectPromise.mockRejectedValue(Object.assign(msalError(code, name), { errorMessage }))
    expect(await within(10_000, (await second.redirect()).start())).toMatchObject({ refused })
    expect(second.client.acquireTokenRedirect).not.toHaveBeenCalled()
  })

  it('brings the number of its refusal to the page of the user, and nothing else that Entra ID said', async () => {
    const first = setUp({ options: always, page: fakeWindow({ href: 'https://app.example/room' }) })
    void (await first.redirect()).start()
    await vi.advanceTimersByTimeAsync(120_000)
    const landing = fakeWindow()
    Object.defineProperty(landing.window, 'sessionStorage', { value: first.page.window.sessionStorage })
    const second = setUp({ options: always, page: landing, response: 'error=x&state=2' })
    const errorMessage = 'AADSTS50020: adele@contoso.com is not in Contoso'
    second.client.handleRedirectPromise.mockRejectedValue(Object.assign(msalError('invalid_request'), { errorMessage }))
    void (await second.redirect()).start()
    await vi.advanceTimersByTimeAsync(0)
    expect(landing.replaced).toEqual(['https://app.example/room'])
    const { sessionStorage } = first.page.window
    const kept = Array.from({ length: sessionStorage.length }, (_, i) =>
      sessionStorage.getItem(sessionStorage.key(i) ?? ''),
    )
    expect(kept.join()).not.toMatch(/adele|Contoso/)
    const third = setUp({ options: always, page: first.page })
    expect(await (await third.redirect()).start()).toEqual({ refused: 'denied', why: '50020' })
    expect(third.client.acquireTokenRedirect).not.toHaveBeenCalled()
  })

  it('has nobody to show for a response that belongs to no request of this tab', async () => {
    const { client, redirect } = setUp({ response: 'code=1&state=2' })
    client.handleRedirectPromise.mockRejectedValue(msalError('state_mismatch', 'ClientAuthError'))
    expect(await (await redirect()).start()).toEqual({ refused: 'sign_in_required', noAccount: true })
  })

  it('is made again after a response that MSAL cannot use', async () => {
    const { client, redirect } = setUp({ options: always, response: 'code=1&state=2' })
    client.handleRedirectPromise.mockRejectedValue(msalError('state_mismatch', 'ClientAuthError'))
    void (await redirect()).start()
    await vi.advanceTimersByTimeAsync(0)
    expect(client.acquireTokenRedirect).toHaveBeenCalledTimes(1)
  })

  it('leaves its response to the next Auth of the page where the first one was disposed of before its turn', async () => {
    const page = fakeWindow()
    const id = 'aaaaaaaa-0000-4000-8000-00000000000a'
    const pending = { id, returnTo: '/', silent: false, automatic: false }
    let endTurn = () => {}
    let turn: Promise<void> = Promise.resolve()
    const request = (_: string, __: object, use: () => Promise<void>) => turn.then(use)
    Object.assign(page.window.navigator, { locks: { request } })
    writePendingRedirect(page.window, clientId, pending)
    const { client, redirect, dispose } = setUp({
      page,
      options: { browser: { cacheLocation: 'localStorage' } },
      response: `code=1&state=2|${id}`,
    })
    const opened = await redirect()
    turn = new Promise((resolve) => {
      endTurn = resolve
    })
    void opened.start()
    await vi.advanceTimersByTimeAsync(0)
    dispose()
    endTurn()
    await vi.advanceTimersByTimeAsync(0)
    expect(client.handleRedirectPromise).not.toHaveBeenCalled()
    expect(readPendingRedirect(page.window, clientId)).toEqual(pending)
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
    expect(await within(0, starting)).toMatchObject({ refused: 'sign_in_required', noAccount: true })
    expect(page.listening).toBe(0)
  })
})

describe('a sign-in by redirect', () => {
  it('remembers where the user is, and no token', async () => {
    const { page, client, redirect } = setUp({ window: { href: 'https://app.example/chat?room=1#last' } })
    void (await redirect()).signIn({ scopes: ownScopes })
    await vi.advanceTimersByTimeAsync(0)
    const pending = readPendingRedirect(page.window, clientId)
    expect(client.acquireTokenRedirect).toHaveBeenCalledWith(expect.objectContaining({ state: pending?.id }))
    expect(readPendingRedirect(page.window, clientId)).toEqual({
      id: anyState,
      returnTo: '/chat?room=1#last',
      silent: false,
      automatic: false,
    })
  })

  it.each([
    ['stays active while they are signed in', true, 'adele'],
    ['gives way where they are not any more', false, 'bob'],
  ])('for other scopes that another account consents to: who was there %s', async (_, keepsAccount, active) => {
    const { page, client, redirect } = setUp({ accounts: ['adele'] })
    const opened = await redirect()
    await opened.start()
    const click = { popup: undefined, interrupted: new AbortController().signal, keepsAccount }
    void opened.signIn({ scopes: ['https://graph.microsoft.com/User.Read'] }, click)
    await vi.advanceTimersByTimeAsync(0)

    const back = setUp({ page, accounts: ['adele', 'bob'], response: 'code=1&state=2' })
    back.client.setActiveAccount(client.getActiveAccount() ?? account('adele'))
    back.client.handleRedirectPromise.mockResolvedValue({ ...result(), account: account('bob') })
    await (await back.redirect()).start()
    expect(back.client.getActiveAccount()).toEqual(account(active))
  })

  it('suggests nobody who has signed out in another tab', async () => {
    const { client, redirect } = setUp({ accounts: ['adele'] })
    const opened = await redirect()
    await opened.start()
    opened.forget('elsewhere')
    void opened.signIn({ scopes: ownScopes })
    await vi.advanceTimersByTimeAsync(0)
    expect(client.acquireTokenRedirect).toHaveBeenCalledWith({ scopes: ownScopes, state: anyState })
  })

  it('passes on what the app asks for', async () => {
    const { client, redirect } = setUp({ accounts: ['adele'] })
    const opened = await redirect()
    await opened.start()
    void opened.signIn({ scopes: ['a'], claims: '{}', prompt: 'login' })
    await vi.advanceTimersByTimeAsync(0)
    expect(client.acquireTokenRedirect).toHaveBeenCalledWith({
      scopes: ['a'],
      claims: '{}',
      prompt: 'login',
      account: account('adele'),
      state: anyState,
    })
  })

  it('suggests no account where the user wants to choose one', async () => {
    const { client, redirect } = setUp({ accounts: ['adele'], options: { loginHint: 'adele' } })
    void (await redirect()).signIn({ scopes: ['a'], prompt: 'select_account' })
    await vi.advanceTimersByTimeAsync(0)
    expect(client.acquireTokenRedirect).toHaveBeenCalledWith({
      scopes: ['a'],
      prompt: 'select_account',
      state: anyState,
    })
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
    expect(await within(0, leaving)).toEqual({ refused: 'cancelled', why: 'came_back' })
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
  const other = '99999999-2222-4333-8444-555555555555'

  it.each([
    ['here', 'sessionStorage', { entra: false }, {}],
    ['here', 'localStorage', { entra: false }, {}],
    ['at Entra ID while offline', 'localStorage', { entra: true }, { online: false }],
    ['at Entra ID in a frame', 'localStorage', { entra: true }, { framed: true }],
  ] as const)('%s removes all of this client ID from %s at once, and nothing else', async (_, area, how, window) => {
    const { page, redirect } = setUp({ accounts: ['adele', 'bob'], window })
    const opened = await redirect()
    const storage = page.window[area]
    const alone = 'msal.3|adele.home|login.microsoftonline.com|home'
    const shared = 'msal.3|bob.home|login.microsoftonline.com|home'
    const ofOther = keyOf('refreshtoken', other).replace('adele', 'bob')
    for (const type of ['idtoken', 'accesstoken', 'refreshtoken']) storage.setItem(keyOf(type), 'x')
    for (const key of [`msal.3.token.keys.${clientId}`, `msal.${clientId}.active-account-filters`])
      storage.setItem(key, 'x')
    for (const key of [alone, shared, ofOther, 'msal.version', 'mine']) storage.setItem(key, 'x')
    storage.setItem('msal.3.account.keys', JSON.stringify([alone, shared]))
    const ending = opened.signOut(how)
    expect(
      Object.keys(storage)
        .filter((key) => !key.startsWith('twodoor'))
        .sort(),
    ).toEqual([shared, ofOther, 'msal.3.account.keys', 'msal.version', 'mine'].sort())
    expect(storage.getItem('msal.3.account.keys')).toBe(JSON.stringify([shared]))
    const refused = how.entra ? { refused: expect.stringMatching(/^(offline|framed)$/) } : undefined
    expect(await ending).toEqual(refused)
  })

  it('removes what MSAL stores late, and leaves what is of somebody who has signed in since', async () => {
    const { page, client, signedOutFlag, redirect } = setUp({ accounts: ['adele.home'] })
    const opened = await redirect()
    await opened.start()
    const { sessionStorage } = page.window
    const ofBob = keyOf('refreshtoken').replace('adele', 'bob')
    let answer: (answer: unknown) => void = () => {}
    client.acquireTokenSilent.mockReturnValueOnce(
      new Promise((resolve) => {
        answer = resolve
      }),
    )
    const late = opened.acquire({ ...own, fresh: true })
    await vi.advanceTimersByTimeAsync(0)
    signedOutFlag.set()
    opened.forget('here')
    signedOutFlag.clear()
    client.setActiveAccount(account('bob.home'))
    sessionStorage.setItem(ofBob, 'x')
    for (const type of ['accesstoken', 'refreshtoken']) sessionStorage.setItem(keyOf(type), 'x')
    answer(result())
    expect(await late).toMatchObject({ noAccount: true })
    expect(Object.keys(sessionStorage).filter((key) => key.includes('token'))).toEqual([ofBob])
  })

  it('at Entra ID leaves the page, and tells MSAL of no account that it would clear for other client IDs', async () => {
    const { client, events, redirect } = setUp({ accounts: ['adele'] })
    const opened = await redirect()
    await opened.start()
    void opened.signOut({ entra: true })
    await vi.advanceTimersByTimeAsync(0)
    const told = { homeAccountId: 'signed-out', environment: 'login.microsoftonline.com' }
    expect(client.logoutRedirect).toHaveBeenCalledWith({ account: expect.objectContaining(told), state: anyState })
    expect(events).toEqual([{ type: 'redirect', automatic: false, to: 'sign-out' }])
  })

  it('tells Entra ID whom it is about, though nothing of it is stored any more', async () => {
    const { client, page, redirect } = setUp()
    client.getAllAccounts.mockReturnValue([{ ...account('adele'), loginHint: 'O.hint' } as never])
    const opened = await redirect()
    await opened.start()
    page.online = false
    expect(await opened.signOut({ entra: true })).toEqual({ refused: 'offline' })
    page.online = true
    void opened.signOut({ entra: true })
    await vi.advanceTimersByTimeAsync(0)
    expect(client.logoutRedirect.mock.lastCall?.[0]).toMatchObject({ account: { loginHint: 'O.hint' } })
  })

  it.each([
    ['here', 'goes', null],
    ['elsewhere', 'stays: another tab may be storing the next sign-in', '{}'],
  ] as const)('that was %s: an account without tokens %s', async (signedOut, _, kept) => {
    const { page, redirect } = setUp()
    const opened = await redirect()
    const stored = 'msal.3|user.tenant|login|tenant'
    page.window.localStorage.setItem(stored, '{}')
    page.window.localStorage.setItem('msal.3.account.keys', JSON.stringify([stored]))
    opened.forget(signedOut)
    expect(page.window.localStorage.getItem(stored)).toBe(kept)
  })

  it('removes what MSAL writes later, however late that is', async () => {
    const { page, client, signedOutFlag, redirect } = setUp({ accounts: ['adele'] })
    const opened = await redirect()
    client.acquireTokenSilent.mockImplementation(async () => {
      await new Promise((done) => setTimeout(done, 120_000))
      page.window.localStorage.setItem(keyOf('refreshtoken'), 'x')
      return result()
    })
    const renewing = opened.acquire({ scopes: ownScopes, fresh: true })
    await vi.advanceTimersByTimeAsync(10)
    signedOutFlag.set()
    opened.forget('here')
    await vi.advanceTimersByTimeAsync(120_000)
    expect(await renewing).toMatchObject({ noAccount: true })
    expect(page.window.localStorage.getItem(keyOf('refreshtoken'))).toBeNull()
  })

  it('is not outlived by what MSAL is just writing for a call of ours', async () => {
    const { page, client, signedOutFlag, redirect } = setUp({ accounts: ['adele'] })
    const opened = await redirect()
    client.acquireTokenSilent.mockImplementation(async () => {
      signedOutFlag.set()
      opened.forget('here')
      page.window.sessionStorage.setItem(keyOf('idtoken'), JSON.stringify({ lastUpdatedAt: signedOutFlag.at() + 1 }))
      vi.advanceTimersByTime(1)
      expect(await opened.acquire({ scopes: ['other'], fresh: false })).toMatchObject({ noAccount: true })
      return result()
    })
    expect(await opened.acquire(own)).toMatchObject({ noAccount: true })
    expect(signedOutFlag.isSet()).toBe(true)
    expect(page.window.sessionStorage.getItem(keyOf('idtoken'))).toBeNull()
  })

  it('removes what MSAL writes in a second step that began after it', async () => {
    const { page, client, signedOutFlag, redirect } = setUp({ accounts: ['adele'] })
    const opened = await redirect()
    await opened.acquire(own)
    client.acquireTokenSilent.mockImplementationOnce(async () => {
      signedOutFlag.set()
      opened.forget('here')
      throw interactionRequired()
    })
    client.acquireTokenSilent.mockImplementationOnce(async () => {
      page.window.localStorage.setItem(keyOf('refreshtoken'), 'x')
      return result()
    })
    expect(await opened.acquire({ scopes: ownScopes, fresh: true })).toMatchObject({ noAccount: true })
    expect(page.window.localStorage.getItem(keyOf('refreshtoken'))).toBeNull()
  })

  it('removes what MSAL writes later, and keeps what it has noted of a sign-in since', async () => {
    const { page, client, signedOutFlag, redirect } = setUp({ accounts: ['adele'] })
    const opened = await redirect()
    const session = page.window.sessionStorage
    let end = () => {}
    client.acquireTokenSilent.mockImplementation(async () => {
      await new Promise<void>((resolve) => {
        end = resolve
      })
      session.setItem(keyOf('refreshtoken'), 'x')
      return result()
    })
    const renewing = opened.acquire({ scopes: ownScopes, fresh: true })
    await vi.advanceTimersByTimeAsync(0)
    signedOutFlag.set()
    opened.forget('here')
    client.acquireTokenRedirect.mockImplementation(() => {
      session.setItem(`msal.${clientId}.code.verifier`, 'verifier')
      return never()
    })
    void opened.signIn({ scopes: ownScopes })
    await vi.advanceTimersByTimeAsync(0)
    end()
    expect(await renewing).toMatchObject({ noAccount: true })
    expect(session.getItem(keyOf('refreshtoken'))).toBeNull()
    expect(session.getItem(`msal.${clientId}.code.verifier`)).toBe('verifier')
  })

  it('is not undone by a sign-in whose redirect had begun', async () => {
    const { page, client, redirect } = setUp()
    client.acquireTokenRedirect.mockImplementation(never)
    const opened = await redirect()
    void opened.signIn({ scopes: ownScopes })
    await vi.advanceTimersByTimeAsync(0)
    opened.forget('here')
    expect(readPendingRedirect(page.window, clientId)).toBeUndefined()
  })
})

describe('another app of the origin that uses MSAL', () => {
  it('for the same client ID, which finds no answer of its own, keeps MSAL from knowing ours no longer', async () => {
    const first = setUp()
    const session = first.page.window.sessionStorage
    const status = JSON.stringify({ clientId, type: 'signin' })
    first.client.acquireTokenRedirect.mockImplementation(() => {
      session.setItem(`msal.${clientId}.request.params`, 'request')
      session.setItem(`msal.${clientId}.code.verifier`, 'verifier')
      session.setItem(`msal.${clientId}.active-account-filters`, 'before')
      session.setItem('msal.interaction.status', status)
      return never()
    })
    void (await first.redirect()).signIn({ scopes: ownScopes })
    await vi.advanceTimersByTimeAsync(0)
    first.page.dispatch('pagehide')
    // The page that the user comes back to, after the other app.
    for (const key of Object.keys(session)) if (key.startsWith('msal.')) session.removeItem(key)
    const second = setUp({ page: first.page, response: 'code=1&state=2' })
    second.client.handleRedirectPromise.mockImplementation(async () => {
      expect(session.getItem(`msal.${clientId}.request.params`)).toBe('request')
      expect(session.getItem(`msal.${clientId}.code.verifier`)).toBe('verifier')
      expect(session.getItem('msal.interaction.status')).toBe(status)
      expect(session.getItem(`msal.${clientId}.active-account-filters`)).toBeNull()
      return result()
    })
    expect(await (await second.redirect()).start()).toHaveProperty('token')
    expect(Object.keys(session).filter((key) => key.endsWith('.request'))).toEqual([])
  })

  const noteOf = (page: ReturnType<typeof fakeWindow>) =>
    page.window.sessionStorage.getItem(`twodoor.${clientId}.request`)

  it.each(['a sign-out', 'a failure'])('leaves nothing of our request behind where %s comes between', async (what) => {
    const { page, client, signedOutFlag, redirect } = setUp({ response: 'code=1&state=2' })
    page.window.sessionStorage.setItem(`twodoor.${clientId}.request`, '[]')
    client.handleRedirectPromise.mockRejectedValue(msalError('post_request_failed'))
    const opened = await redirect()
    if (what === 'a sign-out') signedOutFlag.set()
    await opened.start()
    expect(noteOf(page)).toBeNull()
  })

  it('leaves nothing of a request behind that the user came back from', async () => {
    const { page, client, redirect } = setUp()
    client.acquireTokenRedirect.mockImplementation(never)
    const signingIn = (await redirect()).signIn({ scopes: ownScopes })
    await vi.advanceTimersByTimeAsync(0)
    page.dispatch('pagehide')
    expect(noteOf(page)).not.toBeNull()
    page.dispatch('pageshow', { persisted: true })
    expect(await signingIn).toEqual({ refused: 'cancelled', why: 'came_back' })
    expect(noteOf(page)).toBeNull()
  })

  const always = { autoSignIn: 'always' } as const

  it.each([
    ['waits for its answer in the URL', { href: 'https://app.example/#code=1&state=2' }, undefined, 0],
    ['has begun a redirect', {}, '{"clientId":"another","type":"signin"}', 0],
    ['shares the client ID, with a redirect that was abandoned', {}, JSON.stringify({ clientId }), 1],
    ['does nothing', {}, undefined, 1],
  ])('that %s: automatic redirects', async (_, window, status, times) => {
    const { page, client, redirect } = setUp({ options: always, window })
    if (status) page.window.sessionStorage.setItem('msal.interaction.status', status)
    void (await redirect()).start()
    await vi.advanceTimersByTimeAsync(0)
    expect(client.acquireTokenRedirect).toHaveBeenCalledTimes(times)
    expect(page.window.sessionStorage.getItem('msal.interaction.status')).toBe(status ?? null)
  })
})

describe('the cache that other tabs use too', () => {
  const local = { cacheLocation: 'localStorage' } as const
  const soon = result(accessToken({ expiresInMs: 7_200_000 }))

  it('is read anew, by a client of its own, where another tab has written', async () => {
    const { page, PublicClientApplication, redirect } = setUp({ options: { browser: local }, accounts: ['adele'] })
    const opened = await redirect()
    await opened.acquire(own)
    await opened.acquire(own)
    expect(PublicClientApplication).toHaveBeenCalledTimes(1)
    expect(opened.changed()).toBe(false)
    page.window.localStorage.setItem(keyOf('accesstoken'), 'x')
    expect(opened.changed()).toBe(true)
    await opened.acquire(own)
    await opened.acquire(own)
    expect(PublicClientApplication).toHaveBeenCalledTimes(2)
    expect(opened.changed()).toBe(false)
  })

  it('may still have another account after a step up was refused', async () => {
    const { page, client, redirect } = setUp({ options: { browser: local }, accounts: ['adele'] })
    const opened = await redirect()
    await opened.acquire(own)
    page.window.localStorage.setItem(keyOf('accesstoken'), 'x')
    client.acquireTokenSilent.mockRejectedValue(msalError('interaction_required', 'InteractionRequiredAuthError'))
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    expect(await opened.acquire({ ...own, claims })).toMatchObject({ refused: 'sign_in_required' })
    expect(opened.changed()).toBe(true)
    expect(await opened.acquire(own)).toMatchObject({ refused: 'sign_in_required' })
    expect(opened.changed()).toBe(false)
  })

  it('answers a renewal with what another tab has renewed, without a request', async () => {
    const { client, redirect } = setUp({ accounts: ['adele'] })
    const opened = await redirect()
    await opened.acquire(own)
    client.acquireTokenSilent.mockResolvedValue(soon)
    expect(await opened.acquire({ scopes: ownScopes, fresh: true })).toMatchObject({ token: soon.accessToken })
    expect(client.acquireTokenSilent).toHaveBeenCalledTimes(2)
    expect(client.acquireTokenSilent).toHaveBeenLastCalledWith(
      expect.objectContaining({ forceRefresh: false, cacheLookupPolicy: 1 }),
    )
  })

  it('answers it so, too, where the page took that token while the renewal waited for its turn', async () => {
    const page = fakeWindow()
    Object.assign(page.window.navigator, { locks: oneAtATime() })
    const { client, redirect } = setUp({ page, options: { browser: local }, accounts: ['adele'] })
    const opened = await redirect()
    await opened.acquire(own)
    client.acquireTokenSilent.mockResolvedValue(soon)
    const taken = opened.acquire(own)
    const renewed = opened.acquire({ scopes: ownScopes, fresh: true })
    expect([await taken, await renewed]).toMatchObject([{ token: soon.accessToken }, { token: soon.accessToken }])
    expect(client.acquireTokenSilent).not.toHaveBeenCalledWith(expect.objectContaining({ forceRefresh: true }))
  })

  it.each([
    ['where it holds nothing newer', {}],
    ['for a claims challenge, whatever it holds', { claims: '{}' }],
  ])('does not answer it %s', async (_, more) => {
    const { client, redirect } = setUp({ accounts: ['adele'] })
    const opened = await redirect()
    await opened.acquire(own)
    if ('claims' in more) client.acquireTokenSilent.mockResolvedValue(soon)
    await opened.acquire({ scopes: ownScopes, fresh: true, ...more })
    expect(client.acquireTokenSilent).toHaveBeenLastCalledWith(expect.objectContaining({ forceRefresh: true }))
  })
})

describe('a redirect of this tab without an answer', () => {
  const pending = { id, returnTo: '/app/', silent: false, automatic: false }
  const there = 'https://app.example/'
  const answered = (url: string | null) => ({ navigation: { entries: () => [{ url: null }, { url }] } })
  const from = (referrer: string, type = 'navigate') => ({
    document: { baseURI: there, referrer },
    performance: { getEntriesByType: () => [{ type }] },
  })

  it.each<[string, string, object, boolean]>([
    ['the answer is on a page that the tab was on', '/app/', answered(`${there}#code=x&state=y|${id}`), true],
    ['the answer there is one to another app', '/app/', answered(`${there}#code=x&state=y|another`), false],
    ['the page there has no fragment', '/app/', answered(there), false],
    ['the page of the redirect URI led here', '/app/', from(`${there}?from=entra#x`), true],
    ['the user has come back from there', '/app/', from(there, 'back_forward'), false],
    ['the page was loaded anew', '/app/', from(there, 'reload'), false],
    ['another page led here', '/app/', from(`${there}other`), false],
    ['this is the page of the redirect URI', '/?room=1', from(there), false],
    ['nobody led here', '/app/', {}, false],
  ])('where %s', async (_, path, more, isTold) => {
    const { window } = fakeWindow({ href: `https://app.example${path}` })
    expect(
      findLostResponse(Object.assign(window, more), { redirectUri: there, client: undefined }, pending) !== undefined,
    ).toBe(isTold)
  })

  it('that has gone elsewhere is told once, and leads to no automatic redirect', async () => {
    const page = fakeWindow({ href: 'https://app.example/app/' })
    Object.assign(page.window, from(there))
    writePendingRedirect(page.window, clientId, pending)
    const { redirect, client } = setUp({ page, options: { autoSignIn: 'always' } })
    const opened = await redirect()
    const told = await opened.start()
    expect(told).toMatchObject({ refused: 'sign_in_required', message: expect.stringContaining(`ended at ${there},`) })
    expect(client.acquireTokenRedirect).not.toHaveBeenCalled()
    // Its answer is taken all the same, if the user goes forward.
    expect(readPendingRedirect(page.window, clientId)).toEqual({ ...pending, reported: true })
  })

  it('goes on where the user is still on the way', async () => {
    const page = fakeWindow()
    writePendingRedirect(page.window, clientId, pending)
    const { redirect } = setUp({ page })
    expect(await (await redirect()).start()).not.toHaveProperty('message')
    expect(readPendingRedirect(page.window, clientId)).toEqual(pending)
  })
})
