// The oldest socket.io-client that is supported and the newest, and another parser than the default.

import { Emitter } from '@socket.io/component-emitter'
import { io } from 'socket.io-client'
import { io as oldIo } from 'socket.io-client-4.4'

/** The tests use what both have. Their types are of their own. */
export const clients = { '4.4.0': oldIo as unknown as typeof io, '4.8.4': io }
export type Version = keyof typeof clients
export const versions = Object.keys(clients) as Version[]

class Encoder {
  encode(packet: object): unknown[] {
    return [Buffer.from(JSON.stringify(packet))]
  }
}

class Decoder extends Emitter<Record<string, never>, Record<string, (packet: unknown) => void>> {
  add(chunk: Buffer | string): void {
    this.emit('decoded', JSON.parse(chunk.toString()))
  }
  destroy(): void {}
}

/** Like socket.io-msgpack-parser: each packet as a whole, in one binary frame. */
export const binaryParser = { Encoder, Decoder }
