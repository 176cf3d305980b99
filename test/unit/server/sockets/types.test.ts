// @vitest-environment node
import { Server } from 'socket.io'
import { expect, expectTypeOf, it } from 'vitest'
import {
  type AuthenticatedData,
  type Identity,
  protectSockets,
  type ServerLike,
  type Verifier,
} from '../../../../src/server/index.js'

interface Incoming {
  say: (text: string, ack: (heard: boolean) => void) => void
}

interface Outgoing {
  heard: (text: string) => void
}

it('takes the Server of socket.io as it is, plain or with types for its events and data', () => {
  const verifier: Verifier = { verify: () => Promise.reject(new Error('not called')) }
  const plain = new Server()
  const typed = new Server<Incoming, Outgoing, Record<string, never>, AuthenticatedData>()
  expectTypeOf(plain).toExtend<ServerLike>()
  expectTypeOf(typed).toExtend<ServerLike>()
  typed.on('connection', (socket) => expectTypeOf(socket.data.auth).toEqualTypeOf<Identity>())
  for (const undo of [protectSockets(plain, verifier), protectSockets(typed, verifier)]) {
    expect(undo).toBeTypeOf('function')
    undo()
  }
})
