import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'
import { missingEngines } from '../scripts/engines.js'

declare module 'vitest' {
  interface TaskMeta {
    /** The engine, with its version, that this test has shown to run. */
    engine?: string
  }
}

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/**
 * Says which engines the tests ran in, and ends the run with a plain `N passed, N failed, N skipped` line that any CI can read. `LAST_LINE_FILE` names a file
 * that gets the sum of several runs, for a caller that has more to do after the tests.
 */
export default class LastLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const states = tests.map((test) => test.result().state)
    const count = (state: string) => states.filter((s) => s === state).length
    // A file that does not load has no tests to count, and an error outside of any test belongs to none.
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length
    const counts = { passed: count('passed'), failed: count('failed') + broken, skipped: count('skipped') }
    addToLastLine(counts)
    const engines = tests.flatMap((test) => test.meta().engine ?? [])
    process.on('exit', () => {
      for (const line of [...engineLines(engines, missingEngines()), lineOf(counts)]) console.log(line)
    })
  }
}

/** Adds to what the runs before have left in `LAST_LINE_FILE`. Does nothing where nobody asks for it. */
export function addToLastLine({ passed = 0, failed = 0, skipped = 0 }: Partial<Counts>): void {
  const file = process.env['LAST_LINE_FILE']
  if (!file) return
  const before = existsSync(file) ? (readFileSync(file, 'utf8').match(/\d+/g) ?? []) : []
  const [passedBefore = 0, failedBefore = 0, skippedBefore = 0] = before.map(Number)
  const sum = { passed: passedBefore + passed, failed: failedBefore + failed, skipped: skippedBefore + skipped }
  writeFileSync(file, `${lineOf(sum)}\n`)
}

/** What is not there is not collected, so no count shows that it is missing. */
export function engineLines(ran: readonly string[], missing: readonly string[]): string[] {
  if (ran.length === 0) return []
  return [
    `Engines: ${ran.join(', ')}`,
    ...(missing.length > 0 ? [`Not installed, so not run: ${missing.join(', ')}`] : []),
  ]
}

function lineOf({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}
