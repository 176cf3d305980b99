// `npm run test:versions`: every flow of test/versions with each pair of versions. With --update it writes docs/versions.md.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const vitest = join('node_modules', 'vitest', 'vitest.mjs')
const more = process.argv.includes('--update') ? ['-u'] : []
const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'versions', ...more], {
  env: { ...process.env, TWODOOR_VERSIONS: 'all' },
  stdio: 'inherit',
})
process.exitCode = status ?? 1
