import type { IPublicClientApplication } from '@azure/msal-browser'
import { describe, expect, it, vi } from 'vitest'
import { handleResponse, tellOfSignOut } from '../../../../src/sources/msal/versions.js'

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
