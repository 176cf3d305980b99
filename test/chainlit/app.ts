// An app of these tests: its folder, its settings, and the server that runs it, through restarts.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ChainlitVersion, ensureChainlit, newestChainlit } from '../../scripts/chainlit.js'
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
}

/** What can be changed while everything else stays. */
export type Changes = Pick<AppOptions, 'attributes' | 'config' | 'env' | 'transports'>

export interface RunningApp {
  /** From now on the server knows none of the sessions that it has begun. It runs on. */
  expireSessions(): Promise<void>
  /** Turns the server's clock for tokens ahead of the real one, until it starts again. */
  turnClock(aheadS: number): Promise<void>
  /** Ends the server at once and starts it again, on the same port and with another secret. */
  restart(changes?: Changes): Promise<void>
  /** Ends the server at once. `restart()` brings it back. */
  stop(): Promise<void>
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
  readonly port: number
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
  const files = { ...options.files, 'world.pem': surroundings.certificate }
  const folder = await makeFolder({ app, python, files })
  let output = ''
  const listeners = new Set<() => void>()
  let server: ChainlitServer | undefined

  async function start(changes: Changes): Promise<void> {
    const all = { ...options, ...changes }
    await folder.configure(configOf(all, surroundings.attributes))
    const env = { ...surroundings.env, CHAINLIT_AUTH_SECRET: newSecret(), ...all.env }
    const print = (text: string) => {
      output += text
      for (const listen of [...listeners]) listen()
    }
    const place = { port: surroundings.port, rootPath, mountedAt }
    server = await startServer({ ...place, python, folder: folder.path, env, print })
  }

  async function stop(): Promise<void> {
    await server?.stop()
    server = undefined
  }

  await start({}).catch(async (error: unknown) => {
    await folder.remove()
    throw error
  })
  return {
    async expireSessions() {
      await server?.expireSessions()
    },
    async turnClock(aheadS) {
      await server?.turnClock(aheadS)
    },
    async restart(changes = {}) {
      await stop()
      await start(changes)
    },
    stop,
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
