// The package as one file, for who installs nothing: Python imports a wheel as it is.

import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ensureLibraries } from '../../scripts/chainlit.js'
import { type OpenedChainlit, openChainlit } from './chainlit.js'
import { identityIn, patchedIn } from './drop-in.js'
import { expectNoLeak } from './leaks.js'
import { pickAccount, say } from './pages.js'

const run = promisify(execFile)

let folder: string
let chainlit: OpenedChainlit | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twodoor-wheel-'))
  const python = await ensureLibraries()
  await expect(run(python, ['-c', 'import twodoor'])).rejects.toThrow(/No module named 'twodoor'/)
  await run(python, ['-m', 'hatchling', 'build', '--target', 'wheel', '--directory', folder], { cwd: 'python' })
  const [wheel = ''] = await readdir(folder)
  expect(wheel).toMatch(/^twodoor-[\d.]+-py3-none-any\.whl$/)
  chainlit = await openChainlit({ python, env: { PYTHONPATH: join(folder, wheel) } })
})
afterAll(async () => {
  await chainlit?.close()
  await rm(folder, { recursive: true, force: true })
})

it('signs in at both doors from a wheel that nobody has installed', async () => {
  if (!chainlit) throw new Error('Chainlit did not start.')
  const page = await chainlit.openBrowserTab()
  await pickAccount(page, chainlit.adele)
  const teams = await chainlit.openTeams()
  for (const view of [page, teams.frame]) {
    await say(view, 'hello')
    expect(await identityIn(view)).toBe(chainlit.keyOf(chainlit.adele))
    expect(await patchedIn(view)).toContain('window.fetch')
  }
  expectNoLeak(chainlit, [page, teams.page])
})
