// Whether the build is older than what it is built from.

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const SOURCES = ['src', 'package.json', 'tsconfig.json', 'tsconfig.node.json', 'rollup.config.mjs']
const LAST_STEP = 'dist/chainlit-page'

/** When the newest file at or below a path was changed, in milliseconds since the epoch. A folder's own time shows deletions. */
function changedAt(path: string): number {
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.mtimeMs
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => changedAt(join(path, name))))
}

export function isBuildOld(): boolean {
  const builtAt = statSync(LAST_STEP, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return Math.max(...SOURCES.map(changedAt)) > builtAt
}
