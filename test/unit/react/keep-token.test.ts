import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createKeptToken, type TokenState } from '../../../src/react/keep-token.js'
import { AuthError } from '../../../src/shared/errors.js'
import { createTestAuth } from '../../../src/testing/index.js'

const MINUTE = 60_000
const WAITING = { status: 'waiting' }

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

function setUp(scopes?: string, failure?: AuthError, lifetimeMs = 60 * MINUTE) {
  const tokens: string[] = []
  const auth = {
    getToken: vi.fn(async (_?: unknown, __?: { abortSignal?: AbortSignal | undefined }) => ({
      token: `token ${auth.getToken.mock.calls.length}`,
      expiresOnTimestamp: Date.now() + lifetimeMs,
      scopes: [],
    })),
    signIn: vi.fn(async (_?: object) => {}),
  }
  if (failure) auth.getToken.mockRejectedValueOnce(failure)
  const [subscribe, read] = createKeptToken(auth as never, 'somebody', scopes)
  const stop = subscribe(() => {
    const token = read()
    tokens.push(token.status === 'ready' ? token.token : `${token.status} ${'error' in token && token.error.code}`)
  })
  /** The click of a user. */
  async function signIn() {
    const token = read()
    if (token.status !== 'failed') throw new Error(`It is ${token.status}.`)
    await token.signIn()
    await vi.advanceTimersByTimeAsync(0)
  }
  return { auth, tokens, stop, signIn }
}

it.each<[string, lifetimeMs: number, pauseMs: number]>([
  ['five minutes before it expires', 60 * MINUTE, 55 * MINUTE],
  ['not at once where it is about to', 2 * MINUTE, MINUTE / 2],
  ['not at once where it has expired', -MINUTE, MINUTE / 2],
])('asks for the next token %s', async (_, lifetimeMs, pauseMs) => {
  const { auth, stop } = setUp('User.Read', undefined, lifetimeMs)
  await vi.advanceTimersByTimeAsync(pauseMs - 1)
  expect(auth.getToken).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(auth.getToken).toHaveBeenCalledTimes(2)
  stop()
})

it.each<[string, 'consent_required' | 'offline', calls: number]>([
  ['in half a minute where the reason can pass', 'offline', 2],
  ['never where a person must act', 'consent_required', 1],
])('asks again %s', async (_, code, calls) => {
  const { auth, stop } = setUp('User.Read', new AuthError(code, { phase: 'source' }))
  await vi.advanceTimersByTimeAsync(MINUTE / 2 - 1)
  expect(auth.getToken).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(auth.getToken).toHaveBeenCalledTimes(calls)
  stop()
})

it('gives a token, and the one that replaces it', async () => {
  const { auth, tokens, stop } = setUp('User.Read')
  await vi.advanceTimersByTimeAsync(0)
  expect(tokens).toEqual(['token 1'])
  await vi.advanceTimersByTimeAsync(55 * MINUTE)
  expect(tokens).toEqual(['token 1', 'token 2'])
  expect(auth.getToken).toHaveBeenCalledWith('User.Read', { abortSignal: expect.any(AbortSignal) })
  stop()
})

it('asks the user for what is missing on a click, and then for the token', async () => {
  const missing = new AuthError('consent_required', { phase: 'source', claims: '{}' })
  const { auth, tokens, stop, signIn } = setUp('User.Read', missing)
  await vi.advanceTimersByTimeAsync(0)
  await signIn()
  expect(auth.signIn).toHaveBeenCalledWith({ scopes: 'User.Read', claims: '{}' })
  expect(tokens).toEqual(['failed consent_required', 'token 2'])
  stop()
})

it('has the consent that the user gives to another component', async () => {
  const missing = new AuthError('consent_required', { phase: 'source' })
  const [first, second] = [setUp('User.Read', missing), setUp('User.Read', missing)]
  await vi.advanceTimersByTimeAsync(0)
  await first.signIn()
  expect(second.tokens).toEqual(['failed consent_required', 'token 2'])
  expect(second.auth.signIn).not.toHaveBeenCalled()
  first.stop()
  second.stop()
})

it('says nothing after its end, and ends the call', async () => {
  const { auth, tokens, stop } = setUp()
  stop()
  await vi.advanceTimersByTimeAsync(60 * MINUTE)
  expect(tokens).toEqual([])
  expect(auth.getToken.mock.calls[0]?.[1]?.abortSignal?.aborted).toBe(true)
})

it('asks for nobody where nobody is signed in', () => {
  const auth = createTestAuth('signed-out')
  const [subscribe, read] = createKeptToken(auth, undefined)
  subscribe(() => {})()
  expect(read()).toEqual(WAITING)
  expect(auth.calls.getToken).toEqual([])
})

describe('after a sleep, in which timers stand still,', () => {
  function setUpAsleep() {
    const auth = createTestAuth('signed-in')
    const getToken = vi.spyOn(auth, 'getToken')
    const [subscribe, read] = createKeptToken(auth, 'somebody', 'User.Read')
    const seen: TokenState['status'][] = []
    const stop = subscribe(() => seen.push(read().status))
    const sleep = (minutes: number) => vi.setSystemTime(Date.now() + minutes * MINUTE)
    return { auth, getToken, seen, stop, read, sleep }
  }

  it('gives another token at once, and nobody the expired one meanwhile', async () => {
    const { auth, seen, stop, read, sleep } = setUpAsleep()
    await vi.advanceTimersByTimeAsync(0)
    const first = read()
    sleep(61)
    auth.wake()
    expect(read()).toEqual(WAITING)
    await vi.advanceTimersByTimeAsync(0)
    expect(seen).toEqual(['ready', 'waiting', 'ready'])
    expect(read()).not.toEqual(first)
    stop()
  })

  it('asks for one token, however often the page wakes, and renews it once', async () => {
    const { auth, getToken, seen, stop, sleep } = setUpAsleep()
    await vi.advanceTimersByTimeAsync(0)
    sleep(20)
    for (let times = 0; times < 3; times++) auth.wake()
    await vi.advanceTimersByTimeAsync(0)
    expect(getToken).toHaveBeenCalledTimes(2)
    expect(seen).toEqual(['ready', 'ready'])
    await vi.advanceTimersByTimeAsync(35 * MINUTE)
    expect(getToken).toHaveBeenCalledTimes(3)
    stop()
  })

  it('asks nobody where a person must act', async () => {
    const { auth, getToken, stop } = setUpAsleep()
    getToken.mockRejectedValue(new AuthError('consent_required', { phase: 'source' }))
    await vi.advanceTimersByTimeAsync(55 * MINUTE)
    expect(getToken).toHaveBeenCalledTimes(2)
    auth.wake()
    auth.renew()
    await vi.advanceTimersByTimeAsync(0)
    expect(getToken).toHaveBeenCalledTimes(2)
    stop()
  })

  it('does nothing any more, and has no token, once it has ended', async () => {
    const { auth, getToken, seen, stop, read } = setUpAsleep()
    await vi.advanceTimersByTimeAsync(0)
    stop()
    auth.wake()
    auth.renew()
    await vi.advanceTimersByTimeAsync(0)
    expect(getToken).toHaveBeenCalledTimes(1)
    expect(seen).toEqual(['ready'])
    expect(read()).toEqual(WAITING)
  })
})
