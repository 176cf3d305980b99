// The versions of Microsoft's libraries that twodoor is tried with. Each stands in devDependencies under a name of its own.

import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

const MSAL = ['msal-browser-4.9', 'msal-browser-4.13', 'msal-browser-4.30', 'msal-browser-5.0', 'msal-browser-5.30']
const TEAMS = ['teams-js-2.31', 'teams-js-2.41', 'teams-js-2.50', '@microsoft/teams-js']

export interface Library {
  readonly folder: string
  readonly version: string
}

export interface Pair {
  readonly msal: Library
  readonly teams: Library
}

export const msalVersions = MSAL.map(libraryIn)
export const teamsVersions = TEAMS.map(libraryIn)
export const pairs: readonly Pair[] = msalVersions.flatMap((msal) => teamsVersions.map((teams) => ({ msal, teams })))

/** Those that must work in every run of the tests; the others only by `npm run test:versions`. */
export const oldestAndNewest = pairs.filter((_, i) => i === 0 || i === pairs.length - 1)

export const nameOf = ({ msal, teams }: Pair) => `MSAL ${msal.version} and teams-js ${teams.version}`

/** Bundles these versions instead of those that the package names mean. */
export function withVersions({ msal, teams }: Pair): Plugin {
  const folders = new Map([
    ['@azure/msal-browser', msal.folder],
    ['@microsoft/teams-js', teams.folder],
  ])
  return {
    name: 'with-versions',
    enforce: 'pre',
    resolveId(id, importer) {
      const folder = folders.get(id)
      return folder && folder !== id ? this.resolve(folder, importer, { skipSelf: true }) : null
    },
  }
}

function libraryIn(folder: string): Library {
  const { version } = JSON.parse(readFileSync(`node_modules/${folder}/package.json`, 'utf8')) as Library
  return { folder, version }
}
