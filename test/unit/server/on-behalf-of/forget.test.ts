// @vitest-environment node
import { expect, it, vi } from 'vitest'
import { createKeptTokens } from '../../../../src/server/tokens/kept-tokens.js'
import { createEntraEmulator } from '../../../../src/testing/index.js'
import { ADELE, ALEX, SECRET, serverOf } from './server.js'
import { memoryStore } from './stores.js'

const entra = await createEntraEmulator({ web: { redirectUris: [], clientSecret: SECRET } })
const scopes = ['User.Read']

it('a forgotten user gets no token by an identity of another request or of a socket, and others do', async () => {
  const { onBehalfOf, identityOf } = serverOf(entra)
  const [ofSocket, ofRequest, alex] = [await identityOf(), await identityOf(), await identityOf(ALEX)]
  await onBehalfOf.token(ofSocket, scopes)
  await onBehalfOf.forget(ofRequest)
  for (const each of [ofSocket, ofRequest])
    await expect(onBehalfOf.token(each, scopes)).rejects.toMatchObject({ code: 'sign_in_required' })
  await expect(onBehalfOf.token(alex, scopes)).resolves.toHaveProperty('token')
  await expect(onBehalfOf.token(await identityOf(), scopes)).resolves.toHaveProperty('token')
})

it('a token that outlives the last one of its user is forgotten with it', () => {
  let time = 0
  const kept = createKeptTokens(() => time)
  const [long, short] = [
    { key: 'a user', expiresAt: 300_000 },
    { key: 'a user', expiresAt: 60_000 },
  ]
  kept.keep(long, 'long')
  kept.keep(short, 'short')
  time = 120_000
  expect([kept.find(long), kept.find({ key: 'a user' })]).toEqual(['long', undefined])
  kept.forget(short)
  expect(kept.find(long)).toBeUndefined()
})

it('a call under way stores nothing of a user who is forgotten meanwhile, and no later call joins it', async () => {
  const store = memoryStore()
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const send = vi.fn<typeof fetch>(async (...args) => {
    if (send.mock.calls.length === 1) await gate
    return entra.fetch(...args)
  })
  const { verifier, onBehalfOf } = serverOf(entra, { store, fetch: send })
  const token = await entra.mint(ADELE)
  const identity = await verifier.verify(token)
  const underWay = onBehalfOf.token(identity, scopes)
  await vi.waitFor(() => expect(send).toHaveBeenCalledOnce())
  await onBehalfOf.forget(identity)
  const again = await verifier.verify(token)
  await onBehalfOf.token(again, scopes)
  expect(send).toHaveBeenCalledTimes(2)
  await onBehalfOf.forget(again)
  open()
  await underWay
  expect([...store.values.values()]).toEqual([''])
})

it('a call that has asked nobody yet ends where its user is forgotten', async () => {
  const store = memoryStore()
  const send = vi.fn(entra.fetch)
  const { onBehalfOf, identityOf } = serverOf(entra, { store, fetch: send })
  const identity = await identityOf()
  const underWay = onBehalfOf.token(identity, scopes)
  const forgotten = onBehalfOf.forget(identity)
  await expect(underWay).rejects.toMatchObject({ code: 'sign_in_required' })
  await forgotten
  expect([send.mock.calls.length, [...store.values.values()]]).toEqual([0, ['']])
})

it('what one process forgets, another one that shares the store does not bring back', async () => {
  const store = memoryStore()
  const [one, other] = [serverOf(entra, { store }), serverOf(entra, { store })]
  const token = await entra.mint(ADELE)
  const [identity, ofOther] = [await one.verifier.verify(token), await other.verifier.verify(token)]
  await one.onBehalfOf.token(identity, ['Mail.Read'])
  await other.onBehalfOf.token(ofOther, scopes)
  await one.onBehalfOf.forget(identity)
  await other.onBehalfOf.token(ofOther, scopes)
  const [text = ''] = store.values.values()
  expect(Object.values(JSON.parse(text).AccessToken)).toEqual([
    expect.objectContaining({ target: expect.stringContaining('User.Read') }),
  ])
  expect(text).not.toContain('Mail.Read')
})
