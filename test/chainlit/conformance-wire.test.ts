// The cases of docs/conformance.md on the wire against python-socketio, in front of which the Python half is.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCase, wireCases } from '../conformance/wire/run.js'
import type { WireTokens } from '../conformance/wire/wire-case.js'
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

const ofSockets = wireCases.filter(({ on }) => on === 'sockets')
let server: SocketServer

beforeAll(async () => {
  server = await startSocketServer()
})

afterAll(() => server.stop())

describe.each(['websocket', 'polling'] as const)('over %s', (transport) => {
  it.each(ofSockets.map((each) => [each.number, each.sentence, each] as const))('%s: %s', async (...row) => {
    const target = { socketUrl: `${server.url}/socket.io/`, transport, encoding: 'default' as const, tokens }
    expect(await runCase(row[2], target)).toEqual({ status: 'passed' })
  })
})

it('fails nowhere in Python, and holds nobody afterwards', async () => {
  await expect.poll(async () => (await server.state()).sockets).toBe(0)
  expect(await server.state()).toMatchObject({ sessions: 0, tasks: 0, heard: [] })
  expect(server.output()).not.toMatch(/never retrieved/)
})
