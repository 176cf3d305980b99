// The icons of a Teams app: two doors. Microsoft Learn, "Design your app icon for the Microsoft Teams Store": color.png has
// 192 x 192 pixels, outline.png 32 x 32, white on nothing.

import { deflateSync } from 'node:zlib'
import { crc32 } from './crc32.js'

export const COLOR_SIZE = 192
export const OUTLINE_SIZE = 32

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
const RGBA_8_BIT = [8, 6, 0, 0, 0]
const BYTES_PER_PIXEL = 4

type Pixel = readonly [red: number, green: number, blue: number, alpha: number]
const WHITE: Pixel = [255, 255, 255, 255]
const NOTHING: Pixel = [255, 255, 255, 0]

/** Where the doors are, in parts of the icon's width. */
const DOORS = [
  { left: 0.19, right: 0.45 },
  { left: 0.55, right: 0.81 },
]
const TOP = 0.16
const BOTTOM = 0.84
const FRAME = 0.0625

/** @param accentColor - `#` and six hexadecimal digits */
export function colorIcon(accentColor: string): Buffer {
  const [red = 0, green = 0, blue = 0] = Buffer.from(accentColor.slice(1), 'hex')
  return drawDoors(COLOR_SIZE, [red, green, blue, 255])
}

export function outlineIcon(): Buffer {
  return drawDoors(OUTLINE_SIZE, NOTHING)
}

function drawDoors(size: number, background: Pixel): Buffer {
  return png(size, (x, y) => (isOnFrame((x + 0.5) / size, (y + 0.5) / size) ? WHITE : background))
}

function isOnFrame(x: number, y: number): boolean {
  const isWithin = (left: number, right: number, top: number, bottom: number) =>
    x >= left && x <= right && y >= top && y <= bottom
  return DOORS.some(
    ({ left, right }) =>
      isWithin(left, right, TOP, BOTTOM) && !isWithin(left + FRAME, right - FRAME, TOP + FRAME, BOTTOM - FRAME),
  )
}

/** Source: PNG Specification, Third Edition, §11. */
function png(size: number, pixelAt: (x: number, y: number) => Pixel): Buffer {
  const row = 1 + size * BYTES_PER_PIXEL // the first byte names the filter: none
  const pixels = Buffer.alloc(row * size)
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) pixels.set(pixelAt(x, y), y * row + 1 + x * BYTES_PER_PIXEL)
  const header = Buffer.alloc(8)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  const ihdr = Buffer.concat([header, Buffer.from(RGBA_8_BIT)])
  return Buffer.concat([SIGNATURE, chunk('IHDR', ihdr), chunk('IDAT', deflateSync(pixels)), chunk('IEND', Buffer.of())])
}

function chunk(type: string, data: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(content))
  return Buffer.concat([length, content, checksum])
}

/** Whether this is a PNG with so many pixels in width and height. */
export function isIcon(bytes: Buffer, size: number): boolean {
  return (
    bytes.length > 24 &&
    bytes.subarray(0, 8).equals(SIGNATURE) &&
    bytes.readUInt32BE(16) === size &&
    bytes.readUInt32BE(20) === size
  )
}
