// @vitest-environment node
import { exportJWK, type JWK } from 'jose'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createKeySet } from '../../../../src/server/tokens/keys.js'
import { createSigningKey, NOW, publish, type SigningKey } from '../authority.js'

const HOUR = 3_600_000
const issuers = ['https://login.example/common/v2.0', 'https://login.example/{tenantid}/v2.0']

let key: SigningKey
beforeAll(async () => {
  key = await createSigningKey('key-1')
})

function setUp() {
  const endpoint = publish(key)
  const fetch = vi.fn<typeof globalThis.fetch>(endpoint.fetch)
  const clock = { now: NOW }
  const keySet = createKeySet({ url: 'https://login.example/keys', fetch, now: () => clock.now, issuers })
  return { endpoint, fetch, clock, find: (kid: string) => keySet.find(kid) }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('keys', () => {
  it('are fetched as JSON, from that address and no other', async () => {
    const { fetch, find } = setUp()
    await find('key-1')
    expect(fetch.mock.calls).toEqual([
      [
        'https://login.example/keys',
        { signal: expect.any(AbortSignal), redirect: 'error', headers: { accept: 'application/json' } },
      ],
    ])
  })

  it.each<[string, object, boolean]>([
    ['of no use and no algorithm', { use: undefined }, true],
    ['for signing with RS256', { use: 'sig', alg: 'RS256' }, true],
    ['for encryption', { use: 'enc' }, false],
    ['for PS256', { alg: 'PS256' }, false],
    ['of another kind', { kty: 'EC' }, false],
    ['with an empty name', { kid: '' }, false],
    ['of the place that was asked', { issuer: issuers[0] }, true],
    ['of every tenant', { issuer: issuers[1] }, true],
    ['of another issuer', { issuer: 'https://login.example/other/v2.0' }, false],
    ['of no issuer that is text', { issuer: null }, false],
  ])('%s count: %j', async (_what, changes, counts) => {
    const { endpoint, find } = setUp()
    const jwk: JWK = { ...key.jwk, ...changes }
    endpoint.keys = [jwk, { ...key.jwk, kid: 'other' }]
    expect((await find(jwk.kid ?? ''))?.type).toBe(counts ? 'public' : undefined)
    expect((await find('other'))?.type).toBe('public')
  })

  it('that are private do not count, and they are no reason to fetch again', async () => {
    const { endpoint, fetch, find } = setUp()
    endpoint.keys = [{ ...(await exportJWK(key.privateKey)), kid: 'key-1' }]
    expect(await find('key-1')).toBeUndefined()
    expect(await find('key-1')).toBeUndefined()
    expect(fetch).toHaveBeenCalledTimes(1)
  })

  it('are fetched again where the clock was set back', async () => {
    const { fetch, find, clock } = setUp()
    await find('key-1')
    clock.now -= HOUR
    expect(await find('key-2')).toBeUndefined()
    expect(fetch).toHaveBeenCalledTimes(2)
  })

  it.each([
    [HOUR - 1, 1],
    [HOUR, 2],
  ])('that are %d ms old have been fetched %d times where a known one is asked for twice', async (age, times) => {
    const { fetch, find, clock } = setUp()
    await find('key-1')
    clock.now += age
    for (let i = 0; i < 2; i += 1) {
      expect(await find('key-1')).toBeDefined()
      await settled()
    }
    expect(fetch).toHaveBeenCalledTimes(times)
  })

  it('that are known are not fetched at every call while the authority is down', async () => {
    const { endpoint, fetch, find, clock } = setUp()
    await find('key-1')
    endpoint.status = 500
    clock.now += HOUR
    for (let i = 0; i < 5; i += 1) {
      expect(await find('key-1')).toBeDefined()
      await settled()
    }
    expect(fetch).toHaveBeenCalledTimes(2)
    clock.now += 5_000
    await find('key-1')
    expect(fetch).toHaveBeenCalledTimes(3)
  })

  it.each([
    [29_999, 1],
    [30_000, 2],
  ])('that are unknown %d ms after a fetch cost %d fetches', async (age, times) => {
    const { fetch, find, clock } = setUp()
    await find('key-1')
    clock.now += age
    await find('key-2')
    expect(fetch).toHaveBeenCalledTimes(times)
  })

  it.each([
    [4_999, 1],
    [5_000, 2],
  ])('that could not be fetched are fetched again after %d ms: %d times', async (age, times) => {
    const { endpoint, fetch, find, clock } = setUp()
    endpoint.status = 500
    await expect(find('key-1')).rejects.toThrow('The keys were answered with status 500.')
    clock.now += age
    await expect(find('key-1')).rejects.toThrow()
    expect(fetch).toHaveBeenCalledTimes(times)
  })

  it('that came after a failure are good, and the failure is over', async () => {
    const { endpoint, find, clock } = setUp()
    endpoint.status = 500
    await expect(find('key-1')).rejects.toThrow()
    endpoint.status = 200
    clock.now += 5_000
    await find('key-1')
    clock.now -= 5_000
    expect(await find('key-1')).toBeDefined()
    await settled()
    await expect(find('key-2')).resolves.toBeUndefined()
  })

  it.each([
    [24 * HOUR - 1, true],
    [24 * HOUR, false],
  ])('that are %d ms old are still trusted: %s', async (age, isTrusted) => {
    const { endpoint, find, clock } = setUp()
    await find('key-1')
    endpoint.status = 500
    clock.now += age
    const found = await find('key-1').catch(() => undefined)
    expect(found !== undefined).toBe(isTrusted)
    await settled()
  })
})
