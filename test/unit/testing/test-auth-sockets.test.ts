// How an app tests what its sockets do, with the real client and our server.

import { io as connectClient, type Socket } from 'socket.io-client'
import { afterEach, expect, test, vi } from 'vitest'
import { withSocketAuth } from '../../../src/carriers/sockets/wrap.js'
import { type Identity, TokenRefusedError, type Verifier } from '../../../src/server/index.js'
import { type Account, accountOf, readClaims } from '../../../src/shared/claims.js'
import { createTestAuth, type TestAuth } from '../../../src/testing/test-auth.js'
import { openWorld } from '../server/sockets/socket-world.js'

const adele: Account = { key: 'entra:t:a', tenantId: 't', objectId: 'a' }
const bob: Account = { key: 'entra:t:b', tenantId: 't', objectId: 'b' }

/** Takes the unsigned tokens of a test Auth. */
const verify = vi.fn(async (token: unknown): Promise<Identity> => {
  const claims = readClaims(String(token))
  const account = claims && accountOf(claims)
  if (!claims || !account) throw new TokenRefusedError('token_invalid', 'Not of a test Auth.')
  return { ...account, expiresAt: Number(claims['exp']) * 1_000, claims }
})

const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  verify.mockClear()
})

async function connected(auth: TestAuth = createTestAuth({ status: 'signed-in', account: adele })) {
  const world = await openWorld({ verifier: { verify } as Verifier })
  ends.push(world.close)
  const options = {
    transports: ['websocket'],
    forceNew: true,
    reconnectionDelay: 100_000,
    reconnectionDelayMax: 100_000,
  }
  const socket: Socket = withSocketAuth(connectClient, auth)(world.url, options)
  ends.push(() => socket.disconnect())
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  const [served] = await world.io.fetchSockets()
  return { auth, socket, world, served }
}

test('a renewed token goes over the live socket', async () => {
  const { auth, socket, served } = await connected()
  const { id } = socket
  const before = verify.mock.calls[0]?.[0]
  auth.renew()
  await vi.waitFor(() => expect(verify).toHaveBeenCalledTimes(2))
  const now = verify.mock.calls[1]?.[0]
  expect(now).not.toBe(before)
  expect(now).toBe((await auth.getToken()).token)
  expect(socket.id).toBe(id)
  expect(served?.id).toBe(id)
})

test('a page that wakes reconnects at once', async () => {
  const { auth, socket } = await connected()
  const dropped = new Promise((resolve) => socket.once('disconnect', resolve))
  socket.io.engine.close()
  await dropped
  const back = new Promise<void>((resolve) => socket.once('connect', resolve))
  auth.wake()
  await back
  expect(socket.connected).toBe(true)
})

test('another account ends the socket', async () => {
  const { auth, socket, world } = await connected()
  const failed = new Promise<Error>((resolve) => socket.once('connect_error', resolve))
  auth.switchAccount(bob)
  expect(await failed).toMatchObject({ code: 'account_mismatch' })
  await vi.waitFor(async () => expect(await world.io.fetchSockets()).toHaveLength(0))
})
