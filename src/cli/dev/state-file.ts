// What outlives a restart: the emulator's keys, sessions and refresh tokens, so that an open tab goes on.

import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { KeptParts } from '../../testing/entra/parts.js'
import { replaceFile } from './replace-file.js'

const VERSION = 1

/** @param about - what the state belongs to: with other settings it is forgotten */
export interface StateFile {
  readonly path: string
  read(about: string): Promise<KeptParts | undefined>
  write(about: string, kept: KeptParts): Promise<void>
}

/** In the `node_modules/.cache` of the project, or without one in the user's own cache. Its owner alone can read it. */
export function openStateFile(folder: string, port: number): StateFile {
  const path = join(cacheFolder(folder), 'twodoor', `dev-${port}.json`)
  let last: Promise<unknown> = Promise.resolve()

  async function replace(text: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await replaceFile(path, text, 0o600)
  }

  return {
    path,
    async read(about) {
      const text = await readFile(path, 'utf8').catch(() => 'null')
      const found = parse(text)
      return found?.version === VERSION && found.about === about ? found.kept : undefined
    },
    write(about, kept) {
      const written = last.then(() => replace(JSON.stringify({ version: VERSION, about, kept })))
      last = written.catch(() => {})
      return written
    },
  }
}

interface Stored {
  readonly version: unknown
  readonly about: unknown
  readonly kept: KeptParts
}

function parse(text: string): Stored | undefined {
  try {
    return (JSON.parse(text) as Stored | null) ?? undefined
  } catch {
    return undefined
  }
}

function cacheFolder(folder: string): string {
  const project = foldersUpFrom(folder).find((each) => existsSync(join(each, 'node_modules')))
  return project === undefined ? join(homedir(), '.cache') : join(project, 'node_modules', '.cache')
}

function foldersUpFrom(folder: string): string[] {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...foldersUpFrom(above)]
}
