// Copies of the built twodoor, each with a module scope of its own, and maybe with one mistake in it.

import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isBuildOld } from '../../../scripts/build-age.js'

export interface Bug {
  /** What the copy does, in words that follow "a twodoor that". */
  readonly does: string
  readonly file: string
  readonly right: string
  readonly wrong: string
}

/** Built by `npm test` before it runs, but not by vitest alone. */
const BUILT = 'dist'
const COPIES = join('node_modules', '.cache', 'twodoor-copies')

export interface Copied {
  readonly folder: string
  /** Loads a module of the copy. */
  load<Module>(path: string): Promise<Module>
}

/** @param bug - a mistake to put into the copy, and no other */
export function copyBuild(name: string, bug?: Bug): Copied {
  if (isBuildOld()) throw new Error('The copies are made of dist, and src is newer: run `npm run build` first.')
  const folder = join(COPIES, name.replace(/\W+/g, '-'))
  mkdirSync(folder, { recursive: true })
  cpSync(BUILT, folder, { recursive: true, filter: (path) => !/\.(map|d\.ts)$|dist.(cjs|twodoor)/.test(path) })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  if (bug) plant(folder, bug)
  return { folder, load: (path) => import(/* @vite-ignore */ pathToFileURL(join(folder, path)).href) }
}

function plant(folder: string, { file, right, wrong }: Bug): void {
  const text = readFileSync(join(folder, file), 'utf8')
  const places = text.split(right).length - 1
  if (places !== 1) throw new Error(`Plant it anew: ${file} has ${places} places with \`${right}\`, and not one.`)
  writeFileSync(
    join(folder, file),
    text.replace(right, () => wrong),
  )
}
