// The cases of test/conformance/tokens.json against the Python half.

import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { ensureChainlit } from '../../scripts/chainlit.js'
import { tokenFile } from '../conformance/token-file.js'

const FOLDER = 'test/conformance/python'
/** That of the reasons, word for word. */
const OTHER_TESTS = 1

it('judges each token as the TypeScript half does', async () => {
  const argv = ['-B', '-m', 'pytest', '--quiet', '-p', 'no:cacheprovider', FOLDER]
  const { status, stdout } = spawnSync(await ensureChainlit(), argv, { encoding: 'utf8' })
  expect(status, stdout).toBe(0)
  const counts = [...stdout.matchAll(/(\d+) (?:passed|xfailed)/g)].map(([, count]) => Number(count))
  expect(counts.reduce((sum, each) => sum + each, 0)).toBe(tokenFile.cases.length + OTHER_TESTS)
})
