// Runs Socket.IO's own tests twice, as they are and with twodoor in between, and prints which of them then end differently:
// `npm run test:socketio -- <folder>`. The folder is a checkout of github.com/socketio/socket.io in which its own commands
// have installed what it needs and compiled socket.io and socket.io-client. Nothing is fetched. It takes minutes, so it is no
// part of the tests.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const HOOK = fileURLToPath(new URL('socketio-suites/with-twodoor.cjs', import.meta.url))
const LIST = join(ROOT, 'docs', 'socketio-suites.md')
const LIMIT_MS = 15 * 60_000
/** How often a test has to fail. */
const TRIES = 6

interface Suite {
  readonly name: string
  /** What the tests import. */
  readonly compiled: string
  readonly options: readonly string[]
}

const suites: readonly Suite[] = [
  { name: 'socket.io', compiled: 'dist/index.js', options: ['--timeout', '6000'] },
  { name: 'socket.io-client', compiled: 'build/cjs/index.js', options: ['--require', 'test/support/hooks.ts'] },
]

/** The tests by their full titles: whether they passed. */
type Results = ReadonlyMap<string, boolean>

interface Report {
  readonly tests: readonly { readonly fullTitle: string; readonly err: object }[]
  readonly pending: readonly { readonly fullTitle: string }[]
}

class UsageError extends Error {}

function packagesIn(folder: string | undefined): string {
  if (folder === undefined) throw new UsageError('npm run test:socketio -- <folder of a checkout of Socket.IO>')
  const packages = join(resolve(folder), 'packages')
  for (const { name, compiled } of suites)
    if (!existsSync(join(packages, name, compiled))) throw new UsageError(`${name} is not compiled in ${packages}.`)
  return packages
}

/** Test files, without lists of them, types, and what needs a server that is not installed. */
function testFilesOf(folder: string, hasWebSocketServer: boolean): string[] {
  const names = readdirSync(join(folder, 'test')).filter((name) => /^[\w-]+\.ts$/.test(name))
  const left = names.filter((name) => name !== 'index.ts' && name !== 'browser-runner.ts')
  return left.filter((name) => name !== 'uws.ts' || hasWebSocketServer).map((name) => join('test', name))
}

/** With twodoor, until each test has a result: mocha gives up at an error that it can ascribe to no test. */
function runAll(packages: string, suite: Suite, titles: readonly string[], before: Results = new Map()): Results {
  const left = titles.filter((title) => !before.has(title))
  if (left.length === 0) return before
  const results = new Map([...before, ...run(packages, suite, true, left)])
  return results.size === before.size ? results : runAll(packages, suite, titles, results)
}

/** @param only the tests to run, by their full titles. Empty: all */
function run(packages: string, { name, options }: Suite, withTwodoor: boolean, only: readonly string[] = []): Results {
  const folder = join(packages, name)
  const modules = join(packages, '..', 'node_modules')
  const results = mkdtempSync(join(tmpdir(), 'twodoor-socketio-'))
  const output = join(results, 'report.json')
  const files = testFilesOf(folder, existsSync(join(modules, 'uWebSockets.js')))
  const reporter = ['--reporter', 'json', '--reporter-option', `output=${output}`]
  const chosen = only.length > 0 ? ['--grep', `^(${only.map(escapePattern).join('|')})$`] : []
  const mocha = [join(modules, 'mocha', 'bin', 'mocha.js'), '--import=tsx', '--exit']
  const argv = [...mocha, ...reporter, ...options, ...chosen, ...files]
  const own = { NODE_OPTIONS: `--require ${HOOK}`, TWODOOR: join(ROOT, 'dist'), SOCKET_IO: packages }
  const env = { ...process.env, NODE_ENV: 'production', ...(withTwodoor && own) }
  try {
    if (only.length !== 1)
      console.log(`${name} ${withTwodoor ? 'with twodoor' : 'as it is'}: ${only.length || 'all'} tests`)
    const { stderr } = spawnSync(process.execPath, argv, { cwd: folder, env, encoding: 'utf8', timeout: LIMIT_MS })
    if (!existsSync(output)) throw new Error(`${name}: mocha ended without a report.\n${stderr}`)
    return resultsIn(JSON.parse(readFileSync(output, 'utf8')))
  } finally {
    rmSync(results, { recursive: true, force: true })
  }
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

function resultsIn({ tests, pending }: Report): Results {
  const skipped = new Set(pending.map(({ fullTitle }) => fullTitle))
  const ran = tests.filter(({ fullTitle }) => !skipped.has(fullTitle))
  return new Map(ran.map(({ fullTitle, err }) => [fullTitle, Object.keys(err).length === 0]))
}

/** Whether a test fails with twodoor each time, on its own: some depend on how busy the machine is, or on the test before. */
function failsEachTime(packages: string, suite: Suite, title: string): boolean {
  return Array.from({ length: TRIES }).every(() => run(packages, suite, true, [title]).get(title) !== true)
}

/** Prints what differs. Returns how many of these tests the list does not explain. */
function compare(packages: string, suite: Suite, list: string): number {
  const before = run(packages, suite, false)
  const after = runAll(packages, suite, [...before.keys()])
  const passing = [...before].filter(([, passed]) => passed).map(([title]) => title)
  const failing = passing.filter((title) => after.get(title) !== true)
  const differing = failing.filter((title) => failsEachTime(packages, suite, title))
  const unexplained = differing.filter((title) => !list.includes(title))
  console.log(
    `${before.size} tests, of which ${passing.length} pass as they are, ${differing.length} fail with twodoor:`,
  )
  for (const title of differing)
    console.log(`  ${unexplained.includes(title) ? 'NOT EXPLAINED' : 'explained'}: ${title}`)
  for (const title of failing.filter((each) => !differing.includes(each))) console.log(`  now and then: ${title}`)
  return unexplained.length
}

try {
  const packages = packagesIn(process.argv[2])
  const list = existsSync(LIST) ? readFileSync(LIST, 'utf8') : ''
  const counts = suites.map((suite) => compare(packages, suite, list))
  if (counts.some((count) => count > 0)) process.exitCode = 1
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 2
}
