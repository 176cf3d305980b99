import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AuthEvent } from '../../../src/events.js'
import type { AuthError } from '../../../src/shared/errors.js'
import type { AccessToken, Refusal, TokenRequest } from '../../../src/sources/source.js'
import { createTokenStore } from '../../../src/tokens/token-store.js'
import { accessToken, ownScopes } from '../jwt.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

type Answer = AccessToken | Refusal | Promise<AccessToken | Refusal>

/** A store over a source that answers what `answers` says, in turn; the last answer is repeated. */
function setUp(...answers: (Answer | (() => Answer))[]) {
  const requests: TokenRequest[] = []
  const refused: AuthError[] = []
  const events: AuthEvent[] = []
  const kept: string[] = []
  const switched: string[] = []
  let isAccepting = true
  const store = createTokenStore({
    now: () => Date.now(),
    async acquire(request) {
      requests.push(request)
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      if (answer === undefined) throw new Error('the source was asked once too often')
      return typeof answer === 'function' ? answer() : answer
    },
    isForCurrentAccount: () => isAccepting,
    switchAccount: (token) => switched.push(token.token),
    onRefusal: (_refusal, error) => refused.push(error),
    onKept: (token) => kept.push(token.token),
    emit: (event) => events.push(event),
  })
  const get = () => store.get(ownScopes)
  return { store, get, requests, refused, events, kept, switched, accept: (value: boolean) => (isAccepting = value) }
}

const never = new Promise<never>(() => {})
const fresh = () => accessToken()
const offline: Refusal = { refused: 'offline' }

beforeEach(() => {
  vi.useFakeTimers()
  vi.setSystemTime(new Date('2026-01-01T00:00:00Z'))
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('a token store', () => {
  it('acquires once for a thousand parallel callers', async () => {
    const { get, requests } = setUp(fresh)
    const tokens = await Promise.all(Array.from({ length: 1_000 }, get))
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(1)
    expect(requests).toHaveLength(1)
  })

  it('serves the cached token without asking again', async () => {
    const { get, requests } = setUp(fresh)
    const first = await get()
    expect(await get()).toBe(first)
    expect(requests).toHaveLength(1)
  })

  it('keeps one token per scope set, in whatever order the scopes come', async () => {
    const { store, requests } = setUp(fresh)
    await store.get(['a', 'b'])
    await store.get(['b', 'a'])
    await store.get(['a'])
    expect(requests).toHaveLength(2)
  })

  it('asks a source for a fresh token only where one is at hand already', async () => {
    const { store, get, requests } = setUp(fresh)
    const { token } = await get()
    await store.get(ownScopes, { rejectedToken: token })
    expect(requests.map(({ fresh }) => fresh)).toEqual([false, true])
  })
})

describe('in the soft window', () => {
  it('serves the old token and renews in the background, once', async () => {
    const { get, requests, kept } = setUp(fresh)
    const old = await get()
    vi.setSystemTime(Date.now() + HOUR - 4 * MINUTE)
    expect(await get()).toBe(old)
    expect(await get()).toBe(old)
    await vi.advanceTimersByTimeAsync(0)
    expect(requests).toHaveLength(2)
    expect((await get()).token).toBe(kept[1])
  })

  it('renews by itself five minutes before expiry, give or take ten percent', async () => {
    const { get, requests } = setUp(fresh)
    await get()
    await vi.advanceTimersByTimeAsync(HOUR - 5 * MINUTE - 1)
    expect(requests).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(requests).toHaveLength(2)
  })

  it.each([
    [0, 4.5],
    [1, 5.5],
  ])('draws the window: with %d it is %d minutes', async (drawn, minutes) => {
    vi.mocked(Math.random).mockReturnValue(drawn)
    const { get, requests } = setUp(fresh)
    await get()
    await vi.advanceTimersByTimeAsync(HOUR - minutes * MINUTE - 1)
    expect(requests).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(2)
    expect(requests).toHaveLength(2)
  })

  it('renews a token too that lives longer than a timer can wait', async () => {
    const { get, requests } = setUp(() => accessToken({ expiresInMs: 720 * HOUR }))
    await get()
    await vi.advanceTimersByTimeAsync(720 * HOUR - 5 * MINUTE - 1)
    expect(requests).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(requests).toHaveLength(2)
  })

  it('begins at half of the life of a token that lives for less than ten minutes', async () => {
    const { get, requests } = setUp(() => accessToken({ expiresInMs: 4 * MINUTE }))
    await get()
    await vi.advanceTimersByTimeAsync(2 * MINUTE - 1)
    expect(requests).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(requests).toHaveLength(2)
  })

  it('leaves a source alone that gives the same token again, for half of its remaining life', async () => {
    const same = accessToken()
    const { get, requests } = setUp(same)
    await get()
    await vi.advanceTimersByTimeAsync(HOUR - 5 * MINUTE)
    expect(requests).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(2.5 * MINUTE - 1)
    await get()
    expect(requests).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(1)
    expect(requests).toHaveLength(3)
  })

  it('keeps the old token when a renewal fails, says so, and tries again later each time', async () => {
    const { get, requests, events, refused } = setUp(fresh, offline)
    const old = await get()
    await vi.advanceTimersByTimeAsync(HOUR - 5 * MINUTE)
    expect(events).toMatchObject([{ type: 'renewal-failed', retryInMs: 500, error: { code: 'offline' } }])
    expect(await get()).toBe(old)
    await vi.advanceTimersByTimeAsync(500)
    expect(requests).toHaveLength(3)
    expect(events[1]).toMatchObject({ retryInMs: 1_000 })
    await vi.advanceTimersByTimeAsync(999)
    expect(requests).toHaveLength(3)
    expect(refused[0]).toMatchObject({ phase: 'renewal', retryable: true })
  })

  it.each(['csp', 'thrown', 'peer', 'part_gone'])(
    'keeps it too where the reason, %s, is our guess, and tries again with the same pauses',
    async (why) => {
      const guess: Refusal = { refused: 'config_invalid', why, retryable: false, message: 'In words.' }
      const { get, requests, events } = setUp(fresh, guess)
      const old = await get()
      await vi.advanceTimersByTimeAsync(HOUR - 5 * MINUTE)
      const error = { code: 'unavailable', retryable: true, phase: 'renewal', message: 'In words.' }
      expect(events).toMatchObject([{ type: 'renewal-failed', retryInMs: 500, error }])
      expect(await get()).toBe(old)
      await vi.advanceTimersByTimeAsync(500)
      expect(requests).toHaveLength(3)
      expect(events[1]).toMatchObject({ retryInMs: 1_000 })
    },
  )

  it('has no token to keep where the first one is refused, and takes the guess for what it is', async () => {
    const { get } = setUp({ refused: 'config_invalid', why: 'csp', retryable: false })
    await expect(get()).rejects.toMatchObject({ code: 'config_invalid', retryable: false, phase: 'source' })
  })

  it('never waits for more than a minute between two tries', async () => {
    vi.mocked(Math.random).mockReturnValue(0.999)
    const { get, events } = setUp(fresh, offline)
    await get()
    await vi.advanceTimersByTimeAsync(HOUR - MINUTE)
    for (const event of events)
      expect(event).toSatisfy((each: AuthEvent) => 'retryInMs' in each && each.retryInMs <= MINUTE)
    expect(events.length).toBeGreaterThan(5)
  })
})

describe('a refusal', () => {
  it('of the first token is no renewal that failed, and nothing is tried again by itself', async () => {
    const { get, events, requests } = setUp(offline)
    await expect(get()).rejects.toMatchObject({ code: 'offline', phase: 'source' })
    await vi.advanceTimersByTimeAsync(HOUR)
    expect(events).toEqual([])
    expect(requests).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that no waiting mends is not tried again by itself either', async () => {
    const { get, events, requests } = setUp(fresh, { refused: 'sign_in_required' })
    await get()
    await vi.advanceTimersByTimeAsync(HOUR)
    expect(events).toEqual([])
    expect(requests).toHaveLength(2)
  })

  it('ends the rest that the source got for giving the same token again', async () => {
    const same = accessToken()
    const { store, get, requests } = setUp(same, same, { refused: 'sign_in_required' })
    await get()
    vi.setSystemTime(Date.now() + HOUR - 20_000)
    expect(await get()).toBe(same)
    await expect(store.get(ownScopes, { claims: '{}' })).rejects.toMatchObject({ code: 'sign_in_required' })
    await expect(get()).rejects.toMatchObject({ code: 'sign_in_required' })
    expect(requests).toHaveLength(4)
  })
})

describe('a step up that takes the user', () => {
  const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
  const other = '{"access_token":{"acrs":{"essential":true,"value":"c2"}}}'
  const needed: Refusal = { refused: 'sign_in_required' }

  it('says nothing of the token at hand, which is renewed in its time', async () => {
    const { store, get, requests } = setUp(fresh, needed, fresh)
    const { token } = await get()
    await expect(store.get(ownScopes, { rejectedToken: token, claims })).rejects.toMatchObject({
      code: 'sign_in_required',
      claims,
    })
    expect((await get()).token).toBe(token)
    await vi.advanceTimersByTimeAsync(56 * MINUTE)
    expect((await get()).token).not.toBe(token)
    expect(requests.map((each) => each.claims)).toEqual([undefined, claims, undefined])
  })

  it('is asked for less and less often, however often the endpoint is called', async () => {
    const { store, get, requests } = setUp(fresh, needed)
    const { token } = await get()
    const asked = () => store.get(ownScopes, { rejectedToken: token, claims })
    for (let seconds = 0; seconds < 60; seconds += 1) {
      await expect(asked()).rejects.toMatchObject({ code: 'sign_in_required', claims })
      await expect(store.get(ownScopes, { claims })).rejects.toMatchObject({ claims })
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(requests.length).toBeGreaterThan(4)
    expect(requests.length).toBeLessThan(12)
  })

  it.each(['another endpoint asks for something else', 'the page wakes', 'the user has signed in'])(
    'is asked for at once where %s',
    async (what) => {
      const { store, get, requests } = setUp(fresh, needed, fresh)
      const { token } = await get()
      await expect(store.get(ownScopes, { rejectedToken: token, claims })).rejects.toMatchObject({ claims })
      if (what === 'the page wakes') store.recheck()
      if (what === 'the user has signed in') store.adopt(accessToken(), ownScopes)
      await store.get(ownScopes, { claims: what.startsWith('another') ? other : claims })
      expect(requests).toHaveLength(3)
    },
  )

  it('waits for the network like any other request', async () => {
    const { store, get, events } = setUp(fresh, { refused: 'offline' })
    const { token } = await get()
    await expect(store.get(ownScopes, { rejectedToken: token, claims })).rejects.toMatchObject({ code: 'offline' })
    expect(events).toMatchObject([{ type: 'renewal-failed' }])
    expect((await store.get(ownScopes, { rejectedToken: token, claims })).token).toBe(token)
  })

  it('keeps no more of them than a few, whatever a server makes up', async () => {
    const { store, get } = setUp(fresh, needed)
    await get()
    for (let n = 0; n < 25; n += 1) {
      const made = JSON.stringify({ access_token: { acrs: { value: `c${n}` } } })
      await expect(store.get(ownScopes, { claims: made })).rejects.toMatchObject({ claims: made })
    }
    expect((await get()).scopes).toEqual(ownScopes)
  })
})

describe('in the hard window', () => {
  it('makes callers wait for the new token', async () => {
    const { get } = setUp(fresh)
    const old = await get()
    vi.setSystemTime(Date.now() + HOUR - 29_000)
    expect((await get()).token).not.toBe(old.token)
  })

  it('still serves the old token 31 seconds before expiry', async () => {
    const { get } = setUp(fresh, () => never)
    const old = await get()
    vi.setSystemTime(Date.now() + HOUR - 31_000)
    expect(await get()).toBe(old)
  })

  it('gives the old token while half of its rest is left, where renewal takes longer', async () => {
    const { get, requests } = setUp(fresh, () => never)
    const old = await get()
    vi.setSystemTime(Date.now() + HOUR - 20_000)
    const asked = get()
    const settled = vi.fn()
    void asked.then(settled)
    await vi.advanceTimersByTimeAsync(9_000)
    expect(settled).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await asked).toBe(old)
    expect(requests).toHaveLength(2)
  })

  it('waits for as long as renewal takes once the old token has expired', async () => {
    let answer = (_token: AccessToken) => {}
    const { get } = setUp(fresh, () => new Promise<AccessToken>((resolve) => (answer = resolve)))
    const old = await get()
    vi.setSystemTime(Date.now() + HOUR + MINUTE)
    const asked = get()
    await vi.advanceTimersByTimeAsync(15_000)
    answer(fresh())
    expect((await asked).token).not.toBe(old.token)
  })

  it('falls back on the old token while that lives, if renewal fails for a reason that can pass', async () => {
    const { get } = setUp(fresh, offline)
    const old = await get()
    vi.setSystemTime(Date.now() + HOUR - 20_000)
    expect(await get()).toBe(old)
  })

  it('does not ask on every call while renewal backs off', async () => {
    const { get, requests } = setUp(fresh, offline)
    await get()
    vi.setSystemTime(Date.now() + HOUR - 20_000)
    for (let i = 0; i < 50; i++) await get()
    expect(requests).toHaveLength(2)
  })

  it('rejects with the reason once the old token is dead', async () => {
    const { get } = setUp(fresh, offline)
    await get()
    vi.setSystemTime(Date.now() + HOUR + 1)
    await expect(get()).rejects.toMatchObject({ name: 'AuthError', code: 'offline', phase: 'renewal' })
  })

  it('rejects at once where interaction is needed, although the old token lives', async () => {
    const { get, refused } = setUp(fresh, { refused: 'sign_in_required' })
    await get()
    vi.setSystemTime(Date.now() + HOUR - 20_000)
    await expect(get()).rejects.toMatchObject({ code: 'sign_in_required' })
    expect(refused).toHaveLength(1)
  })
})

describe('with a wrong clock', () => {
  it('uses a token that has just come for a minute, however expired it seems', async () => {
    const { get, requests } = setUp(() => accessToken({ expiresInMs: -HOUR }))
    const token = await get()
    vi.setSystemTime(Date.now() + 59_000)
    expect(await get()).toBe(token)
    expect(requests.length).toBeLessThanOrEqual(2)
  })

  it('does not ask without pause for a token that always seems expired', async () => {
    const expired = accessToken({ expiresInMs: -HOUR })
    const { get, requests } = setUp(expired)
    for (let i = 0; i < 300; i++) {
      await get()
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(requests.length).toBeLessThan(70)
  })

  it('does not ask without pause where every new token seems expired', async () => {
    const { get, requests } = setUp(() => accessToken({ expiresInMs: -HOUR }))
    await get()
    await vi.advanceTimersByTimeAsync(10 * MINUTE)
    expect(requests.length).toBeLessThan(12)
  })

  it('does not ask without pause where every new token seems about to expire', async () => {
    const { get, requests } = setUp(() => accessToken({ expiresInMs: 1_000 }))
    await get()
    await vi.advanceTimersByTimeAsync(10 * MINUTE)
    expect(requests.length).toBeLessThan(12)
  })

  it('survives a clock that is set back', async () => {
    const { get } = setUp(fresh)
    const token = await get()
    vi.setSystemTime(Date.now() - 24 * HOUR)
    expect(await get()).toBe(token)
  })
})

describe('after a server refused a token', () => {
  it('renews once for all who were refused with the same token', async () => {
    const { store, get, requests } = setUp(fresh)
    const { token } = await get()
    const renewed = await Promise.all([1, 2, 3].map(() => store.get(ownScopes, { rejectedToken: token })))
    expect(new Set(renewed.map((each) => each.token)).size).toBe(1)
    expect(requests).toHaveLength(2)
  })

  it('gives the newer token to those who were refused with an older one', async () => {
    const { store, get, requests } = setUp(fresh)
    const { token } = await get()
    const renewed = await store.get(ownScopes, { rejectedToken: token })
    expect(await store.get(ownScopes, { rejectedToken: token })).toBe(renewed)
    expect(requests).toHaveLength(2)
  })

  it('does not ask again for a while where the source gave the same token', async () => {
    const same = accessToken()
    const { store, get, requests } = setUp(same)
    await get()
    for (let i = 0; i < 10; i++) expect(await store.get(ownScopes, { rejectedToken: same.token })).toBe(same)
    expect(requests).toHaveLength(2)
  })

  it('does not ask again either once that token is no longer new', async () => {
    const same = accessToken()
    const { store, get, requests } = setUp(same)
    await get()
    await store.get(ownScopes, { rejectedToken: same.token })
    await vi.advanceTimersByTimeAsync(2 * MINUTE)
    expect(await store.get(ownScopes, { rejectedToken: same.token })).toBe(same)
    expect(requests).toHaveLength(2)
    // A challenge asks for something else than the source gave.
    await store.get(ownScopes, { rejectedToken: same.token, claims: '{"a":1}' })
    expect(requests).toHaveLength(3)
  })

  it('asks again after a wake-up', async () => {
    const same = accessToken()
    const { store, get, requests } = setUp(same)
    await get()
    await store.get(ownScopes, { rejectedToken: same.token })
    store.recheck()
    await store.get(ownScopes, { rejectedToken: same.token })
    expect(requests).toHaveLength(3)
  })

  it('passes a claims challenge on, in a flight of its own', async () => {
    const { store, get, requests } = setUp(fresh)
    const { token } = await get()
    await Promise.all([
      store.get(ownScopes, { rejectedToken: token, claims: '{"a":1}' }),
      store.get(ownScopes, { rejectedToken: token, claims: '{"a":1}' }),
    ])
    expect(requests).toEqual([expect.anything(), { scopes: ownScopes, fresh: true, claims: '{"a":1}' }])
  })
})

describe('a server that refuses every token', () => {
  it('does not make the source be asked at every call', async () => {
    const { store, get, requests } = setUp(fresh)
    let { token } = await get()
    for (let i = 0; i < 60; i++) {
      token = (await store.get(ownScopes, { rejectedToken: token })).token
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(requests.length).toBeGreaterThan(2)
    expect(requests.length).toBeLessThan(10)
  })

  it('is given new tokens again after a wake-up', async () => {
    const { store, get, requests } = setUp(fresh)
    let { token } = await get()
    for (let i = 0; i < 10; i++) token = (await store.get(ownScopes, { rejectedToken: token })).token
    const before = requests.length
    store.recheck()
    await store.get(ownScopes, { rejectedToken: token })
    expect(requests).toHaveLength(before + 1)
  })

  it('is given a new token at once where the last one was good for a while', async () => {
    const { store, get, requests } = setUp(fresh)
    let { token } = await get()
    for (let i = 0; i < 5; i++) {
      await vi.advanceTimersByTimeAsync(2 * MINUTE)
      token = (await store.get(ownScopes, { rejectedToken: token })).token
    }
    expect(requests).toHaveLength(6)
  })

  it('does not make the source be asked at every call by the same challenge either', async () => {
    const { store, get, requests } = setUp(fresh)
    let { token } = await get()
    for (let i = 0; i < 60; i++) {
      token = (await store.get(ownScopes, { rejectedToken: token, claims: '{"a":1}' })).token
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(requests.length).toBeLessThan(10)
  })

  it('may ask for something else right after a challenge', async () => {
    const { store, get, requests } = setUp(fresh)
    const { token } = await get()
    const second = await store.get(ownScopes, { rejectedToken: token, claims: '{"a":1}' })
    const third = await store.get(ownScopes, { rejectedToken: second.token, claims: '{"a":2}' })
    await store.get(ownScopes, { rejectedToken: third.token })
    expect(requests.map(({ claims }) => claims)).toEqual([undefined, '{"a":1}', '{"a":2}', undefined])
  })

  it('does not make the source be asked at every call while renewal fails', async () => {
    const { store, get, requests } = setUp(fresh, offline)
    const { token } = await get()
    for (let i = 0; i < 50; i++) await store.get(ownScopes, { rejectedToken: token }).catch(() => {})
    expect(requests.length).toBeLessThan(4)
  })

  it('gets the token that was good for a while, without another question, where its renewal has just failed', async () => {
    const { store, get, requests } = setUp(fresh, offline)
    const old = await get()
    await vi.advanceTimersByTimeAsync(2 * MINUTE)
    await expect(store.get(ownScopes, { rejectedToken: old.token })).rejects.toMatchObject({ code: 'offline' })
    expect(await store.get(ownScopes, { rejectedToken: old.token })).toBe(old)
    expect(requests).toHaveLength(2)
  })
})

describe('flights', () => {
  it('never let an older answer overwrite a newer one', async () => {
    let answerOld: (token: AccessToken) => void = () => {}
    const slow = new Promise<AccessToken>((resolve) => {
      answerOld = resolve
    })
    const { store, get } = setUp(fresh, () => slow, fresh)
    const { token } = await get()
    const waiting = store.get(ownScopes, { rejectedToken: token })
    const challenged = await store.get(ownScopes, { claims: '{}' })
    answerOld(accessToken())
    await waiting
    expect(store.peek(ownScopes)).toBe(challenged)
  })

  it('end by a deadline when the source never answers', async () => {
    const { get } = setUp(() => never)
    const settled = expect(get()).rejects.toMatchObject({ code: 'timed_out', retryable: true })
    await vi.advanceTimersByTimeAsync(65_000)
    await settled
  })

  it('adopt an answer that comes after the deadline', async () => {
    let answer: (token: AccessToken) => void = () => {}
    const late = new Promise<AccessToken>((resolve) => {
      answer = resolve
    })
    const { store, get } = setUp(() => late)
    const settled = expect(get()).rejects.toMatchObject({ code: 'timed_out' })
    await vi.advanceTimersByTimeAsync(65_000)
    await settled
    const token = accessToken()
    answer(token)
    await vi.advanceTimersByTimeAsync(0)
    expect(store.peek(ownScopes)).toBe(token)
  })

  it('leave a newer token where an older answer comes after its deadline', async () => {
    let answer: (token: AccessToken) => void = () => {}
    const late = new Promise<AccessToken>((resolve) => {
      answer = resolve
    })
    const { store, get } = setUp(() => late, fresh)
    const settled = expect(get()).rejects.toMatchObject({ code: 'timed_out' })
    await vi.advanceTimersByTimeAsync(65_000)
    await settled
    await vi.advanceTimersByTimeAsync(MINUTE)
    const newer = await get()
    answer(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(store.peek(ownScopes)).toBe(newer)
  })

  it('that are refused change nothing once a newer token is there', async () => {
    let answer: (refusal: Refusal) => void = () => {}
    const slow = new Promise<Refusal>((resolve) => {
      answer = resolve
    })
    const { store, get, refused } = setUp(fresh, () => slow)
    const { token } = await get()
    const waiting = store.get(ownScopes, { rejectedToken: token })
    const signedIn = accessToken()
    store.adopt(signedIn, ownScopes)
    answer({ refused: 'sign_in_required' })
    await expect(waiting).resolves.toBe(signedIn)
    expect(refused).toEqual([])
    expect(await get()).toBe(signedIn)
  })

  it('bring a newer token than one that came late meanwhile, and was asked for before them', async () => {
    let answer: (token: AccessToken) => void = () => {}
    const slow = new Promise<AccessToken>((resolve) => {
      answer = resolve
    })
    const { store, get } = setUp(fresh, () => slow)
    const { token } = await get()
    const waiting = store.get(ownScopes, { rejectedToken: token })
    const late = accessToken()
    store.adopt(late, ownScopes, true)
    expect(store.peek(ownScopes)).toBe(late)
    answer(accessToken())
    const newer = await waiting
    expect(store.peek(ownScopes)).toBe(newer)
  })

  it('give their caller the newer token that has come meanwhile, and not the older one that they bring', async () => {
    let answer: (token: AccessToken) => void = () => {}
    const { store, get } = setUp(new Promise<AccessToken>((resolve) => (answer = resolve)))
    const waiting = get()
    const [older, newer] = [accessToken(), accessToken()]
    store.adopt(newer, ownScopes)
    answer(older)
    expect(await waiting).toBe(newer)
    expect(store.peek(ownScopes)).toBe(newer)
  })

  it('keep the answer to a challenge, although a token without its claims has come meanwhile', async () => {
    let answer: (token: AccessToken) => void = () => {}
    const { store } = setUp(new Promise<AccessToken>((resolve) => (answer = resolve)))
    const waiting = store.get(ownScopes, { claims: '{"access_token":{}}' })
    const [withClaims, without] = [accessToken(), accessToken()]
    store.adopt(without, ownScopes)
    answer(withClaims)
    expect(await waiting).toBe(withClaims)
    expect(store.peek(ownScopes)).toBe(withClaims)
  })

  it('leave a newer token where an answer with claims comes after its deadline', async () => {
    let answer: (token: AccessToken) => void = () => {}
    const { store } = setUp(new Promise<AccessToken>((resolve) => (answer = resolve)))
    const waiting = expect(store.get(ownScopes, { claims: '{"access_token":{}}' })).rejects.toMatchObject({
      code: 'timed_out',
    })
    await vi.advanceTimersByTimeAsync(65_000)
    await waiting
    const newer = accessToken()
    store.adopt(newer, ownScopes)
    answer(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect(store.peek(ownScopes)).toBe(newer)
  })

  it('that are refused ask once more where the newer token is over by now', async () => {
    let answer: (refusal: Refusal) => void = () => {}
    const slow = new Promise<Refusal>((resolve) => {
      answer = resolve
    })
    const { store, get, requests, refused } = setUp(fresh, () => slow, fresh)
    const { token } = await get()
    const waiting = store.get(ownScopes, { rejectedToken: token })
    const signedIn = accessToken()
    store.adopt(signedIn, ownScopes)
    vi.setSystemTime(signedIn.expiresOnTimestamp + 1) // the machine slept
    answer(offline)
    expect((await waiting).expiresOnTimestamp).toBeGreaterThan(Date.now())
    expect(requests).toHaveLength(3)
    expect(refused).toEqual([])
  })

  it.each([
    ['refused', offline],
    ['answered', accessToken()],
  ])('that are %s late still have the newer token renewed before it is over', async (_what, late) => {
    let answer: (answer: AccessToken | Refusal) => void = () => {}
    const slow = new Promise<AccessToken | Refusal>((resolve) => {
      answer = resolve
    })
    const { store, get, requests } = setUp(fresh, () => slow, fresh)
    const { token } = await get()
    const waiting = store.get(ownScopes, { rejectedToken: token })
    store.adopt({ ...accessToken(), expiresOnTimestamp: Date.now() + 2 * MINUTE }, ownScopes)
    await vi.advanceTimersByTimeAsync(62_000) // the soft window has begun
    answer(late)
    await waiting
    await vi.advanceTimersByTimeAsync(0)
    expect(requests).toHaveLength(3)
  })

  it('that are refused for a challenge are refused, although a newer token is there: it answers no challenge', async () => {
    let answer: (refusal: Refusal) => void = () => {}
    const slow = new Promise<Refusal>((resolve) => {
      answer = resolve
    })
    const { store, get } = setUp(fresh, () => slow)
    await get()
    const waiting = store.get(ownScopes, { claims: '{"a":1}' })
    store.adopt(accessToken(), ownScopes)
    answer({ refused: 'sign_in_required' })
    await expect(waiting).rejects.toMatchObject({ code: 'sign_in_required' })
  })

  it.each([
    ['a refusal', { refused: 'sign_in_required' } satisfies Refusal],
    ['a token after a sign-out', accessToken()],
  ])('ignore %s that comes after the deadline', async (_what, answer) => {
    let settle: (answer: AccessToken | Refusal) => void = () => {}
    const late = new Promise<AccessToken | Refusal>((resolve) => {
      settle = resolve
    })
    const { store, get, kept, refused, switched } = setUp(() => late)
    const settled = expect(get()).rejects.toMatchObject({ code: 'timed_out', phase: 'source' })
    await vi.advanceTimersByTimeAsync(65_000)
    await settled
    store.forget('sign_in_required')
    settle(answer)
    await vi.advanceTimersByTimeAsync(0)
    expect([kept, switched, refused.length]).toEqual([[], [], 1])
  })

  it('hand on a token of another account that comes after the deadline', async () => {
    let settle: (answer: AccessToken) => void = () => {}
    const late = new Promise<AccessToken>((resolve) => {
      settle = resolve
    })
    const { get, kept, switched, accept } = setUp(() => late)
    const settled = expect(get()).rejects.toMatchObject({ code: 'timed_out' })
    await vi.advanceTimersByTimeAsync(65_000)
    await settled
    accept(false)
    settle(accessToken())
    await vi.advanceTimersByTimeAsync(0)
    expect([kept, switched.length]).toEqual([[], 1])
  })

  it('ask for a fresh token where a challenge is answered without one at hand', async () => {
    const { store, requests } = setUp(fresh)
    await store.get(ownScopes, { claims: '{"a":1}' })
    expect(requests).toEqual([{ scopes: ownScopes, fresh: true, claims: '{"a":1}' }])
  })

  it('turn a source that throws into a typed error with the evidence', async () => {
    const cause = new TypeError('Cannot create property key_id')
    const { get } = setUp(() => Promise.reject(cause))
    await expect(get()).rejects.toMatchObject({ name: 'AuthError', code: 'unsupported', cause })
  })

  it('go on for others when one caller aborts', async () => {
    const { store, requests } = setUp(fresh)
    const abort = new AbortController()
    const aborted = store.get(ownScopes, { abortSignal: abort.signal })
    const other = store.get(ownScopes)
    abort.abort(new Error('not needed any more'))
    await expect(aborted).rejects.toThrow('not needed any more')
    await expect(other).resolves.toBeDefined()
    expect(requests).toHaveLength(1)
  })

  it('are not begun for a caller that has aborted already', async () => {
    const { store, requests } = setUp(fresh)
    await expect(store.get(ownScopes, { abortSignal: AbortSignal.abort('gone') })).rejects.toBe('gone')
    expect(requests).toHaveLength(0)
  })
})

describe('when the account goes', () => {
  it('rejects whoever waits, at once, with the reason', async () => {
    const { store, get } = setUp(() => never)
    const waiting = get()
    store.forget('account_mismatch')
    await expect(waiting).rejects.toMatchObject({ code: 'account_mismatch', phase: 'source' })
  })

  it('ignores the late answer', async () => {
    let answer: (token: AccessToken) => void = () => {}
    const late = new Promise<AccessToken>((resolve) => {
      answer = resolve
    })
    const { store, get, kept } = setUp(() => late)
    const settled = expect(get()).rejects.toMatchObject({ code: 'sign_in_required' })
    store.forget('sign_in_required')
    await settled
    answer(accessToken())
    await vi.advanceTimersByTimeAsync(2 * HOUR)
    expect(store.peek(ownScopes)).toBeUndefined()
    expect(kept).toEqual([])
  })

  it('leaves no timer behind', async () => {
    const { store, get } = setUp(fresh)
    await get()
    store.forget('disposed')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('refuses a token of another account without keeping it, and hands it on', async () => {
    const { store, get, kept, switched, accept } = setUp(fresh)
    accept(false)
    await expect(get()).rejects.toMatchObject({ code: 'account_mismatch', phase: 'renewal' })
    expect(kept).toEqual([])
    expect(switched).toHaveLength(1)
    expect(store.peek(ownScopes)).toBeUndefined()
  })
})

describe('the accounts', () => {
  it('are those whose tokens there have been, in turn, with the times in which there were none', async () => {
    const { store } = setUp(fresh)
    expect(store.accounts).toEqual([])
    store.forget('sign_in_required')
    expect(store.accounts).toEqual([])
    store.adopt(accessToken({ objectId: 'adele' }), ownScopes)
    store.adopt(accessToken({ objectId: 'adele' }), ['other'])
    store.forget('sign_in_required')
    store.forget('disposed')
    store.adopt(accessToken({ objectId: 'adele' }), ownScopes)
    store.forget('account_mismatch')
    store.adopt(accessToken({ objectId: 'alex' }), ownScopes)
    expect(store.accounts.map((each) => each?.split(':').at(-1))).toEqual([
      'adele',
      undefined,
      'adele',
      undefined,
      'alex',
    ])
  })
})

describe('a sign-in that has expired', () => {
  it('leaves the account what it was', () => {
    const { store } = setUp(fresh)
    store.adopt(accessToken(), ownScopes)
    store.forget('sign_in_required', true)
    store.adopt(accessToken(), ownScopes)
    expect(store.accounts).toHaveLength(1)
    expect(store.accounts).not.toContain(undefined)
  })
})

describe('a token from the cache of the source', () => {
  it.each([
    ['later than the one that is kept', true, 1],
    ['at the same time', false, 0],
    ['sooner', false, -1],
  ])('that expires %s is news: %s', (_when, isNews, by) => {
    const { store } = setUp(fresh)
    const kept = accessToken()
    store.adopt(kept, ownScopes)
    expect(store.isNews({ ...accessToken(), expiresOnTimestamp: kept.expiresOnTimestamp + by }, ownScopes)).toBe(isNews)
  })

  it('is news where none is kept, unless one is on its way', async () => {
    const { store, get } = setUp(() => never)
    expect(store.isNews(accessToken(), ownScopes)).toBe(true)
    get().catch(() => {})
    await vi.advanceTimersByTimeAsync(0)
    expect(store.isNews(accessToken(), ownScopes)).toBe(false)
    store.forget('disposed')
  })
})

describe('what is cached', () => {
  it('is the token with the time at which it came, however old, and nothing before', async () => {
    const { store, get } = setUp(fresh)
    expect(store.cached(ownScopes)).toBeUndefined()
    const receivedAt = Date.now()
    const token = await get()
    vi.setSystemTime(receivedAt + 2 * HOUR)
    expect(store.cached(ownScopes)).toEqual({ token, receivedAt })
  })
})

describe('peek', () => {
  it('gives nothing before the first token, and nothing in the hard window', async () => {
    const { store, get } = setUp(fresh)
    expect(store.peek(ownScopes)).toBeUndefined()
    const token = await get()
    expect(store.peek(ownScopes)).toBe(token)
    vi.setSystemTime(Date.now() + HOUR - 20_000)
    expect(store.peek(ownScopes)).toBeUndefined()
  })
})

describe('after sleep', () => {
  it('renews a token that came into its soft window meanwhile', async () => {
    const { store, get, requests } = setUp(fresh)
    await get()
    vi.setSystemTime(Date.now() + HOUR + MINUTE) // the timer stood still
    store.recheck()
    await vi.advanceTimersByTimeAsync(0)
    expect(requests).toHaveLength(2)
  })

  it('asks nothing while the token is good', async () => {
    const { store, get, requests } = setUp(fresh)
    await get()
    for (let i = 0; i < 20; i++) store.recheck()
    await vi.advanceTimersByTimeAsync(0)
    expect(requests).toHaveLength(1)
  })

  it('asks for no token that was refused before', async () => {
    const { store, get, requests } = setUp(offline)
    await expect(get()).rejects.toMatchObject({ code: 'offline' })
    store.recheck()
    await vi.advanceTimersByTimeAsync(HOUR)
    expect(requests).toHaveLength(1)
  })

  it('waits for a renewal under way without looking at the clock again and again', async () => {
    const { store, get } = setUp(fresh, () => never)
    await get()
    await vi.advanceTimersByTimeAsync(HOUR - 4 * MINUTE)
    store.recheck()
    expect(vi.getTimerCount()).toBe(1) // the deadline of the flight
    store.forget('disposed')
  })

  it('does not wait for the rest of a back-off', async () => {
    vi.mocked(Math.random).mockReturnValue(0.9)
    const { store, get, requests } = setUp(fresh, offline, fresh)
    await get()
    await vi.advanceTimersByTimeAsync(HOUR - 4 * MINUTE)
    const before = requests.length
    store.recheck()
    await vi.advanceTimersByTimeAsync(0)
    expect(requests.length).toBeGreaterThanOrEqual(before)
    expect((await get()).expiresOnTimestamp).toBeGreaterThan(Date.now() + 30 * MINUTE)
  })
})
