// @vitest-environment node
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMistakeLog } from '../../../src/server/development.js'
import { createSessions, createVerifier, type VerifierOptions } from '../../../src/server/index.js'
import {
  adele,
  type Claims,
  claimsOf,
  createSigningKey,
  NOW,
  optionsFor,
  otherTenantId,
  publish,
  type SigningKey,
  sign,
} from './authority.js'

let key: SigningKey
let stranger: SigningKey
beforeAll(async () => {
  key = await createSigningKey('key-1')
  stranger = await createSigningKey('key-1')
})

const warn = vi.spyOn(console, 'warn')
beforeEach(() => {
  warn.mockReset().mockImplementation(() => {})
})
afterEach(() => {
  vi.unstubAllEnvs()
})

const told = () => warn.mock.calls.map((given) => given.join(' '))

function verifierWith(changes: Partial<VerifierOptions> = {}) {
  const verifier = createVerifier(optionsFor(publish(key).fetch, { onRefused: undefined, ...changes }))
  return (token: unknown) => verifier.verify(token).catch(() => {})
}

const tenantClaims = (tid: string): Claims => ({ tid, iss: `https://login.microsoftonline.com/${tid}/v2.0` })

describe('a refusal that nobody listens for', () => {
  it.each<[code: string, remedy: string, token: () => unknown]>([
    ['token_missing', '`protectedResources`', () => undefined],
    ['token_malformed', 'for a scope of this API', () => 'opaque'],
    ['token_invalid', 'for Microsoft Graph only Graph can check', () => sign(stranger)],
    ['token_expired', 'compare the clocks', () => sign(key, claimsOf({ exp: NOW / 1000 - 3600 }))],
    ['wrong_issuer', 'name it in `authority`', () => sign(key, claimsOf({ iss: 'http://localhost:4400/x' }))],
    ['wrong_tenant', 'name it in `tenants`', () => sign(key, claimsOf(tenantClaims(otherTenantId)))],
    ['wrong_audience', 'name it in `audiences`', () => sign(key, claimsOf({ aud: 'api://other' }))],
    ['wrong_client', 'name it in `clients`', () => sign(key, claimsOf({ azp: otherTenantId }))],
    ['wrong_scope', 'give its name in `scopes`', () => sign(key, claimsOf({ scp: 'Chat.Read' }))],
    ['not_an_access_token', 'send the access token', () => sign(key, claimsOf({ nonce: 'n' }))],
  ])('%s is told once, with what to change: %s', async (code, remedy, token) => {
    const verify = verifierWith()
    const bad = await token()
    for (let i = 0; i < 50; i += 1) await verify(bad)
    expect(told()).toEqual([expect.stringContaining(`(${code})`)])
    expect(told()[0]).toContain(remedy)
    const parts = `${bad}`.split('.').filter((part) => part.length > 8)
    expect([...parts, adele].filter((part) => told()[0]?.includes(part))).toEqual([])
  })

  it('keys_unavailable is told with the option that leads to them', async () => {
    await verifierWith({ fetch: () => Promise.reject(new Error('secret')) })(await sign(key))
    expect(told()).toEqual([expect.stringMatching(/\(keys_unavailable\).*`authority`/)])
    expect(told()[0]).not.toContain('secret')
  })

  it('is told once for each code', async () => {
    const verify = verifierWith()
    for (const token of ['', 'opaque', '', 'opaque', undefined, 'a.b']) await verify(token)
    expect(told()).toHaveLength(2)
  })

  it('is told in bounded length, whatever the options list', async () => {
    const audiences = Array.from({ length: 1_000 }, (_, i) => `api://audience-${i}.example`)
    await verifierWith({ audiences })(await sign(key, claimsOf({ aud: 'api://other' })))
    expect(told()[0]?.length).toBeLessThan(2_200)
    expect(told()[0]).toContain('wrong_audience')
  })

  it('is told nobody in production', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    await verifierWith()('opaque')
    expect(told()).toEqual([])
  })

  it('is told where there is no process', async () => {
    vi.stubGlobal('process', undefined)
    await verifierWith()('opaque').finally(() => vi.unstubAllGlobals())
    expect(told()).toHaveLength(1)
  })

  it('is refused the same where the console throws', async () => {
    warn.mockImplementation(() => {
      throw new Error('no console')
    })
    const verifier = createVerifier(optionsFor(publish(key).fetch, { onRefused: undefined }))
    await expect(verifier.verify('opaque')).rejects.toMatchObject({ code: 'token_malformed' })
  })
})

it('is not told where the app listens, which hears all', async () => {
  const onRefused = vi.fn()
  const verify = verifierWith({ onRefused })
  await verify('opaque')
  await verify('opaque')
  expect(onRefused).toHaveBeenCalledTimes(2)
  expect(told()).toEqual([])
})

describe('a call for a session from a page of another origin', () => {
  const post = { method: 'POST', url: '/session', headers: { host: 'app:3000', origin: 'https://app.contoso.com' } }
  const sessions = () =>
    createSessions({ verifier: createVerifier(optionsFor(publish(key).fetch)), secret: 's'.repeat(32) })

  it('is told once, with the option that names it', async () => {
    const { handle } = sessions()
    for (let i = 0; i < 5; i += 1) expect((await handle(post)).status).toBe(403)
    expect(told()).toEqual([
      expect.stringMatching(/^twodoor: a session request was refused \(wrong_origin\).*name it in `origins`/),
    ])
  })

  it('is told nobody in production', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    expect((await sessions().handle(post)).status).toBe(403)
    expect(told()).toEqual([])
  })
})

describe('a mistake of the server', () => {
  const secretIsOver = { message: 'AADSTS7000222', remedy: 'Make a new secret.' }

  it('is told in production too, once a minute for each, with what to change', () => {
    vi.stubEnv('NODE_ENV', 'production')
    vi.useFakeTimers({ now: NOW })
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    const log = createMistakeLog()
    const tell = (afterMs: number, mistake = secretIsOver) => {
      vi.advanceTimersByTime(afterMs)
      log(mistake)
      return error.mock.calls.length
    }
    expect(tell(0)).toBe(1)
    expect(error.mock.calls[0]).toEqual(['twodoor: a server made a mistake (AADSTS7000222). Make a new secret.'])
    expect(tell(59_999)).toBe(1)
    expect(tell(0, { ...secretIsOver, message: 'AADSTS7000215' })).toBe(2)
    expect(tell(1)).toBe(3)
    expect(tell(1)).toBe(3)
    vi.useRealTimers()
    error.mockRestore()
  })
})
