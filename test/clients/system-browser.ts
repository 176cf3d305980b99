import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Makes browser.ts the browser of the system: programs ask the environment which one it is. */
export function installSystemBrowser(): { readonly program: string; remove(): void } {
  const before = process.env['BROWSER']
  const folder = mkdtempSync(join(tmpdir(), 'twodoor-browser-'))
  const program = join(folder, 'browser')
  const script = fileURLToPath(new URL('browser.ts', import.meta.url))
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' --import tsx '${script}' "$@"\n`)
  chmodSync(program, 0o700)
  process.env['BROWSER'] = program
  return {
    program,
    remove() {
      if (before === undefined) delete process.env['BROWSER']
      else process.env['BROWSER'] = before
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
