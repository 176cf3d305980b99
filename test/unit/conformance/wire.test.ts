// @vitest-environment node
// The cases on the wire against `protectSockets` and `createSessions`: the oldest Socket.IO that is supported, and the newest.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import * as msgpack from 'socket.io-msgpack-parser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSessions, createVerifier, protectSockets } from '../../../src/server/index.js'
import { tokenFile, tokenOf } from '../../conformance/token-file.js'
import { type Members, token } from '../../conformance/tokens/make.js'
import { runCase, wireCases } from '../../conformance/wire/run.js'
import type { Target, WireTokens } from '../../conformance/wire/wire-case.js'

const oldServer: string = 'socket.io-4.4'
const { Server: OldServer } = (await import(oldServer)) as { Server: typeof Server }
const CASE_TIMEOUT_MS = 60_000
const otherTenantId = '20000000-0000-4000-8000-00000000000b'
const bob = 'bbbbbbbb-0000-4000-8000-000000000002'

const verifier = createVerifier({
  ...tokenFile.verifier,
  fetch: async () => new Response(tokenFile.keys.body),
  onRefused: () => {},
})

/** A token that lasts so many seconds. */
function signed(seconds: number, claims: Members = {}) {
  const exp = `<now${seconds < 0 ? '' : '+'}${seconds}>`
  return async () => String(tokenOf({ token: token({ claims: { exp, ...claims } }) }))
}

const tokens: WireTokens = {
  good: signed(600),
  later: signed(3_600),
  other: signed(600, { oid: bob }),
  expired: signed(-120),
  foreign: signed(600, { tid: otherTenantId }),
  short: signed(1),
}

const parsers = { default: {}, msgpack: { parser: msgpack as never } }

describe.each([
  ['4.8.4', Server, 'websocket', 'default'],
  ['4.8.4', Server, 'polling', 'default'],
  ['4.8.4', Server, 'websocket', 'msgpack'],
  ['4.8.4', Server, 'polling', 'msgpack'],
  ['4.4.0', OldServer, 'websocket', 'default'],
  ['4.4.0', OldServer, 'polling', 'default'],
] as const)('Socket.IO %s', (_, ServerOf, transport, encoding) => {
  describe(`over ${transport}, ${encoding} parser`, () => {
    let target: Target
    let close = async () => {}

    beforeAll(async () => {
      const sessions = createSessions({ verifier, secret: 'a secret of tests, 32 bytes or more' })
      const http = createServer((request, response) => void sessions.listener(request, response))
      const io = new ServerOf(http, parsers[encoding])
      protectSockets(io, verifier, { graceMs: 500, onRefused: () => {} })
      await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
      const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
      target = { socketUrl: `${url}/socket.io/`, sessionUrl: `${url}/session`, transport, encoding, tokens }
      close = async () => void (await io.close())
    })

    afterAll(() => close())

    const cases = wireCases.filter(({ isText }) => encoding === 'default' || !isText)
    it.concurrent.each(cases.map((each) => [each.number, each.sentence, each] as const))(
      '%s: %s',
      async (...row) => {
        expect(await runCase(row[2], target)).toEqual({ status: 'passed' })
      },
      CASE_TIMEOUT_MS,
    )
  })
})
