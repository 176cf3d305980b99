import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSignIn, type SignIn } from '../../../src/account/sign-in.js'
import type { SignedOutFlag } from '../../../src/account/signed-out-flag.js'
import { createStateStore } from '../../../src/account/store.js'
import type { Host } from '../../../src/page/host.js'
import { AuthError, type AuthErrorCode } from '../../../src/shared/errors.js'
import type { AccessToken, Refusal, SignInRequest, TokenRequest } from '../../../src/sources/source.js'
import { createTokenStore } from '../../../src/tokens/token-store.js'
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

function createMark(): SignedOutFlag {
  let at = 0
  return {
    isSet: () => at > 0,
    at: () => at,
    atFirst: 0,
    set() {
      at = Date.now()
    },
    clear() {
      at = 0
    },
  }
}

/** A sign-in over a source that each test teaches what to answer. */
function setUp({ flagged = false, hasResponse = false, followed = () => {} } = {}) {
  const source = {
    kind: 'teams-sso' as const,
    start: vi.fn(async (_: { announceOnly: boolean }): Promise<Answer> => noAccount),
    acquire: vi.fn(async (_: TokenRequest): Promise<Answer> => noAccount),
    signIn: vi.fn(async (_: SignInRequest): Promise<Answer> => accessToken()),
    changed: vi.fn(() => true),
    forget: vi.fn(),
    signOut: vi.fn(async (_: { entra: boolean }): Promise<Refusal | undefined> => undefined),
    dispose() {},
  }
  const isOutlived = vi.fn(() => false)
  const announce = vi.fn()
  const states: string[] = []
  const state = createStateStore(host, () => {})
  state.subscribe((each) => states.push(each.status === 'signed-out' ? each.reason : each.status))
  const signedOutFlag = createMark()
  if (flagged) signedOutFlag.set()
  const disposal = new AbortController()
  const tokens = createTokenStore({
    acquire: source.acquire,
    now: () => Date.now(),
    isForCurrentAccount: (token) => signIn.isForCurrentAccount(token),
    switchAccount: (token, scopes) => signIn.switchAccount(token, scopes),
    refused: (refusal, error, scopes) => signIn.refuse(refusal, error, scopes),
    kept() {},
    emit() {},
  })
  const signIn: SignIn = createSignIn({
    ...{ source, state, tokens, signedOutFlag, hasResponse, isOutlived, announce },
    ...{ scopes: ownScopes, disposed: disposal.signal, followed },
  })

  async function start(answer: Answer) {
    source.start.mockResolvedValue(answer)
    signIn.start()
    await vi.advanceTimersByTimeAsync(0)
  }

  /** What `auth.signOut()` does before it asks the source. */
  function signOut() {
    signedOutFlag.set()
    state.become({ status: 'signed-out', reason: 'by-user' }, () => {
      signIn.interrupt('cancelled')
      tokens.forget('sign_in_required')
    })
  }

  function dispose() {
    const error = new AuthError('disposed', { phase: 'source' })
    state.become({ status: 'failed', error }, () => {
      disposal.abort(error)
      signIn.interrupt('disposed')
      tokens.forget('disposed')
    })
  }

  return { source, state, states, signedOutFlag, tokens, signIn, isOutlived, announce, start, signOut, dispose }
}

const code = (code: AuthErrorCode) => expect.objectContaining({ name: 'AuthError', code })

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  expect.soft(vi.getTimerCount()).toBeLessThanOrEqual(2) // the renewals of a token, for each scope set at most one
  vi.useRealTimers()
})

describe('a start', () => {
  it('signs in with the token of the source and keeps it', async () => {
    const { state, tokens, start } = setUp()
    const token = accessToken()
    await start(token)
    expect(state.current).toMatchObject({ status: 'signed-in', account: token.account })
    expect(tokens.peek(ownScopes)).toBe(token)
    expect(await state.ready).toBe(state.current)
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
    const { states, start, signIn } = setUp()
    await start(refusal)
    expect(states).toEqual([status])
    expect(signIn.lastError).toMatchObject({ code: refusal.refused })
  })

  it('whose source throws fails for now, with the evidence', async () => {
    const { source, state, signIn } = setUp()
    const cause = new TypeError('broken')
    source.start.mockRejectedValue(cause)
    signIn.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(state.current).toMatchObject({ status: 'failed', error: { code: 'unsupported', retryable: false, cause } })
  })

  it('ends within two minutes where the source never answers', async () => {
    const { source, state, signIn } = setUp()
    source.start.mockImplementation(never)
    signIn.start()
    await vi.advanceTimersByTimeAsync(120_000)
    expect(await state.ready).toMatchObject({ status: 'failed', error: { code: 'timed_out' } })
  })

  it('adopts an answer that comes after that', async () => {
    const { source, state, signIn } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    signIn.start()
    await vi.advanceTimersByTimeAsync(120_000)
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(state.current.status).toBe('signed-in')
  })

  it('is not begun twice at a time, and can be begun again', async () => {
    const { source, signIn, state, start } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    signIn.start()
    signIn.start()
    expect(source.start).toHaveBeenCalledTimes(1)
    settle({ refused: 'offline' })
    await vi.advanceTimersByTimeAsync(0)
    await start(accessToken())
    expect(state.current.status).toBe('signed-in')
  })

  it('only greets the host where the user signed out here, whatever it answers', async () => {
    const { source, state, start } = setUp({ flagged: true })
    await start(accessToken())
    expect(source.start).toHaveBeenCalledWith({ announceOnly: true })
    expect(state.current).toMatchObject({ status: 'signed-out', reason: 'by-user' })
  })

  it('does not stop at the mark where the page comes back from a sign-in that the source accepts', async () => {
    const { source, state, signedOutFlag, signIn } = setUp({ flagged: true, hasResponse: true })
    source.start.mockImplementation(async () => {
      signedOutFlag.clear()
      return accessToken()
    })
    signIn.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(source.start).toHaveBeenCalledWith({ announceOnly: false })
    expect(state.current.status).toBe('signed-in')
  })

  it('signs nobody in with an answer in the URL that the source does not accept, though it has a token', async () => {
    const { state, signedOutFlag, start } = setUp({ flagged: true, hasResponse: true })
    await start(accessToken())
    expect(state.current).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(signedOutFlag.isSet()).toBe(true)
  })

  it('says why a sign-in after a sign-out came to nothing', async () => {
    const { state, start } = setUp({ flagged: true, hasResponse: true })
    await start({ refused: 'denied' })
    expect(state.current).toMatchObject({ status: 'signed-out', reason: 'by-user', error: { code: 'denied' } })
  })

  it('after a sign-out signs in whom another app has signed in since', async () => {
    const { source, state, signedOutFlag, isOutlived, signIn } = setUp({ flagged: true })
    isOutlived.mockReturnValue(true)
    source.start.mockImplementation(async () => {
      signedOutFlag.clear()
      return accessToken()
    })
    signIn.start()
    expect(state.current.status).toBe('starting')
    await vi.advanceTimersByTimeAsync(0)
    expect(state.current.status).toBe('signed-in')
  })

  it('signs nobody in who signed out in another tab meanwhile', async () => {
    const { source, state, signedOutFlag, tokens, signIn } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    signIn.start()
    signedOutFlag.set()
    signIn.look()
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(state.current).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(tokens.peek(ownScopes)).toBeUndefined()
  })

  it('signs nobody in who signed out here meanwhile', async () => {
    const { source, state, signOut, tokens, signIn } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    signIn.start()
    signOut()
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(state.current).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(tokens.peek(ownScopes)).toBeUndefined()
  })

  it('changes nothing any more after dispose()', async () => {
    const { source, states, dispose, signIn } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    signIn.start()
    dispose()
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(states).toEqual(['failed'])
  })

  it('does not undo a sign-in that was quicker than its greeting', async () => {
    const { source, state, signIn } = setUp({ flagged: true })
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    signIn.start()
    await signIn.signIn({ scopes: ownScopes })
    settle(noAccount)
    await vi.advanceTimersByTimeAsync(0)
    expect(state.current.status).toBe('signed-in')
  })
})

describe('whoever hears of an account', () => {
  it.each(['signOut', 'dispose'] as const)('can end its sign-in at once: %s()', async (end) => {
    const page = setUp({ followed: () => page.state.current.status === 'signed-in' && page[end]() })
    await page.start(accessToken())
    expect(page.states).toEqual(['signed-in', end === 'signOut' ? 'by-user' : 'failed'])
    expect(page.tokens.cached(ownScopes)).toBeUndefined()
    expect(await page.state.ready).toMatchObject({ status: 'signed-in' })
  })
})

describe('a start that somebody signs in or out during', () => {
  it('leaves the page to whom the user has signed in meanwhile', async () => {
    const { source, signIn, state } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockResolvedValueOnce({ refused: 'unavailable' }).mockReturnValueOnce(promise)
    signIn.start()
    await vi.advanceTimersByTimeAsync(0)
    signIn.start()
    source.signIn.mockResolvedValue(accessToken({ objectId: bob }))
    await signIn.signIn({ scopes: ownScopes })
    settle(accessToken({ objectId: adele }))
    await vi.advanceTimersByTimeAsync(0)
    expect(state.current).toMatchObject({ status: 'signed-in', account: { objectId: bob } })
  })

  it('looks again at what it was told of meanwhile: another tab has switched the account', async () => {
    const { source, signIn, state } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    source.acquire.mockResolvedValue(accessToken({ objectId: bob }))
    signIn.start()
    signIn.look()
    settle(accessToken({ objectId: adele }))
    await vi.advanceTimersByTimeAsync(0)
    expect(state.current).toMatchObject({ status: 'signed-in', account: { objectId: bob } })
  })
})

describe('signIn()', () => {
  it('waits for the start', async () => {
    const { source, signIn } = setUp()
    const { promise, settle } = deferred<Answer>()
    source.start.mockReturnValue(promise)
    signIn.start()
    const done = signIn.signIn({ scopes: ownScopes })
    await vi.advanceTimersByTimeAsync(0)
    expect(source.signIn).not.toHaveBeenCalled()
    settle(noAccount)
    await done
    expect(source.signIn).toHaveBeenCalledTimes(1)
  })

  it('signs in and takes the mark away', async () => {
    const { state, signedOutFlag, tokens, signIn, start } = setUp({ flagged: true })
    await start(noAccount)
    await signIn.signIn({ scopes: ownScopes })
    expect(state.current.status).toBe('signed-in')
    expect(tokens.peek(ownScopes)).toBeDefined()
    expect(signedOutFlag.isSet()).toBe(false)
  })

  it('passes on what was asked for', async () => {
    const { source, signIn, start } = setUp()
    await start(noAccount)
    const request = { scopes: ownScopes, returnTo: '/a', claims: '{}', prompt: 'login' } as const
    await signIn.signIn(request)
    expect(source.signIn).toHaveBeenCalledWith(request)
  })

  it('is joined by calls that come meanwhile', async () => {
    const { source, signIn, start } = setUp()
    await start(noAccount)
    await Promise.all([signIn.signIn({ scopes: ownScopes }), signIn.signIn({ scopes: graph })])
    expect(source.signIn).toHaveBeenCalledTimes(1)
    await signIn.signIn({ scopes: ownScopes })
    expect(source.signIn).toHaveBeenCalledTimes(2)
  })

  it.each<AuthErrorCode>(['cancelled', 'denied'])('that is %s changes nothing', async (refused) => {
    const { source, state, signedOutFlag, signIn, start } = setUp({ flagged: true })
    await start(noAccount)
    const before = state.current
    source.signIn.mockResolvedValue({ refused })
    await expect(signIn.signIn({ scopes: ownScopes })).rejects.toEqual(code(refused))
    expect(state.current).toBe(before)
    expect(signedOutFlag.isSet()).toBe(true)
    expect(signIn.lastError).toMatchObject({ code: refused })
  })

  it('that fails for good says so in the state', async () => {
    const { source, state, signIn, start } = setUp()
    await start(noAccount)
    source.signIn.mockResolvedValue({ refused: 'framed' })
    await expect(signIn.signIn({ scopes: ownScopes })).rejects.toMatchObject({ code: 'framed', phase: 'host' })
    expect(state.current).toMatchObject({ status: 'failed', error: { code: 'framed' } })
  })

  it('whose source throws rejects with the evidence', async () => {
    const { source, signIn, start } = setUp()
    await start(noAccount)
    const cause = new Error('broken')
    source.signIn.mockRejectedValue(cause)
    await expect(signIn.signIn({ scopes: ownScopes })).rejects.toMatchObject({ code: 'unsupported', cause })
  })

  it('of another account drops what belonged to the first', async () => {
    const { source, state, tokens, signIn, start } = setUp()
    await start(accessToken())
    source.acquire.mockImplementation(never)
    const waiting = expect(tokens.get(graph)).rejects.toEqual(code('account_mismatch'))
    const other = accessToken({ objectId: bob })
    source.signIn.mockResolvedValue(other)
    await signIn.signIn({ scopes: ownScopes })
    await waiting
    expect(state.current).toMatchObject({ account: other.account })
    expect(tokens.peek(ownScopes)).toBe(other)
  })

  it('for other scopes keeps that token beside the own one', async () => {
    const { source, tokens, signIn, start } = setUp()
    await start(accessToken())
    const other = accessToken({ scopes: graph })
    source.signIn.mockResolvedValue(other)
    await signIn.signIn({ scopes: graph })
    expect(tokens.peek(graph)).toBe(other)
    expect(tokens.peek(ownScopes)).toBeDefined()
  })

  it('for other scopes with another account is refused', async () => {
    const { source, state, tokens, signIn, start } = setUp()
    await start(accessToken())
    source.signIn.mockResolvedValue(accessToken({ objectId: bob, scopes: graph }))
    await expect(signIn.signIn({ scopes: graph })).rejects.toEqual(code('account_mismatch'))
    expect(tokens.peek(graph)).toBeUndefined()
    expect(state.current).toMatchObject({ account: { objectId: adele } })
  })

  it('for other scopes signs in too where nobody was', async () => {
    const { source, state, tokens, signIn, start } = setUp({ flagged: true })
    await start(noAccount)
    source.signIn.mockResolvedValue(accessToken({ scopes: graph }))
    source.acquire.mockResolvedValue(accessToken())
    await signIn.signIn({ scopes: graph })
    expect(source.acquire).toHaveBeenCalledWith({ scopes: ownScopes, fresh: false })
    expect(state.current.status).toBe('signed-in')
    expect(tokens.peek(ownScopes)).toBeDefined()
    expect(tokens.peek(graph)).toBeDefined()
  })

  it('for other scopes rejects with the reason where the own ones are refused then', async () => {
    const { source, state, signIn, start } = setUp()
    await start(noAccount)
    source.signIn.mockResolvedValue(accessToken({ scopes: graph }))
    source.acquire.mockResolvedValue({ refused: 'consent_required' })
    await expect(signIn.signIn({ scopes: graph })).rejects.toEqual(code('consent_required'))
    expect(state.current).toMatchObject({ status: 'signed-out', reason: 'consent' })
  })

  it('is cancelled by a sign-out, and its late answer signs nobody in', async () => {
    const { source, state, signedOutFlag, tokens, signIn, signOut, start } = setUp()
    await start(noAccount)
    const { promise, settle } = deferred<Answer>()
    source.signIn.mockReturnValue(promise)
    const cancelled = expect(signIn.signIn({ scopes: ownScopes })).rejects.toEqual(code('cancelled'))
    await vi.advanceTimersByTimeAsync(0)
    signOut()
    await cancelled
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(state.current).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(signedOutFlag.isSet()).toBe(true)
    expect(tokens.peek(ownScopes)).toBeUndefined()
  })

  it('after a sign-out does not join the one before', async () => {
    const { source, state, signIn, signOut, start } = setUp()
    await start(noAccount)
    source.signIn.mockImplementationOnce(never)
    const cancelled = expect(signIn.signIn({ scopes: ownScopes })).rejects.toEqual(code('cancelled'))
    await vi.advanceTimersByTimeAsync(0)
    signOut()
    await signIn.signIn({ scopes: ownScopes })
    await cancelled
    expect(state.current.status).toBe('signed-in')
  })

  it('rejects at once after dispose()', async () => {
    const { source, states, signIn, dispose, start } = setUp()
    await start(noAccount)
    const { promise, settle } = deferred<Answer>()
    source.signIn.mockReturnValue(promise)
    const rejected = expect(signIn.signIn({ scopes: ownScopes })).rejects.toEqual(code('disposed'))
    await vi.advanceTimersByTimeAsync(0)
    dispose()
    await rejected
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(states).toEqual(['no-account', 'failed'])
  })
})

describe('while somebody is signed in', () => {
  it('a renewal that needs interaction ends it and keeps the account', async () => {
    const { source, state, tokens, start } = setUp()
    const token = accessToken()
    await start(token)
    source.acquire.mockResolvedValue({ refused: 'sign_in_required', claims: '{"x":1}' })
    await expect(tokens.get(ownScopes, { rejectedToken: token.token })).rejects.toMatchObject({ claims: '{"x":1}' })
    expect(state.current).toMatchObject({ status: 'signed-out', reason: 'expired', account: token.account })
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
    const { source, state, tokens, start } = setUp()
    await start(accessToken())
    source.acquire.mockResolvedValue({ refused: 'consent_required' })
    await expect(tokens.get(graph)).rejects.toEqual(code('consent_required'))
    expect(state.current.status).toBe('signed-in')
    expect(tokens.peek(ownScopes)).toBeDefined()
  })

  it('a token of another account for the own scopes brings that account', async () => {
    const { source, state, states, tokens, start } = setUp()
    const token = accessToken()
    await start(token)
    const other = accessToken({ objectId: bob })
    source.acquire.mockResolvedValue(other)
    const call = tokens.get(ownScopes, { rejectedToken: token.token })
    await expect(call).rejects.toEqual(code('account_mismatch'))
    expect(state.current).toMatchObject({ account: other.account })
    expect(await tokens.get(ownScopes)).toBe(other)
    expect(states).toEqual(['signed-in', 'signed-in'])
  })

  it('a token of another account for other scopes is refused and brings nobody', async () => {
    const { source, state, tokens, start } = setUp()
    await start(accessToken())
    source.acquire.mockResolvedValue(accessToken({ objectId: bob, scopes: graph }))
    await expect(tokens.get(graph)).rejects.toEqual(code('account_mismatch'))
    expect(state.current).toMatchObject({ account: { objectId: adele } })
  })

  it('a sign-out in another tab ends it, at once and with what is stored here', async () => {
    const { source, state, signedOutFlag, tokens, signIn, start } = setUp()
    await start(accessToken())
    signedOutFlag.set()
    signIn.look()
    expect(state.current).toMatchObject({ status: 'signed-out', reason: 'by-user' })
    expect(tokens.peek(ownScopes)).toBeUndefined()
    expect(source.forget).toHaveBeenCalledTimes(1)
    expect(source.acquire).not.toHaveBeenCalled()
  })

  it('a sign-out by another app ends it', async () => {
    const { state, signIn, start } = setUp()
    await start(accessToken())
    signIn.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(state.current).toMatchObject({ status: 'signed-out', reason: 'no-account' })
  })

  it('a failure to look changes nothing', async () => {
    const { source, state, signIn, start } = setUp()
    await start(accessToken())
    source.acquire.mockResolvedValueOnce({ refused: 'offline' }).mockRejectedValueOnce(new Error('no'))
    signIn.look()
    await vi.advanceTimersByTimeAsync(0)
    signIn.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(source.acquire).toHaveBeenCalledTimes(2)
    expect(state.current.status).toBe('signed-in')
  })

  it('a switch in another tab arrives here, and the same token again changes nothing', async () => {
    const { source, state, states, tokens, signIn, start } = setUp()
    const token = accessToken()
    await start(token)
    source.acquire.mockResolvedValueOnce(token)
    signIn.look()
    await vi.advanceTimersByTimeAsync(0)
    const other = accessToken({ objectId: bob })
    source.acquire.mockResolvedValueOnce(other)
    signIn.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(state.current).toMatchObject({ account: other.account })
    expect(tokens.peek(ownScopes)).toBe(other)
    expect(states).toEqual(['signed-in', 'signed-in'])
  })

  it('looks once more where it is told again meanwhile, and not more often', async () => {
    const { source, signIn, start } = setUp()
    await start(accessToken())
    source.acquire.mockResolvedValue({ refused: 'offline' })
    for (let told = 0; told < 5; told += 1) signIn.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(source.acquire).toHaveBeenCalledTimes(2)
  })

  it('asks for nothing where nothing has changed', async () => {
    const { source, signIn, start } = setUp()
    await start(accessToken())
    source.changed.mockReturnValue(false)
    signIn.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(source.acquire).not.toHaveBeenCalled()
  })
})

describe('a sign-in in another tab', () => {
  it('ends a sign-out here', async () => {
    const { source, state, signedOutFlag, signIn, start, signOut } = setUp()
    await start(accessToken())
    signOut()
    signedOutFlag.clear()
    source.acquire.mockResolvedValue(accessToken())
    signIn.look()
    await vi.advanceTimersByTimeAsync(0)
    expect(state.current.status).toBe('signed-in')
  })

  it('signs nobody in who signs out while it is looked at', async () => {
    const { source, state, signedOutFlag, signIn, start, signOut } = setUp()
    await start(accessToken())
    signOut()
    signedOutFlag.clear()
    const { promise, settle } = deferred<Answer>()
    source.acquire.mockReturnValue(promise)
    signIn.look()
    signedOutFlag.set()
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(state.current).toMatchObject({ status: 'signed-out', reason: 'by-user' })
  })

  it('is told of here, as is a sign-out', async () => {
    const { announce, signIn, start } = setUp({ flagged: true })
    await start(noAccount)
    await signIn.signIn({ scopes: ownScopes })
    expect(announce).toHaveBeenCalledTimes(1)
    await signIn.signOut({ entra: false })
    expect(announce).toHaveBeenCalledTimes(2)
  })

  it('a sign-out makes the answer of a renewal under way worthless', async () => {
    const { source, state, tokens, signOut, start } = setUp()
    const token = accessToken()
    await start(token)
    const { promise, settle } = deferred<Answer>()
    source.acquire.mockReturnValue(promise)
    const waiting = expect(tokens.get(ownScopes, { rejectedToken: token.token })).rejects.toEqual(
      code('sign_in_required'),
    )
    signOut()
    await waiting
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(tokens.peek(ownScopes)).toBeUndefined()
    expect(state.current).toMatchObject({ reason: 'by-user' })
  })

  it('a late token of the same account is kept without a change of the state', async () => {
    const { states, tokens, signIn, start } = setUp()
    await start(accessToken())
    const late = accessToken({ expiresInMs: 7_200_000 })
    signIn.arrive(late)
    expect(tokens.peek(ownScopes)).toBe(late)
    expect(states).toEqual(['signed-in'])
  })
})

describe('signOut() of the source', () => {
  it('is asked with what the app wants', async () => {
    const { source, signIn, start } = setUp()
    await start(accessToken())
    await signIn.signOut({ entra: true })
    expect(source.signOut).toHaveBeenCalledWith({ entra: true })
  })

  it('rejects with the code of a refusal', async () => {
    const { source, signIn } = setUp()
    source.signOut.mockResolvedValue({ refused: 'unsupported' })
    await expect(signIn.signOut({ entra: true })).rejects.toEqual(code('unsupported'))
  })

  it('rejects at once after dispose()', async () => {
    const { source, signIn, dispose } = setUp()
    source.signOut.mockImplementation(never)
    const rejected = expect(signIn.signOut({ entra: false })).rejects.toEqual(code('disposed'))
    dispose()
    await rejected
  })
})
