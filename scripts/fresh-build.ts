// Builds only if a source is newer than the build, so that `npm test` and `npm run demo` need no step before them.

import { execSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const SOURCES = ['src', 'package.json', 'tsconfig.json', 'tsconfig.node.json', 'rollup.config.mjs']
const LAST_STEP = 'dist/twodoor.chainlit.js'

/** When the newest file at or below a path was changed, in milliseconds since the epoch. A folder's own time shows deletions. */
function changedAt(path: string): number {
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.mtimeMs
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => changedAt(join(path, name))))
}

const builtAt = statSync(LAST_STEP, { throwIfNoEntry: false })?.mtimeMs ?? 0
if (Math.max(...SOURCES.map(changedAt)) > builtAt) execSync('npm run build', { stdio: 'inherit' })
