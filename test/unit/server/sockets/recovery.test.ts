// @vitest-environment node
// Socket.IO sends what a client has missed before it runs any middleware. Nobody may get it who has no right to it.
import { SessionAwareAdapter } from 'socket.io-adapter'
import type { Socket } from 'socket.io-client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  eventually,
  freezeTime,
  gate,
  nextOf,
  openWorld,
  patient,
  readableToken,
  readableVerifier,
  refusalOf,
  tokensInTurn,
  type World,
  type WorldOptions,
} from './socket-world.js'

let world: World | undefined

afterEach(async () => {
  vi.useRealTimers()
  await world?.close()
  world = undefined
})

/** Adele, who has just lost her connection, and will show these tokens. The server has sent her "secret" meanwhile. */
async function interrupted(skipMiddlewares: boolean, tokens: readonly string[], options: WorldOptions = {}) {
  world = await openWorld({ server: { ...patient, connectionStateRecovery: { skipMiddlewares } }, ...options })
  const { io, connect, nextSocket } = world
  const auth = tokensInTurn(readableToken('adele', 60_000), ...tokens)
  const client = connect(auth, { reconnection: true, reconnectionDelay: 10 })
  const incoming = nextSocket()
  await nextOf(client, 'auth:session')
  const socket = await incoming
  const heard = hear(client)
  const lost = new Promise((resolve) => void socket.on('disconnect', resolve))
  client.io.engine.close()
  await lost
  void io.emit('news', 'secret')
  return { ...world, client, socket, heard }
}

/** Adele, whose next token is being checked. `answer` lets that come to its end. */
async function interruptedInCheck(skipMiddlewares: boolean) {
  const slow = gate()
  let checks = 0
  async function verify(token: unknown) {
    checks += 1
    if (checks === 2) await slow.opened
    return readableVerifier.verify(token)
  }
  const opened = await interrupted(skipMiddlewares, [readableToken('adele')], { verifier: { verify } })
  await eventually(() => expect(checks).toBe(2))
  async function answer() {
    slow.open()
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  return { ...opened, answer }
}

/** All news, without the offset that recovery adds. */
function hear(client: Socket): unknown[] {
  const heard: unknown[] = []
  client.on('news', (text) => heard.push(text))
  return heard
}

describe.each([true, false])('connection state recovery, skipMiddlewares %s', (skipMiddlewares) => {
  it('restores the session of the same user, with the new token', async () => {
    const { client, socket, nextSocket, heard } = await interrupted(skipMiddlewares, [readableToken('adele', 120_000)])
    const incoming = nextSocket()
    await nextOf(client, 'auth:session')
    const restored = await incoming
    expect(client.recovered).toBe(true)
    expect(restored.id).toBe(socket.id)
    expect(restored.data.auth.expiresAt).toBeGreaterThan(Date.now() + 100_000)
    expect(restored.handshake.auth).not.toHaveProperty('token')
    expect(heard).toEqual(['secret'])
  })

  it('shows the new identity to every listener of the app', async () => {
    const seen: number[] = []
    const { client } = await interrupted(skipMiddlewares, [readableToken('adele', 120_000)], {
      before: (io) => void io.on('connection', ({ data }) => seen.push(data.auth.expiresAt)),
    })
    await nextOf(client, 'auth:session')
    expect(seen[1]).toBeGreaterThan(Date.now() + 100_000)
  })

  it('checks the token once', async () => {
    const verify = vi.fn(readableVerifier.verify)
    const { client } = await interrupted(skipMiddlewares, [readableToken('adele')], { verifier: { verify } })
    await nextOf(client, 'auth:session')
    expect(verify).toHaveBeenCalledTimes(2)
  })

  it('renews and ends a restored session like any other', async () => {
    freezeTime()
    const { client } = await interrupted(skipMiddlewares, [readableToken('adele', 90_000)])
    const connected = nextOf(client, 'auth:session')
    await vi.advanceTimersByTimeAsync(20)
    await connected
    const renew = (token: string) => client.emitWithAck('auth:renew', { token })
    expect(await renew(readableToken('bob'))).toEqual({ ok: false, code: 'account_mismatch' })
    expect(await renew(readableToken('adele', 120_000))).toEqual({ ok: true, expiresInMs: 120_000 })
    const expired = nextOf(client, 'auth:expired')
    await vi.advanceTimersByTimeAsync(150_000)
    expect(await expired).toEqual([{ code: 'token_expired' }, expect.any(Function)])
  })

  it('restores nothing for a connection that has ended during the check: its successor stays', async () => {
    const { io, client, heard, answer } = await interruptedInCheck(skipMiddlewares)
    client.io.engine.close()
    await nextOf(client, 'auth:session')
    await eventually(() => expect(io.engine.clientsCount).toBe(1))
    await answer()
    expect(io.of('/').sockets.size).toBe(1)
    void io.emit('news', 'later')
    await eventually(() => expect(heard).toEqual(['secret', 'later']))
  })

  it('restores nothing for a connection that has ended during the check, and that none has followed yet', async () => {
    const { io, client, answer } = await interruptedInCheck(skipMiddlewares)
    client.io.reconnection(false)
    client.io.engine.close()
    await eventually(() => expect(io.engine.clientsCount).toBe(0))
    const joins = vi.spyOn(io.of('/').adapter, 'addAll')
    await answer()
    expect(joins).not.toHaveBeenCalled()
  })

  it('restores nothing for a client that is back before its last connection has ended', async () => {
    const { io, client, connect, nextSocket } = await interrupted(skipMiddlewares, [readableToken('adele')])
    const incoming = nextSocket()
    await nextOf(client, 'auth:session')
    const last = await incoming
    const [pid, offset] = ['_pid', '_lastOffset'].map((name) => Reflect.get(client, name))
    const back = connect({ token: readableToken('adele'), pid, offset })
    await nextOf(back, 'auth:session')
    expect(client.recovered).toBe(true)
    expect(back.recovered).toBe(false)
    last.conn.close()
    await eventually(() => expect(io.engine.clientsCount).toBe(1))
    expect([...io.of('/').sockets.keys()]).toEqual([back.id])
    const heard = hear(back)
    void io.emit('news', 'later')
    await eventually(() => expect(heard).toEqual(['later']))
  })

  it.each([
    ['another user', readableToken('bob'), 'account_mismatch', false],
    ['an expired token', readableToken('adele', -1), 'token_expired', true],
    ['garbage', 'garbage', 'token_invalid', true],
    ['nothing', '', 'token_missing', true],
  ])('sends nothing that was missed to %s', async (_, token, code, retry) => {
    const { client, heard } = await interrupted(skipMiddlewares, [token])
    const packets = vi.fn()
    client.io.on('open', () => void client.io.engine.on('packet', ({ data }) => packets(data)))
    expect(await refusalOf(client)).toEqual({ message: 'unauthorized', data: { code, retry } })
    expect(client.receiveBuffer).toEqual([])
    expect(heard).toEqual([])
    expect(packets).toHaveBeenCalled()
    expect(JSON.stringify(packets.mock.calls)).not.toContain('secret')
  })

  it('sends nothing that was missed for a token that the verifier tolerates after the grace', async () => {
    const verify = vi.fn(readableVerifier.verify)
    const { client, heard } = await interrupted(skipMiddlewares, [readableToken('adele')], {
      protection: { graceMs: 0 },
      verifier: {
        async verify(token) {
          const identity = await verify(token)
          return verify.mock.calls.length === 1 ? identity : { ...identity, expiresAt: Date.now() - 1 }
        },
      },
    })
    expect(await refusalOf(client)).toMatchObject({ data: { code: 'token_expired' } })
    expect(heard).toEqual([])
  })

  it('keeps the session for its user while others are refused', async () => {
    const { client, heard } = await interrupted(skipMiddlewares, ['garbage', readableToken('adele')])
    await refusalOf(client)
    client.connect()
    await nextOf(client, 'auth:session')
    expect(client.recovered).toBe(true)
    expect(heard).toEqual(['secret'])
  })

  it('gives nothing to whoever does not come with a CONNECT', async () => {
    const { io, socket } = await interrupted(skipMiddlewares, [''])
    const adapter = io.of('/').adapter as SessionAwareAdapter
    const [{ id: offset } = { id: '' }] = Reflect.get(adapter, 'packets') as { id: string }[]
    const pid = Reflect.get(socket, 'pid') as string
    expect(await adapter.restoreSession(pid, offset)).toBe(null)
  })
})

describe('connection state recovery', () => {
  it('is guarded with an adapter that comes later', async () => {
    world = await openWorld({ server: { connectionStateRecovery: { skipMiddlewares: true } } })
    const { io, connect } = world
    io.adapter(SessionAwareAdapter as never)
    const client = connect(tokensInTurn(readableToken('adele'), readableToken('bob')), {
      reconnection: true,
      reconnectionDelay: 10,
    })
    const heard = hear(client)
    await nextOf(client, 'auth:session')
    void io.emit('news', 'for adele')
    await eventually(() => expect(heard).toEqual(['for adele']))
    client.io.engine.close()
    void io.emit('news', 'secret')
    expect(await refusalOf(client)).toMatchObject({ data: { code: 'account_mismatch' } })
    expect(heard).toEqual(['for adele'])
  })

  it('is what it was once the protection is undone', async () => {
    const { client, undo, heard } = await interrupted(true, [''])
    undo()
    await nextOf(client, 'connect')
    expect(client.recovered).toBe(true)
    expect(heard).toEqual(['secret'])
  })
})
