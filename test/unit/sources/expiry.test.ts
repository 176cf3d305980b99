import { describe, expect, it, vi } from 'vitest'
import { createExpiryCheck } from '../../../src/sources/expiry.js'

const trueNow = Date.parse('2026-11-29T10:00:00Z')
const HOUR_S = 3_600
const seconds = trueNow / 1_000
const fresh = { iat: seconds - 60, exp: seconds + HOUR_S }
const expired = { iat: seconds - 2 * HOUR_S, exp: seconds - HOUR_S }

/** A page whose server tells the time, on a device whose clock is so many hours ahead. */
function setUp({ aheadHours = 0, headers = { date: new Date(trueNow).toUTCString() } as Record<string, string> } = {}) {
  const nativeFetch = vi.fn(async (_: RequestInfo | URL, _init?: RequestInit) => new Response(null, { headers }))
  const location = new URL('https://app.example/chat?code=secret#secret')
  const now = () => trueNow + aheadHours * HOUR_S * 1_000
  return {
    nativeFetch,
    checkExpiry: createExpiryCheck({ window: { location } as unknown as Window, nativeFetch, now }),
  }
}

describe('the expiry of a token of a host', () => {
  it.each([0, -5, -24 * 365])('needs nobody where the clock is ahead by %s hours', async (aheadHours) => {
    const { checkExpiry, nativeFetch } = setUp({ aheadHours })
    expect(await checkExpiry(fresh)).toBe(fresh.exp * 1_000)
    expect(nativeFetch).not.toHaveBeenCalled()
  })

  it.each([1.5, 3, 14, 24 * 365])('is told by a clock that is ahead by %s hours', async (aheadHours) => {
    const { checkExpiry, nativeFetch } = setUp({ aheadHours })
    const local = fresh.exp * 1_000 + aheadHours * HOUR_S * 1_000 - 2_000
    expect(await checkExpiry(fresh)).toBe(local)
    expect(nativeFetch).toHaveBeenCalledWith('https://app.example/chat', expect.objectContaining({ method: 'HEAD' }))
    expect(await checkExpiry(fresh)).toBe(local)
    expect(nativeFetch).toHaveBeenCalledTimes(1)
  })

  it.each([0, 3])('is over for a token that has expired, with a clock ahead by %s hours', async (aheadHours) => {
    const { checkExpiry } = setUp({ aheadHours })
    expect(await checkExpiry(expired)).toMatchObject({
      refused: 'host_refused',
      why: 'token_expired',
      retryable: true,
    })
  })

  it('is that of the token again once the clock has been corrected', async () => {
    const nativeFetch = async () => new Response(null, { headers: { date: new Date(trueNow).toUTCString() } })
    const location = new URL('https://app.example/chat')
    let aheadMs = 3 * HOUR_S * 1_000
    const window = { location } as unknown as Window
    const checkExpiry = createExpiryCheck({ window, nativeFetch, now: () => trueNow + aheadMs })
    await checkExpiry(fresh)
    aheadMs = 0
    const next = { iat: seconds - 10, exp: seconds + HOUR_S + 10 }
    const expires = Number(await checkExpiry(next))
    expect(expires).toBeGreaterThanOrEqual(next.exp * 1_000)
    expect(expires).toBeLessThanOrEqual(next.exp * 1_000 + 10_000)
  })

  it('is over for one that expired ten seconds ago', async () => {
    const { checkExpiry } = setUp()
    expect(await checkExpiry({ ...expired, exp: seconds - 10 })).toMatchObject({ refused: 'host_refused' })
  })

  it('takes an answer of a cache for as old as it is', async () => {
    const headers = { date: new Date(trueNow - 3 * HOUR_S * 1_000).toUTCString(), age: String(3 * HOUR_S) }
    expect(await setUp({ headers }).checkExpiry(expired)).toMatchObject({ refused: 'host_refused' })
  })

  it.each<[string, object]>([
    ['ends before it begins', { iat: seconds, exp: seconds - 1 }],
    ['ends as it begins', { iat: seconds + HOUR_S, exp: seconds + HOUR_S }],
    ['never ends', { iat: seconds }],
    ['ends in words', { exp: 'tomorrow' }],
    ['ends at no time', { exp: Number.POSITIVE_INFINITY }],
  ])('is none where the token %s', async (_, claims) => {
    const { checkExpiry, nativeFetch } = setUp()
    expect(await checkExpiry({ ...claims })).toMatchObject({ refused: 'host_refused' })
    expect(nativeFetch).not.toHaveBeenCalled()
  })

  it.each<[string, () => Promise<Response>]>([
    ['cannot be reached', () => Promise.reject(new TypeError('Failed to fetch'))],
    ['does not say', async () => new Response()],
    ['says nonsense', async () => new Response(null, { headers: { date: 'soon' } })],
  ])('is not known where the server %s, and asked for again', async (_, answer) => {
    const { checkExpiry, nativeFetch } = setUp({ aheadHours: 3 })
    nativeFetch.mockImplementationOnce(answer)
    expect(await checkExpiry(fresh)).toMatchObject({ refused: 'unavailable', why: 'clock_unknown' })
    expect(await checkExpiry(fresh)).toEqual(expect.any(Number))
  })
})
