// @vitest-environment node
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { createEntraEmulator } from '../../../../src/testing/index.js'
import { SECRET, serverOf } from './server.js'
import { memoryStore } from './stores.js'

const entra = await createEntraEmulator({ web: { redirectUris: [], clientSecret: SECRET } })
const scopes = ['User.Read']
const never = () => new Promise<never>(() => {})
await import('@azure/msal-node') // so that no fake clock waits for it

beforeEach(() => {
  for (const name of ['warn', 'error'] as const) vi.spyOn(console, name).mockImplementation(() => {})
})

function withFakeTimers() {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
}

it.each([
  ['the reading', { get: never, set: async () => {} }, 1_000],
  ['the writing', { get: async () => undefined, set: never }, 1_000],
  ['both', { get: never, set: never }, 2_000],
])('a store that hangs costs a call a second: %s', async (_, store, ms) => {
  const { onBehalfOf, identityOf } = serverOf(entra, { store })
  const identity = await identityOf()
  withFakeTimers()
  const settled = vi.fn()
  void onBehalfOf.token(identity, scopes).then(settled, settled)
  // Signing and sending take turns of the event loop that no fake clock counts.
  for (let at = 0; at < ms; at += 1_000) {
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(1))
    await vi.advanceTimersByTimeAsync(1_000)
  }
  await vi.waitFor(() => expect(settled).toHaveBeenCalledOnce())
  expect(settled.mock.calls[0]?.[0]).toHaveProperty('token')
  const forgotten = onBehalfOf.forget(identity)
  await vi.advanceTimersByTimeAsync(1_000)
  await forgotten
  expect(vi.getTimerCount()).toBe(0)
})

it.each([
  ['a `fetch` that ignores its signal', 'fetch'],
  ['a client assertion that does not come', 'assertion'],
] as const)('after %s the next call asks anew', async (_, what) => {
  let isStuck = true
  const stuckAt = vi.fn(() => (isStuck ? never() : Promise.resolve('an assertion')))
  const changes = {
    fetch: { fetch: (async (...args) => (isStuck ? stuckAt() : entra.fetch(...args))) as typeof fetch },
    assertion: { secret: undefined, assertion: stuckAt },
  }[what]
  const { onBehalfOf, identityOf } = serverOf(entra, changes)
  const identity = await identityOf()
  withFakeTimers()
  const codeOf = (asked: Promise<object>) => asked.then(Object.keys, (error) => error.code)
  const first = codeOf(onBehalfOf.token(identity, scopes))
  await vi.waitFor(() => expect(stuckAt).toHaveBeenCalledOnce())
  await vi.advanceTimersByTimeAsync(12_000)
  expect(await first).toBe('temporarily_unavailable')
  isStuck = false
  const asked = entra.requests.length
  await codeOf(onBehalfOf.token(identity, scopes))
  expect(entra.requests.length).toBe(asked + 1)
})

it('a token from the cache writes nothing to the store', async () => {
  const store = memoryStore()
  const set = vi.spyOn(store, 'set')
  const [one, other] = [serverOf(entra, { store }), serverOf(entra, { store })]
  const token = await entra.mint('adele@contoso.example')
  const [identity, ofOther] = [await one.verifier.verify(token), await other.verifier.verify(token)]
  for (let i = 0; i < 3; i++) {
    await one.onBehalfOf.token(identity, scopes)
    await other.onBehalfOf.token(ofOther, scopes)
  }
  expect(set).toHaveBeenCalledOnce()
  await other.onBehalfOf.token(ofOther, ['Mail.Read'])
  expect(set).toHaveBeenCalledTimes(2)
})

it('no refresh token is stored, though Entra ID sends one', async () => {
  const store = memoryStore()
  const { onBehalfOf, identityOf } = serverOf(entra, { store })
  const identity = await identityOf()
  await onBehalfOf.token(identity, scopes)
  await onBehalfOf.token(identity, ['Mail.Read'])
  const [text = ''] = store.values.values()
  const { RefreshToken, AccessToken } = JSON.parse(text)
  expect([RefreshToken, Object.keys(AccessToken)]).toEqual([{}, expect.objectContaining({ length: 2 })])
})

it.each(['garbage', '5', 'null', '[]', '{"AccessToken":5}', '{"Account":{"a":null}}', '{"AccessToken":{"a":7}}'])(
  'what nobody can read in the store is replaced: %s',
  async (text) => {
    const store = memoryStore()
    vi.spyOn(store, 'get').mockResolvedValueOnce(text)
    const { onBehalfOf, identityOf } = serverOf(entra, { store })
    const identity = await identityOf()
    await onBehalfOf.token(identity, scopes)
    await onBehalfOf.token(identity, ['Mail.Read'])
    const [stored = ''] = store.values.values()
    expect(Object.keys(JSON.parse(stored).AccessToken)).toHaveLength(2)
  },
)
