// Programs of this machine.

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Folders that `PATH` may leave out, in which Debian puts servers and browsers. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/bin']

/** The path of a program, or `undefined`. */
export function findProgram(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = [...(env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS].filter(Boolean)
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
