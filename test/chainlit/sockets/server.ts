// A python-socketio server as a process of its own.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ensureChainlit } from '../../../scripts/chainlit.js'

export interface ServerState {
  /** What it holds at the moment: sockets, what is known of them, and tasks that wait for their end. */
  readonly sockets: number
  readonly sessions: number
  readonly tasks: number
  /** How many tokens it has checked, and how many sockets the app has seen leave. */
  readonly checked: number
  readonly left: number
  /** What handlers of the app have heard that no client may say. */
  readonly heard: readonly string[]
}

export interface SocketServer {
  readonly url: string
  state(): Promise<ServerState>
  /** Lets those in whose token takes long to check. */
  release(): Promise<void>
  /** All that it has printed. */
  output(): string
  stop(): Promise<void>
}

const APP = fileURLToPath(new URL('./app.py', import.meta.url))

/** Chainlit brings python-socketio and a web server along. */
export async function startSocketServer(): Promise<SocketServer> {
  const env = { ...process.env, PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' }
  const server = spawn(await ensureChainlit(), [APP], { env })
  const gone = once(server, 'close')
  let output = ''

  const url = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      output += chunk.toString()
      const [, found] = output.match(/Uvicorn running on (http:\/\/\S+)/) ?? []
      if (found) resolve(found)
    }
    server.stdout.on('data', listen)
    server.stderr.on('data', listen)
    server.once('close', () => reject(new Error(`The server ended.\n${output}`)))
  })
  const ask = async (path: string) => (await fetch(url + path)).json()

  return {
    url,
    state: () => ask('/state') as Promise<ServerState>,
    async release() {
      await ask('/release')
    },
    output: () => output,
    async stop() {
      server.kill('SIGKILL')
      await gone
    },
  }
}
