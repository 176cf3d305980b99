import type { IPublicClientApplication } from '@azure/msal-browser'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { beginElsewhere, handleResponse, tellOfSignOut } from '../../../../src/sources/msal/versions.js'

const account = { homeAccountId: 'none', environment: 'login.example', tenantId: '', username: '', localAccountId: '' }

/** What MSAL's client does with a response, as far as it differs: 4 still has `logout`. */
function clientOf(version: 4 | 5, auth: { navigateToLoginRequestUrl?: boolean } = {}) {
  const stays: unknown[] = []
  const handleRedirectPromise = vi.fn(async (_: unknown) => {
    stays.push(auth.navigateToLoginRequestUrl)
    return null
  })
  const logoutRedirect = vi.fn(async (_: object) => {})
  const client = { handleRedirectPromise, logoutRedirect, getConfiguration: () => ({ auth }) }
  const all = version === 4 ? { ...client, logout() {} } : client
  return { ...client, auth, stays, client: all as unknown as IPublicClientApplication }
}

describe('the response of a redirect', () => {
  it('goes to MSAL 5 with the wish to stay on the page', async () => {
    const { client, handleRedirectPromise } = clientOf(5)
    await handleResponse(client, 'code=1')
    expect(handleRedirectPromise).toHaveBeenCalledWith({ hash: 'code=1', navigateToLoginRequestUrl: false })
  })

  it.each([true, false, undefined])(
    'goes to MSAL 4 as text, which stays on the page for so long, configured with %s',
    async (before) => {
      const { client, handleRedirectPromise, auth, stays } = clientOf(4, {
        navigateToLoginRequestUrl: before as boolean,
      })
      await handleResponse(client, 'code=1')
      expect(handleRedirectPromise).toHaveBeenCalledWith('#code=1')
      expect(stays).toEqual([false])
      expect(auth.navigateToLoginRequestUrl).toBe(before)
    },
  )

  it('leaves the configuration of MSAL 4 as it was where MSAL refuses', async () => {
    const { client, handleRedirectPromise, auth } = clientOf(4, { navigateToLoginRequestUrl: true })
    handleRedirectPromise.mockRejectedValueOnce(new Error('state_mismatch'))
    await expect(handleResponse(client, 'code=1')).rejects.toThrow('state_mismatch')
    expect(auth.navigateToLoginRequestUrl).toBe(true)
  })
})

describe('the address of the page, while MSAL takes a response', () => {
  const route = '/?a=1#/room/7'
  const here = () => `${location.pathname}${location.search}${location.hash}`

  beforeEach(() => history.replaceState({ k: 1 }, '', route))
  afterEach(() => history.replaceState(null, '', '/'))

  /** As MSAL 4 and 5.0 do, before they wait for anything. */
  function emptyAddress(): void {
    location.hash = ''
    history.replaceState(null, '', `${location.origin}${location.pathname}${location.search}`)
  }

  it.each([4, 5] as const)('stays as it is with MSAL %i, whether that takes it or not', async (version) => {
    const { client, handleRedirectPromise } = clientOf(version)
    for (const outcome of [async () => null, async () => Promise.reject(new Error('access_denied'))]) {
      const entries = history.length
      handleRedirectPromise.mockImplementationOnce(() => {
        emptyAddress()
        return outcome()
      })
      const handled = handleResponse(client, 'code=1').catch(() => {})
      expect([here(), history.state]).toEqual([route, { k: 1 }])
      await handled
      expect([here(), history.state, history.length]).toEqual([route, { k: 1 }, entries])
    }
  })

  it('does not matter where Office.js has taken `history.replaceState` away', async () => {
    const { client, handleRedirectPromise } = clientOf(5)
    Object.defineProperty(history, 'replaceState', { value: undefined, configurable: true })
    try {
      await handleResponse(client, 'code=1')
    } finally {
      Reflect.deleteProperty(history, 'replaceState')
    }
    expect(handleRedirectPromise).toHaveBeenCalledOnce()
  })

  it('stays where the page itself goes meanwhile', async () => {
    const { client, handleRedirectPromise } = clientOf(5)
    handleRedirectPromise.mockImplementationOnce(async () => {
      history.replaceState({ k: 2 }, '', '/elsewhere')
      return null
    })
    await handleResponse(client, 'code=1')
    expect([here(), history.state]).toEqual(['/elsewhere', { k: 2 }])
  })
})

describe('a redirect that is to end in another window', () => {
  type Navigate = ((url: string) => unknown) | undefined

  /** Asks the callback of the request first, as MSAL 4, or the one of the configuration, which it wraps for good, as MSAL 5. */
  function leavingClient(version: 4 | 5, auth: { onRedirectNavigate?: Navigate }) {
    const navigated: string[] = []
    const acquireTokenRedirect = async (request: { onRedirectNavigate?: Navigate; fail?: Error }): Promise<void> => {
      const { onRedirectNavigate }: { onRedirectNavigate?: Navigate } =
        version === 4 && request.onRedirectNavigate ? request : auth
      if (version === 5) auth.onRedirectNavigate = (url: string): unknown => onRedirectNavigate?.(url)
      if (request.fail) throw request.fail
      if (onRedirectNavigate?.('https://login.example/') !== false) navigated.push('here')
    }
    return {
      navigated,
      client: { acquireTokenRedirect, getConfiguration: () => ({ auth }) } as never as IPublicClientApplication,
    }
  }

  const navigate = () => true

  it.each<[4 | 5, Navigate]>([
    [4, undefined],
    [4, navigate],
    [5, undefined],
    [5, navigate],
  ])(
    'says where it leads with MSAL %i, leaves no page, and changes nothing for the next one',
    async (version, before) => {
      const auth = { onRedirectNavigate: before }
      const { client, navigated } = leavingClient(version, auth)
      expect(await beginElsewhere(client, { scopes: [] })).toBe('https://login.example/')
      expect(navigated).toEqual([])
      expect(auth.onRedirectNavigate).toBe(before)
      await client.acquireTokenRedirect({ scopes: [] })
      expect(navigated).toEqual(['here'])
    },
  )

  it('changes nothing either where MSAL refuses', async () => {
    const auth = { onRedirectNavigate: undefined }
    const { client } = leavingClient(5, auth)
    const fail = new Error('interaction_in_progress')
    await expect(beginElsewhere(client, { scopes: [], fail } as never)).rejects.toBe(fail)
    expect(auth.onRedirectNavigate).toBe(undefined)
  })

  it('fails where MSAL begins none', async () => {
    const client = { acquireTokenRedirect: async () => {}, getConfiguration: () => ({ auth: {} }) }
    await expect(beginElsewhere(client as never, { scopes: [] })).rejects.toThrow('did not begin')
  })
})

describe('a sign-out by twodoor', () => {
  it('is told to the page by MSAL 4, which does not leave it', async () => {
    const { client, logoutRedirect } = clientOf(4)
    await tellOfSignOut(client, account)
    const [request] = logoutRedirect.mock.calls[0] as [{ account: object; onRedirectNavigate(): boolean }]
    expect(request.account).toBe(account)
    expect(request.onRedirectNavigate()).toBe(false)
  })

  it('is nothing to do for MSAL 5, which would leave the page', async () => {
    const { client, logoutRedirect } = clientOf(5)
    await tellOfSignOut(client, account)
    expect(logoutRedirect).not.toHaveBeenCalled()
  })
})
