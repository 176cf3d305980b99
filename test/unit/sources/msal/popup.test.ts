import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AuthOptions } from '../../../../src/options.js'
import { openPopupChannel } from '../../../../src/page/popup-channel.js'
import { createSignedOutFlag } from '../../../../src/page/signed-out-flag.js'
import { checkOptions } from '../../../../src/settings.js'
import type { MsalLibrary } from '../../../../src/sources/msal/client.js'
import { openRedirectSource } from '../../../../src/sources/msal/redirect.js'
import { beginElsewhere, handleResponse } from '../../../../src/sources/msal/versions.js'
import type { SignInRequest } from '../../../../src/sources/source.js'
import { fakeWindow } from '../../fake-window.js'
import { accessToken, asTheyAre, ownScopes, tenantId } from '../../jwt.js'

const clientId = tenantId
const graph = ['https://graph.microsoft.com/User.Read']
const account = (username: string) => ({ homeAccountId: username, username, environment: 'login.microsoftonline.com' })
const statusKey = 'msal.interaction.status'
const verifierKey = `msal.${clientId}.code.verifier`

function result(username = 'adele', scopes = ownScopes) {
  const token = accessToken({ scopes })
  return { accessToken: token.token, expiresOn: new Date(token.expiresOnTimestamp), scopes, account: account(username) }
}

interface Setting {
  readonly options?: Partial<AuthOptions>
  readonly accounts?: string[]
  readonly framed?: boolean
}

/** A page that signs in with a pop-up, over an MSAL 5 that does what it should. */
async function setUp({ options = {}, accounts = [], framed = false }: Setting = {}) {
  const page = fakeWindow({ framed })
  Object.assign(page.window.document, { hasFocus: () => false })
  let active: ReturnType<typeof account> | null = accounts[0] ? account(accounts[0]) : null
  const auth: { onRedirectNavigate?: (url: string) => unknown } = {}
  const client = {
    initialize: async () => {},
    getConfiguration: () => ({ auth }),
    getActiveAccount: () => active,
    setActiveAccount: vi.fn((to: typeof active) => {
      active = to
    }),
    getAllAccounts: () => accounts.map(account),
    handleRedirectPromise: vi.fn(async (_: object): Promise<unknown> => result()),
    acquireTokenSilent: vi.fn(async (_: object): Promise<unknown> => result(active?.username)),
    acquireTokenRedirect: vi.fn(async (_: { state: string }) => {
      page.window.sessionStorage.setItem(statusKey, JSON.stringify({ clientId }))
      page.window.sessionStorage.setItem(verifierKey, 'secret')
      auth.onRedirectNavigate?.('https://login.example/authorize')
    }),
    clearCache: async () => {},
  }
  function PublicClientApplication() {
    return client
  }
  const signedOutFlag = createSignedOutFlag(page.window, clientId)
  const required = { clientId, tenant: tenantId, scopes: ownScopes, popupPage: '/popup.html' }
  const source = await openRedirectSource({
    library: { PublicClientApplication, beginElsewhere, handleResponse } as never as MsalLibrary,
    settings: checkOptions({ ...required, ...options }, page.window.location.href),
    window: page.window,
    response: undefined,
    signedOutFlag,
    accounts: asTheyAre,
    onSignedIn() {},
    onAppChange() {},
    disposed: new AbortController().signal,
    nativeFetch: () => Promise.reject(new TypeError('no network here')),
    now: () => Date.now(),
    emit() {},
  })
  if ('refused' in source) throw new Error(source.refused)
  const interruption = new AbortController()
  const popup = { closed: false, location: { replace: vi.fn() } }
  const signIn = (request: Partial<SignInRequest> = {}, window: unknown = popup, keepsAccount = false) =>
    source.signIn(
      { scopes: ownScopes, popup: true, ...request },
      { popup: window as Window | null, interrupted: interruption.signal, keepsAccount },
    )

  /** Answers as the page of the pop-up does, once the pop-up has been sent to Entra ID. */
  async function respond(): Promise<void> {
    await vi.waitFor(() => expect(popup.location.replace).toHaveBeenCalled())
    const { state = '' } = client.acquireTokenRedirect.mock.calls.at(-1)?.[0] ?? {}
    const channel = openPopupChannel(state)
    channel.postMessage(`code=1&state=e30|${state}`)
    await new Promise((resolve) => {
      channel.onmessage = resolve
    })
    channel.close()
  }

  return { page, client, source, signedOutFlag, popup, signIn, respond, interruption }
}

const stored = ({ sessionStorage }: Window) => Object.keys({ ...sessionStorage })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

describe('a sign-in with a pop-up', () => {
  it('has the page of the pop-up for its redirect URI, and redeems the response here', async () => {
    const { client, popup, signIn, respond } = await setUp({ options: { loginHint: 'adele@contoso.com' } })
    const signedIn = signIn({ claims: '{}' })
    await respond()
    expect(await signedIn).toHaveProperty('token')
    expect(client.acquireTokenRedirect).toHaveBeenCalledWith({
      scopes: ownScopes,
      loginHint: 'adele@contoso.com',
      claims: '{}',
      redirectUri: 'https://app.example/popup.html',
      state: expect.stringMatching(/^[\da-f-]{36}$/),
      onRedirectNavigate: expect.any(Function),
    })
    expect(popup.location.replace.mock.calls).toEqual([['https://login.example/authorize']])
    expect(client.setActiveAccount).toHaveBeenCalledWith(account('adele'))
  })

  it('leaves no note of tokens of its own: other tabs have to see that somebody signed in', async () => {
    const { page, signIn, respond } = await setUp()
    const signedIn = signIn()
    await respond()
    expect(await signedIn).toHaveProperty('token')
    expect(Object.keys(page.window.localStorage).filter((key) => key.endsWith('last-write'))).toEqual([])
  })

  it('says that the window was blocked, and asks nobody', async () => {
    const { client, signIn } = await setUp()
    expect(await signIn({}, null)).toMatchObject({ refused: 'unsupported', retryable: true })
    expect(client.acquireTokenRedirect).not.toHaveBeenCalled()
  })

  it('is refused in a frame', async () => {
    const { signIn } = await setUp({ framed: true })
    expect(await signIn()).toEqual({ refused: 'framed' })
  })

  it('begins anew where a redirect was abandoned', async () => {
    const { client, signIn, respond } = await setUp()
    client.acquireTokenRedirect.mockRejectedValueOnce(
      Object.assign(new Error(), { name: 'BrowserAuthError', errorCode: 'interaction_in_progress' }),
    )
    const signedIn = signIn()
    await respond()
    expect(await signedIn).toHaveProperty('token')
    expect(client.acquireTokenRedirect).toHaveBeenCalledTimes(2)
  })

  it('survives another app that takes away what MSAL has stored for it', async () => {
    const { page, client, signIn, respond } = await setUp()
    client.handleRedirectPromise.mockImplementation(async () => {
      expect(page.window.sessionStorage.getItem(verifierKey)).toBe('secret')
      return result()
    })
    const signedIn = signIn()
    await vi.waitFor(() => expect(client.acquireTokenRedirect).toHaveBeenCalled())
    setTimeout(() => page.window.sessionStorage.removeItem(verifierKey))
    await respond()
    expect(await signedIn).toHaveProperty('token')
  })

  it('leaves nothing of the request behind when it is interrupted', async () => {
    const { page, popup, signIn, interruption } = await setUp()
    const signedIn = signIn()
    await vi.waitFor(() => expect(popup.location.replace).toHaveBeenCalled())
    expect(stored(page.window)).toContain(verifierKey)
    interruption.abort()
    expect(await signedIn).toEqual({ refused: 'cancelled' })
    expect(stored(page.window).filter((key) => /msal|request/.test(key))).toEqual([])
  })

  it('leaves what another app is in the middle of', async () => {
    const { page, popup, signIn, interruption } = await setUp()
    const signedIn = signIn()
    await vi.waitFor(() => expect(popup.location.replace).toHaveBeenCalled())
    page.window.sessionStorage.setItem(statusKey, JSON.stringify({ clientId: 'other' }))
    interruption.abort()
    await signedIn
    expect(stored(page.window)).toContain(statusKey)
  })

  it.each([
    ['stays active while they are signed in', true, 'adele'],
    ['gives way where they are not any more', false, 'bob'],
  ])('for other scopes that another account consents to: who was there %s', async (_, keepsAccount, active) => {
    const { client, source, signIn, respond, popup } = await setUp({ accounts: ['adele'] })
    await source.acquire({ scopes: ownScopes, fresh: false })
    client.handleRedirectPromise.mockResolvedValue(result('bob', graph))
    const signedIn = signIn({ scopes: graph, prompt: 'select_account' }, popup, keepsAccount)
    await respond()
    await signedIn
    expect(client.getActiveAccount()).toEqual(account(active))
  })

  it('that ends with a sign-out stores nobody', async () => {
    const { client, signedOutFlag, signIn, respond, interruption } = await setUp()
    client.handleRedirectPromise.mockImplementation(async () => {
      signedOutFlag.set()
      interruption.abort()
      return result()
    })
    const signedIn = signIn()
    await respond()
    expect(await signedIn).toEqual({ refused: 'cancelled' })
    expect(client.setActiveAccount).not.toHaveBeenCalled()
    expect(signedOutFlag.isSet()).toBe(true)
  })

  it('does not undo a sign-out in another tab while the response is redeemed', async () => {
    const { client, signedOutFlag, signIn, respond } = await setUp()
    client.handleRedirectPromise.mockImplementation(async () => {
      signedOutFlag.set()
      return result()
    })
    const signedIn = signIn()
    await respond()
    expect(await signedIn).toEqual({ refused: 'cancelled' })
    expect(signedOutFlag.isSet()).toBe(true)
    expect(client.setActiveAccount).not.toHaveBeenCalled()
  })

  it('is not cut short by a redirect without a click', async () => {
    const { client, source, popup, signIn, respond } = await setUp({ options: { autoSignIn: 'always' } })
    const signedIn = signIn()
    await vi.waitFor(() => expect(popup.location.replace).toHaveBeenCalled())
    expect(await source.start()).toMatchObject({ refused: 'sign_in_required' })
    expect(client.acquireTokenRedirect).toHaveBeenCalledTimes(1)
    await respond()
    expect(await signedIn).toHaveProperty('token')
  })
})
