import { createHash } from 'node:crypto'

/** Names the IDs of Teams apps among all others that could be made of a client ID. */
const NAMESPACE = '6a1f6d0e-8f0b-4b55-9c39-3a0a4be2b7d1'

/**
 * The ID of the Teams app, which is not that of its registration. Made of the client ID (RFC 9562 §5.5), so that a package
 * that is written anew updates the app instead of being another one.
 */
export function appIdOf(clientId: string): string {
  const hash = createHash('sha1').update(bytesOf(NAMESPACE)).update(clientId.toLowerCase()).digest().subarray(0, 16)
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6)
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8)
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function bytesOf(guid: string): Buffer {
  return Buffer.from(guid.replaceAll('-', ''), 'hex')
}
