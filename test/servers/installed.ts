// Servers that are found and not installed: where they are missing, the tests that need them are left out.

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The path of a program of the system. */
export function findProgram(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = [...(env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin'].filter(Boolean)
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

/** Debian's nginx, with the configuration that it comes with, and redis. */
export function hasServers(): boolean {
  return findProgram('nginx') !== undefined && findProgram('redis-server') !== undefined
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
