// Socket.IO packets as they go through the proxy: in the bodies of polling and in the frames of a WebSocket.

const PACKET_SEPARATOR = '\u001e'
const TEXT = 1
const MASK_BYTES = 4

/** The packets in the body of one polling request or answer. */
export function packetsOf(body: string): string[] {
  return body.split(PACKET_SEPARATOR)
}

/**
 * Reads the frames of one direction of a WebSocket (RFC 6455 §5.2), in pieces of any size, and tells the text ones. The
 * proxy takes care that they are not compressed.
 */
export function createFrameReader(hear: (packet: string) => void): (piece: Buffer) => void {
  let pending = Buffer.alloc(0)
  return (piece) => {
    pending = Buffer.concat([pending, piece])
    for (let frame = readFrame(pending); frame; frame = readFrame(pending)) {
      if (frame.opcode === TEXT) hear(frame.payload.toString('utf8'))
      pending = pending.subarray(frame.length)
    }
  }
}

/** How many bytes the length has that these stand for (RFC 6455 §5.2). */
const EXTENDED_LENGTHS: Readonly<Record<number, number>> = { 126: 2, 127: 8 }

function readFrame(bytes: Buffer): { opcode: number; payload: Buffer; length: number } | undefined {
  const [first, second] = bytes
  if (first === undefined || second === undefined) return undefined
  const short = second & 0x7f
  const lengthBytes = EXTENDED_LENGTHS[short] ?? 0
  const maskBytes = second & 0x80 ? MASK_BYTES : 0
  const start = 2 + lengthBytes + maskBytes
  if (bytes.length < start) return undefined
  const size = lengthBytes > 0 ? Number(`0x${bytes.toString('hex', 2, 2 + lengthBytes)}`) : short
  if (bytes.length < start + size) return undefined
  const mask = bytes.subarray(start - maskBytes, start)
  const payload = Buffer.from(bytes.subarray(start, start + size))
  if (maskBytes) for (let i = 0; i < size; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i % MASK_BYTES] ?? 0)
  return { opcode: first & 0x0f, payload, length: start + size }
}
