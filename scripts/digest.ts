// Tells whether what the wheel of the Python package is made of has changed.

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const UNUSED = /(^|[\\/])(tests|dist|__pycache__|\.[^\\/]*)([\\/]|$)/

/** Of all files of the package but its tests, and of further ones, by their names and their bytes. */
export async function digestOf(source: string, more: readonly string[] = []): Promise<string> {
  const entries = await readdir(source, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const used = paths.filter((path) => !UNUSED.test(path.slice(source.length))).sort()
  const hash = createHash('sha256')
  for (const path of [...used, ...more]) hash.update(`${path.replace(source, '')}\0`).update(await bytesOf(path))
  return hash.digest('hex').slice(0, 8)
}

/** A file that is not there has none. */
function bytesOf(path: string): Promise<Buffer> {
  return readFile(path).catch(() => Buffer.alloc(0))
}
