import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { keepToken, pauseAfter, type TokenState } from '../../../src/react/keep-token.js'
import { AuthError } from '../../../src/shared/errors.js'

const MINUTE = 60_000

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

function setUp(scopes?: string, failure?: AuthError) {
  const tokens: string[] = []
  const auth = {
    getToken: vi.fn(async (_?: unknown, __?: { abortSignal?: AbortSignal | undefined }) => ({
      token: `token ${auth.getToken.mock.calls.length}`,
      expiresOnTimestamp: Date.now() + 60 * MINUTE,
      scopes: [],
    })),
    signIn: vi.fn(async (_?: object) => {}),
  }
  if (failure) auth.getToken.mockRejectedValueOnce(failure)
  let last: TokenState | undefined
  const stop = keepToken(auth as never, scopes, (token) => {
    last = token
    tokens.push(token.status === 'ready' ? token.token : `${token.status} ${'error' in token && token.error.code}`)
  })
  return { auth, tokens, stop, last: () => last }
}

it.each<[string, TokenState, number | undefined]>([
  ['five minutes before it expires', { status: 'ready', token: '', expiresOnTimestamp: 60 * MINUTE }, 55 * MINUTE],
  ['not at once where it is about to', { status: 'ready', token: '', expiresOnTimestamp: 2 * MINUTE }, MINUTE / 2],
  ['not at once where it has expired', { status: 'ready', token: '', expiresOnTimestamp: -MINUTE }, MINUTE / 2],
  ['in half a minute where the reason can pass', failed('offline'), MINUTE / 2],
  ['never where a person must act', failed('consent_required'), undefined],
  ['never before the first answer', { status: 'waiting' }, undefined],
])('asks again %s', (_, token, pause) => {
  expect(pauseAfter(token, 0)).toBe(pause)
})

function failed(code: 'consent_required' | 'offline'): TokenState {
  return { status: 'failed', error: new AuthError(code, { phase: 'source' }), signIn: async () => {} }
}

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
  const { auth, tokens, stop, last } = setUp(
    'User.Read',
    new AuthError('consent_required', { phase: 'source', claims: '{}' }),
  )
  await vi.advanceTimersByTimeAsync(0)
  const state = last()
  if (state?.status !== 'failed') throw new Error(`It is ${state?.status}.`)
  await state.signIn()
  expect(auth.signIn).toHaveBeenCalledWith({ scopes: 'User.Read', claims: '{}' })
  expect(tokens).toEqual(['failed consent_required', 'token 2'])
  stop()
})

it('says nothing after its end, and ends the call', async () => {
  const { auth, tokens, stop } = setUp()
  stop()
  await vi.advanceTimersByTimeAsync(60 * MINUTE)
  expect(tokens).toEqual([])
  expect(auth.getToken.mock.calls[0]?.[1]?.abortSignal?.aborted).toBe(true)
})
