// Packets of the Socket.IO protocol, version 5, in the default encoding and in that of the official parser for MessagePack.

import { Decoder, Encoder } from 'socket.io-msgpack-parser'

export const CONNECT = 0
export const DISCONNECT = 1
export const EVENT = 2
export const ACK = 3
export const CONNECT_ERROR = 4

export interface Packet {
  readonly type: number
  readonly namespace: string
  readonly id?: number
  readonly data?: unknown
}

export interface Encoding {
  write(packet: Packet): string | Buffer
  read(message: string | Buffer): Packet | undefined
}

/** What is sent, as text: any packet, or what is none. */
function written({ type, namespace, id, data }: Packet): string {
  const where = namespace === '/' ? '' : `${namespace},`
  return `${type}${where}${id ?? ''}${data === undefined ? '' : JSON.stringify(data)}`
}

function readPacket(text: string): Packet | undefined {
  const [, type, where, id, json] = /^(\d)(?:(\/[^,]*),)?(\d*)([\s\S]*)$/.exec(text) ?? []
  if (type === undefined) return undefined
  const data: unknown = json ? JSON.parse(json) : undefined
  return { type: Number(type), namespace: where ?? '/', ...(id && { id: Number(id) }), data }
}

function writtenBytes({ type, namespace, id, data }: Packet): Buffer {
  const packet = { type, nsp: namespace, ...(data !== undefined && { data }), ...(id !== undefined && { id }) }
  const [bytes] = new Encoder().encode(packet) as unknown as [Uint8Array]
  return Buffer.from(bytes)
}

function readBytes(bytes: Buffer): Packet | undefined {
  // As it is on the wire: python-socketio sends DISCONNECT with `data: null`, which the client would take for an error.
  const decoder: { add(bytes: Buffer): void; on: Decoder['on'] } = Object.assign(new Decoder(), { checkPacket() {} })
  let packet: Packet | undefined
  decoder.on('decoded', ({ type, nsp, id, data }) => {
    packet = { type, namespace: nsp, ...(id !== undefined && { id }), data }
  })
  decoder.add(bytes)
  return packet
}

export const encodings = {
  default: { write: written, read: (message) => (typeof message === 'string' ? readPacket(message) : undefined) },
  msgpack: { write: writtenBytes, read: (message) => (typeof message === 'string' ? undefined : readBytes(message)) },
} satisfies Record<string, Encoding>

export type EncodingName = keyof typeof encodings
