import { PublicClientApplication } from '@azure/msal-browser'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AuthOptions, MsalClient } from '../../../../src/options.js'
import { checkOptions } from '../../../../src/settings.js'
import { INTERACTION_KEY } from '../../../../src/sources/msal/accounts.js'
import type { ClientContext } from '../../../../src/sources/msal/client.js'
import { openGivenClient } from '../../../../src/sources/msal/given-client.js'
import { writePendingRedirect } from '../../../../src/sources/msal/redirect-notes.js'
import { openSharedClient } from '../../../../src/sources/msal/shared-client.js'
import { fakeWindow } from '../../fake-window.js'
import { ownScopes, tenantId } from '../../jwt.js'

const clientId = tenantId
const authority = `https://login.microsoftonline.com/${tenantId}`
const fitting = { clientId, authority, redirectUri: 'https://app.example/' }

type Listener = (event: { eventType: string }) => void

/** A client of MSAL's as an app has made it, as far as twodoor asks it before it uses it. */
function appClient(auth: Partial<typeof fitting> & { clientCapabilities?: string[] } = {}, initialized = true) {
  const listeners = new Map<string, Listener>()
  const controller = { initialized }
  const client = {
    controller,
    getConfiguration: () => ({ auth: { ...fitting, ...auth }, cache: { cacheLocation: 'sessionStorage' } }),
    initialize: vi.fn(async () => {}),
    acquireTokenSilent: vi.fn(),
    handleRedirectPromise: vi.fn(async (): Promise<object | null> => null),
    addEventCallback(listener: Listener) {
      listeners.set(`${listeners.size}`, listener)
      return `${listeners.size - 1}`
    },
    removeEventCallback: (id: string) => void listeners.delete(id),
  }
  const emit = (eventType: string) => {
    for (const listener of [...listeners.values()]) listener({ eventType })
  }
  return { client, listeners, emit, controller }
}

function setUp(
  client: unknown,
  page = fakeWindow({ href: 'https://app.example/' }),
  more: Pick<AuthOptions, 'clientCapabilities'> = {},
) {
  const disposal = new AbortController()
  const onChange = vi.fn()
  const onAppChange = vi.fn()
  const browser = { client: client as MsalClient }
  const context = {
    settings: checkOptions(
      { clientId, tenant: tenantId, scopes: ownScopes, browser, ...more },
      page.window.location.href,
    ),
    window: page.window,
    disposed: disposal.signal,
    onAppChange,
  } as unknown as ClientContext
  return {
    page,
    context,
    onAppChange,
    onChange,
    open: () => openGivenClient(context, onChange),
    dispose: () => disposal.abort(),
  }
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('a client of the app', () => {
  it.each(['/', '', '//'])('is taken as it is, with an authority that ends with “%s”', async (end) => {
    const { client } = appClient({ authority: authority.toUpperCase() + end, clientId: clientId.toUpperCase() })
    expect(await setUp(client).open()).toMatchObject({ client })
    expect(client.initialize).not.toHaveBeenCalled()
    expect(client.handleRedirectPromise).not.toHaveBeenCalled()
  })

  it('is left alone by an Auth that was disposed of while the app initialized it', async () => {
    const { client, listeners, emit } = appClient({}, false)
    const { open, dispose, onChange } = setUp(client)
    const opening = open()
    dispose()
    emit('msal:initializeEnd')
    expect(await opening).toMatchObject({ refused: 'disposed' })
    emit('msal:loginSuccess')
    expect([listeners.size, onChange.mock.calls]).toEqual([0, []])
  })

  it.each([null, 0, '', false, 'a client', 7])('is none that is %j', (client) => {
    expect(() => setUp(client)).toThrow('`browser.client`')
  })

  it('is what the real MSAL makes', async () => {
    const real = new PublicClientApplication({ auth: fitting })
    const opening = setUp(real).open()
    await vi.advanceTimersByTimeAsync(10_000)
    // It is one, and nobody has initialized it.
    expect(await opening).toMatchObject({ refused: 'config_invalid', message: expect.stringContaining('initialized') })
  })

  it.each([
    ['clientId', { clientId: '99999999-0000-4000-8000-000000000000' }],
    ['authority', { authority: 'https://login.microsoftonline.com/common' }],
    ['authority', { authority: `https://login.microsoftonline.us/${tenantId}` }],
    ['redirectUri', { redirectUri: 'https://elsewhere.example/' }],
  ])('with another %s is refused, and that is named', async (name, auth) => {
    const { client } = appClient(auth)
    const refusal = await setUp(client).open()
    expect(refusal).toMatchObject({ refused: 'config_invalid', message: expect.stringContaining(`The ${name} of`) })
    expect(refusal).toHaveProperty('remedy')
  })

  it('declares by itself what it can do: where the options say that it does and it does not, that is named', async () => {
    const clientCapabilities: ['CP1'] = ['CP1']
    const refusal = await setUp(appClient({}).client, undefined, { clientCapabilities }).open()
    expect(refusal).toMatchObject({
      refused: 'config_invalid',
      message: expect.stringContaining('The clientCapabilities of'),
    })
    const opened = await setUp(appClient({ clientCapabilities }).client, undefined, { clientCapabilities }).open()
    expect(opened).not.toHaveProperty('refused')
  })

  it.each([{}, Promise.resolve(), { getConfiguration() {} }])('cannot be %j', async (value) => {
    expect(await setUp(value).open()).toMatchObject({
      refused: 'config_invalid',
      message: expect.stringContaining('`browser.client` must be'),
    })
  })

  it('that signs somebody in during a call of ours is not missed', async () => {
    const { client, emit } = appClient()
    const { context, onAppChange } = setUp(client)
    const shared = await openSharedClient(context)
    if ('refused' in shared) throw new Error(shared.refused)
    await shared.use(async () => emit('msal:loginSuccess'))
    expect(onAppChange.mock.calls).toEqual([[true]])
    await shared.use(async () => emit('msal:loginSuccess'), true)
    await shared.use(async () => emit('msal:activeAccountChanged'))
    expect(onAppChange).toHaveBeenCalledTimes(1)
  })

  it('is waited for while the app initializes it', async () => {
    const { client, emit, listeners, controller } = appClient({}, false)
    const opening = setUp(client).open()
    await vi.advanceTimersByTimeAsync(9_999)
    controller.initialized = true
    emit('msal:initializeEnd')
    expect(await opening).toMatchObject({ client })
    expect(client.initialize).not.toHaveBeenCalled()
    expect(listeners.size).toBe(1)
  })

  it('that nobody initializes is refused after 10 s, with what to call', async () => {
    const { client, listeners } = appClient({}, false)
    const opening = setUp(client).open()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await opening).toMatchObject({ refused: 'config_invalid', remedy: expect.stringContaining('initialize()') })
    expect(listeners.size).toBe(0)
  })
})

describe('what the app does with its client', () => {
  it.each([
    ['msal:loginSuccess', true],
    ['msal:logoutSuccess', false],
    ['msal:logoutEnd', false],
    ['msal:activeAccountChanged', false],
    ['msal:accountRemoved', false],
  ])('is heard of: %s', async (event, hasSignedIn) => {
    const { client, emit } = appClient()
    const { open, onChange } = setUp(client)
    await open()
    emit(event)
    expect(onChange.mock.calls).toEqual([[hasSignedIn]])
  })

  it('is no news where it only asks for a token, and none after dispose()', async () => {
    const { client, emit, listeners } = appClient()
    const { open, onChange, dispose } = setUp(client)
    await open()
    for (const event of ['msal:acquireTokenStart', 'msal:acquireTokenSuccess', 'msal:handleRedirectEnd']) emit(event)
    dispose()
    emit('msal:loginSuccess')
    expect(onChange).not.toHaveBeenCalled()
    expect(listeners.size).toBe(0)
  })

  it('is waited for where the page comes back from a sign-in of the app’s own', async () => {
    const { client } = appClient()
    const { open, onChange, page } = setUp(client)
    page.window.sessionStorage.setItem(INTERACTION_KEY, JSON.stringify({ clientId, type: 'signin' }))
    client.handleRedirectPromise.mockResolvedValueOnce({ account: {} })
    expect(await open()).toMatchObject({ client })
    expect(client.handleRedirectPromise.mock.calls).toEqual([[]])
    expect(onChange.mock.calls).toEqual([[true]])
  })

  it.each(['nobody', 'twodoor', 'another client ID'])('is not asked for a response that %s waits for', async (who) => {
    const { client } = appClient()
    const { open, page } = setUp(client)
    if (who !== 'nobody') page.window.sessionStorage.setItem(INTERACTION_KEY, who === 'twodoor' ? clientId : 'other')
    if (who === 'twodoor')
      writePendingRedirect(page.window, clientId, { id: 'own', returnTo: '/', silent: false, automatic: false })
    await open()
    expect(client.handleRedirectPromise).not.toHaveBeenCalled()
  })

  it('that fails or hangs does not keep the page from going on', async () => {
    const { client } = appClient()
    const { open, page } = setUp(client)
    page.window.sessionStorage.setItem(INTERACTION_KEY, clientId)
    client.handleRedirectPromise.mockRejectedValueOnce(new Error('access_denied'))
    expect(await open()).toMatchObject({ client })
    client.handleRedirectPromise.mockReturnValueOnce(new Promise(() => {}))
    const opening = open()
    await vi.advanceTimersByTimeAsync(45_000)
    expect(await opening).toMatchObject({ client })
  })
})
