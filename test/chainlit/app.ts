// An app of these tests: its folder, its settings, and the server that runs it, through restarts.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ChainlitVersion, ensureChainlit, newestChainlit } from '../../scripts/chainlit.js'
import { ensurePythonPackages, type PythonPackages } from '../../scripts/python-packages.js'
import type { Config } from './config.js'
import { type App, makeFolder } from './folder.js'
import { type ChainlitServer, newSecret, startServer } from './server.js'

export interface AppOptions {
  /** The Python that has Chainlit and the package. Default: one that has the version below. */
  readonly python?: string | undefined
  /** Default: the newest. */
  readonly version?: ChainlitVersion | undefined
  /** Default: `twodoor` with the drop-in, `stock` without. */
  readonly app?: App | undefined
  /** Whether the page gets the script, as `setup()` of the package has it. Default: yes. */
  readonly dropIn?: boolean | undefined
  /** `custom_js_attributes`, written by hand, or a change to the right ones. Default: those that `setup()` writes itself. */
  readonly attributes?: string | ((right: string) => string) | undefined
  /** Changes to the environment of the server; `undefined` takes one out. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Sections of config.toml that come on top. */
  readonly config?: Config | undefined
  /** `--root-path`. */
  readonly rootPath?: string | undefined
  /** Puts it into another app at this path, with `mount_chainlit`. */
  readonly mountedAt?: string | undefined
  /** What Chainlit's client may use. Default: polling, then WebSocket. */
  readonly transports?: readonly ('polling' | 'websocket')[] | undefined
  /** Further files of the app, by their paths. */
  readonly files?: Readonly<Record<string, string>> | undefined
  /** Python packages that it needs beside Chainlit. */
  readonly packages?: readonly PythonPackages[] | undefined
}

/** What can be changed while everything else stays. */
export type Changes = Pick<AppOptions, 'attributes' | 'config' | 'env' | 'transports'>

export interface RunningApp {
  /** Where it is, and where it writes. */
  readonly folder: string
  /** From now on the server knows none of the sessions that it has begun. It runs on. */
  expireSessions(): Promise<void>
  /** Turns the server's clock for tokens ahead of the real one, until it starts again. */
  turnClock(aheadS: number): Promise<void>
  /** Ends the server at once and starts it again, on the same port and with another secret. */
  restart(changes?: Changes): Promise<void>
  /** Ends the server at once. `restart()` brings it back. */
  stop(): Promise<void>
  /** Ends one of several workers at once. They are counted from 0. */
  stopWorker(index: number): Promise<void>
  /** Brings it back, with the secret that the others have. */
  startWorker(index: number): Promise<void>
  /** The text of a file in the app's folder. */
  fileOf(path: string): Promise<string>
  /** All that the server has printed, through restarts. */
  serverOutput(): string
  /**
   * Waits until the server has printed this, at or after a place in its output: what it prints arrives later than what it
   * sends.
   */
  hears(text: string, from?: number): Promise<void>
}

export interface AppEnvironment {
  /** One for each worker. They share the folder and the secret. */
  readonly ports: readonly number[]
  /** The right `custom_js_attributes`. */
  readonly attributes: string
  /** What the server needs to know of the world. */
  readonly env: Readonly<Record<string, string>>
  /** Becomes `world.pem` in the folder: the certificate that Python is to trust. */
  readonly certificate: string
}

/** Starts the app. `close` ends it and removes its folder. */
export async function startApp(
  options: AppOptions,
  surroundings: AppEnvironment,
): Promise<RunningApp & { close(): Promise<void> }> {
  const { version = newestChainlit, dropIn = true, rootPath, mountedAt } = options
  const app = options.app ?? (dropIn ? 'twodoor' : 'stock')
  const python = options.python ?? (await ensureChainlit(version))
  const packages: string[] = []
  for (const name of options.packages ?? []) packages.push(await ensurePythonPackages(python, name))
  const files = { ...options.files, 'world.pem': surroundings.certificate }
  const folder = await makeFolder({ app, python, files })
  let output = ''
  const listeners = new Set<() => void>()
  const servers = new Map<number, ChainlitServer>()
  let all: AppOptions = options
  let secret = ''

  async function start(changes: Changes): Promise<void> {
    all = { ...options, ...changes }
    secret = newSecret()
    await folder.configure(configOf(all, surroundings.attributes))
    // One after the other: each writes into the folder when it starts.
    for (const index of surroundings.ports.keys()) await startWorker(index)
  }

  async function startWorker(index: number): Promise<void> {
    const port = surroundings.ports[index]
    if (port === undefined) throw new Error(`There is no worker ${index}.`)
    const env = { ...surroundings.env, CHAINLIT_AUTH_SECRET: secret, ...all.env }
    const print = (text: string) => {
      output += text
      for (const listen of [...listeners]) listen()
    }
    const place = { port, rootPath, mountedAt, packages }
    servers.set(index, await startServer({ ...place, python, folder: folder.path, env, print }))
  }

  async function stopWorker(index: number): Promise<void> {
    await servers.get(index)?.stop()
    servers.delete(index)
  }

  async function stop(): Promise<void> {
    await Promise.all(surroundings.ports.map((_, index) => stopWorker(index)))
  }

  await start({}).catch(async (error: unknown) => {
    await stop()
    await folder.remove()
    throw error
  })
  return {
    folder: folder.path,
    async expireSessions() {
      secret = newSecret()
      for (const server of servers.values()) await server.expireSessions(secret)
    },
    async turnClock(aheadS) {
      for (const server of servers.values()) await server.turnClock(aheadS)
    },
    async restart(changes = {}) {
      await stop()
      await start(changes)
    },
    stop,
    stopWorker,
    startWorker,
    fileOf: (path) => readFile(join(folder.path, path), 'utf8'),
    serverOutput: () => output,
    hears: (text, from = 0) =>
      new Promise((resolve) => {
        const listen = () => {
          if (!output.includes(text, from)) return
          listeners.delete(listen)
          resolve()
        }
        listeners.add(listen)
        listen()
      }),
    async close() {
      await stop()
      await folder.remove()
    },
  }
}

function configOf({ attributes, config = {}, dropIn = true, transports }: AppOptions, right: string): Config {
  const given = typeof attributes === 'function' ? attributes(right) : attributes
  // What docs/chainlit.md says to write, and no more; without the drop-in, what Chainlit has generated.
  const project = dropIn ? { user_session_timeout: 28_800 } : {}
  const ui = given === undefined ? {} : { custom_js: '/public/twodoor.chainlit.js', custom_js_attributes: given }
  return {
    ...config,
    project: { ...project, ...(transports && { transports }), ...config['project'] },
    UI: { ...ui, ...config['UI'] },
  }
}
