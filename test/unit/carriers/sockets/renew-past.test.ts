// @vitest-environment node
// Renewals go past whatever the app has put around its socket, and show it no token.
import { describe, expect, it } from 'vitest'
import { withSocketAuth } from '../../../../src/carriers/sockets/wrap.js'
import { binaryParser, clients, versions } from './clients.js'
import { accessToken, closeAfterTest, fakeAuth, settle, startServer, until } from './world.js'

const parsers = { 'the default parser': {}, 'a binary parser': { parser: binaryParser } }
const queues = { 'no queue': {}, retries: { retries: 5, ackTimeout: 60_000 } }

const cases = versions.flatMap((version) =>
  Object.keys(parsers).flatMap((parser) =>
    Object.keys(queues).flatMap((queue) =>
      ['polling', 'websocket'].map((transport) => ({ version, parser, queue, transport })),
    ),
  ),
)

describe.each(cases)(
  'a client $version with $parser and $queue over $transport',
  ({ version, transport, ...names }) => {
    const parser = parsers[names.parser as keyof typeof parsers]
    const queue = queues[names.queue as keyof typeof queues]

    async function setUp() {
      const world = await startServer(undefined, parser as object)
      const renewals: unknown[] = []
      world.server.on('connection', (socket) => {
        socket.on('auth:renew', ({ token }, ack) => {
          renewals.push(token)
          ack({ ok: true, expiresInMs: 100_000 })
        })
        socket.emit('auth:session', { expiresInMs: 100_000, renew: 'auth:renew' })
      })
      const auth = fakeAuth(accessToken('t1'))
      const options = { forceNew: true, transports: [transport], ...parser, ...queue }
      const socket = closeAfterTest(withSocketAuth(clients[version], auth)(world.url, options as object))
      const greeted = new Promise((resolve) => void socket.on('auth:session', resolve))
      return { ...world, renewals, auth, socket, greeted }
    }

    it('renews past an allow-list around emit', async () => {
      const { auth, socket, greeted, renewals } = await setUp()
      const { emit } = socket
      const passed: unknown[] = []
      socket.emit = (event: string, ...args: unknown[]) => {
        passed.push(event)
        return event === 'note' ? emit.call(socket, event, ...args) : socket
      }
      await greeted
      auth.publish(accessToken('t2'))
      await until(() => auth.actions().includes('renewed'))
      expect(renewals).toEqual(['t2'])
      expect(passed).toEqual([])
    })

    it('shows the token to no listener', async () => {
      const { auth, socket, greeted, renewals } = await setUp()
      const seen: unknown[] = []
      const look = (...args: unknown[]) => seen.push(args)
      socket.onAny(look).prependAny(look)
      // In 4.4 there are none for what goes out.
      socket.onAnyOutgoing?.(look).prependAnyOutgoing(look)
      await greeted
      auth.publish(accessToken('secret'))
      await until(() => auth.actions().includes('renewed'))
      expect(renewals).toEqual(['secret'])
      expect(JSON.stringify(seen)).not.toContain('secret')
    })

    it('keeps the acknowledgements of the app apart, and the flags of what it is about to send', async () => {
      const { auth, socket, greeted, only } = await setUp()
      await greeted
      only().on('note', (text, ack) => ack(text))
      const emitter = socket.timeout(60_000)
      auth.publish(accessToken('t2'))
      const answer = new Promise((resolve) => emitter.emit('note', 'mine', (...args: unknown[]) => resolve(args)))
      await until(() => auth.actions().includes('renewed'))
      expect(await answer).toEqual([null, 'mine'])
    })

    it('keeps nothing for a later connection', async () => {
      const { auth, socket, greeted, renewals } = await setUp()
      await greeted
      socket.off() // of ours as well: nobody tells that the connection ends
      socket.io.engine.close()
      auth.publish(accessToken('t2'))
      await settle()
      expect(socket.sendBuffer).toEqual([])
      expect(renewals).toEqual([])
    })
  },
)
