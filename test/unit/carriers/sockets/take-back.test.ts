// @vitest-environment node
// A CONNECT without an answer is taken back by the end of the connection, which others may share. What that must not do.

import { io, Manager, type Socket } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { withSocketAuth } from '../../../../src/carriers/sockets/wrap.js'
import { accessToken, closeAfterTest, deferred, fakeAuth, open, Refused, startServer, until } from './world.js'

type Connect = (namespace: string) => Socket

/** Several namespaces on one connection. */
const ways: Record<string, (url: string) => Connect> = {
  io: (url) => {
    const manager = new Manager(url, options)
    return (namespace) => closeAfterTest(manager.socket(namespace))
  },
  'withSocketAuth(io)': (url) => {
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = ({ rejectedToken }) => {
      if (rejectedToken) auth.cached = accessToken('t2')
      return auth.cached
    }
    const connect = withSocketAuth(io, auth)
    return (namespace) => closeAfterTest(connect(url + namespace, options))
  },
}
const options = { transports: ['polling'], reconnectionDelay: 10, reconnectionDelayMax: 20 }

describe.each(Object.keys(ways))('a disconnect() before the answer with %s', (way) => {
  /** `/a` and `/b` have no answer. Then one delivery brings an event for `/` and the acceptance of `/a`. */
  async function startTogether() {
    const answer = deferred<void>()
    let verdict: () => unknown = () => answer.promise
    const world = await startServer(({ nsp }) => {
      if (nsp.name === '/b') return new Promise(() => {})
      return nsp.name === '/a' ? verdict() : undefined
    })
    const connect = (ways[way] as (url: string) => Connect)(world.url)
    const [main, a, b] = [connect('/'), connect('/a'), connect('/b')]
    await until(() => main.connected && world.arrivals.length === 3)
    main.on('now', () => b.disconnect())
    // The first goes with the poll that waits, the others together with the next.
    world.only().emit('sooner')
    world.only().emit('now')
    answer.resolve()
    return {
      ...world,
      a,
      judge(next: () => unknown) {
        verdict = next
      },
    }
  }

  it('lets no other namespace connect on a dead connection, and loses nothing that it emits', async () => {
    const { a, server, judge } = await startTogether()
    judge(() => {})
    const received: unknown[] = []
    const states: string[] = []
    server.of('/a').on('connection', (peer) => peer.on('note', (note) => received.push(note)))
    a.on('connect', () => {
      states.push(a.io.engine.readyState)
      if (states.length === 1) a.emit('note', 1)
    })
    await until(() => received.length === 1)
    expect(new Set(states)).toEqual(new Set(['open']))
    expect(received).toEqual([1])
  })

  it('leaves no other namespace connected that the server does not know, where it is refused next', async () => {
    const { a, judge, server } = await startTogether()
    const verdicts = [new Refused('unauthorized')]
    judge(() => {
      const refusal = verdicts.shift()
      if (refusal) throw refusal
    })
    await until(() => a.connected)
    // `io` has no reason to connect again.
    await until(() => way === 'io' || verdicts.length === 0)
    a.connect()
    await until(() => a.connected && a.active && server.of('/a').sockets.has(`${a.id}`))
  })
})

describe('a server that accepts a CONNECT and closes the connection in one delivery', () => {
  it('and refuses the next: the socket does not take itself for connected for good', async () => {
    const { url, tokens } = await startServer(({ conn }) => {
      if (tokens().length === 2) throw new Refused('unauthorized')
      if (tokens().length > 2) return
      // As python-engineio does. socket.io-client hears of the end first.
      const send = conn.transport.send.bind(conn.transport)
      conn.transport.send = (packets) => send([...packets, { type: 'close' }])
    })
    const auth = fakeAuth(accessToken('t1'))
    auth.answer = () => {
      auth.cached = accessToken('t2')
      return auth.cached
    }
    const socket = open(url, auth, { transports: ['polling'] })
    await until(() => tokens().length === 3 && socket.connected && socket.active)
    expect(tokens()).toEqual(['t1', 't1', 't2'])
  })
})
