// Finds the Chromium that tests and benchmarks drive. Run as a script, it installs one where there is none.

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright'
import { isExecutable } from './programs.js'

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge', 'msedge']
const MAC_APPS = ['Chromium', 'Google Chrome', 'Microsoft Edge']
const WINDOWS_APPS = ['Chromium\\Application\\chrome.exe', 'Google\\Chrome\\Application\\chrome.exe']
const WINDOWS_EDGE = 'Microsoft\\Edge\\Application\\msedge.exe'

const INSTALL_LIMIT_MS = 5 * 60_000
const ADVICE =
  'No Chromium found. Install Chromium, Chrome or Edge, or run `npx playwright install --with-deps chromium`, ' +
  'or set CHROMIUM to the path of the browser.'

/**
 * The path of a Chromium: `CHROMIUM` if set, else one of the system, else the one Playwright has downloaded.
 *
 * @returns `undefined` if there is none
 * @throws if `CHROMIUM` names a file that does not exist
 */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env['CHROMIUM']
  if (named && !isExecutable(named)) throw new Error(`CHROMIUM is ${named}, but there is no such program.`)
  if (named) return named
  return [...systemPaths(env), chromium.executablePath()].find(isExecutable)
}

function systemPaths(env: NodeJS.ProcessEnv): string[] {
  if (process.platform === 'darwin') return MAC_APPS.map((app) => `/Applications/${app}.app/Contents/MacOS/${app}`)
  if (process.platform === 'win32') return windowsPaths(env)
  const folders = [...(env['PATH'] ?? '').split(delimiter), '/usr/bin', '/snap/bin'].filter(Boolean)
  return COMMANDS.flatMap((command) => folders.map((folder) => join(folder, command)))
}

function windowsPaths(env: NodeJS.ProcessEnv): string[] {
  const roots = [env['ProgramFiles'], env['ProgramFiles(x86)'], env['LOCALAPPDATA']].filter(
    (root) => root !== undefined,
  )
  return [...WINDOWS_APPS, WINDOWS_EDGE].flatMap((app) => roots.map((root) => join(root, app)))
}

/** Tries Playwright's own download, then Debian's package. Returns whether a Chromium that starts is there afterwards. */
function installChromium(): string | undefined {
  const attempts = [
    ['npx', 'playwright', 'install', 'chromium'],
    ...(isDebianRoot() ? [['sh', '-c', 'apt-get update && apt-get install -y --no-install-recommends chromium']] : []),
  ]
  for (const [command = '', ...args] of attempts) {
    console.log(`No Chromium yet: ${[command, ...args].join(' ')}`)
    const shell = process.platform === 'win32' // npx is a .cmd there
    spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], timeout: INSTALL_LIMIT_MS, shell })
    const path = findChromium()
    if (path && starts(path)) return path
  }
  return undefined
}

/** A download alone may lack shared libraries of the system, so the browser is asked once whether it runs. */
function starts(path: string): boolean {
  try {
    execFileSync(path, ['--headless', '--no-sandbox', '--dump-dom', 'about:blank'], {
      stdio: 'ignore',
      timeout: 60_000,
    })
    return true
  } catch {
    return false
  }
}

function isDebianRoot(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
}

function ensureChromium(): string {
  const path = findChromium() ?? installChromium()
  if (!path) throw new Error(ADVICE)
  return path
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    console.log(`Chromium: ${ensureChromium()}`)
  } catch (error) {
    console.error(String(error))
    process.exitCode = 1
  }
}
