// Changes the Python verifier in a thousand small ways, one at a time, and asks whether a test notices: mutmut, in a copy of
// the sources and of the tests. What scripts/mutation.ts is for TypeScript, and no part of CI either. What was run before is
// only run again where its source has changed.
//
//   npm run test:mutation:python                       all modules
//   npm run test:mutation:python -- 'twodoor.origins*' these, by the names of mutmut
//   npm run test:mutation:python -- --report           prints what survived in the last run, and runs nothing

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureLibraries } from './chainlit.js'
import { copyPageFiles } from './page-files.js'
import { ensurePythonPackages } from './python-packages.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const COPY = join(ROOT, 'node_modules', '.cache', 'twodoor', 'mutation-python')
const MUTATED = [
  'twodoor/tokens',
  ...['origins', 'guids', 'checks', 'fastapi', 'socketio/check'].map((module) => `twodoor/${module}.py`),
]
const TESTS = [
  'tests/tokens',
  'tests/test_origins.py',
  'tests/test_fastapi.py',
  'tests/socketio',
  'test/conformance/python',
]

const SETTINGS = `
[project]
name = "twodoor"

[tool.pytest.ini_options]
addopts = "--import-mode=importlib -p no:cacheprovider"
pythonpath = [".", "tests/support", "test/conformance/python"]

[tool.mutmut]
source_paths = ["twodoor"]
only_mutate = ${JSON.stringify(MUTATED.map((each) => (each.endsWith('.py') ? each : `${each}/*`)))}
pytest_add_cli_args_test_selection = ${JSON.stringify(TESTS)}
use_git_change_detection = false
# A test that waits for what no longer comes has deadlines of its own.
timeout_constant = 5.0
`

/** By the copied paths: the tests look for what they read from the root of the repository. */
const COPIED = {
  'python/twodoor': 'twodoor',
  'python/tests': 'tests',
  'test/audiences.json': 'test/audiences.json',
  'test/conformance': 'test/conformance',
}

function makeCopy(): void {
  mkdirSync(COPY, { recursive: true })
  for (const folder of ['twodoor', 'tests', 'test']) rmSync(join(COPY, folder), { recursive: true, force: true })
  for (const [from, to] of Object.entries(COPIED))
    cpSync(join(ROOT, from), join(COPY, to), { recursive: true, preserveTimestamps: true })
  copyPageFiles(join(COPY, 'twodoor'))
  writeFileSync(join(COPY, 'pyproject.toml'), SETTINGS)
  // Which tests run which function, measured anew: it would take a new function for one that no test runs.
  rmSync(join(COPY, 'mutants', 'mutmut-stats.json'), { force: true })
}

interface Report {
  readonly exit_code_by_key: Record<string, number | null>
}

/** By their exit codes, as mutmut has them: with 33 and 5 no test has run it. */
const MISSED = [0, 5, 33]

function report(mutmut: (...argv: string[]) => string): void {
  const mutants = join(COPY, 'mutants')
  const files = readdirSync(mutants, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.py.meta'))
  const total = { found: 0, missed: 0 }
  for (const file of files.sort()) {
    const codes = Object.entries((JSON.parse(readFileSync(join(mutants, file), 'utf8')) as Report).exit_code_by_key)
    const run = codes.filter(([, code]) => code !== null)
    if (run.length === 0) continue
    const missed = run.filter(([, code]) => MISSED.includes(code ?? 0)).map(([name]) => name)
    total.missed += missed.length
    total.found += run.length - missed.length
    console.log(`${file.replace('.meta', '')}: ${run.length - missed.length} of ${run.length} found`)
    for (const name of missed) console.log(`  ${name}\n${changeIn(mutmut('show', name))}`)
  }
  const percent = (100 * total.found) / (total.found + total.missed)
  console.log(`all: ${total.found} of ${total.found + total.missed} found (${percent.toFixed(1)} %)`)
}

/** The lines of a diff that are not the same on both sides. */
function changeIn(diff: string): string {
  const lines = diff.split('\n').filter((line) => /^[-+](?!--|\+\+)/.test(line))
  return lines.map((line) => `    ${line}`).join('\n')
}

const asked = process.argv.slice(2).filter((each) => !each.startsWith('--'))
const python = await ensureLibraries()
const env = {
  ...process.env,
  PYTHONPATH: await ensurePythonPackages(python, 'mutmut'),
}
if (!process.argv.includes('--report')) {
  makeCopy()
  const argv = ['-m', 'mutmut', 'run', '--max-children', process.env['MUTATION_CHILDREN'] ?? '2', ...asked]
  const { status } = spawnSync(python, argv, { cwd: COPY, env, stdio: ['ignore', 'inherit', 'inherit'] })
  process.exitCode = status ?? 1
}
report((...argv) => spawnSync(python, ['-m', 'mutmut', ...argv], { cwd: COPY, env, encoding: 'utf8' }).stdout)
