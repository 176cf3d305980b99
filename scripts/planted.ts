// Makes each numbered sentence of SECURITY.md untrue, one after the other, by a mistake in a copy of the sources, and sees the
// first test that proves it pass before and fail then: `npm run security:planted -- [S1 S2 …]`. About 20 minutes on two cores.

import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { securityLines } from '../test/conformance/security/index.js'
import type { Planted, Proof, SecurityLine } from '../test/conformance/security/security-line.js'
import { ensureChainlit } from './chainlit.js'
import { copyPageFiles } from './page-files.js'
import { ensurePythonPackages } from './python-packages.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const LONGEST_RUN_MS = 300_000

type Verdict = 'found    ' | 'NOT FOUND' | 'NO PROOF '

/** That has Chainlit, and what the tests need beside it. */
interface Python {
  readonly command: string
  readonly packages: string
}

/** Outside of the tree, so that nothing of it is touched whatever ends the run. */
function makeCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'twodoor-planted-'))
  const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const files = execFileSync('git', listed, { cwd: ROOT, encoding: 'utf8' }).split('\0')
  for (const file of [...files.filter((each) => each !== ''), 'dist'])
    cpSync(join(ROOT, file), join(folder, file), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  copyPageFiles(join(folder, 'python', 'twodoor'))
  return folder
}

function commandFor(copy: string, proof: Proof, python: Python): { command: string; argv: string[]; env: object } {
  if (proof.file?.endsWith('.py'))
    return {
      command: python.command,
      argv: ['-B', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', proof.file, '-k', proof.title],
      // Before the installed package.
      env: { PYTHONPATH: [join(copy, 'python'), python.packages].join(delimiter) },
    }
  const file = proof.file ?? fileOfCase(proof.number ?? '')
  const project = file.split('/')[1] ?? ''
  const name = escaped(proof.title ?? proof.number ?? '')
  const vitest = join('node_modules', 'vitest', 'vitest.mjs')
  return { command: process.execPath, argv: [vitest, 'run', '--project', project, file, '-t', name], env: {} }
}

function fileOfCase(number: string): string {
  if (number.startsWith('T')) return 'test/unit/conformance/tokens.test.ts'
  return `test/unit/conformance/${/^W[45]/.test(number) ? 'frameworks' : 'wire'}.test.ts`
}

/** What stands for a value in the title of a test stands for anything. */
function escaped(title: string): string {
  return title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/%[sdij o]|%i/g, '.*')
}

/** `passed`, `failed`, or `none` where no test has run: neither says that the mistake was found. */
function run(copy: string, proof: Proof, python: Python): 'passed' | 'failed' | 'none' {
  const { command, argv, env } = commandFor(copy, proof, python)
  const options = { cwd: copy, env: { ...process.env, ...env }, encoding: 'utf8', timeout: LONGEST_RUN_MS } as const
  const { stdout, status } = spawnSync(command, argv, { ...options, killSignal: 'SIGKILL' })
  const count = (what: string) =>
    Number(new RegExp(`(\\d+) ${what}\\b`).exec(stdout.split('\n').slice(-6).join(' '))?.[1] ?? 0)
  if (status === 0) return count('passed') > 0 ? 'passed' : 'none'
  return count('failed') > 0 ? 'failed' : 'none'
}

/** The proof passes before, and fails with the mistake. A proof that fails without it too proves nothing. */
function verdictOn(copy: string, { planted, proofs: [proof] }: SecurityLine, python: Python): Verdict {
  if (run(copy, proof, python) !== 'passed') return 'NO PROOF '
  const undos = planted.map((each) => plant(copy, each))
  const result = run(copy, proof, python)
  for (const undo of undos.reverse()) undo()
  return result === 'failed' ? 'found    ' : 'NOT FOUND'
}

function plant(copy: string, { file, from, to }: Planted): () => void {
  const path = join(copy, file)
  const before = readFileSync(path, 'utf8')
  if (before.split(from).length !== 2) throw new Error(`${from} is not once in ${file}.`)
  writeFileSync(
    path,
    before.replace(from, () => to),
  )
  return () => writeFileSync(path, before)
}

function tell({ id, planted, proofs: [proof] }: SecurityLine, verdict: Verdict): void {
  const edits = planted.map(({ file, from, to }) => `${file}: ${from.trim()} -> ${to.trim() || 'nothing'}`)
  const test = proof.number ?? `${proof.title} (${proof.file})`
  console.log(`${verdict} ${id}  ${edits.join('; ')}  by ${test}`)
}

const asked = process.argv.slice(2)
const lines = securityLines.filter(({ id }) => asked.length === 0 || asked.includes(id))
const copy = makeCopy()
try {
  const command = await ensureChainlit()
  const python = { command, packages: await ensurePythonPackages(command, 'msal 1.39.0') }
  for (const each of lines) {
    const verdict = verdictOn(copy, each, python)
    tell(each, verdict)
    if (verdict !== 'found    ') process.exitCode = 1
  }
} finally {
  rmSync(copy, { recursive: true, force: true })
}
