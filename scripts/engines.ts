// Finds the engines beside Chromium that tests run in. Run as a script, it installs what is missing where it can: on Debian,
// as root. Elsewhere it says what it did not find, and tests run in what is there.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { findProgram, isExecutable } from './programs.js'

/** Where WebKitGTK is: its driver, the browser that the driver starts, and the X server without a screen for it. */
export interface WebKitGtk {
  readonly driver: string
  readonly browser: string
  readonly display: string
}

const PACKAGES = ['firefox-esr', 'webkit2gtk-driver', 'xvfb']
const INSTALL_LIMIT_MS = 5 * 60_000
const LIBRARIES = '/usr/lib'

/** The path of a Firefox: `FIREFOX` if set, else one of the system. */
export function findFirefox(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env['FIREFOX']
  if (named && !isExecutable(named)) throw new Error(`FIREFOX is ${named}, but there is no such program.`)
  return named || findProgram('firefox-esr', env) || findProgram('firefox', env)
}

/** All parts of WebKitGTK, or `undefined` if one is missing. */
export function findWebKitGtk(env: NodeJS.ProcessEnv = process.env): WebKitGtk | undefined {
  const driver = findProgram('WebKitWebDriver', env)
  const display = findProgram('Xvfb', env)
  const browser = findMiniBrowser()
  return driver && display && browser ? { driver, browser, display } : undefined
}

/** Debian has it below the folder of the machine's kind: `/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser`. */
function findMiniBrowser(): string | undefined {
  if (!existsSync(LIBRARIES)) return undefined
  const kinds = ['', ...readdirSync(LIBRARIES).filter((name) => name.includes('-linux-'))]
  const paths = ['webkit2gtk-4.1', 'webkitgtk-6.0', 'webkit2gtk-4.0'].flatMap((version) =>
    kinds.map((kind) => join(LIBRARIES, kind, version, 'MiniBrowser')),
  )
  return paths.find(isExecutable)
}

/** The names of those that this machine does not have. */
export function missingEngines(): string[] {
  return [...(findFirefox() ? [] : ['Firefox']), ...(findWebKitGtk() ? [] : ['WebKitGTK'])]
}

function installEngines(): void {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  const command = `apt-get update && apt-get install -y --no-install-recommends ${PACKAGES.join(' ')}`
  console.log(`No ${missingEngines().join(', no ')} yet: ${command}`)
  spawnSync('sh', ['-c', command], { stdio: ['ignore', 'inherit', 'inherit'], timeout: INSTALL_LIMIT_MS })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (missingEngines().length > 0) installEngines()
  console.log(`Firefox: ${findFirefox() ?? 'not found'}`)
  console.log(`WebKitGTK: ${findWebKitGtk()?.browser ?? `not found (Debian: ${PACKAGES.slice(1).join(', ')})`}`)
  if (process.argv.includes('--all') && missingEngines().length > 0) process.exitCode = 1
}
