import { afterEach, describe, expect, it, vi } from 'vitest'
import { backoff, LONGEST_TIMEOUT_MS } from '../../../src/shared/backoff.js'

afterEach(() => {
  vi.restoreAllMocks()
})

it('the longest delay of a timer is the largest number of 31 bits', () => {
  expect(LONGEST_TIMEOUT_MS).toBe(2_147_483_647)
})

describe('backoff', () => {
  const bounds = { first: 1_000, longest: 60_000 }

  it.each([
    [0, 1_000],
    [1, 1_000],
    [2, 2_000],
    [5, 16_000],
    [7, 60_000],
    [5_000, 60_000],
  ])('waits after failure %i up to %i ms', (attempt, longest) => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    expect(backoff(attempt, bounds)).toBe(longest)
  })

  it('spreads over the whole range', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    expect(backoff(4, bounds)).toBe(0)
  })
})
