import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readPopupUrl } from '../../../../src/page/popup-url.js'
import { checkOptions } from '../../../../src/settings.js'
import { refusalOfMsal } from '../../../../src/sources/msal/refusals.js'
import type { AccessToken, Refusal, SignInRequest, TokenRequest } from '../../../../src/sources/source.js'
import type { TeamsLibrary } from '../../../../src/sources/teams/connected-host.js'
import { askInPopup } from '../../../../src/sources/teams/popup.js'
import { accessToken, ownScopes, tenantId } from '../../jwt.js'

const graph = ['User.Read']
const noConsent: Refusal = { refused: 'consent_required' }
const never = () => new Promise<never>(() => {})

/** A host without nested app auth, whose pop-up ends as `authenticate` says. */
function setUp({ answer = noConsent, loginHint = undefined as string | undefined } = {}) {
  let focused = true
  const interruption = new AbortController()
  const authenticate = vi.fn(async ({ url }: { url: string }): Promise<unknown> => {
    return readPopupUrl(new URL(url).search)?.id
  })
  const getContext = vi.fn(async (): Promise<unknown> => ({ user: { loginHint: 'adele@contoso.com' } }))
  const acquire = vi.fn(async (_: TokenRequest): Promise<AccessToken | Refusal> => accessToken())
  const options = { clientId: tenantId, tenant: tenantId, scopes: ownScopes, popupPage: '/popup.html', loginHint }
  const window = { document: { hasFocus: () => focused }, navigator: { onLine: true } }
  const ask = (request: Partial<SignInRequest> = {}) =>
    askInPopup(
      {
        library: { authentication: { authenticate }, app: { getContext } } as unknown as TeamsLibrary,
        settings: checkOptions(options, 'https://app.example/'),
        window: window as unknown as Window,
        interrupted: interruption.signal,
        answer,
        acquire,
        refusalOfMsal,
      },
      { scopes: ownScopes, ...request },
    )
  const fail = (message: string) => authenticate.mockRejectedValueOnce(new Error(message))
  const leave = () => {
    focused = false
  }
  const comeBack = () => {
    focused = true
  }
  return { ask, authenticate, getContext, acquire, fail, leave, comeBack, interruption }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

describe('a pop-up of a host', () => {
  it('is asked with what the user is to consent to, and gives the token of the host', async () => {
    const { ask, authenticate, acquire } = setUp()
    expect(await ask({ claims: '{}', prompt: 'consent' })).toMatchObject({ token: expect.any(String) })
    expect(acquire).toHaveBeenCalledWith({ scopes: ownScopes, fresh: false, claims: '{}' })
    const { url } = authenticate.mock.calls[0]?.[0] ?? { url: '' }
    expect(url).toMatch(/^https:\/\/app\.example\/popup\.html\?/)
    expect(readPopupUrl(new URL(url).search)).toEqual({
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      scopes: ownScopes,
      loginHint: 'adele@contoso.com',
      claims: '{}',
      prompt: 'consent',
    })
  })

  it('prefers the name that the app gives, and does without one of a silent host', async () => {
    const named = setUp({ loginHint: 'bob@contoso.com' })
    await named.ask()
    expect(named.authenticate.mock.calls[0]?.[0].url).toContain('bob%40contoso.com')
    const silent = setUp()
    silent.getContext.mockImplementation(never)
    const asked = silent.ask()
    await vi.advanceTimersByTimeAsync(1_000)
    await asked
    expect(silent.authenticate.mock.calls[0]?.[0].url).not.toContain('login_hint')
  })

  it('ends with the consent alone for scopes that the host has no tokens for', async () => {
    const { ask, acquire } = setUp({ answer: { refused: 'unsupported', why: 'no_nesting' } })
    expect(await ask({ scopes: graph })).toMatchObject({ consented: true })
    expect(acquire).not.toHaveBeenCalled()
  })

  it.each<[string, Refusal]>([
    ['cancelled', { refused: 'cancelled' }],
    ['a wrong manifest', { refused: 'host_refused' }],
    ['a host that is gone', { refused: 'host_timeout' }],
  ])('is not opened after %s', async (_, answer) => {
    const { ask, authenticate } = setUp({ answer })
    expect(await ask()).toBe(answer)
    expect(authenticate).not.toHaveBeenCalled()
  })

  it.each<[string, unknown]>([
    ['of another sign-in', 'bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee'],
    ['that is a token', accessToken().token],
    ['that is none', undefined],
  ])('gives nothing for a result %s', async (_, result) => {
    const { ask, authenticate, acquire } = setUp()
    authenticate.mockResolvedValueOnce(result)
    expect(await ask()).toMatchObject({ refused: 'host_refused' })
    expect(acquire).not.toHaveBeenCalled()
  })

  it.each<[string, object]>([
    ['access_denied 65004', { refused: 'denied', why: '65004' }],
    ['access_denied', { refused: 'denied' }],
    ['consent_required 65001', { refused: 'consent_required' }],
    ['invalid_scope 70011', { refused: 'config_invalid', why: '70011' }],
    ['server_error', { refused: 'unavailable' }],
    ['FailedToOpenWindow', { refused: 'unsupported', retryable: true }],
  ])('that fails with %j is %o', async (message, refusal) => {
    const { ask, fail } = setUp()
    fail(message)
    expect(await ask()).toMatchObject(refusal)
  })

  it('that the user closes is cancelled, once they are back', async () => {
    const { ask, fail, acquire } = setUp()
    fail('CancelledByUser')
    acquire.mockResolvedValueOnce(noConsent)
    const asked = ask()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await asked).toMatchObject({ refused: 'cancelled' })
  })

  it('that the user closes, or is done with at once, lets the next call find out about other scopes', async () => {
    const { ask, fail, acquire } = setUp()
    fail('CancelledByUser')
    const asked = ask({ scopes: graph })
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await asked).toMatchObject({ consented: true })
    expect(acquire).not.toHaveBeenCalled()
  })

  it.each([
    ['own', ownScopes, { scopes: ownScopes, account: expect.anything() }],
    ['other', graph, { refused: 'unsupported', consented: true }],
  ])('that is cut off from the host waits for the user: %s scopes', async (_, scopes, end) => {
    const { ask, fail, acquire, leave, comeBack } = setUp()
    fail('CancelledByUser')
    acquire.mockResolvedValue(accessToken())
    leave()
    const done = vi.fn()
    const asked = ask({ scopes }).then(done)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(done).not.toHaveBeenCalled()
    comeBack()
    await vi.advanceTimersByTimeAsync(2_000)
    await asked
    expect(done).toHaveBeenCalledWith(expect.objectContaining(end))
  })

  it('that is cut off, and whose user has not consented, says what the host says', async () => {
    const { ask, fail, acquire, leave, comeBack } = setUp()
    fail('CancelledByUser')
    acquire.mockResolvedValueOnce(noConsent)
    leave()
    const asked = ask()
    await vi.advanceTimersByTimeAsync(10_000)
    comeBack()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await asked).toBe(noConsent)
  })

  it('is given up after ten minutes, whether it is open or cut off', async () => {
    const open = setUp()
    open.authenticate.mockImplementation(never)
    const asked = open.ask()
    await vi.advanceTimersByTimeAsync(10 * 60_000)
    expect(await asked).toMatchObject({ refused: 'host_timeout' })
    const cut = setUp()
    cut.fail('CancelledByUser')
    cut.leave()
    const waiting = cut.ask()
    await vi.advanceTimersByTimeAsync(11 * 60_000)
    expect(await waiting).toMatchObject({ refused: 'host_timeout' })
  })

  it('asks the host for nothing once the account has signed out', async () => {
    const { ask, authenticate, acquire, interruption } = setUp()
    authenticate.mockImplementationOnce(async ({ url }) => {
      interruption.abort()
      return readPopupUrl(new URL(url).search)?.id
    })
    expect(await ask()).toEqual({ refused: 'cancelled' })
    expect(acquire).not.toHaveBeenCalled()
  })

  it('leaves nothing behind after a sign-out', async () => {
    const { ask, fail, leave, interruption } = setUp()
    fail('CancelledByUser')
    leave()
    void ask()
    await vi.advanceTimersByTimeAsync(10_000)
    interruption.abort()
  })
})
