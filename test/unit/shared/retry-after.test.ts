import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { retryAfterMs } from '../../../src/shared/retry-after.js'

const HERE = Date.parse('2026-01-01T00:00:00Z')

beforeEach(() => void vi.useFakeTimers().setSystemTime(HERE))

afterEach(() => void vi.useRealTimers())

it.each<[retryAfter: string | undefined, date: string | undefined, ms: number]>([
  ['120', undefined, 120_000],
  ['0.5', undefined, 500],
  ['120', 'Thu, 01 Jan 2026 05:00:00 GMT', 120_000],
  ['Thu, 01 Jan 2026 00:01:00 GMT', undefined, 60_000],
  // By the clock of the server, which may be hours away from ours.
  ['Thu, 01 Jan 2026 05:01:00 GMT', 'Thu, 01 Jan 2026 05:00:00 GMT', 60_000],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 'yesterday', 60_000],
  ['Wed, 31 Dec 2025 23:59:00 GMT', undefined, -60_000],
  ['soon', undefined, Number.NaN],
  ['', undefined, Number.NaN],
  [undefined, 'Thu, 01 Jan 2026 05:00:00 GMT', Number.NaN],
])('Retry-After %j with Date %j is a pause of %d ms', (retryAfter, date, ms) => {
  const headers = new Headers()
  if (retryAfter !== undefined) headers.set('Retry-After', retryAfter)
  if (date !== undefined) headers.set('Date', date)
  expect(retryAfterMs(headers)).toBe(ms)
})

it('is no pause where it names none', () => {
  expect(retryAfterMs(new Headers({ 'Retry-After': '0' }))).toBeLessThanOrEqual(0)
})
