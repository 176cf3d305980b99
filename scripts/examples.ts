// Installs what the examples need: the package as `npm publish` would send it, in examples/twodoor, and the lockfile of
// examples/ around it.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const EXAMPLES = join(ROOT, 'examples')
const PACKAGE = join(EXAMPLES, 'twodoor')
/** Where it is noted what was installed. */
const NOTE = join(EXAMPLES, 'node_modules', '.installed')

/** The folder is a workspace, so that what it imports is found beside the examples: with one React for both. */
function unpack(): void {
  const folder = mkdtempSync(join(tmpdir(), 'twodoor-examples-'))
  try {
    const pack = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]
    execFileSync('npm', pack, { cwd: ROOT, shell: process.platform === 'win32', stdio: 'ignore' })
    const [tarball = ''] = readdirSync(folder)
    rmSync(PACKAGE, { recursive: true, force: true })
    mkdirSync(PACKAGE)
    execFileSync('tar', ['-xzf', join(folder, tarball), '-C', PACKAGE, '--strip-components=1'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  // npm would install what a workspace is developed with.
  const file = join(PACKAGE, 'package.json')
  const { devDependencies: _, scripts: __, overrides: ___, ...manifest } = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`)
}

function digestOfLock(): string {
  return createHash('sha256')
    .update(readFileSync(join(EXAMPLES, 'package-lock.json')))
    .digest('hex')
}

function isInstalled(): boolean {
  try {
    return readFileSync(NOTE, 'utf8') === digestOfLock()
  } catch {
    return false
  }
}

unpack()
if (!isInstalled()) {
  // Cypress would download a program of several hundred megabytes.
  const env = { ...process.env, CYPRESS_INSTALL_BINARY: '0' }
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'], {
    cwd: EXAMPLES,
    env,
    shell: process.platform === 'win32',
    stdio: 'inherit',
  })
  writeFileSync(NOTE, digestOfLock())
}
