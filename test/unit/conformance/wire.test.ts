// @vitest-environment node
// The cases on the wire against `protectSockets` and `createSessions`: the oldest Socket.IO that is supported, and the newest.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import * as msgpack from 'socket.io-msgpack-parser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSessions, protectSockets } from '../../../src/server/index.js'
import { runCase, wireCases } from '../../conformance/wire/run.js'
import type { Target } from '../../conformance/wire/wire-case.js'
import { SECRET, tokens, verifier } from './half.js'

const oldServer: string = 'socket.io-4.4'
const { Server: OldServer } = (await import(oldServer)) as { Server: typeof Server }
const CASE_TIMEOUT_MS = 60_000

const servers = { '4.8.4': Server, '4.4.0': OldServer }
const parsers = { default: {}, msgpack: { parser: msgpack as never } }
const settings = { 'by default': {}, 'with connection state recovery': { connectionStateRecovery: {} } }

describe.each([
  ['4.8.4', 'by default', 'websocket', 'default'],
  ['4.8.4', 'by default', 'polling', 'msgpack'],
  ['4.8.4', 'with connection state recovery', 'websocket', 'default'],
  ['4.8.4', 'with connection state recovery', 'polling', 'default'],
  ['4.8.4', 'with connection state recovery', 'websocket', 'msgpack'],
  ['4.4.0', 'by default', 'websocket', 'default'],
  ['4.4.0', 'by default', 'polling', 'default'],
  ['4.4.0', 'by default', 'websocket', 'msgpack'],
  ['4.4.0', 'by default', 'polling', 'msgpack'],
] as const)('Socket.IO %s, %s', (version, setting, transport, encoding) => {
  describe(`over ${transport}, ${encoding} parser`, () => {
    let target: Target
    let close = async () => {}

    beforeAll(async () => {
      const sessions = createSessions({ verifier, secret: SECRET })
      const http = createServer((request, response) => void sessions.listener(request, response))
      const io = new servers[version](http, { ...parsers[encoding], ...settings[setting] })
      protectSockets(io, verifier, { graceMs: 500, onRefused: () => {} })
      io.of(/^\/room-\d+$/)
      await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
      const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
      const addresses = { socketUrl: `${url}/socket.io/`, sessionUrl: `${url}/session`, dynamicNamespace: '/room-' }
      target = { ...addresses, transport, encoding, tokens }
      close = async () => void (await io.close())
    })

    afterAll(() => close())

    const isHere = (title: string) => setting !== 'by default' || title !== 'Connection state recovery'
    const cases = wireCases.filter(
      ({ isText, on, title }) => on !== 'requests' && (encoding === 'default' || !isText) && isHere(title),
    )
    it.concurrent.each(cases.map((each) => [each.number, each.sentence, each] as const))(
      '%s: %s',
      async (...row) => {
        expect(await runCase(row[2], target)).toEqual({ status: 'passed' })
      },
      CASE_TIMEOUT_MS,
    )
  })
})
