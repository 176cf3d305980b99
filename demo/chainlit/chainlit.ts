import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface ChainlitOptions {
  /** The Python that has Chainlit. */
  readonly python: string
  /** The path of app.py, which runs where it is. */
  readonly app: string
  /** The text of .chainlit/config.toml. */
  readonly config: string
  /** The paths of the files of `public/`. */
  readonly publicFiles: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** What it signs its sessions with. Several workers of one app have the same. */
  readonly secret: string
  /** Hears each line that the server prints. */
  say(line: string): void
}

export interface Chainlit {
  readonly port: number
  /** Without it, as `x-demo-key`, the server answers nothing. */
  readonly key: string
  /**
   * Ends all sessions, as time does: the server has another secret from now on, and does not take the cookies any more that
   * it has set so far.
   */
  expire(secret: string): Promise<void>
  /** Ends the process and removes its folder. */
  end(): Promise<void>
}

const RUNNER = fileURLToPath(new URL('./runner.py', import.meta.url))
/** Far longer than a start takes on a slow machine. */
const START_LIMIT_MS = 60_000
const END_LIMIT_MS = 5_000
const LINES_OF_AN_ERROR = 5

/**
 * Starts an unmodified Chainlit in a folder of its own below the system's temporary one, where it also writes.
 *
 * @throws {Error} with the last lines that it printed, if it ends or does not listen within a minute
 */
export async function startChainlit(options: ChainlitOptions): Promise<Chainlit> {
  const folder = await mkdtemp(join(tmpdir(), 'twodoor-demo-chainlit-'))
  const key = randomBytes(24).toString('hex')
  let ended: Promise<void> = Promise.resolve()
  let child: ChildProcess | undefined

  async function end(): Promise<void> {
    child?.stdin?.end()
    const kill = setTimeout(() => child?.kill('SIGKILL'), END_LIMIT_MS)
    await ended
    clearTimeout(kill)
    await rm(folder, { recursive: true, force: true })
  }

  try {
    await furnish(folder, options)
    child = spawn(options.python, [RUNNER, options.app], {
      cwd: folder,
      env: { ...environment(), ...options.env, DEMO_KEY: key, DEMO_SECRET: options.secret },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const running = child
    running.stdin?.on('error', () => {}) // it ended by itself
    ended = new Promise((resolve) => {
      running.once('close', () => resolve())
      running.once('error', () => resolve())
    })
    const port = await portOf(running, options.say)
    return { port, key, expire: (secret) => order(port, key, '/demo/expire', secret), end }
  } catch (error) {
    await end()
    throw error
  }
}

async function furnish(folder: string, { config, publicFiles }: ChainlitOptions): Promise<void> {
  await mkdir(join(folder, '.chainlit'))
  await mkdir(join(folder, 'public'))
  await writeFile(join(folder, '.chainlit', 'config.toml'), config)
  await writeFile(join(folder, 'chainlit.md'), '') // without it, Chainlit writes one that greets developers
  for (const file of publicFiles) await copyFile(file, join(folder, 'public', basename(file)))
}

/** The environment without what would change the demo, or lead its requests for this machine to a proxy. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(CHAINLIT|TWODOOR|OAUTH|LITERAL|DATABASE|PYTHON)/i.test(name),
  )
  const local = 'localhost,127.0.0.1'
  return { ...Object.fromEntries(kept), NO_PROXY: local, no_proxy: local, PYTHONDONTWRITEBYTECODE: '1' }
}

function portOf(child: ChildProcess, say: (line: string) => void): Promise<number> {
  const lines: string[] = []
  let limit: ReturnType<typeof setTimeout> | undefined

  const port = new Promise<number>((resolve, reject) => {
    const fail = (reason: string) => reject(new Error([`Chainlit ${reason}.`, ...lines].join('\n')))
    limit = setTimeout(() => fail('did not start within a minute'), START_LIMIT_MS)
    child.once('error', (error) => fail(`could not be started: ${error.message}`))
    child.once('close', () => fail('ended while it was starting'))
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface(stream).on('line', (line) => hear(line, resolve))
    }
  })

  function hear(line: string, found: (port: number) => void): void {
    const [, told] = line.match(/^demo: port (\d+)$/) ?? []
    if (told) {
      found(Number(told))
      return
    }
    lines.push(line)
    if (lines.length > LINES_OF_AN_ERROR) lines.shift()
    say(line)
  }

  return port.finally(() => clearTimeout(limit))
}

function order(port: number, key: string, path: string, secret: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-demo-key': key, 'x-demo-secret': secret }
    const asked = request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent: false }, (response) => {
      response.resume()
      if (response.statusCode === 204) resolve()
      else reject(new Error(`Chainlit answered ${response.statusCode} to ${path}.`))
    })
    asked.on('error', reject)
    asked.end()
  })
}
