// Builds and starts the examples with the programs that they name, as a reader would.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, extname, isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type AppSite, html } from '../e2e/doors.js'

export const EXAMPLES = join(fileURLToPath(import.meta.url), '../../../examples/')

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html' }

/** Runs a program of the examples' node_modules in the folder of one. Rejects with all of its output if it fails. */
export async function run(
  example: string,
  program: string,
  args: readonly string[],
  env: object = {},
): Promise<string> {
  const [file, ...first] = commandOf(program)
  const options = { cwd: join(EXAMPLES, example), env: { ...environment(), ...env }, maxBuffer: 64 * 2 ** 20 }
  return promisify(execFile)(file, [...first, ...args], options).then(
    ({ stdout }) => stdout,
    (error: { stdout: string; stderr: string }) => {
      throw new Error(`${program} ${args.join(' ')}\n${error.stdout}${error.stderr}`, { cause: error })
    },
  )
}

/** As `npm run` makes it: with the programs of node_modules on the path. */
function environment(): NodeJS.ProcessEnv {
  const path = [join(EXAMPLES, 'node_modules/.bin'), process.env['PATH']].join(delimiter)
  return { ...process.env, PATH: path }
}

/** `vite/bin/vite.js`: a file of a package, which Node runs. An absolute path is a program of its own. */
function commandOf(program: string): [string, ...string[]] {
  return isAbsolute(program) ? [program] : [process.execPath, join(EXAMPLES, 'node_modules', program)]
}

/** The files that Vite makes of an example, at every address that is none of them its page. */
export function buildWithVite(example: string, env: object): Promise<AppSite> {
  return built(async (folder) => {
    await run(example, 'vite/bin/vite.js', ['build', '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn'], env)
    return siteIn(folder)
  })
}

/** The same of Angular, which has its options in the source. */
export function buildWithAngular(example: string): Promise<AppSite> {
  return built(async (folder) => {
    await run(example, '@angular/cli/bin/ng.js', ['build', '--output-path', folder], { NG_CLI_ANALYTICS: 'false' })
    return siteIn(join(folder, 'browser'))
  })
}

async function built(build: (folder: string) => Promise<AppSite>): Promise<AppSite> {
  const folder = await mkdtemp(join(tmpdir(), 'twodoor-example-'))
  try {
    return await build(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function siteIn(folder: string): Promise<AppSite> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const contents = await Promise.all(paths.map((path) => readFile(path, 'utf8')))
  const files = new Map(paths.map((path, i) => [path.slice(folder.length).replaceAll('\\', '/'), contents[i]]))
  return ({ pathname }) => {
    const file = files.get(pathname)
    if (file === undefined || pathname === '/') return html(files.get('/index.html') ?? 'There is no index.html.')
    return new Response(file, { headers: { 'content-type': TYPES[extname(pathname)] ?? 'application/octet-stream' } })
  }
}

export interface Started {
  readonly port: number
  /** All that it has printed so far. */
  output(): string
  stop(): Promise<void>
}

/** @param address what the server prints when it listens, with the port in brackets */
export async function start(
  example: string,
  [program = '', ...args]: readonly string[],
  env: object,
  address = /:(\d+)/,
): Promise<Started> {
  const [file, ...first] = commandOf(program)
  const server = spawn(file, [...first, ...args], {
    cwd: join(EXAMPLES, example),
    env: { ...environment(), ...env },
  })
  let output = ''
  const ended = new Promise<void>((done) => server.once('close', () => done()))
  const port = await new Promise<number>((resolve, reject) => {
    const read = (text: unknown) => {
      output += String(text)
      const [, found] = address.exec(output) ?? []
      if (found) resolve(Number(found))
    }
    server.stdout.on('data', read)
    server.stderr.on('data', read)
    server.once('error', reject)
    server.once('close', () => reject(new Error(`${example} did not start: ${output}`)))
  })
  return { port, output: () => output, stop: () => stop(server, ended) }
}

async function stop(server: ChildProcess, ended: Promise<void>): Promise<void> {
  server.kill()
  await ended
}
