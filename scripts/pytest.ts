// Runs the tests of the Python package with pytest, against its wheel, in the environments of the versions of Chainlit that
// it is given, or in that of the newest.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { addToLastLine } from '../test/last-line.js'
import { type ChainlitVersion, chainlitVersions, ensureChainlit, newestChainlit } from './chainlit.js'
import { ensurePythonPackages, type PythonPackages } from './python-packages.js'

const FOLDER = 'python/tests'

/** For on-behalf-of, for the migration of users, and for docs/chainlit-graph.md: Chainlit does not bring them along. */
const BESIDE: readonly PythonPackages[] = ['msal 1.39.0', 'data layers', 'langchain']

async function runPytest(version: ChainlitVersion): Promise<boolean> {
  const python = await ensureChainlit(version)
  const beside: string[] = []
  for (const name of BESIDE) beside.push(await ensurePythonPackages(python, name))
  const env = { ...process.env, PYTHONPATH: beside.join(delimiter) }
  const results = mkdtempSync(join(tmpdir(), 'twodoor-pytest-'))
  const report = join(results, 'report.xml')
  // Neither a cache nor compiled modules beside the sources.
  const argv = ['-B', '-m', 'pytest', '--quiet', '-p', 'no:cacheprovider', `--junitxml=${report}`, FOLDER]
  console.log(`pytest with Chainlit ${version}`)
  try {
    const { status } = spawnSync(python, argv, { stdio: 'inherit', env })
    addToLastLine(existsSync(report) ? countsIn(readFileSync(report, 'utf8')) : { failed: 1 })
    return status === 0
  } finally {
    rmSync(results, { recursive: true, force: true })
  }
}

/** The numbers of the one `<testsuite>` in a report of JUnit's form. */
function countsIn(report: string): { passed: number; failed: number; skipped: number } {
  const [suite = ''] = report.match(/<testsuite [^>]*>/) ?? []
  const count = (name: string) => Number(suite.match(new RegExp(` ${name}="(\\d+)"`))?.[1] ?? 0)
  const skipped = count('skipped')
  const failed = count('failures') + count('errors')
  return { passed: count('tests') - failed - skipped, failed, skipped }
}

try {
  const asked = chainlitVersions.filter((version) => process.argv.slice(2).includes(version))
  for (const version of asked.length > 0 ? asked : [newestChainlit])
    if (!(await runPytest(version))) process.exitCode = 1
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  addToLastLine({ failed: 1 })
  process.exitCode = 1
}
