// The page's half of the Python package: what `npm run build` makes, and where the wheel has it.

import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const DIST = fileURLToPath(new URL('../dist', import.meta.url))
const MODULES = join(DIST, 'chainlit-page')

/** The file that has everything, and the module with its parts. None where nothing has been built. */
export function pageFiles(): string[] {
  if (!existsSync(MODULES)) return []
  return [join(DIST, 'twodoor.chainlit.js'), ...readdirSync(MODULES).map((name) => join(MODULES, name))]
}

/** @param sources the folder `twodoor` of a copy of the Python package, which does not start without them */
export function copyPageFiles(sources: string): void {
  const folder = join(sources, 'chainlit', 'page')
  mkdirSync(folder, { recursive: true })
  for (const file of pageFiles()) cpSync(file, join(folder, basename(file)))
}
