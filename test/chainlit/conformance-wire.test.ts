// The cases of docs/conformance.md on the wire against python-socketio, in front of which the Python half is: the oldest that
// is supported, and the newest.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCase, wireCases } from '../conformance/wire/run.js'
import type { Target, WireTokens } from '../conformance/wire/wire-case.js'
import { type SocketServer, startSocketServer } from './sockets/server.js'

/** As the verifier of sockets/app.py reads them: who, and for how many seconds. */
const tokens: WireTokens = {
  good: async () => 'adele 600',
  later: async () => 'adele 3600',
  other: async () => 'bob 600',
  expired: async () => 'expired',
  foreign: async () => 'foreign',
  short: async () => 'adele 1',
}

/** python-socketio restores no connections. */
const ofSockets = wireCases.filter(
  ({ on, title }) => on !== 'sessions' && on !== 'requests' && title !== 'Connection state recovery',
)

describe.each([
  ['python-socketio 5.18.1', 'default'],
  ['python-socketio 5.18.1', 'msgpack'],
  ['python-socketio 5.11.0', 'default'],
  ['python-socketio 5.11.0', 'msgpack'],
] as const)('%s, %s parser', (packages, encoding) => {
  let server: SocketServer

  beforeAll(async () => {
    server = await startSocketServer({ packages, serializer: encoding, isDynamic: true })
  })

  afterAll(() => server.stop())

  describe.each(['websocket', 'polling'] as const)('over %s', (transport) => {
    const cases = ofSockets.filter(({ isText }) => encoding === 'default' || !isText)
    it.concurrent.each(cases.map((each) => [each.number, each.sentence, each] as const))('%s: %s', async (...row) => {
      const socketUrl = `${server.url}/socket.io/`
      const target: Target = { socketUrl, dynamicNamespace: '/room-', transport, encoding, tokens }
      expect(await runCase(row[2], target)).toEqual({ status: 'passed' })
    })
  })

  it('fails nowhere in Python, and holds nobody afterwards', async () => {
    await expect.poll(async () => (await server.state()).sockets).toBe(0)
    expect(await server.state()).toMatchObject({ sessions: 0, tasks: 0, heard: [] })
    expect(server.output()).not.toMatch(/never retrieved/)
  })

  it('is the version that it says', () => {
    expect(server.output()).toContain(packages)
  })
})

it('lets nobody into a namespace that it does not know, as it is by default', async () => {
  const server = await startSocketServer()
  try {
    const target: Target = {
      socketUrl: `${server.url}/socket.io/`,
      transport: 'websocket',
      encoding: 'default',
      tokens,
    }
    for (const each of ofSockets.filter(({ sentence }) => sentence.includes('namespace that nobody has named')))
      expect(await runCase(each, target)).toEqual({ status: 'passed' })
  } finally {
    await server.stop()
  }
})
