// A Chainlit server as a process of its own.

import { type ChildProcess, type ChildProcessWithoutNullStreams, type SpawnOptions, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { delimiter } from 'node:path'
import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export interface ServerOptions {
  /** The Python that has Chainlit. */
  readonly python: string
  /** The folder of the app. */
  readonly folder: string
  readonly port: number
  /** All of its environment but the path and what Python needs. */
  readonly env: NodeJS.ProcessEnv
  /** `--root-path`. */
  readonly rootPath?: string | undefined
  /** The path at which another app mounts it, instead of `chainlit run`. */
  readonly mountedAt?: string | undefined
  /** Folders with Python packages that its environment does not have. */
  readonly packages?: readonly string[] | undefined
  /** Gets what it prints. */
  print(text: string): void
}

export interface ChainlitServer {
  /** Makes every session cookie invalid, as if its time were over: from now on they are signed with another secret. Resolves
   * when that is so. */
  expireSessions(secret: string): Promise<void>
  /** Turns its clock ahead of the real one: that of tokens, and not that of Chainlit's sessions. Resolves when that is so. */
  turnClock(aheadS: number): Promise<void>
  /** Resolves when the process, and everything that it started, is gone. */
  stop(): Promise<void>
}

const CONTROL = fileURLToPath(new URL('./control', import.meta.url))
const INHERITED = ['PATH', 'LANG', 'TMPDIR', 'SystemRoot', 'TEMP', 'TMP']
const READY = { chainlit: 'Your app is available at', uvicorn: 'Uvicorn running on' }

/** A secret that is long enough for the libraries not to complain about it. */
export const newSecret = () => randomBytes(32).toString('hex')

/** Resolves when it answers. */
export async function startServer(options: ServerOptions): Promise<ChainlitServer> {
  const { python, folder, port, mountedAt } = options
  const argv = mountedAt ? mountedArguments(port) : chainlitArguments(options)
  const server = spawnWithAnswers(python, argv, { cwd: folder, env: environmentOf(options), detached: true })
  const gone = once(server, 'close').catch(() => {}) // what could not be started does not end
  const end = () => kill(server)
  process.once('exit', end)
  const printed = listen(server, options.print)

  const stop = async () => {
    process.off('exit', end)
    end()
    await gone
  }

  try {
    await printed(mountedAt ? READY.uvicorn : READY.chainlit)
    // Chainlit says so shortly before it is true.
    while (server.exitCode === null && !(await accepts(port))) await setImmediate()
  } catch (error) {
    await stop()
    throw error
  }

  async function change(variable: string, value: string): Promise<void> {
    const answered = once(server.answers, 'data')
    server.stdin.write(`${variable}=${value}\n`)
    const ended = gone.then(() => Promise.reject(new Error(`Chainlit ended before it had another ${variable}.`)))
    await Promise.race([answered, ended])
  }

  return {
    expireSessions: (secret) => change('CHAINLIT_AUTH_SECRET', secret),
    turnClock: (aheadS) => change('CLOCK_AHEAD_S', String(aheadS)),
    stop,
  }
}

function chainlitArguments({ port, rootPath }: ServerOptions): string[] {
  const place = ['--host', '127.0.0.1', '--port', String(port)]
  const root = rootPath ? ['--root-path', rootPath] : []
  return ['-m', 'chainlit', 'run', 'app.py', '--headless', ...place, ...root]
}

function mountedArguments(port: number): string[] {
  return ['-m', 'uvicorn', 'main:app', '--host', '127.0.0.1', '--port', String(port)]
}

function environmentOf({ folder, env, mountedAt, packages = [] }: ServerOptions): NodeJS.ProcessEnv {
  const inherited = INHERITED.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value]]
  })
  return {
    ...Object.fromEntries(inherited),
    HOME: folder,
    PYTHONUNBUFFERED: '1',
    PYTHONIOENCODING: 'utf-8',
    ...(mountedAt && { MOUNTED_AT: mountedAt }),
    ...env,
    PYTHONPATH: [CONTROL, ...packages, env['PYTHONPATH']].filter(Boolean).join(delimiter),
  }
}

type Server = ChildProcessWithoutNullStreams & { readonly answers: Readable }

/** With a pipe more than usual, for the answers of control/sitecustomize.py. */
function spawnWithAnswers(command: string, argv: string[], options: SpawnOptions): Server {
  const server: ChildProcess = spawn(command, argv, { ...options, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] })
  return Object.assign(server as ChildProcessWithoutNullStreams, { answers: server.stdio[3] as Readable })
}

/** Hands on what the process prints. Returns the function that waits until it prints a text. */
function listen(server: Server, print: (text: string) => void) {
  const waiting = new Set<() => void>()
  let output = ''
  const add = (text: string) => {
    output += text
    print(text)
    for (const look of waiting) look()
  }
  server.stdout.setEncoding('utf8').on('data', add)
  server.stderr.setEncoding('utf8').on('data', add)

  return (text: string) => {
    const from = output.length
    return new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!output.includes(text, from)) return
        waiting.delete(look)
        resolve()
      }
      const fail = (reason: unknown) =>
        reject(new Error(`Chainlit ended before it said "${text}".\n${reason}${output}`))
      waiting.add(look)
      server.once('error', fail)
      server.once('close', () => fail(''))
    })
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

/** With the whole process group: whatever Chainlit has started must not outlive a test. */
function kill({ pid }: Server): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}
