// An environment as somebody has it who is about to install the package: Chainlit's libraries are there already, so that
// nothing is fetched, and the package is where pip finds it.

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ensureLibraries } from '../../scripts/chainlit.js'

export interface PipEnvironment {
  readonly python: string
  /** Where lines of a shell are run. */
  readonly folder: string
  /** Runs a line of a shell in it. */
  run(line: string): Promise<void>
  remove(): Promise<void>
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const execute = promisify(execFile)

export async function makePipEnvironment(): Promise<PipEnvironment> {
  const folder = await mkdtemp(join(tmpdir(), 'twodoor-pip-'))
  const [environment, wheels] = [join(folder, 'venv'), join(folder, 'wheels')]
  const installer = join(ROOT, 'scripts', 'install-package.py')
  await execute(await ensureLibraries(), [installer, join(ROOT, 'python'), environment, wheels])
  const programs = join(environment, 'bin')
  const env = {
    PATH: `${programs}${delimiter}${process.env['PATH']}`,
    HOME: folder,
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: wheels,
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
  }
  return {
    python: join(programs, 'python'),
    folder,
    async run(line) {
      await execute('sh', ['-ec', line], { cwd: folder, env })
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
