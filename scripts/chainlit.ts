// Makes the virtual environments in which the tests and the demo run Chainlit with the Python package `twodoor`. As a
// script it makes those of the versions that it is given, or of all.
//
// Each is made of two: one with the libraries, which takes half a minute and lasts, and a thin one over it with the wheel
// of python/ as it is now, which takes a second and is made anew whenever something of that has changed.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { addToLastLine } from '../test/last-line.js'
import { digestOf } from './digest.js'
import { pageFiles } from './page-files.js'

/** Those that the tests drive, the newest first. */
export const chainlitVersions = ['2.12.0', '2.11.1', '2.10.1', '2.9.6'] as const
export type ChainlitVersion = (typeof chainlitVersions)[number]
export const newestChainlit: ChainlitVersion = chainlitVersions[0]

const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const CACHE = join(ROOT, 'node_modules', '.cache', 'twodoor')
const PACKAGE = join(ROOT, 'python')
const INSTALLER = join(ROOT, 'scripts', 'install-package.py')
const CONSTRAINTS = join(ROOT, 'demo', 'chainlit', 'constraints.txt')
const NEED = 'The Chainlit tests need Python 3.10 to 3.13 with venv and access to the Python package registry'
const COMMANDS = ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10']
const TELL_VERSION = 'import sys; print("%d.%d" % sys.version_info[:2])'
const DAY_MS = 86_400_000

const run = promisify(execFile)

/** For tests. */
export interface EnvironmentFolders {
  /** Of all environments. */
  readonly cache?: string
  /** Of the Python package. */
  readonly source?: string
}

/**
 * The Python of a virtual environment that has this Chainlit, what it needs, pytest, and the package `twodoor` installed
 * from its wheel, as the sources are now. Makes the environment if it is not there: half a minute for the first one, a few
 * seconds for each that is like another one but for the version.
 *
 * The Python is `PYTHON` if set, else one on the path.
 *
 * @throws {Error} one sentence: what is needed, and what is missing
 */
export async function ensureChainlit(
  version: ChainlitVersion = newestChainlit,
  { cache = CACHE, source = PACKAGE }: EnvironmentFolders = {},
): Promise<string> {
  try {
    const { folder: libraries, kind } = await ensureLibrariesIn(cache, version)
    const folder = join(cache, `twodoor-${version}-${kind}-${await digestOf(source, pageFiles())}`)
    if (!(await exists(folder))) await makePackage(pythonIn(libraries), source, folder)
    await utimes(folder, new Date(), new Date()) // it is in use
    await removeUnused(cache)
    return pythonIn(folder)
  } catch (error) {
    throw new Error(`${NEED}: ${reasonOf(error)}`, { cause: error })
  }
}

/** The Python of an environment with this Chainlit and without the package, for those who install that themselves. */
export async function ensureLibraries(version: ChainlitVersion = newestChainlit, cache = CACHE): Promise<string> {
  const { folder } = await ensureLibrariesIn(cache, version)
  return pythonIn(folder)
}

async function ensureLibrariesIn(cache: string, version: string): Promise<{ folder: string; kind: string }> {
  const python = await findPython(process.env)
  const kind = await kindOf(python)
  const folder = join(cache, `libraries-${version}-${kind}`)
  await mkdir(cache, { recursive: true })
  if (!(await exists(folder))) await makeLibraries(python, version, kind, folder)
  return { folder, kind }
}

async function makeLibraries(python: string, version: string, kind: string, folder: string): Promise<void> {
  console.log(`Chainlit ${version} is not here yet, it is being installed.`)
  const cache = dirname(folder)
  await removeLeftovers(cache, version, kind)
  await makeComplete(folder, async (draft) => {
    const other = (await readdir(cache)).find((name) => name.startsWith('libraries-') && name.endsWith(`-${kind}`))
    if (other) await copyEnvironment(join(cache, other), draft)
    else await run(python, ['-m', 'venv', draft])
    const wanted = [`chainlit==${version}`, 'pytest', 'hatchling']
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-compile', '--retries', '2']
    await run(pythonIn(draft), ['-m', 'pip', 'install', ...quiet, '--constraint', CONSTRAINTS, ...wanted])
    await startOnce(pythonIn(draft))
  })
}

async function makePackage(python: string, source: string, folder: string): Promise<void> {
  await makeComplete(folder, async (draft) => {
    await run(python, [INSTALLER, source, draft])
  })
}

/** Makes it under a name of its own: a folder with the right name is complete, whatever was interrupted. */
export async function makeComplete(folder: string, make: (draft: string) => Promise<void>): Promise<void> {
  const draft = await mkdtemp(`${folder}.${process.pid}.`)
  try {
    await make(draft)
    await rename(draft, folder).catch((error: NodeJS.ErrnoException) => {
      const isThere = error.code === 'ENOTEMPTY' || error.code === 'EEXIST'
      if (!isThere) throw error // somebody else was faster
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** Compiled modules are taken for stale where the copy of their source has another time. */
async function copyEnvironment(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
}

/** Proves that it starts, and compiles what it needs for that. Chainlit writes to the folder that it is started in. */
async function startOnce(python: string): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), 'twodoor-chainlit-'))
  try {
    await run(python, ['-m', 'chainlit', '--version'], { cwd })
  } finally {
    await rm(cwd, { recursive: true, force: true })
  }
}

/** What was interrupted, and what was made with other constraints. */
async function removeLeftovers(cache: string, version: string, kind: string): Promise<void> {
  const old = (await readdir(cache)).filter((name) => {
    if (!name.startsWith(`libraries-${version}-`) || name.endsWith(`-${kind}`)) return false
    return !isBeingMade(name)
  })
  for (const name of old) await rm(join(cache, name), { recursive: true, force: true })
}

/** Packages of sources that are no more, and what was interrupted. Other working copies share the cache: hence the day. */
async function removeUnused(cache: string): Promise<void> {
  const packages = (await readdir(cache)).filter((name) => name.startsWith('twodoor-') && !isBeingMade(name))
  for (const name of packages) {
    const { mtimeMs } = await stat(join(cache, name)).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (mtimeMs < Date.now() - DAY_MS) await rm(join(cache, name), { recursive: true, force: true })
  }
}

function isBeingMade(name: string): boolean {
  const [, pid] = name.match(/\.(\d+)\.\w+$/) ?? []
  return pid !== undefined && isRunning(Number(pid))
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Environments of the same kind differ in nothing but the version of Chainlit. */
async function kindOf(python: string): Promise<string> {
  const constraints = await readFile(CONSTRAINTS, 'utf8')
  const digest = createHash('sha256').update(constraints).digest('hex')
  return `python${await versionOf(python)}-${digest.slice(0, 8)}`
}

export function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

export function pythonIn(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python')
}

export async function findPython(env: NodeJS.ProcessEnv): Promise<string> {
  const named = env['PYTHON']
  for (const command of named ? [named] : COMMANDS) {
    const version = await versionOf(command).catch(() => '')
    if (/^3\.1[0-3]$/.test(version)) return command
  }
  throw new Error(named ? `PYTHON is ${named}, which is no such Python.` : 'there is no such Python on the path.')
}

export async function versionOf(python: string): Promise<string> {
  const { stdout } = await run(python, ['-c', TELL_VERSION])
  return stdout.trim()
}

/** pip and venv explain themselves on stderr, the last line last. */
export function reasonOf(error: unknown): string {
  const { stderr = '', stdout = '', message = String(error) } = error as { stderr?: string; stdout?: string } & Error
  const said = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '')
  return (said.at(-1) ?? message).trim()
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const asked = chainlitVersions.filter((version) => process.argv.slice(2).includes(version))
  try {
    for (const version of asked.length > 0 ? asked : chainlitVersions)
      console.log(`Chainlit ${version}: ${await ensureChainlit(version)}`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    addToLastLine({ failed: 1 })
    process.exitCode = 1
  }
}
