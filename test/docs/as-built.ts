import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Manifest {
  readonly exports: Record<string, string | { readonly default: string; readonly types: string }>
}

/** The entries of the package, by the name that an app imports, and the file of the build behind it. */
export function entriesAsBuilt(): { readonly name: string; readonly code: string; readonly types: string }[] {
  const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Manifest
  return Object.entries(exports).flatMap(([path, target]) => {
    if (typeof target === 'string') return []
    const name = path.replace('.', 'twodoor')
    return [{ name, code: root + target.default.slice('./'.length), types: root + target.types.slice('./'.length) }]
  })
}

/** Lets a test import the package as an app does. */
export function twodoorAsBuilt(): { find: RegExp; replacement: string }[] {
  return entriesAsBuilt().map(({ name, code }) => ({ find: new RegExp(`^${name}$`), replacement: code }))
}
