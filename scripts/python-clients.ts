// Makes the virtual environment with the Python clients that sign in at the Entra emulator.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { CACHE, exists, findPython, makeComplete, pythonIn, reasonOf, versionOf } from './chainlit.js'

const REQUIREMENTS = fileURLToPath(new URL('../test/clients/python/requirements.txt', import.meta.url))
const run = promisify(execFile)

/**
 * The Python of the environment. Makes it if it is not there, which takes a quarter of a minute.
 *
 * @throws {Error} one sentence: what is missing
 */
export async function ensurePythonClients(): Promise<string> {
  try {
    const python = await findPython(process.env)
    const requirements = await readFile(REQUIREMENTS)
    const digest = createHash('sha256').update(requirements).digest('hex').slice(0, 8)
    const prefix = `clients-python${await versionOf(python)}-`
    const folder = join(CACHE, prefix + digest)
    await mkdir(CACHE, { recursive: true })
    if (!(await exists(folder))) await make(python, folder, prefix)
    return pythonIn(folder)
  } catch (error) {
    throw new Error(`The Python clients need Python and access to its package registry: ${reasonOf(error)}`, {
      cause: error,
    })
  }
}

async function make(python: string, folder: string, prefix: string): Promise<void> {
  console.log('The Python clients are not here yet, they are being installed.')
  for (const old of (await readdir(CACHE)).filter(
    (name) => name.startsWith(prefix) && !name.includes('.', prefix.length),
  ))
    await rm(join(CACHE, old), { recursive: true, force: true })
  await makeComplete(folder, async (draft) => {
    await run(python, ['-m', 'venv', draft])
    const quiet = ['--quiet', '--disable-pip-version-check', '--retries', '2']
    await run(pythonIn(draft), ['-m', 'pip', 'install', ...quiet, '--requirement', REQUIREMENTS])
  })
}
