// The Teams app that `npx twodoor manifest` writes, read by a program that many tools read zip files with.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { findPython } from '../../../scripts/chainlit.js'
import { openCommandLine } from '../../unit/cli/command-line.js'

const READ = `import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as package:
    print(package.testzip(), package.namelist(), {each.date_time[0] for each in package.infolist()})`

it('is a zip for the zipfile module of Python', async () => {
  const line = await openCommandLine()
  try {
    const clientId = '11111111-2222-3333-4444-555555555555'
    await line.run('manifest', '--url', 'https://contoso.com', '--client-id', clientId, '--name', 'Contoso')
    const { stdout } = await promisify(execFile)(await findPython(process.env), [
      '-c',
      READ,
      `${line.folder}/teams-app.zip`,
    ])
    expect(stdout.trim()).toBe("None ['manifest.json', 'color.png', 'outline.png'] {1980}")
  } finally {
    await line.remove()
  }
})
