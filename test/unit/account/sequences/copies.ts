// Copies of the built twodoor, each with a module scope of its own, as two bundles on a page have. MSAL in them is the one
// of the world.

import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isBuildOld } from '../../../../scripts/build-age.js'
import type { Copy } from './tab.js'

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
const LIBRARY = `const { PublicClientApplication, createNestablePublicClientApplication } = new Proxy({}, {
  get: (_, name) => function (...args) {
    const value = globalThis[Symbol.for('twodoor test: MSAL')][name]
    return new.target ? new value(...args) : value(...args)
  },
})
export { PublicClientApplication, createNestablePublicClientApplication }
`
/** Loaded lazily, but not while the clock stands still. */
const PARTS = [
  'engine.js',
  'sources/msal/library.js',
  'sources/msal/lock.js',
  'sources/msal/nested.js',
  'sources/msal/lost-response.js',
  'sources/failures/messages.js',
  'carriers/fetch/warnings.js',
]

/** @param bug - a mistake to put into the copy, and no other */
export async function copyBuilt(name: string, bug?: Bug): Promise<Copy> {
  if (isBuildOld()) throw new Error('The copies are made of dist, and src is newer: run `npm run build` first.')
  const folder = join(COPIES, name.replace(/\W+/g, '-'))
  mkdirSync(folder, { recursive: true })
  cpSync(BUILT, folder, { recursive: true, filter: (path) => !/\.(map|d\.ts)$|dist.(cjs|server|twodoor)/.test(path) })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'sources/msal/library.js'), LIBRARY)
  if (bug) plant(folder, bug)
  const load = (path: string) => import(/* @vite-ignore */ pathToFileURL(join(folder, path)).href)
  const [{ createAuth }] = await Promise.all(['auth.js', ...PARTS].map(load))
  return { createAuth }
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
