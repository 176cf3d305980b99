import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createNetworkClient } from '../../../../src/sources/msal/network.js'

const URL = 'https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token'
const NOW = Date.parse('2026-01-01T00:00:00Z')

beforeEach(() => {
  vi.useFakeTimers()
  vi.setSystemTime(NOW)
})
afterEach(() => vi.useRealTimers())

/** A client over a token endpoint that answers always the same. */
function setUp(headers: Record<string, string>, status = 503) {
  const fetch = vi.fn(async () => Response.json({ error: 'temporarily_unavailable' }, { status, headers }))
  const client = createNetworkClient(fetch)
  const post = (body = 'scope=a') => client.sendPostRequestAsync<{ error?: string }>(URL, { body })
  return { fetch, post, client }
}

describe('`Retry-After`', () => {
  it.each([
    ['90', 'in seconds'],
    ['Thu, 01 Jan 2026 00:01:30 GMT', 'as a date'],
  ])('%s, %s, reaches MSAL in seconds', async (value) => {
    const { post } = setUp({ 'retry-after': value, date: 'Thu, 01 Jan 2026 00:00:00 GMT' })
    expect((await post()).headers).toMatchObject({ 'retry-after': '90' })
  })

  it('keeps every request back until it is over, whatever is asked for', async () => {
    const { post, fetch } = setUp({ 'retry-after': '90' }, 429)
    const first = await post()
    vi.setSystemTime(NOW + 30_000)
    const second = await post('scope=b')
    expect(fetch).toHaveBeenCalledTimes(1)
    expect(second).toEqual({ ...first, headers: { ...first.headers, 'retry-after': '60' } })
    vi.setSystemTime(NOW + 90_001)
    await post()
    expect(fetch).toHaveBeenCalledTimes(2)
  })

  it('is over where the clock is set back, and after an hour at the latest', async () => {
    const { post, fetch } = setUp({ 'retry-after': '999999' })
    await post()
    vi.setSystemTime(NOW - 1_000)
    await post()
    expect(fetch).toHaveBeenCalledTimes(2)
    vi.setSystemTime(NOW + 3_600_001)
    await post()
    expect(fetch).toHaveBeenCalledTimes(3)
  })

  it.each(['', '0', 'soon', 'Thu, 01 Jan 2015 00:00:00 GMT'])('%j keeps nothing back', async (value) => {
    const { post, fetch } = setUp({ 'retry-after': value })
    await post()
    await post()
    expect(fetch).toHaveBeenCalledTimes(2)
  })

  it('of a success counts for nothing', async () => {
    const { post, fetch } = setUp({ 'retry-after': '90' }, 200)
    await post()
    await post()
    expect(fetch).toHaveBeenCalledTimes(2)
  })

  it.each([400, 401, 403])(
    'of a %s keeps nothing back: it says nothing of other accounts and scopes',
    async (status) => {
      const { post, fetch } = setUp({ 'retry-after': '90' }, status)
      await post()
      await post('scope=b')
      expect(fetch).toHaveBeenCalledTimes(2)
    },
  )

  it('of what is no token endpoint keeps no request for a token back', async () => {
    const { post, client, fetch } = setUp({ 'retry-after': '90' })
    await client.sendGetRequestAsync(URL)
    await post()
    expect(fetch).toHaveBeenCalledTimes(2)
  })
})
