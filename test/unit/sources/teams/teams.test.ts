import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Host } from '../../../../src/page/host.js'
import { knownHosts } from '../../../../src/page/known-hosts.js'
import { checkOptions } from '../../../../src/settings.js'
import { createExpiryCheck } from '../../../../src/sources/expiry.js'
import type { AccessToken, Refusal, SignInRequest, TokenRequest } from '../../../../src/sources/source.js'
import type { TeamsLibrary } from '../../../../src/sources/teams/connected-host.js'
import { openTeamsSource } from '../../../../src/sources/teams/teams.js'
import { accessToken, asTheyAre, bob, ownScopes, tenantId } from '../../jwt.js'

const certain: Host = { kind: 'teams', certain: true, reasons: ['framed by Teams'] }
const uncertain: Host = { kind: 'teams', certain: false, reasons: ['framed'] }
const graph = ['https://graph.microsoft.com/User.Read']
const own = { scopes: ownScopes, fresh: false }
/** Trying again would ask nobody, so nothing is to. */
const noHost = { refused: 'host_timeout', why: 'host_lost', retryable: false, cause: 'teams-js 2.58.0' }
const never = () => new Promise<never>(() => {})
const settled = () => vi.advanceTimersByTimeAsync(0)

type Answer = AccessToken | Refusal

function deferred<T>() {
  let settle: (value: T) => void = () => {}
  let fail: (reason: unknown) => void = () => {}
  const promise = new Promise<T>((resolve, reject) => {
    settle = resolve
    fail = reject
  })
  return { promise, settle, fail }
}

/** The window of the page, in a frame whose parent tells it the theme. */
function framedWindow() {
  const events = new EventTarget()
  const parent = {}
  const window = {
    location: new URL('https://app.example/chat?room=1'),
    self: {},
    parent,
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
  }
  const changeTheme = (theme: string) => {
    const data = { func: 'themeChange', args: [theme] }
    events.dispatchEvent(Object.assign(new Event('message'), { data, source: parent }))
  }
  return { window: window as unknown as Window, changeTheme }
}

/** A host that answers everything, unless a test teaches it otherwise. */
function setUp({
  host = certain,
  bridge = false,
  method = 'auto' as 'auto' | 'sso' | 'nested',
  scopes = ownScopes,
  now = () => Date.now(),
} = {}) {
  const app = {
    initialize: vi.fn(async (_: string[]) => {}),
    getContext: vi.fn(async () => ({
      app: { host: { name: 'Teams', clientType: 'web' }, theme: 'dark', locale: 'de-de' },
    })),
    registerOnThemeChangeHandler: vi.fn(),
    notifyAppLoaded: vi.fn(() => {}),
    notifySuccess: vi.fn(async (): Promise<unknown> => ({})),
    notifyFailure: vi.fn((_: unknown) => {}),
  }
  const authentication = { getAuthToken: vi.fn(async (_: unknown) => accessToken().token) }
  const nestedAppAuth = { isNAAChannelRecommended: vi.fn(() => true) }
  const sendCustomMessage = vi.fn()
  const library = { app, authentication, nestedAppAuth, sendCustomMessage, version: '2.58.0' }
  const nested = {
    acquire: vi.fn(async (_: TokenRequest): Promise<Answer> => accessToken({ scopes: graph })),
    signIn: vi.fn(async (_: SignInRequest): Promise<Answer> => accessToken({ scopes: graph })),
  }
  const onHostKnown = vi.fn((_: Partial<Host>) => {})
  const onLateToken = vi.fn((_: AccessToken) => {})
  const onLateHost = vi.fn(() => {})
  const openNested = vi.fn(async (): Promise<typeof nested | Refusal> => nested)
  const options = { clientId: tenantId, tenant: tenantId, scopes, teams: { method } }
  const { window, changeTheme } = framedWindow()
  if (bridge) Object.assign(window, { nestedAppAuthBridge: {} })
  const nativeFetch = vi.fn(async (_: RequestInfo | URL, _init?: RequestInit): Promise<Response> => {
    throw new TypeError('no network here')
  })
  const source = openTeamsSource({
    library: library as unknown as TeamsLibrary,
    settings: checkOptions(options, 'https://app.example/'),
    host,
    window,
    openNested,
    disposed: new AbortController().signal,
    accounts: asTheyAre,
    onHostKnown,
    onLateToken,
    onLateHost,
    checkExpiry: createExpiryCheck({ window, nativeFetch, now }),
  })
  const heard = { onHostKnown, onLateToken, onLateHost }
  return { source, library, ...library, nativeFetch, nested, openNested, changeTheme, ...heard }
}

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('a host', () => {
  it('gives the token, and is told that the page has loaded', async () => {
    const { source, app } = setUp()
    expect(await source.start({ announceOnly: false })).toMatchObject({ scopes: ownScopes, account: { tenantId } })
    expect(app.notifyAppLoaded).toHaveBeenCalledTimes(1)
    expect(app.notifySuccess).toHaveBeenCalledTimes(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    ['certain', certain, 30_000],
    ['uncertain', uncertain, 4_500],
  ])('that is %s and never answers initialize is given up in time', async (_, host, ms) => {
    const { source, app, authentication } = setUp({ host })
    app.initialize.mockImplementation(never)
    const answer = vi.fn()
    void source.start({ announceOnly: false }).then(answer)
    await vi.advanceTimersByTimeAsync(ms - 1)
    expect(answer).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(answer).toHaveBeenCalledWith(noHost)
    expect(authentication.getAuthToken).not.toHaveBeenCalled()
    expect(app.getContext).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that refuses initialize is asked for nothing else', async () => {
    const { source, app, authentication } = setUp()
    const cause = new Error('Initialization Failed. No Parent window found.')
    app.initialize.mockRejectedValue(cause)
    expect(await source.start({ announceOnly: false })).toEqual({ ...noHost, cause })
    expect(authentication.getAuthToken).not.toHaveBeenCalled()
  })

  it('that is newer than teams-js is no reason to try again, but to update teams-js', async () => {
    const { source, app } = setUp()
    const cause = new Error('Received a runtime that could not be upgraded to the latest version')
    app.initialize.mockRejectedValue(cause)
    const answer = await source.start({ announceOnly: false })
    expect(answer).toMatchObject({ refused: 'unsupported', why: 'host_too_new', cause })
    expect(await source.signIn({ scopes: ownScopes })).toEqual(answer)
  })

  it.each(['getContext', 'notifySuccess'] as const)('that never answers %s delays nothing', async (name) => {
    const { source, app } = setUp()
    app[name].mockImplementation(never)
    expect(await source.start({ announceOnly: false })).toHaveProperty('token')
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each(['getContext', 'notifySuccess'] as const)('that refuses %s breaks nothing', async (name) => {
    const { source, app } = setUp()
    app[name].mockRejectedValue(new Error('not here'))
    expect(await source.start({ announceOnly: false })).toHaveProperty('token')
    await settled()
  })

  it('with a teams-js whose notifySuccess answers nothing, as that of older ones, signs in', async () => {
    const { source, app } = setUp()
    app.notifySuccess.mockImplementation((() => undefined) as never)
    expect(await source.start({ announceOnly: false })).toHaveProperty('token')
  })

  it('with a teams-js that throws where it is told how the start went signs in', async () => {
    const { source, app, authentication } = setUp()
    app.notifySuccess.mockImplementation(() => {
      throw new Error('The library has not yet been initialized')
    })
    app.notifyFailure.mockImplementation(() => {
      throw new Error('The library has not yet been initialized')
    })
    expect(await source.start({ announceOnly: false })).toHaveProperty('token')
    authentication.getAuthToken.mockRejectedValue(new Error('resourceDisabled'))
    expect(await source.start({ announceOnly: false })).toMatchObject({ refused: 'host_refused' })
  })

  it('hears in time that the page is there, however long the sign-in takes', async () => {
    const { source, app, authentication } = setUp()
    authentication.getAuthToken.mockImplementation(never)
    void source.start({ announceOnly: false })
    await vi.advanceTimersByTimeAsync(20_000)
    expect(app.notifySuccess).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(app.notifySuccess).toHaveBeenCalledTimes(1)
  })

  it('shows its error page for a mistake in the configuration only', async () => {
    const { source, app, authentication } = setUp()
    authentication.getAuthToken.mockRejectedValue(new Error('resourceDisabled'))
    await source.start({ announceOnly: false })
    expect(app.notifyFailure).toHaveBeenCalledTimes(1)
    expect(app.notifySuccess).not.toHaveBeenCalled()
  })

  it('is onHostKnown, its theme too when that changes, until dispose()', async () => {
    const { source, onHostKnown, changeTheme } = setUp()
    changeTheme('default')
    await source.start({ announceOnly: false })
    expect(onHostKnown).not.toHaveBeenCalledWith({ theme: 'default' })
    expect(onHostKnown).toHaveBeenCalledWith({ name: 'Teams', clientType: 'web', theme: 'dark', locale: 'de-de' })
    changeTheme('contrast')
    expect(onHostKnown).toHaveBeenLastCalledWith({ theme: 'contrast' })
    source.dispose()
    changeTheme('default')
    expect(onHostKnown).toHaveBeenLastCalledWith({ theme: 'contrast' })
  })

  it('is asked for its themes, and the one handler that teams-js has for them stays the app’s', async () => {
    const { source, app, sendCustomMessage } = setUp()
    await source.start({ announceOnly: false })
    expect(sendCustomMessage).toHaveBeenCalledExactlyOnceWith('registerHandler', ['themeChange'])
    source.dispose()
    expect(app.registerOnThemeChangeHandler).not.toHaveBeenCalled()
  })

  it('signs in with a teams-js that cannot ask it for its themes', async () => {
    const { source, library } = setUp()
    Reflect.deleteProperty(library, 'sendCustomMessage')
    expect(await source.start({ announceOnly: false })).toMatchObject({ scopes: ownScopes })
  })

  it('is only told that the page has loaded where the user signed out here', async () => {
    const { source, app, authentication } = setUp()
    expect(await source.start({ announceOnly: true })).toMatchObject({ refused: 'sign_in_required', noAccount: true })
    expect(authentication.getAuthToken).not.toHaveBeenCalled()
    expect(app.notifySuccess).toHaveBeenCalledTimes(1)
  })

  it('that answers late is onLateHost', async () => {
    const { source, app, onHostKnown, onLateToken, onLateHost } = setUp({ host: uncertain })
    const { promise, settle } = deferred<void>()
    app.initialize.mockReturnValue(promise)
    const start = source.start({ announceOnly: false })
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await start).toEqual(noHost)
    settle()
    await settled()
    expect(onLateHost).toHaveBeenCalledTimes(1)
    expect(onLateToken).toHaveBeenCalledTimes(1)
    expect(onHostKnown).toHaveBeenCalledWith(expect.objectContaining({ kind: 'teams', certain: true }))
    expect(source.connected).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that answers after dispose() is asked for nothing', async () => {
    const { source, app, authentication, onLateToken, onLateHost } = setUp({ host: uncertain })
    const { promise, settle } = deferred<void>()
    app.initialize.mockReturnValue(promise)
    void source.start({ announceOnly: false })
    await vi.advanceTimersByTimeAsync(5_000)
    source.dispose()
    settle()
    await settled()
    expect(authentication.getAuthToken).not.toHaveBeenCalled()
    expect(onLateToken).not.toHaveBeenCalled()
    expect(onLateHost).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is asked for no token where the Auth is disposed of before it answers', async () => {
    const { source, app, authentication } = setUp()
    const { promise, settle } = deferred<void>()
    app.initialize.mockReturnValue(promise)
    const starting = source.start({ announceOnly: false })
    source.dispose()
    settle()
    expect(await starting).toEqual({ refused: 'disposed' })
    expect(authentication.getAuthToken).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that answers both of two tries leaves no timer behind', async () => {
    const { source, app } = setUp()
    const { promise, settle } = deferred<void>()
    app.initialize.mockReturnValue(promise)
    void source.start({ announceOnly: false })
    await vi.advanceTimersByTimeAsync(30_000)
    void source.start({ announceOnly: false })
    settle()
    await settled()
    source.dispose()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is told all hosts that the newest teams-js trusts: the list of an older one is shorter', async () => {
    const { source, app } = setUp()
    await source.start({ announceOnly: true })
    const [trusted] = app.initialize.mock.calls[0] ?? []
    expect(trusted).toEqual(expect.arrayContaining(['https://teams.microsoft.com', 'https://*.cloud.microsoft']))
    expect(trusted?.map((origin) => origin.replace('https://', ''))).toEqual(knownHosts)
  })

  it('is asked once by all who start at a time', async () => {
    const { source, app } = setUp()
    await Promise.all([
      source.start({ announceOnly: false }),
      source.acquire(own),
      source.signIn({ scopes: ownScopes }),
    ])
    expect(app.initialize).toHaveBeenCalledTimes(1)
  })

  it('cannot sign out at Entra ID, and needs nothing to sign out here', async () => {
    const { source } = setUp()
    expect(await source.signOut({ entra: false })).toBeUndefined()
    expect(await source.signOut({ entra: true })).toMatchObject({ refused: 'unsupported' })
  })
})

describe('Teams SSO', () => {
  it('is given up after 30 seconds without an answer, for all who joined', async () => {
    const { source, authentication } = setUp()
    authentication.getAuthToken.mockImplementation(never)
    const answers = [source.acquire(own), source.acquire({ ...own, fresh: true })]
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await Promise.all(answers)).toEqual([{ refused: 'host_timeout' }, { refused: 'host_timeout' }])
    expect(authentication.getAuthToken).toHaveBeenCalledTimes(1)
  })

  it('is asked anew after that, and the late answer is taken', async () => {
    const { source, authentication, onLateToken } = setUp()
    const { promise, settle } = deferred<string>()
    authentication.getAuthToken.mockReturnValueOnce(promise).mockImplementation(never)
    void source.acquire(own)
    await vi.advanceTimersByTimeAsync(30_000)
    void source.acquire(own)
    await settled()
    expect(authentication.getAuthToken).toHaveBeenCalledTimes(2)
    settle(accessToken().token)
    await settled()
    expect(onLateToken).toHaveBeenCalledTimes(1)
  })

  it('ignores a late answer once a later request has brought a token', async () => {
    const { source, authentication, onLateToken } = setUp()
    const { promise, settle } = deferred<string>()
    authentication.getAuthToken.mockReturnValueOnce(promise)
    void source.acquire(own)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await source.acquire(own)).toHaveProperty('token')
    settle(accessToken({ objectId: bob }).token)
    await settled()
    expect(onLateToken).not.toHaveBeenCalled()
  })

  it('waits ten minutes for the user, in a flight of its own', async () => {
    const { source, authentication } = setUp()
    authentication.getAuthToken.mockImplementation(never)
    void source.acquire(own)
    const answer = vi.fn()
    void source.signIn({ scopes: ownScopes }).then(answer)
    await vi.advanceTimersByTimeAsync(10 * 60_000 - 1)
    expect(answer).not.toHaveBeenCalled()
    expect(authentication.getAuthToken.mock.calls).toEqual([[{ silent: true }], [{ silent: false }]])
    await vi.advanceTimersByTimeAsync(1)
    expect(answer).toHaveBeenCalledWith({ refused: 'host_timeout' })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is not tried once more where the host took long to say so: the deadline would end that, and the next call ask too', async () => {
    const { source, authentication } = setUp()
    const refuse = new Promise<string>((_, reject) => setTimeout(reject, 10_000, new Error('renewalTimeout')))
    authentication.getAuthToken.mockReturnValueOnce(refuse)
    const answer = source.acquire(own)
    await vi.advanceTimersByTimeAsync(11_000)
    expect(await answer).toMatchObject({ refused: 'unavailable' })
    expect(authentication.getAuthToken).toHaveBeenCalledTimes(1)
  })

  it('is tried once more where the host says that it can pass', async () => {
    const { source, authentication } = setUp()
    authentication.getAuthToken.mockRejectedValueOnce(new Error('renewalTimeout'))
    const answer = source.acquire(own)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await answer).toHaveProperty('token')
    expect(authentication.getAuthToken).toHaveBeenCalledTimes(2)
  })

  it('is not tried a third time', async () => {
    const { source, authentication } = setUp()
    authentication.getAuthToken.mockRejectedValue(new Error('renewalTimeout'))
    const answer = source.acquire(own)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await answer).toMatchObject({ refused: 'unavailable' })
    expect(authentication.getAuthToken).toHaveBeenCalledTimes(2)
  })

  it('passes a claims challenge on, beside a plain request', async () => {
    const { source, authentication } = setUp()
    await Promise.all([source.acquire(own), source.acquire({ ...own, fresh: true, claims: '{"a":1}' })])
    expect(authentication.getAuthToken.mock.calls).toEqual([
      [{ silent: true }],
      [{ silent: true, claims: ['{"a":1}'] }],
    ])
  })

  it.each(['', 'not a token', 42, null, undefined, 'a.b.c'])('refuses what is no token: %o', async (given) => {
    const { source, authentication } = setUp()
    authentication.getAuthToken.mockResolvedValue(given as string)
    expect(await source.acquire(own)).toMatchObject({ refused: 'host_refused' })
  })
})

describe('the token of a host', () => {
  const clientId = tenantId
  const hoursAgo = (hours: number) => Math.floor(Date.now() / 1_000) - hours * 3_600
  const serverTime = () => new Response(null, { headers: { date: new Date().toUTCString() } })

  it.each<[string, Record<string, unknown>]>([
    ['of another API', { aud: 'cccccccc-2222-4333-8444-555555555555' }],
    ['of Microsoft Graph', { aud: 'https://graph.microsoft.com', scp: 'User.Read' }],
    ['that is an ID token', { scp: undefined, nonce: 'n' }],
    ['of an app without a user', { scp: undefined, roles: ['Chat.Read'], idtyp: 'app' }],
    ['that is an ID token, though with the scope of the app', { nonce: 'n' }],
    ['of an app without a user, though with the scope of the app', { idtyp: 'app' }],
    ['that has expired', { iat: hoursAgo(2), exp: hoursAgo(1) }],
    ['that never was valid', { iat: hoursAgo(-1), exp: hoursAgo(-1) }],
  ])('%s is refused, and shown as no sign-in', async (_, claims) => {
    const { source, authentication, nativeFetch, app } = setUp()
    nativeFetch.mockImplementation(async () => serverTime())
    const { token } = accessToken({ claims })
    authentication.getAuthToken.mockResolvedValue(token)
    const answer = await source.start({ announceOnly: false })
    expect(answer).toMatchObject({ refused: 'host_refused', why: expect.stringMatching(/token/) })
    expect(await source.signIn({ scopes: ownScopes })).toEqual(answer)
    expect(JSON.stringify(answer)).not.toContain(token.split('.')[1])
    // The host's own error page is for what only a developer can mend.
    expect(app.notifyFailure).toHaveBeenCalledTimes('exp' in claims ? 0 : 1)
  })

  it.each([-5, 3, 14])('is taken by a device whose clock is ahead by %s hours', async (hours) => {
    const now = () => Date.now() + hours * 3_600_000
    const { source, nativeFetch } = setUp({ now })
    nativeFetch.mockImplementation(async () => serverTime())
    expect(await source.start({ announceOnly: false })).toHaveProperty('token')
  })

  it('goes by the Application ID URI where that does not name the app', async () => {
    const { source, authentication } = setUp({ scopes: ['https://contoso.example/api/Chat.Read'] })
    const { token } = accessToken({ claims: { aud: 'https://contoso.example/api', scp: 'Chat.Read' } })
    authentication.getAuthToken.mockResolvedValue(token)
    expect(await source.start({ announceOnly: false })).toMatchObject({ token })
  })

  it.each([['User.Read'], [`${clientId}/x`, 'User.Read'], ['api://cccccccc-2222-4333-8444-555555555555/x']])(
    'of the app is not even asked for by scopes of another API: %s',
    async (...scopes) => {
      const { source, authentication, nested } = setUp({ bridge: true, scopes })
      await source.start({ announceOnly: false })
      await source.signIn({ scopes })
      expect(source.kind).toBe('nested')
      expect(nested.acquire).toHaveBeenCalledTimes(1)
      expect(nested.signIn).toHaveBeenCalledTimes(1)
      expect(authentication.getAuthToken).not.toHaveBeenCalled()
    },
  )

  it('is replaced by one of nested app auth where the host gives that of another API', async () => {
    const { source, authentication, nested } = setUp({ bridge: true })
    authentication.getAuthToken.mockResolvedValue(accessToken({ claims: { aud: 'api://other' } }).token)
    expect(await source.start({ announceOnly: false })).toHaveProperty('token')
    expect(nested.acquire).toHaveBeenCalledTimes(1)
  })

  it('of another API is a mistake in the options where the app insists on SSO', async () => {
    const { source, authentication, openNested } = setUp({ bridge: true, method: 'sso', scopes: ['User.Read'] })
    const answer = await source.start({ announceOnly: false })
    expect(answer).toMatchObject({ refused: 'config_invalid', why: 'sso_for_other' })
    expect(authentication.getAuthToken).not.toHaveBeenCalled()
    expect(openNested).not.toHaveBeenCalled()
  })
})

describe('nested app auth', () => {
  it('gives tokens for the scopes of other APIs', async () => {
    const { source, authentication, nested } = setUp({ bridge: true })
    await source.acquire({ scopes: graph, fresh: false })
    expect(nested.acquire).toHaveBeenCalledWith({ scopes: graph, fresh: false })
    expect(authentication.getAuthToken).not.toHaveBeenCalled()
  })

  it('is unsupported without the bridge, and MSAL is not even loaded', async () => {
    const { source, openNested } = setUp({ bridge: false })
    expect(await source.acquire({ scopes: graph, fresh: false })).toMatchObject({ refused: 'unsupported' })
    expect(openNested).not.toHaveBeenCalled()
  })

  it('is unsupported with a teams-js that does not know it, or cannot tell', async () => {
    const { source, library, nestedAppAuth } = setUp({ bridge: true })
    nestedAppAuth.isNAAChannelRecommended.mockImplementation(() => {
      throw new Error('The library has not yet been initialized')
    })
    expect(await source.acquire({ scopes: graph, fresh: false })).toMatchObject({ refused: 'unsupported' })
    Object.assign(library, { nestedAppAuth: undefined })
    expect(await source.acquire({ scopes: graph, fresh: false })).toMatchObject({ refused: 'unsupported' })
  })

  it('takes over where the host refuses SSO by configuration, and from then on', async () => {
    const { source, authentication, nested } = setUp({ bridge: true })
    authentication.getAuthToken.mockRejectedValue(new Error('resourceDisabled'))
    expect(await source.start({ announceOnly: false })).toHaveProperty('token')
    await source.acquire(own)
    expect(source.kind).toBe('nested')
    expect(nested.acquire).toHaveBeenCalledTimes(2)
    expect(authentication.getAuthToken).toHaveBeenCalledTimes(1)
  })

  it('takes over in a sign-in too', async () => {
    const { source, authentication, openNested, nested } = setUp({ bridge: true })
    authentication.getAuthToken.mockRejectedValue(new Error('resourceDisabled'))
    openNested.mockResolvedValueOnce({ refused: 'unavailable' })
    expect(await source.start({ announceOnly: false })).toMatchObject({ refused: 'host_refused' })
    const request = { scopes: ownScopes, claims: '{}' }
    expect(await source.signIn(request)).toHaveProperty('token')
    expect(nested.signIn).toHaveBeenCalledWith(request)
    expect(source.kind).toBe('nested')
  })

  it('does not take over where the app wants SSO', async () => {
    const { source, authentication, openNested } = setUp({ bridge: true, method: 'sso' })
    authentication.getAuthToken.mockRejectedValue(new Error('resourceDisabled'))
    expect(await source.start({ announceOnly: false })).toMatchObject({ refused: 'host_refused' })
    expect(await source.signIn({ scopes: ownScopes })).toMatchObject({ refused: 'host_refused' })
    expect(openNested).not.toHaveBeenCalled()
  })

  it.each(['auto', 'sso'] as const)('never answers for another API with the token of Teams SSO: %s', async (method) => {
    const { source, authentication } = setUp({ bridge: false, method })
    await source.start({ announceOnly: false })
    expect(await source.acquire({ scopes: graph, fresh: false })).toMatchObject({ refused: 'unsupported' })
    expect(await source.signIn({ scopes: graph })).toMatchObject({ refused: 'unsupported' })
    expect(authentication.getAuthToken).toHaveBeenCalledTimes(1)
  })
})
