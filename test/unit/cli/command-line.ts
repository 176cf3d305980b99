// The command as a user types it, in a folder of its own.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from '../../../src/cli/main.js'

export interface CommandLine {
  readonly folder: string
  /** What it says, line for line, and what it complains about. */
  run(...args: string[]): Promise<{ exitCode: number; said: string[]; complaints: string[] }>
  remove(): Promise<void>
}

export async function openCommandLine(): Promise<CommandLine> {
  const folder = await mkdtemp(join(tmpdir(), 'twodoor-cli-'))
  return {
    folder,
    async run(...args) {
      const said: string[] = []
      const complaints: string[] = []
      const context = { folder, signal: new AbortController().signal, say: (line: string) => void said.push(line) }
      const exitCode = await main(args, context, (line) => void complaints.push(line))
      return { exitCode, said, complaints }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
