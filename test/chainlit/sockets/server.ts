// A python-socketio server as a process of its own.

import { fileURLToPath } from 'node:url'
import type { PythonPackages } from '../../../scripts/python-packages.js'
import { type PythonServer, startPythonServer } from '../python-server.js'

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

export interface SocketServer extends PythonServer {
  state(): Promise<ServerState>
  /** Lets those in whose token takes long to check. */
  release(): Promise<void>
}

export interface SocketServerOptions {
  /** Default: the one that Chainlit brings along. */
  readonly packages?: PythonPackages
  readonly serializer?: 'default' | 'msgpack'
  /** Takes any namespace that somebody asks for. */
  readonly isDynamic?: boolean
}

const APP = fileURLToPath(new URL('./app.py', import.meta.url))

/** Chainlit brings python-socketio and a web server along. */
export async function startSocketServer(options: SocketServerOptions = {}): Promise<SocketServer> {
  const { packages, serializer = 'default', isDynamic = false } = options
  const env = { SERIALIZER: serializer, NAMESPACES: isDynamic ? '*' : '' }
  const server = await startPythonServer({ argv: [APP], env, packages })
  const ask = async (path: string) => (await fetch(server.url + path)).json()
  return {
    ...server,
    state: () => ask('/state') as Promise<ServerState>,
    async release() {
      await ask('/release')
    },
  }
}
