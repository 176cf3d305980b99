// A Python server as a process of its own, which ends with the test.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { ensureChainlit } from '../../scripts/chainlit.js'
import { ensurePythonPackages, type PythonPackages } from '../../scripts/python-packages.js'

export interface PythonServer {
  readonly url: string
  /** All that it has printed. */
  output(): string
  stop(): Promise<void>
}

export interface PythonServerOptions {
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Used in place of what Chainlit brings along. */
  readonly packages?: PythonPackages | undefined
}

/** It says `running on http://…`, as Uvicorn and Flask do. */
export async function startPythonServer({ argv, env, packages }: PythonServerOptions): Promise<PythonServer> {
  const python = await ensureChainlit()
  const path = packages ? { PYTHONPATH: await ensurePythonPackages(python, packages) } : {}
  const quiet = { PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' }
  const server = spawn(python, argv, { env: { ...process.env, ...quiet, ...path, ...env } })
  const gone = once(server, 'close')
  let output = ''

  const url = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      output += chunk.toString()
      const [, found] = output.match(/running on (http:\/\/[\w.:]+)/i) ?? []
      if (found) resolve(found)
    }
    server.stdout.on('data', listen)
    server.stderr.on('data', listen)
    server.once('close', () => reject(new Error(`The server ended.\n${output}`)))
  })

  return {
    url,
    output: () => output,
    async stop() {
      server.kill('SIGKILL')
      await gone
    },
  }
}
