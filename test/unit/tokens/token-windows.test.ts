import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AuthError } from '../../../src/shared/errors.js'
import {
  type Entry,
  isAlive,
  isBackingOff,
  isJustReceived,
  isOverruled,
  isRejectedTooSoon,
  isUnchanged,
  keepToken,
  mustRenew,
  newEntry,
  noteStepUp,
  RETRY,
  shouldRenew,
} from '../../../src/tokens/token-windows.js'
import { accessToken, ownScopes } from '../jwt.js'

const T = 1_900_000_000_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const flight = new Map([['', new Promise<never>(() => {})]])
const offline = new AuthError('offline', { phase: 'renewal' })
const refused = new AuthError('sign_in_required', { phase: 'renewal' })

beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})

afterEach(() => vi.restoreAllMocks())

/** A token that came at T and expires `lifetime` later. */
const tokenFor = (lifetime: number) => ({ ...accessToken(), expiresOnTimestamp: T + lifetime })

function entryWith(changes: Partial<Entry> = {}): Entry {
  return { ...newEntry(ownScopes), token: tokenFor(HOUR), receivedAt: T, ...changes }
}

describe('each window ends where it says, to the millisecond', () => {
  type Row = [rule: string, ends: number, is: (entry: Entry, now: number) => boolean, entry: Partial<Entry>]
  const rows: Row[] = [
    ['a token lives until it expires', T + HOUR, isAlive, {}],
    ['a token that seems expired lives for a minute', T + MINUTE, isAlive, { token: tokenFor(-HOUR) }],
    ['a token has just come for a minute', T + MINUTE, isJustReceived, {}],
    ['a token is good until the hard window', T + HOUR - 30_000, (...row) => !mustRenew(...row), {}],
    [
      'one that has just come is good, however short it lives',
      T + MINUTE,
      (...row) => !mustRenew(...row),
      { token: tokenFor(1) },
    ],
    [
      'one that the source gave again is good',
      T + 2 * HOUR,
      (...row) => !mustRenew(...row),
      { unchanged: true, notBefore: T + 2 * HOUR },
    ],
    ['a source with nothing newer is left alone', T + 7, isUnchanged, { unchanged: true, notBefore: T + 7 }],
    ['a failed renewal is not tried again', T + 7, isBackingOff, { lastError: offline, notBefore: T + 7 }],
    [
      'renewal does not begin before the soft window',
      T + 9,
      (...row) => !shouldRenew(...row),
      { softAt: T + 9, notBefore: T + 3 },
    ],
    ['nor before the pause is over', T + 9, (...row) => !shouldRenew(...row), { softAt: T + 3, notBefore: T + 9 }],
    ['the first new token that is refused is not replaced for 1 s', T + 1_000, isRejectedTooSoon, { rejections: 1 }],
    ['the second for 2 s', T + 2_000, isRejectedTooSoon, { rejections: 2 }],
    ['the fourth for 8 s', T + 8_000, isRejectedTooSoon, { rejections: 4 }],
    ['the twentieth for a minute', T + MINUTE, isRejectedTooSoon, { rejections: 20 }],
  ]
  it.each(rows)('%s', (_rule, ends, is, changes) => {
    const entry = entryWith(changes)
    expect([ends - 1, ends, ends + 1].map((now) => is(entry, now))).toEqual([true, false, false])
  })
})

describe('what opens no window', () => {
  it('is a token that is not there', () => {
    const { token: _, ...empty } = entryWith()
    expect([mustRenew(empty, T), isAlive(empty, T)]).toEqual([true, false])
  })

  it('is a renewal that is under way', () => {
    expect(shouldRenew(entryWith({ flights: flight }), T + HOUR)).toBe(false)
  })

  it('is an error that no waiting mends, or none', () => {
    const waiting = { notBefore: T + MINUTE }
    expect(isBackingOff(entryWith({ ...waiting, lastError: refused }), T)).toBe(false)
    expect(isBackingOff(entryWith(waiting), T)).toBe(false)
  })

  it('is a token that differs from the one before', () => {
    expect(isUnchanged(entryWith({ notBefore: T + MINUTE }), T)).toBe(false)
  })

  it('is a token that no server refused', () => {
    expect(isRejectedTooSoon(entryWith(), T)).toBe(false)
  })
})

it.each([
  [4, undefined, undefined, true],
  [5, undefined, undefined, false],
  [6, undefined, undefined, false],
  [4, undefined, 'c1', true],
  [4, 'c1', 'c1', true],
  [4, 'c1', undefined, false],
  [4, 'c1', 'c2', true],
])(
  'the answer of flight %d with the claims %s is overruled by that of flight 5 with %s: %s',
  (number, claims, kept, is) => {
    expect(isOverruled(entryWith({ keptFlight: 5, keptClaims: kept }), { number, claims })).toBe(is)
  },
)

describe('a token that comes', () => {
  it('for an older flight keeps the number of the newer one', () => {
    const entry = entryWith({ keptFlight: 9 })
    keepToken(entry, tokenFor(HOUR), { number: 7, claims: 'c1' }, T)
    expect(entry).toMatchObject({ keptFlight: 9, keptClaims: 'c1' })
  })

  const afterFailures = () => entryWith({ failures: 3, lastError: offline, notBefore: T + 3, receivedAt: T - HOUR })

  it.each([
    [HOUR, HOUR - 5 * MINUTE, 'five minutes before it expires'],
    [10 * MINUTE, 5 * MINUTE, 'at half of a short life'],
    [4 * MINUTE, 2 * MINUTE, 'at half of a shorter life'],
    [MINUTE, MINUTE, 'never in its first minute'],
    [-HOUR, MINUTE, 'nor where it seems expired'],
  ])('with %d ms to live is renewed after %d: %s', (lifetime, softAt) => {
    const entry = afterFailures()
    keepToken(entry, tokenFor(lifetime), { number: 7 }, T)
    expect(entry.softAt).toBe(T + softAt)
  })

  it('ends what the failures before it began', () => {
    const entry = afterFailures()
    const token = { ...tokenFor(HOUR), token: 'another' }
    keepToken(entry, token, { number: 7 }, T)
    expect(entry).toMatchObject({ token, keptFlight: 7, receivedAt: T, failures: 0, notBefore: 0, unchanged: false })
    expect(entry).not.toHaveProperty('lastError')
  })

  it.each([
    [HOUR, HOUR / 2],
    [12_000, 6_000],
    [8_000, 5_000],
    [-HOUR, 5_000],
  ])('again, with %d ms to live, keeps the time of the first and gives the source %d ms of rest', (lifetime, pause) => {
    const entry = afterFailures()
    const token = { ...tokenFor(lifetime), token: entry.token?.token ?? '' }
    keepToken(entry, token, { number: 7 }, T)
    expect(entry).toMatchObject({ token, receivedAt: T - HOUR, notBefore: T + pause, unchanged: true })
  })
})

it('an entry begins with nothing', () => {
  const zeros = { receivedAt: 0, softAt: 0, notBefore: 0, failures: 0, rejections: 0, lastFlight: 0, keptFlight: 0 }
  expect(newEntry(ownScopes)).toEqual({
    scopes: ownScopes,
    flights: new Map(),
    stepUps: new Map(),
    unchanged: false,
    ...zeros,
  })
})

it('a failed renewal waits for a second at first, and a minute at most', () => {
  expect(RETRY).toEqual({ first: 1_000, longest: MINUTE })
})

describe('a step up that was refused', () => {
  it('waits a second at first, and then longer and longer', () => {
    const entry = entryWith()
    const pauses = Array.from({ length: 9 }, () => {
      noteStepUp(entry, 'c1', refused, T)
      return (entry.stepUps.get('c1')?.notBefore ?? 0) - T
    })
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
    expect(entry.stepUps.get('c1')).toMatchObject({ error: refused, failures: 9 })
  })

  it('is kept beside a few others, until a token comes', () => {
    const entry = entryWith()
    for (let n = 0; n < 10; n += 1) noteStepUp(entry, `c${n}`, refused, T)
    expect(entry.stepUps.size).toBe(10)
    noteStepUp(entry, 'c10', refused, T)
    expect([...entry.stepUps.keys()]).toEqual(['c10'])
    keepToken(entry, tokenFor(HOUR), { number: 1 }, T)
    expect(entry.stepUps.size).toBe(0)
  })
})
