import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends the run with a plain `N passed, N failed, N skipped` line that any CI can read. `LAST_LINE_FILE` names a file
 * that gets the line too, for a caller that has more to do after the tests.
 */
export default class LastLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state))
    const count = (state: string) => states.filter((s) => s === state).length
    // A file that does not load has no tests to count, and an error outside of any test belongs to none.
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length
    const line = `${count('passed')} passed, ${count('failed') + broken} failed, ${count('skipped')} skipped`
    const file = process.env['LAST_LINE_FILE']
    if (file) writeFileSync(file, `${line}\n`)
    process.on('exit', () => console.log(line))
  }
}
