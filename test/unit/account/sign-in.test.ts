import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createAccountOwner } from '../../../src/account/account-owner.js'
import { connectAccount, type SourceEvents } from '../../../src/account/connect.js'
import type { AuthEvent } from '../../../src/events.js'
import type { Host } from '../../../src/page/host.js'
import type { SignedOutFlag } from '../../../src/page/signed-out-flag.js'
import type { AuthErrorCode } from '../../../src/shared/errors.js'
import type { AccessToken, Refusal, SignInClick, SignInRequest, TokenRequest } from '../../../src/sources/source.js'
import { accessToken, adele, bob, ownScopes } from '../jwt.js'

const host: Host = { kind: 'browser', certain: true, reasons: [] }
const graph = ['https://graph.microsoft.com/User.Read']
const noAccount: Refusal = { refused: 'sign_in_required', noAccount: true }
const never = () => new Promise<never>(() => {})

type Answer = AccessToken | Refusal

function deferred<T>() {
  let settle: (value: T) => void = () => {}
  const promise = new Promise<T>((resolve) => {
    settle = resolve
  })
  return { promise, settle }
}

function createFlag(): SignedOutFlag {
  let at = 0
  return {
    isSet: () => at > 0,
    at: () => at,
    atFirst: 0,
    isLasting: () => true,
    set() {
      at = Date.now()
    },
    clear() {
      at = 0
    },
  }
}

/** An account that is connected with a source that each test teaches what to answer. */
function setUp({ flagged = false, hasResponse = false, onAccount = () => {} } = {}) {
  const events: AuthEvent[] = []
  const heard: AccessToken[] = []
  const source = {
    kind: 'teams-sso' as const,
    start: vi.fn(async (_: { announceOnly: boolean }): Promise<Answer> => noAccount),
    acquire: vi.fn(async (_: TokenRequest): Promise<Answer> => noAccount),
    openPopup: vi.fn((_: SignInRequest): Window | null | undefined => undefined),
    signIn: vi.fn(async (_: SignInRequest, __?: SignInClick): Promise<Answer> => accessToken()),
    changed: vi.fn(() => true),
    forget: vi.fn(),
    signOut: vi.fn(async (_: { entra: boolean }): Promise<Refusal | undefined> => undefined),
    dispose: vi.fn(),
  }
  const isFlagOutdated = vi.fn(() => false)
  const announce = vi.fn()
  const closeChannel = vi.fn()
  const removeStored = vi.fn()
  const states: string[] = []
  const signedOutFlag = createFlag()
  if (flagged) signedOutFlag.set()
  const account = createAccountOwner({ host, signedOutFlag, forget, emit() {} })
  account.subscribe((each) => states.push(each.status === 'signed-out' ? each.reason : each.status))
  function forget() {
    removeStored()
    connection.forget()
  }
  let reports: SourceEvents | undefined
  const connection = connectAccount({
    account,
    scopes: ownScopes,
    signedOutFlag,
    hasResponse,
    listeners: { token: new Set([(token) => void heard.push(token)]), account: new Set([onAccount]) },
    now: () => Date.now(),
    emit: (event) => void events.push(event),
    openSource(given) {
      reports = given
      return source
    },
    openChannel: () => ({ announce, close: closeChannel }),
    isFlagOutdated,
  })

  async function start(answer: Answer) {
    source.start.mockResolvedValue(answer)
    connection.start()
    await vi.advanceTimersByTimeAsync(0)
  }

  return {
    source,
    account,
    states,
    signedOutFlag,
    connection,
    tokens: connection.tokens,
    isFlagOutdated,
    announce,
    closeChannel,
    removeStored,
    start,
    /** A token that the source gives later than anybody waited for. */
    giveLate: (token: AccessToken) => reports?.onToken(token),
    tellOfHost: (known: Partial<Host>) => reports?.onHost(known),
    events,
    heard,
  }
}

const code = (code: AuthErrorCode) => expect.objectContaining({ name: 'AuthError', code })

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  expect.soft(vi.getTimerCount()).toBeLessThanOrEqual(2) // the renewals of a token, for each scope set at most one
  vi.useRealTimers()
})

describe('a start that failed for a reason that passes', () => {
  beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0.999))
  afterEach(() => void vi.restoreAllMocks())

  it('is tried again less and less often, once a minute at the least', async () => {
    const { source, start } = setUp()
    await start({ refused: 'unavailable' })
    const seconds = [2, 4, 8, 16, 32, 60, 60]
    for (const [index, each] of seconds.entries()) {
      await vi.advanceTimersByTimeAsync(each * 1000)
      expect(source.start).toHaveBeenCalledTimes(index + 2)
    }
  })

  it('is not tried again once somebody is signed in, or after dispose()', async () => {
    for (const end of ['signIn', 'dispose'] as const) {
      const { source, account, connection, start } = setUp()
      await start({ refused: 'unavailable' })
      if (end === 'signIn') await connection.signIn({ scopes: ownScopes })
      else account.dispose()
      await vi.advanceTimersByTimeAsync(60_000)
      expect(source.start).toHaveBeenCalledTimes(1)
    }
  })

  it('leaves no timer behind', async () => {
    const { account, start } = setUp()
    await start({ refused: 'unavailable' })
    account.dispose()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is not tried again where dispose() came while it was', async () => {
    const { source, account, start } = setUp()
    await start({ refused: 'unavailable' })
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    await vi.advanceTimersByTimeAsync(2_000)
    account.dispose()
    settle({ refused: 'unavailable' })
    await vi.advanceTimersByTimeAsync(600_000)
    expect(source.start).toHaveBeenCalledTimes(2)
  })

  it('is not tried again on the way back from Entra ID', async () => {
    const { source, start } = setUp({ hasResponse: true })
    await start({ refused: 'unavailable' })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(source.start).toHaveBeenCalledTimes(1)
  })
})

describe('a start', () => {
  it('signs in with the token of the source and keeps it', async () => {
    const { account, tokens, start } = setUp()
    const token = accessToken()
    await start(token)
    expect(account.state).toMatchObject({ status: 'signed-in', account: token.account })
    expect(tokens.peek(ownScopes)).toBe(token)
    expect(await account.ready).toBe(account.state)
  })

  it.each<[Refusal, string]>([
    [noAccount, 'no-account'],
    [{ refused: 'sign_in_required' }, 'no-account'],
    [{ refused: 'consent_required' }, 'consent'],
    [{ refused: 'cancelled' }, 'no-account'],
    [{ refused: 'denied' }, 'no-account'],
    [{ refused: 'offline' }, 'failed'],
    [{ refused: 'host_refused' }, 'failed'],
    [{ refused: 'framed' }, 'failed'],
  ])('that is refused with %o ends %s', async (refusal, status) => {
    const { states, start, connection } = setUp()
    await start(refusal)
    expect(states).toEqual([status])
    expect(connection.lastError).toMatchObject({ code: refusal.refused })
  })

  it('whose source throws fails for now, with the evidence', async () => {
    const { source, account, connection } = setUp()
    const cause = new TypeError('broken')
    source.start.mockRejectedValue(cause)
    connection.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state).toMatchObject({ status: 'failed', error: { code: 'unsupported', retryable: false, cause } })
  })

  it('ends within two minutes where the source never answers', async () => {
    const { source, account, connection } = setUp()
    source.start.mockImplementation(never)
    connection.start()
    await vi.advanceTimersByTimeAsync(120_000)
    expect(await account.ready).toMatchObject({ status: 'failed', error: { code: 'timed_out' } })
  })

  it('adopts an answer that comes after that', async () => {
    const { source, account, connection } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    connection.start()
    await vi.advanceTimersByTimeAsync(120_000)
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state.status).toBe('signed-in')
  })

  it('is not begun twice at a time, and can be begun again', async () => {
    const { source, connection, account, start } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    connection.start()
    connection.start()
    expect(source.start).toHaveBeenCalledTimes(1)
    settle({ refused: 'offline' })
    await vi.advanceTimersByTimeAsync(0)
    await start(accessToken())
    expect(account.state.status).toBe('signed-in')
  })

  it('only announces the page to the host where the user signed out here, whatever it answers', async () => {
    const { source, account, start } = setUp({ flagged: true })
    await start(accessToken())
    expect(source.start).toHaveBeenCalledWith({ announceOnly: true })
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(source.forget).not.toHaveBeenCalled()
  })

  it('does not stop at the signed-out flag where the page comes back from a sign-in that the source accepts', async () => {
    const { source, account, signedOutFlag, connection } = setUp({ flagged: true, hasResponse: true })
    source.start.mockImplementation(async () => {
      signedOutFlag.clear()
      return accessToken()
    })
    connection.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(source.start).toHaveBeenCalledWith({ announceOnly: false })
    expect(account.state.status).toBe('signed-in')
  })

  it('signs nobody in with an answer in the URL that the source does not accept, though it has a token', async () => {
    const { account, signedOutFlag, start } = setUp({ flagged: true, hasResponse: true })
    await start(accessToken())
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(signedOutFlag.isSet()).toBe(true)
  })

  it('says why a sign-in after a sign-out came to nothing', async () => {
    const { account, start } = setUp({ flagged: true, hasResponse: true })
    await start({ refused: 'denied' })
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'by-user', error: { code: 'denied' } })
  })

  it('after a sign-out signs in whom another app has signed in since', async () => {
    const { source, account, signedOutFlag, isFlagOutdated, connection } = setUp({ flagged: true })
    isFlagOutdated.mockReturnValue(true)
    source.start.mockImplementation(async () => {
      signedOutFlag.clear()
      return accessToken()
    })
    connection.start()
    expect(account.state.status).toBe('starting')
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state.status).toBe('signed-in')
  })

  it('signs nobody in who signed out in another tab meanwhile', async () => {
    const { source, account, signedOutFlag, tokens, connection } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    connection.start()
    signedOutFlag.set()
    connection.look()
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(source.forget).toHaveBeenCalledTimes(1)
    expect(tokens.peek(ownScopes)).toBeUndefined()
  })

  it('signs nobody in who signed out here meanwhile', async () => {
    const { source, account, tokens, connection } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    connection.start()
    account.signOut()
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(tokens.peek(ownScopes)).toBeUndefined()
  })

  it('signs nobody in with a token that comes after its deadline, where somebody has signed out meanwhile', async () => {
    const { source, account, tokens, connection } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    connection.start()
    await vi.advanceTimersByTimeAsync(120_000)
    account.signOut()
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(tokens.peek(ownScopes)).toBeUndefined()
  })

  it('after a sign-out signs in whom another tab signs in while the host is asked', async () => {
    const { source, account, signedOutFlag, connection } = setUp({ flagged: true })
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    connection.start()
    signedOutFlag.clear()
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state.status).toBe('signed-in')
  })

  it('takes no token that comes after its deadline for a new one where somebody has signed in meanwhile', async () => {
    const { source, account, tokens, connection } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    connection.start()
    await vi.advanceTimersByTimeAsync(120_000)
    const signedIn = accessToken({ objectId: bob })
    source.signIn.mockResolvedValue(signedIn)
    await connection.signIn({ scopes: ownScopes })
    settle(accessToken({ objectId: adele }))
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state).toMatchObject({ status: 'signed-in', account: { objectId: bob } })
    expect(tokens.peek(ownScopes)).toBe(signedIn)
  })

  it('that is refused after its deadline changes nothing any more', async () => {
    const { source, states, connection } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    connection.start()
    await vi.advanceTimersByTimeAsync(120_000)
    settle(noAccount)
    await vi.advanceTimersByTimeAsync(0)
    expect(states).toEqual(['failed'])
  })

  it('that only announces the page changes nothing where the host refuses it', async () => {
    const { account, connection, start } = setUp({ flagged: true })
    await start({ refused: 'host_refused' })
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(account.state).not.toHaveProperty('error')
    expect(connection.lastError).toBeUndefined()
  })

  it('that only announces the page changes nothing either where another tab signs in meanwhile', async () => {
    const { source, account, signedOutFlag, connection } = setUp({ flagged: true })
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    connection.start()
    signedOutFlag.clear()
    settle({ refused: 'host_refused' })
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(connection.lastError).toBeUndefined()
  })

  it('never stays without an answer where another app seemed to have signed somebody in', async () => {
    const { source, account, signedOutFlag, isFlagOutdated, connection } = setUp({ flagged: true })
    isFlagOutdated.mockReturnValue(true)
    source.start.mockImplementation(async () => {
      signedOutFlag.clear()
      return noAccount
    })
    connection.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'no-account' })
  })

  it('touches nothing that is stored once it is disposed of, whoever signs out', async () => {
    const { source, account, signedOutFlag, connection } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    connection.start()
    account.dispose()
    signedOutFlag.set()
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(source.forget).not.toHaveBeenCalled()
  })

  it('changes nothing any more after dispose()', async () => {
    const { source, states, account, connection } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    connection.start()
    account.dispose()
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(states).toEqual(['failed'])
  })

  it('does not undo a sign-in that was quicker than the answer of the host', async () => {
    const { source, account, connection } = setUp({ flagged: true })
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    connection.start()
    await connection.signIn({ scopes: ownScopes })
    settle(noAccount)
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state.status).toBe('signed-in')
  })
})

describe('an account', () => {
  it('is signed out in storage before any listener is called', async () => {
    const { account, signedOutFlag, removeStored, source, start } = setUp()
    await start(accessToken())
    const seen: unknown[] = []
    account.subscribe(() =>
      seen.push(signedOutFlag.isSet(), removeStored.mock.calls.length, source.forget.mock.calls.length),
    )
    account.signOut()
    expect(seen).toEqual([true, 1, 1])
  })

  it('that has been signed out says nothing new where it is signed out again, and removes what is stored', async () => {
    const { account, states, removeStored, source, start } = setUp()
    await start(accessToken())
    account.signOut()
    account.signOut()
    expect(states).toEqual(['signed-in', 'by-user'])
    expect(removeStored).toHaveBeenCalledTimes(2)
    expect(source.forget).toHaveBeenCalledTimes(2)
  })

  it('ends all that it was connected with at dispose(), and cannot be signed out any more', async () => {
    const { account, source, closeChannel, signedOutFlag, start } = setUp()
    await start(accessToken())
    account.dispose()
    expect(account.disposed.reason).toMatchObject({ name: 'AuthError', code: 'disposed', phase: 'source' })
    expect(account.state).toMatchObject({ status: 'failed', error: account.disposed.reason })
    expect(source.dispose).toHaveBeenCalledTimes(1)
    expect(closeChannel).toHaveBeenCalledTimes(1)
    expect(() => account.signOut()).toThrow(code('disposed'))
    expect(signedOutFlag.isSet()).toBe(false)
  })
})

describe('a listener for the account', () => {
  it.each(['signOut', 'dispose'] as const)('can end its sign-in at once: %s()', async (end) => {
    const page = setUp({ onAccount: () => page.account.state.status === 'signed-in' && page.account[end]() })
    await page.start(accessToken())
    expect(page.states).toEqual(['signed-in', end === 'signOut' ? 'by-user' : 'failed'])
    expect(page.tokens.cached(ownScopes)).toBeUndefined()
    expect(await page.account.ready).toMatchObject({ status: 'signed-in' })
  })
})

describe('a start that somebody signs in or out during', () => {
  it('leaves the page to whom the user has signed in meanwhile', async () => {
    const { source, connection, account } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockResolvedValueOnce({ refused: 'unavailable' }).mockReturnValueOnce(promise)
    connection.start()
    await vi.advanceTimersByTimeAsync(0)
    connection.start()
    source.signIn.mockResolvedValue(accessToken({ objectId: bob }))
    await connection.signIn({ scopes: ownScopes })
    settle(accessToken({ objectId: adele }))
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state).toMatchObject({ status: 'signed-in', account: { objectId: bob } })
  })

  it('looks again after a message that came meanwhile: another tab has switched the account', async () => {
    const { source, connection, account } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    source.acquire.mockResolvedValue(accessToken({ objectId: bob }))
    connection.start()
    connection.look()
    settle(accessToken({ objectId: adele }))
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state).toMatchObject({ status: 'signed-in', account: { objectId: bob } })
  })
})

describe('signIn()', () => {
  it('waits for the start', async () => {
    const { source, connection } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    connection.start()
    const done = connection.signIn({ scopes: ownScopes })
    await vi.advanceTimersByTimeAsync(0)
    expect(source.signIn).not.toHaveBeenCalled()
    settle(noAccount)
    await done
    expect(source.signIn).toHaveBeenCalledTimes(1)
  })

  it('signs in and clears the signed-out flag', async () => {
    const { account, signedOutFlag, tokens, connection, start } = setUp({ flagged: true })
    await start(noAccount)
    await connection.signIn({ scopes: ownScopes })
    expect(account.state.status).toBe('signed-in')
    expect(tokens.peek(ownScopes)).toBeDefined()
    expect(signedOutFlag.isSet()).toBe(false)
  })

  it('passes on what was asked for', async () => {
    const { source, connection, start } = setUp()
    await start(noAccount)
    const request = { scopes: ownScopes, returnTo: '/a', claims: '{}', prompt: 'login' } as const
    await connection.signIn(request)
    expect(source.signIn).toHaveBeenCalledWith(request, expect.anything())
  })

  it('is joined by calls that come meanwhile', async () => {
    const { source, connection, start } = setUp()
    await start(noAccount)
    await Promise.all([connection.signIn({ scopes: ownScopes }), connection.signIn({ scopes: graph })])
    expect(source.signIn).toHaveBeenCalledTimes(1)
    await connection.signIn({ scopes: ownScopes })
    expect(source.signIn).toHaveBeenCalledTimes(2)
  })

  it.each<AuthErrorCode>(['cancelled', 'denied'])('that is %s changes nothing', async (refused) => {
    const { source, account, signedOutFlag, connection, start } = setUp({ flagged: true })
    await start(noAccount)
    const before = account.state
    source.signIn.mockResolvedValue({ refused })
    await expect(connection.signIn({ scopes: ownScopes })).rejects.toEqual(code(refused))
    expect(account.state).toBe(before)
    expect(signedOutFlag.isSet()).toBe(true)
    expect(connection.lastError).toMatchObject({ code: refused, phase: 'source' })
  })

  it.each<AuthErrorCode>(['cancelled', 'denied'])('that is %s leaves a user signed in who was', async (refused) => {
    const { source, account, connection, start } = setUp()
    await start(accessToken())
    const before = account.state
    source.signIn.mockResolvedValue({ refused })
    await expect(connection.signIn({ scopes: ownScopes, prompt: 'login' })).rejects.toEqual(code(refused))
    expect(account.state).toBe(before)
  })

  it('for other scopes refuses a token of another account', async () => {
    const { source, tokens, connection, start } = setUp()
    await start(accessToken({ objectId: adele }))
    source.signIn.mockResolvedValue(accessToken({ objectId: bob }))
    await expect(connection.signIn({ scopes: graph })).rejects.toMatchObject({
      code: 'account_mismatch',
      phase: 'source',
    })
    expect(tokens.peek(graph)).toBeUndefined()
  })

  it('for other scopes that ends with the consent alone asks for the own token', async () => {
    const { source, account, tokens, connection, start } = setUp({ flagged: true })
    await start(noAccount)
    source.signIn.mockResolvedValue({ refused: 'unsupported', consented: true })
    source.acquire.mockResolvedValue(accessToken())
    await connection.signIn({ scopes: graph })
    expect(source.acquire).toHaveBeenCalledWith({ scopes: ownScopes, fresh: false })
    expect(account.state.status).toBe('signed-in')
    expect(tokens.peek(graph)).toBeUndefined()
  })

  it('for other scopes takes no token for the own ones, whatever the scopes in it say', async () => {
    const { source, account, connection, start } = setUp()
    await start(accessToken({ objectId: adele }))
    source.signIn.mockResolvedValue(accessToken({ objectId: bob, scopes: ownScopes }))
    await expect(connection.signIn({ scopes: graph })).rejects.toEqual(code('account_mismatch'))
    expect(account.state).toMatchObject({ account: { objectId: adele } })
  })

  it('opens its pop-up before anything is awaited, and closes it in the end', async () => {
    const { source, connection, start } = setUp()
    await start(noAccount)
    const popup = { close: vi.fn() }
    source.openPopup.mockReturnValue(popup as unknown as Window)
    const done = connection.signIn({ scopes: ownScopes, popup: true })
    expect(source.openPopup).toHaveBeenCalledWith({ scopes: ownScopes, popup: true })
    await vi.advanceTimersByTimeAsync(0)
    const click = { popup, interrupted: expect.any(AbortSignal), keepsAccount: false }
    expect(source.signIn).toHaveBeenCalledWith(expect.anything(), click)
    await done
    expect(popup.close).toHaveBeenCalled()
  })

  it.each(['signOut', 'dispose'] as const)('closes its pop-up at once with %s()', async (how) => {
    const { source, account, connection, start } = setUp()
    await start(noAccount)
    const popup = { close: vi.fn() }
    source.openPopup.mockReturnValue(popup as unknown as Window)
    source.signIn.mockImplementationOnce(never)
    const ended = connection.signIn({ scopes: ownScopes, popup: true }).catch(() => {})
    await vi.advanceTimersByTimeAsync(0)
    account[how]()
    await ended
    expect(popup.close).toHaveBeenCalled()
    expect(source.signIn.mock.calls[0]?.[1]?.interrupted.aborted).toBe(true)
  })

  it('closes its pop-up once: a later sign-out has nothing to do with it', async () => {
    const { source, account, connection, start } = setUp()
    await start(noAccount)
    const popup = { close: vi.fn() }
    source.openPopup.mockReturnValue(popup as unknown as Window)
    await connection.signIn({ scopes: ownScopes, popup: true })
    account.signOut()
    expect(popup.close).toHaveBeenCalledTimes(1)
  })

  it('asks for no token where a sign-out comes before the consent', async () => {
    const { source, account, connection, start } = setUp()
    await start(noAccount)
    source.signIn.mockImplementation(async () => {
      account.signOut()
      return { refused: 'unsupported', consented: true }
    })
    await expect(connection.signIn({ scopes: graph })).rejects.toEqual(code('cancelled'))
    expect(source.acquire).not.toHaveBeenCalled()
  })

  it('opens one window for calls that come at the same time', async () => {
    const { source, connection, start } = setUp()
    await start(noAccount)
    const request = { scopes: ownScopes, popup: true }
    await Promise.all([connection.signIn(request), connection.signIn(request)])
    expect(source.openPopup).toHaveBeenCalledTimes(1)
  })

  it('that a sign-out ends says so, and the next one is one of its own', async () => {
    const { source, account, connection, start } = setUp()
    await start(noAccount)
    source.signIn.mockImplementationOnce(never)
    const ended = connection.signIn({ scopes: ownScopes })
    await vi.advanceTimersByTimeAsync(0)
    account.signOut()
    await expect(ended).rejects.toMatchObject({ code: 'cancelled', phase: 'source' })
    await connection.signIn({ scopes: ownScopes })
    expect(account.state.status).toBe('signed-in')
  })

  it('that fails for good says so in the state', async () => {
    const { source, account, connection, start } = setUp()
    await start(noAccount)
    source.signIn.mockResolvedValue({ refused: 'framed' })
    await expect(connection.signIn({ scopes: ownScopes })).rejects.toMatchObject({ code: 'framed', phase: 'host' })
    expect(account.state).toMatchObject({ status: 'failed', error: { code: 'framed' } })
  })

  it('whose source throws rejects with the evidence', async () => {
    const { source, connection, start } = setUp()
    await start(noAccount)
    const cause = new Error('broken')
    source.signIn.mockRejectedValue(cause)
    await expect(connection.signIn({ scopes: ownScopes })).rejects.toMatchObject({ code: 'unsupported', cause })
  })

  it('of another account drops what belonged to the first', async () => {
    const { source, account, tokens, connection, start } = setUp()
    await start(accessToken())
    source.acquire.mockImplementation(never)
    const waiting = expect(tokens.get(graph)).rejects.toEqual(code('account_mismatch'))
    const other = accessToken({ objectId: bob })
    source.signIn.mockResolvedValue(other)
    await connection.signIn({ scopes: ownScopes })
    await waiting
    expect(account.state).toMatchObject({ account: other.account })
    expect(tokens.peek(ownScopes)).toBe(other)
  })

  it('for other scopes keeps that token beside the own one', async () => {
    const { source, tokens, connection, start } = setUp()
    await start(accessToken())
    const other = accessToken({ scopes: graph })
    source.signIn.mockResolvedValue(other)
    await connection.signIn({ scopes: graph })
    expect(tokens.peek(graph)).toBe(other)
    expect(tokens.peek(ownScopes)).toBeDefined()
  })

  it('for other scopes with another account is refused', async () => {
    const { source, account, tokens, connection, start } = setUp()
    await start(accessToken())
    source.signIn.mockResolvedValue(accessToken({ objectId: bob, scopes: graph }))
    await expect(connection.signIn({ scopes: graph })).rejects.toEqual(code('account_mismatch'))
    expect(tokens.peek(graph)).toBeUndefined()
    expect(account.state).toMatchObject({ account: { objectId: adele } })
  })

  it('for other scopes signs in too where nobody was', async () => {
    const { source, account, tokens, connection, start } = setUp({ flagged: true })
    await start(noAccount)
    source.signIn.mockResolvedValue(accessToken({ scopes: graph }))
    source.acquire.mockResolvedValue(accessToken())
    await connection.signIn({ scopes: graph })
    expect(source.acquire).toHaveBeenCalledWith({ scopes: ownScopes, fresh: false })
    expect(account.state.status).toBe('signed-in')
    expect(tokens.peek(ownScopes)).toBeDefined()
    expect(tokens.peek(graph)).toBeDefined()
  })

  it('for other scopes rejects with the reason where the own ones are refused then', async () => {
    const { source, account, connection, start } = setUp()
    await start(noAccount)
    source.signIn.mockResolvedValue(accessToken({ scopes: graph }))
    source.acquire.mockResolvedValue({ refused: 'consent_required' })
    await expect(connection.signIn({ scopes: graph })).rejects.toEqual(code('consent_required'))
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'consent' })
  })

  it('is cancelled by a sign-out, and its late answer signs nobody in', async () => {
    const { source, account, signedOutFlag, tokens, connection, start } = setUp()
    await start(noAccount)
    const { promise, settle } = deferred<Answer>()
    source.signIn.mockReturnValue(promise)
    const cancelled = expect(connection.signIn({ scopes: ownScopes })).rejects.toEqual(code('cancelled'))
    await vi.advanceTimersByTimeAsync(0)
    account.signOut()
    await cancelled
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(signedOutFlag.isSet()).toBe(true)
    expect(tokens.peek(ownScopes)).toBeUndefined()
  })

  it('asks nobody where a sign-out came while it waited for the start', async () => {
    const { source, account, connection } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    connection.start()
    const cancelled = expect(connection.signIn({ scopes: ownScopes })).rejects.toEqual(code('cancelled'))
    account.signOut()
    settle(noAccount)
    await cancelled
    await vi.advanceTimersByTimeAsync(0)
    expect(source.signIn).not.toHaveBeenCalled()
  })

  it('is cancelled by a sign-out in another tab, also where somebody had signed out before', async () => {
    const { account, source, connection, signedOutFlag, announce, start } = setUp({ flagged: true })
    await start(noAccount)
    const { promise, settle } = deferred<Answer>()
    source.signIn.mockReturnValue(promise)
    const cancelled = expect(connection.signIn({ scopes: ownScopes })).rejects.toEqual(code('cancelled'))
    await vi.advanceTimersByTimeAsync(1)
    signedOutFlag.set()
    settle(accessToken())
    await cancelled
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(signedOutFlag.isSet()).toBe(true)
    expect(announce).not.toHaveBeenCalled()
  })

  it('after a sign-out does not join the one before', async () => {
    const { source, account, connection, start } = setUp()
    await start(noAccount)
    source.signIn.mockImplementationOnce(never)
    const cancelled = expect(connection.signIn({ scopes: ownScopes })).rejects.toEqual(code('cancelled'))
    await vi.advanceTimersByTimeAsync(0)
    account.signOut()
    await connection.signIn({ scopes: ownScopes })
    await cancelled
    expect(account.state.status).toBe('signed-in')
  })

  it('after a sign-out is joined as well, whatever becomes of the one before', async () => {
    const { source, account, connection, start } = setUp()
    await start(noAccount)
    source.signIn.mockImplementation(never)
    const cancelled = expect(connection.signIn({ scopes: ownScopes })).rejects.toEqual(code('cancelled'))
    await vi.advanceTimersByTimeAsync(0)
    account.signOut()
    const second = connection.signIn({ scopes: ownScopes })
    await cancelled
    await vi.advanceTimersByTimeAsync(0)
    expect(connection.signIn({ scopes: ownScopes })).toBe(second)
    expect(source.signIn).toHaveBeenCalledTimes(2)
    const disposed = expect(second).rejects.toEqual(code('disposed'))
    account.dispose()
    await disposed
  })

  it('rejects at once after dispose()', async () => {
    const { source, states, connection, account, start } = setUp()
    await start(noAccount)
    const { promise, settle } = deferred<Answer>()
    source.signIn.mockReturnValue(promise)
    const rejected = expect(connection.signIn({ scopes: ownScopes })).rejects.toEqual(code('disposed'))
    await vi.advanceTimersByTimeAsync(0)
    account.dispose()
    await rejected
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(states).toEqual(['no-account', 'failed'])
  })
})

describe('while somebody is signed in', () => {
  it('a renewal that needs interaction ends it and keeps the account', async () => {
    const { source, account, tokens, start } = setUp()
    const token = accessToken()
    await start(token)
    source.acquire.mockResolvedValue({ refused: 'sign_in_required', claims: '{"x":1}' })
    await expect(tokens.get(ownScopes, { rejectedToken: token.token })).rejects.toMatchObject({ claims: '{"x":1}' })
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'expired', account: token.account })
    expect(tokens.peek(ownScopes)).toBeUndefined()
  })

  it.each<[Refusal, boolean]>([
    [{ refused: 'sign_in_required' }, true],
    [{ refused: 'consent_required' }, true],
    [{ refused: 'config_invalid' }, true],
    [noAccount, false],
  ])('a renewal that is refused with %o is no time in which nobody was: %s', async (refusal, isSame) => {
    const { source, tokens, start } = setUp()
    const token = accessToken()
    await start(token)
    source.acquire.mockResolvedValue(refusal)
    await expect(tokens.get(ownScopes, { rejectedToken: token.token })).rejects.toThrow()
    const { key } = token.account
    expect(tokens.accounts).toEqual(isSame ? [key] : [key, undefined])
  })

  it('a refusal of other scopes ends nothing', async () => {
    const { source, account, tokens, start } = setUp()
    await start(accessToken())
    source.acquire.mockResolvedValue({ refused: 'consent_required' })
    await expect(tokens.get(graph)).rejects.toEqual(code('consent_required'))
    expect(account.state.status).toBe('signed-in')
    expect(tokens.peek(ownScopes)).toBeDefined()
  })

  it('a token of another account for the own scopes brings that account', async () => {
    const { source, account, states, tokens, start } = setUp()
    const token = accessToken()
    await start(token)
    const other = accessToken({ objectId: bob })
    source.acquire.mockResolvedValue(other)
    const call = tokens.get(ownScopes, { rejectedToken: token.token })
    await expect(call).rejects.toEqual(code('account_mismatch'))
    expect(account.state).toMatchObject({ account: other.account })
    expect(await tokens.get(ownScopes)).toBe(other)
    expect(states).toEqual(['signed-in', 'signed-in'])
  })

  it('a renewal under way brings a newer token than one that comes late, and an older one than a sign-in', async () => {
    for (const isSignIn of [true, false]) {
      const { source, tokens, connection, giveLate, start } = setUp()
      const old = accessToken()
      await start(old)
      const { promise, settle } = deferred<Answer>()
      source.acquire.mockReturnValue(promise)
      const renewed = tokens.get(ownScopes, { rejectedToken: old.token })
      const [other, answer] = [accessToken(), accessToken()]
      source.signIn.mockResolvedValue(other)
      if (isSignIn) await connection.signIn({ scopes: ownScopes })
      else giveLate(other)
      expect(tokens.peek(ownScopes)).toBe(other)
      settle(answer)
      await renewed
      expect(tokens.peek(ownScopes)).toBe(isSignIn ? other : answer)
      tokens.forget('disposed')
    }
  })

  it('each new token of the own scopes is told to listeners, and each token as an event', async () => {
    const { source, tokens, events, heard, start } = setUp()
    const [own, other, same] = [accessToken(), accessToken({ scopes: graph }), accessToken()]
    await start(own)
    source.acquire.mockResolvedValueOnce(other)
    await tokens.get(graph)
    source.acquire.mockResolvedValueOnce({ ...same, token: own.token })
    await tokens.get(ownScopes, { rejectedToken: own.token })
    expect(heard).toHaveLength(1)
    expect(heard[0]).toBe(own)
    const token = { type: 'token', expiresInMs: 3_600_000 }
    expect(events.filter(({ type }) => type === 'token')).toEqual([
      { ...token, scopes: ownScopes, unchanged: false },
      { ...token, scopes: graph, unchanged: false },
      { ...token, scopes: ownScopes, unchanged: true },
    ])
  })

  it('a token of another account for other scopes is refused and brings nobody', async () => {
    const { source, account, tokens, start } = setUp()
    await start(accessToken())
    source.acquire.mockResolvedValue(accessToken({ objectId: bob, scopes: graph }))
    await expect(tokens.get(graph)).rejects.toEqual(code('account_mismatch'))
    expect(account.state).toMatchObject({ account: { objectId: adele } })
  })

  it.each([
    ['keeps the account', 'other scopes', ['User.Read'], true],
    ['may switch the account', 'its own scopes', ownScopes, false],
  ])('a sign-in %s where it is for %s', async (_, __, scopes, keepsAccount) => {
    const { source, connection, start } = setUp()
    await start(accessToken())
    await connection.signIn({ scopes })
    expect(source.signIn).toHaveBeenCalledWith({ scopes }, expect.objectContaining({ keepsAccount }))
  })

  it('a sign-in may switch the account after that has expired, whatever its scopes', async () => {
    const { source, connection, start } = setUp()
    await start({ refused: 'sign_in_required' })
    await connection.signIn({ scopes: ['User.Read'] }).catch(() => {})
    expect(source.signIn).toHaveBeenCalledWith(expect.anything(), expect.objectContaining({ keepsAccount: false }))
  })

  it('a sign-out in another tab ends it, at once and with what is stored here', async () => {
    const { source, account, signedOutFlag, tokens, connection, start } = setUp()
    await start(accessToken())
    signedOutFlag.set()
    connection.look()
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(tokens.peek(ownScopes)).toBeUndefined()
    expect(source.forget).toHaveBeenCalledTimes(1)
    expect(source.acquire).not.toHaveBeenCalled()
  })

  it('a sign-out in another tab ends it at once, whatever a look from before still waits for', async () => {
    const { source, account, connection, signedOutFlag, start } = setUp()
    await start(accessToken())
    source.acquire.mockImplementation(never)
    connection.look()
    signedOutFlag.set()
    connection.look()
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'by-user' })
  })

  it('a sign-out by another app ends it', async () => {
    const { account, source, connection, start } = setUp()
    await start(accessToken())
    connection.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(source.acquire.mock.calls).toEqual([[{ scopes: ownScopes, fresh: false }]])
    expect(account.state).toEqual({ host, status: 'signed-out', reason: 'no-account' })
    expect(connection.lastError).toBeUndefined()
    // It has removed what was its own; what else is stored may be of somebody new.
    expect(source.forget).not.toHaveBeenCalled()
  })

  it.each([
    ['a token of who was there before', accessToken(), 'signed-in', bob],
    ['a refusal of who was there before', { refused: 'sign_in_required' } as const, 'signed-in', bob],
  ])('a sign-in during a look stands, whatever that brings: %s', async (_, late, status, objectId) => {
    const { source, account, connection, start } = setUp()
    await start(accessToken())
    const { promise, settle } = deferred<Answer>()
    source.acquire.mockReturnValueOnce(promise).mockResolvedValue(accessToken({ objectId: bob }))
    connection.look()
    source.signIn.mockResolvedValue(accessToken({ objectId: bob }))
    await connection.signIn({ scopes: ownScopes })
    settle(late)
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state).toMatchObject({ status, account: { objectId } })
  })

  it('a sign-in of the same account during a look is not ended by what was refused before', async () => {
    const { source, account, states, connection, start } = setUp()
    await start(accessToken())
    const { promise, settle } = deferred<Answer>()
    const renewed = accessToken({ expiresInMs: 7_200_000 })
    source.acquire.mockReturnValueOnce(promise).mockResolvedValue(renewed)
    connection.look()
    source.signIn.mockResolvedValue(renewed)
    await connection.signIn({ scopes: ownScopes })
    settle({ refused: 'sign_in_required' })
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state.status).toBe('signed-in')
    expect(states).toEqual(['signed-in'])
  })

  it('a sign-out and another sign-in during a look are not undone', async () => {
    const { source, account, connection, start } = setUp()
    await start(accessToken())
    const { promise, settle } = deferred<Answer>()
    source.acquire.mockReturnValueOnce(promise).mockResolvedValue(accessToken({ objectId: bob }))
    connection.look()
    account.signOut()
    source.signIn.mockResolvedValue(accessToken({ objectId: bob }))
    await connection.signIn({ scopes: ownScopes })
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state).toMatchObject({ status: 'signed-in', account: { objectId: bob } })
  })

  it('a failure to look changes nothing', async () => {
    const { source, account, connection, start } = setUp()
    await start(accessToken())
    source.acquire.mockResolvedValueOnce({ refused: 'offline' }).mockRejectedValueOnce(new Error('no'))
    connection.look()
    await vi.advanceTimersByTimeAsync(0)
    connection.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(source.acquire).toHaveBeenCalledTimes(2)
    expect(account.state.status).toBe('signed-in')
  })

  it('a switch in another tab arrives here, and the same token again changes nothing', async () => {
    const { source, account, states, tokens, connection, start } = setUp()
    const token = accessToken()
    await start(token)
    source.acquire.mockResolvedValueOnce(token)
    connection.look()
    await vi.advanceTimersByTimeAsync(0)
    const other = accessToken({ objectId: bob })
    source.acquire.mockResolvedValueOnce(other)
    connection.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state).toMatchObject({ account: other.account })
    expect(tokens.peek(ownScopes)).toBe(other)
    expect(states).toEqual(['signed-in', 'signed-in'])
  })

  it('looks once more where it is called again meanwhile, and not more often', async () => {
    const { source, connection, start } = setUp()
    await start(accessToken())
    source.acquire.mockResolvedValue({ refused: 'offline' })
    for (let call = 0; call < 5; call += 1) connection.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(source.acquire).toHaveBeenCalledTimes(2)
  })

  it.each([
    ['later', true, 7_200_000],
    ['sooner', false, 60_000],
  ])('a token of another tab that expires %s is kept here: %s', async (_when, isKept, expiresInMs) => {
    const { source, states, tokens, connection, start } = setUp()
    const before = accessToken()
    await start(before)
    const other = accessToken({ expiresInMs })
    source.acquire.mockResolvedValue(other)
    connection.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(tokens.peek(ownScopes)).toBe(isKept ? other : before)
    expect(states).toEqual(['signed-in'])
  })

  it('looks at whom another app has signed in after a sign-out', async () => {
    const { source, account, connection, signedOutFlag, isFlagOutdated, start } = setUp()
    await start(accessToken())
    signedOutFlag.set()
    isFlagOutdated.mockReturnValue(true)
    source.acquire.mockImplementation(async () => {
      signedOutFlag.clear()
      return accessToken({ objectId: bob })
    })
    connection.look()
    expect(account.state).toMatchObject({ status: 'signed-in', account: { objectId: adele } })
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state).toMatchObject({ status: 'signed-in', account: { objectId: bob } })
  })

  it('a sign-in that has expired stays what it is where a look finds nobody', async () => {
    const { source, account, connection, tokens, start } = setUp()
    const token = accessToken()
    await start(token)
    source.acquire.mockResolvedValueOnce({ refused: 'sign_in_required' })
    await expect(tokens.get(ownScopes, { rejectedToken: token.token })).rejects.toThrow()
    connection.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'expired', account: token.account })
  })

  it('a look that needs interaction ends it', async () => {
    const { source, account, connection, start } = setUp()
    await start(accessToken())
    source.acquire.mockResolvedValue({ refused: 'consent_required' })
    connection.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'consent' })
  })

  it('asks for nothing where nothing has changed', async () => {
    const { source, connection, start } = setUp()
    await start(accessToken())
    source.changed.mockReturnValue(false)
    connection.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(source.acquire).not.toHaveBeenCalled()
  })
})

it('a token that comes to a call while nobody is signed in signs nobody in', async () => {
  const { source, account, tokens, start } = setUp()
  await start(noAccount)
  source.acquire.mockResolvedValue(accessToken())
  await expect(tokens.get(ownScopes)).rejects.toEqual(code('account_mismatch'))
  expect(account.state).toMatchObject({ status: 'signed-out', reason: 'no-account' })
  expect(tokens.peek(ownScopes)).toBeUndefined()
})

describe('nothing is looked at', () => {
  it('before the start has found out', async () => {
    const { source, connection } = setUp()
    connection.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(source.acquire).not.toHaveBeenCalled()
  })

  it('twice after one sign-out', async () => {
    const { account, source, connection, start } = setUp()
    await start(accessToken())
    account.signOut()
    connection.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(source.forget).toHaveBeenCalledTimes(1)
  })

  it('after dispose(), nor is anything removed that is stored', async () => {
    const { account, source, signedOutFlag, connection, start } = setUp()
    await start(accessToken())
    const { promise, settle } = deferred<Answer>()
    source.acquire.mockReturnValue(promise)
    connection.look()
    connection.look()
    account.dispose()
    signedOutFlag.set()
    connection.look()
    settle(accessToken({ objectId: bob }))
    await vi.advanceTimersByTimeAsync(0)
    expect(source.acquire).toHaveBeenCalledTimes(1)
    expect(source.forget).not.toHaveBeenCalled()
  })
})

describe('what becomes known of the host', () => {
  it('is in the state until dispose()', async () => {
    const { account, states, tellOfHost, start } = setUp()
    await start(noAccount)
    tellOfHost({ name: 'TeamsModern' })
    expect(account.state.host.name).toBe('TeamsModern')
    account.dispose()
    tellOfHost({ name: 'Outlook' })
    expect(account.state.host.name).toBe('TeamsModern')
    expect(states).toEqual(['no-account', 'no-account', 'failed'])
  })
})

describe('a sign-in in another tab', () => {
  it('ends a sign-out here', async () => {
    const { source, account, signedOutFlag, connection, start } = setUp()
    await start(accessToken())
    account.signOut()
    signedOutFlag.clear()
    source.acquire.mockResolvedValue(accessToken())
    connection.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state.status).toBe('signed-in')
  })

  it('signs nobody in who signs out while it is looked at', async () => {
    const { source, account, signedOutFlag, connection, start } = setUp()
    await start(accessToken())
    account.signOut()
    signedOutFlag.clear()
    const { promise, settle } = deferred<Answer>()
    source.acquire.mockReturnValue(promise)
    connection.look()
    signedOutFlag.set()
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state).toMatchObject({ status: 'signed-out', reason: 'by-user' })
  })

  it('is announced from here, as is a sign-out', async () => {
    const { announce, connection, start } = setUp({ flagged: true })
    await start(noAccount)
    await connection.signIn({ scopes: ownScopes })
    expect(announce).toHaveBeenCalledTimes(1)
    await connection.signOut({ entra: false })
    expect(announce).toHaveBeenCalledTimes(2)
  })

  it('a sign-out makes the answer of a renewal under way worthless', async () => {
    const { source, account, tokens, start } = setUp()
    const token = accessToken()
    await start(token)
    const { promise, settle } = deferred<Answer>()
    source.acquire.mockReturnValue(promise)
    const waiting = expect(tokens.get(ownScopes, { rejectedToken: token.token })).rejects.toEqual(
      code('sign_in_required'),
    )
    account.signOut()
    await waiting
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(tokens.peek(ownScopes)).toBeUndefined()
    expect(account.state).toMatchObject({ reason: 'by-user' })
  })

  it.each([
    ['while nothing was known of the account', { refused: 'host_timeout', retryable: false } satisfies Refusal],
    ['while somebody was signed in', accessToken({ objectId: bob })],
  ])('a late token signs nobody in after a sign-out in another tab %s', async (_when, before) => {
    const { account, tokens, signedOutFlag, giveLate, start } = setUp()
    await start(before)
    signedOutFlag.set()
    giveLate(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(account.state.status).not.toBe('signed-in')
    expect(tokens.peek(ownScopes)).toBeUndefined()
  })

  it('a late token of the same account is kept without a change of the state', async () => {
    const { states, tokens, giveLate, start } = setUp()
    await start(accessToken())
    const late = accessToken({ expiresInMs: 7_200_000 })
    giveLate(late)
    expect(tokens.peek(ownScopes)).toBe(late)
    expect(states).toEqual(['signed-in'])
  })
})

describe('signOut() of the source', () => {
  it('is asked with what the app wants', async () => {
    const { source, connection, start } = setUp()
    await start(accessToken())
    await connection.signOut({ entra: true })
    expect(source.signOut).toHaveBeenCalledWith({ entra: true })
  })

  it('rejects with the code of a refusal', async () => {
    const { source, connection } = setUp()
    source.signOut.mockResolvedValue({ refused: 'unsupported' })
    await expect(connection.signOut({ entra: true })).rejects.toMatchObject({ code: 'unsupported', phase: 'source' })
  })

  it('rejects at once after dispose()', async () => {
    const { source, connection, account } = setUp()
    source.signOut.mockImplementation(never)
    const rejected = expect(connection.signOut({ entra: false })).rejects.toEqual(code('disposed'))
    account.dispose()
    await rejected
  })
})

describe('a start that fails', () => {
  it('for a reason that can pass is tried again, with pauses that grow to a minute at the most', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const { account, source, start } = setUp()
    await start({ refused: 'unavailable' })
    expect(account.state.status).toBe('failed')
    const counts = []
    for (const pauseS of [2, 4, 8, 16, 32, 60, 60]) {
      await vi.advanceTimersByTimeAsync(pauseS * 1_000)
      counts.push(source.start.mock.calls.length)
    }
    expect(counts).toEqual([2, 3, 4, 5, 6, 7, 8])
    source.start.mockResolvedValue(accessToken())
    await vi.advanceTimersByTimeAsync(60_000)
    expect(account.state.status).toBe('signed-in')
    await vi.advanceTimersByTimeAsync(600_000)
    expect(source.start).toHaveBeenCalledTimes(9)
    vi.restoreAllMocks()
  })

  it.each([
    ['for a reason that cannot pass', { refused: 'config_invalid' } as const, {}],
    // Nobody is signed in then, and the next start would say no more than that.
    ['on the way back from Entra ID', { refused: 'unavailable' } as const, { hasResponse: true }],
  ])('%s is not', async (_, answer, how) => {
    const { source, start } = setUp(how)
    await start(answer)
    await vi.advanceTimersByTimeAsync(600_000)
    expect(source.start).toHaveBeenCalledTimes(1)
  })

  it('is not tried again once it is disposed of, or somebody has signed in', async () => {
    const { account, source, start } = setUp()
    await start({ refused: 'unavailable' })
    account.dispose()
    const other = setUp()
    await other.start({ refused: 'unavailable' })
    other.giveLate(accessToken())
    await vi.advanceTimersByTimeAsync(600_000)
    expect(source.start).toHaveBeenCalledTimes(1)
    expect(other.source.start).toHaveBeenCalledTimes(1)
  })
})

describe('a sign-in for the step up of one endpoint', () => {
  const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'

  it.each(['sign_in_required', 'consent_required', 'denied', 'cancelled', 'host_refused'] as const)(
    'leaves whoever is signed in where it ends with %s, and can be tried again',
    async (refused) => {
      const { source, account, connection, start, tokens } = setUp()
      await start(accessToken())
      source.signIn.mockResolvedValueOnce({ refused })
      await expect(connection.signIn({ scopes: ownScopes, claims })).rejects.toMatchObject({ code: refused, claims })
      expect(account.state.status).toBe('signed-in')
      expect(tokens.peek(ownScopes)).toBeDefined()
      await connection.signIn({ scopes: ownScopes, claims })
      expect(account.state.status).toBe('signed-in')
    },
  )
})
