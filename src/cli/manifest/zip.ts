// Zip files as Teams takes them: a handful of small files. Written without compression; read with it too.
// Source: PKWARE, APPNOTE.TXT 6.3.10, §4.3.7 (local file header), §4.3.12 (central directory), §4.3.16 (its end).

import { inflateRawSync } from 'node:zlib'
import { crc32 } from './crc32.js'

const LOCAL_HEADER = 0x04034b50
const CENTRAL_HEADER = 0x02014b50
const END = 0x06054b50
const LOCAL_HEADER_LENGTH = 30
const CENTRAL_HEADER_LENGTH = 46
const END_LENGTH = 22
/** A comment can follow the end. */
const LONGEST_END = END_LENGTH + 0xffff
const VERSION = 20
const UTF8_NAMES = 0x0800
const STORED = 0
const DEFLATED = 8
/** The first day that the format knows, 1980-01-01: the same files make the same zip, whenever it is written. */
const FIRST_DAY = 0x0021

export type Files = Readonly<Record<string, Uint8Array>>

export function writeZip(files: Files): Buffer {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const nameBytes = Buffer.from(name)
    const entry = entryOf(nameBytes, content)
    const header = Buffer.alloc(4)
    header.writeUInt32LE(LOCAL_HEADER)
    local.push(header, entry, nameBytes, Buffer.from(content))
    central.push(centralHeader(entry, offset), nameBytes)
    offset += LOCAL_HEADER_LENGTH + nameBytes.length + content.length
  }
  const directory = Buffer.concat(central)
  return Buffer.concat([...local, directory, endOf(Object.keys(files).length, directory.length, offset)])
}

/** What both headers of a file have in common. */
function entryOf(name: Buffer, content: Uint8Array): Buffer {
  const entry = Buffer.alloc(LOCAL_HEADER_LENGTH - 4)
  entry.writeUInt16LE(VERSION, 0)
  entry.writeUInt16LE(UTF8_NAMES, 2)
  entry.writeUInt16LE(STORED, 4)
  entry.writeUInt16LE(FIRST_DAY, 8)
  entry.writeUInt32LE(crc32(content), 10)
  entry.writeUInt32LE(content.length, 14)
  entry.writeUInt32LE(content.length, 18)
  entry.writeUInt16LE(name.length, 22)
  return entry
}

function centralHeader(entry: Buffer, offset: number): Buffer {
  const header = Buffer.alloc(CENTRAL_HEADER_LENGTH)
  header.writeUInt32LE(CENTRAL_HEADER, 0)
  header.writeUInt16LE(VERSION, 4)
  entry.copy(header, 6)
  header.writeUInt32LE(offset, 42)
  return header
}

function endOf(count: number, length: number, offset: number): Buffer {
  const end = Buffer.alloc(END_LENGTH)
  end.writeUInt32LE(END, 0)
  end.writeUInt16LE(count, 8)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(length, 12)
  end.writeUInt32LE(offset, 16)
  return end
}

export function isZip(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 2)).toString('latin1') === 'PK'
}

/**
 * One file of a zip, or `undefined` if there is none of that name.
 *
 * @param maxBytes - what the file may have when it is unpacked
 * @throws {RangeError} for a zip that is broken or encrypted, and for a file that is longer
 */
export function readFromZip(zip: Buffer, wanted: string, maxBytes: number): Buffer | undefined {
  const end = zip.lastIndexOf(bytesOf(END))
  if (end < 0 || end < zip.length - LONGEST_END) throw new RangeError('the zip has no end')
  const count = zip.readUInt16LE(end + 10)
  let at = zip.readUInt32LE(end + 16)
  for (let each = 0; each < count; each++) {
    if (zip.readUInt32LE(at) !== CENTRAL_HEADER) throw new RangeError('the directory of the zip is broken')
    const nameLength = zip.readUInt16LE(at + 28)
    const nameAt = at + CENTRAL_HEADER_LENGTH
    if (zip.toString('utf8', nameAt, nameAt + nameLength) === wanted) return unpack(zip, at, maxBytes)
    at = nameAt + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  return undefined
}

function unpack(zip: Buffer, at: number, maxBytes: number): Buffer {
  const method = zip.readUInt16LE(at + 10)
  const length = zip.readUInt32LE(at + 20)
  const offset = zip.readUInt32LE(at + 42)
  const start = offset + LOCAL_HEADER_LENGTH + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28)
  const packed = zip.subarray(start, start + length)
  const unpacked = method === DEFLATED ? inflateRawSync(packed, { maxOutputLength: maxBytes }) : packed
  if (method !== DEFLATED && method !== STORED) throw new RangeError('the zip is packed in an unknown way')
  if (unpacked.length > maxBytes) throw new RangeError('the file is too long')
  if (crc32(unpacked) !== zip.readUInt32LE(at + 16)) throw new RangeError('a file of the zip is damaged')
  return unpacked
}

function bytesOf(signature: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(signature)
  return bytes
}
