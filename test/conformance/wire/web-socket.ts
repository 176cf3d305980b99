// A WebSocket client (RFC 6455), as small as the cases need it: Node 20 has none, and no library is to stand between.

import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { request as requestTls } from 'node:https'
import type { Duplex } from 'node:stream'

export interface RawWebSocket {
  send(message: string | Buffer): void
  close(): void
}

export interface RawWebSocketEvents {
  message(message: string | Buffer): void
  closed(): void
}

const TEXT = 1
const BINARY = 2
const CLOSE = 8
const PING = 9
const PONG = 10
const LENGTH_IN_16_BITS = 126
const LENGTH_IN_64_BITS = 127

/** @param url - of http or https */
export function openWebSocket(url: URL, events: RawWebSocketEvents, headers: object = {}): Promise<RawWebSocket> {
  const key = randomBytes(16).toString('base64')
  const upgrade = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': key,
  }
  return new Promise((resolve, reject) => {
    const ask = url.protocol === 'https:' ? requestTls : request
    const asking = ask(url, { headers: { ...upgrade, ...headers } })
    asking.once('upgrade', (_response, stream, head) => resolve(attach(stream, head, events)))
    asking.once('response', ({ statusCode }) => reject(new Error(`The WebSocket was answered with ${statusCode}.`)))
    asking.once('error', reject)
    asking.end()
  })
}

function attach(stream: Duplex, head: Buffer, events: RawWebSocketEvents): RawWebSocket {
  let received = head
  const write = (opcode: number, payload: Buffer) => void (stream.writable && stream.write(frame(opcode, payload)))

  function read(): void {
    for (let found = firstFrame(received); found; found = firstFrame(received)) {
      received = received.subarray(found.end)
      if (found.opcode === PING) write(PONG, found.payload)
      else if (found.opcode === CLOSE) stream.end()
      else if (found.opcode === TEXT) events.message(found.payload.toString())
      else if (found.opcode === BINARY) events.message(found.payload)
    }
  }

  stream.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    read()
  })
  stream.on('error', () => {})
  stream.once('close', () => events.closed())
  queueMicrotask(read)
  return {
    send: (message) => write(typeof message === 'string' ? TEXT : BINARY, Buffer.from(message)),
    close: () => stream.destroy(),
  }
}

/** Of the client, so it is masked (§5.3). */
function frame(opcode: number, payload: Buffer): Buffer {
  const mask = randomBytes(4)
  const masked = payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0))
  return Buffer.concat([Buffer.from([0x80 | opcode]), lengthOf(payload), mask, masked])
}

function lengthOf({ length }: Buffer): Buffer {
  if (length < LENGTH_IN_16_BITS) return Buffer.from([0x80 | length])
  const long = Buffer.alloc(9)
  long[0] = 0x80 | LENGTH_IN_64_BITS
  long.writeBigUInt64BE(BigInt(length), 1)
  const short = Buffer.from([0x80 | LENGTH_IN_16_BITS, length >> 8, length & 0xff])
  return length < 65_536 ? short : long
}

/** The first frame that is there as a whole. Servers send theirs unmasked, and none of ours in pieces. */
function firstFrame(bytes: Buffer): { opcode: number; payload: Buffer; end: number } | undefined {
  if (bytes.length < 2) return undefined
  const opcode = bytes.readUInt8(0) & 0x0f
  const kind = bytes.readUInt8(1) & 0x7f
  const extra = extraLength(kind)
  if (bytes.length < 2 + extra) return undefined
  let length = kind
  if (kind === LENGTH_IN_16_BITS) length = bytes.readUInt16BE(2)
  if (kind === LENGTH_IN_64_BITS) length = Number(bytes.readBigUInt64BE(2))
  const end = 2 + extra + length
  return bytes.length < end ? undefined : { opcode, payload: bytes.subarray(2 + extra, end), end }
}

function extraLength(kind: number): number {
  if (kind === LENGTH_IN_16_BITS) return 2
  return kind === LENGTH_IN_64_BITS ? 8 : 0
}
