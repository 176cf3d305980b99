// Python packages beside those of a virtual environment, for tests: frameworks, and other versions of what is there.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const CACHE = fileURLToPath(new URL('../node_modules/.cache/twodoor', import.meta.url))
const run = promisify(execFile)

/** What the tests need beside Chainlit's libraries, each with its version. Nothing else is installed with it. */
export const pythonPackages = {
  /** For Chainlit's data layers for SQL, and for the migration of their users. */
  'data layers': ['SQLAlchemy==2.1.9', 'greenlet==3.5.6', 'aiosqlite==0.22.1', 'asyncpg==0.32.0'],
  django: ['Django==5.2.19', 'asgiref==3.13.0', 'sqlparse==0.6.1'],
  flask: ['Flask==3.1.3', 'Werkzeug==3.1.9', 'itsdangerous==2.2.0', 'blinker==1.9.0', 'asgiref==3.13.0'],
  /** Its tools are shown in docs/chainlit-graph.md. */
  langchain: [
    ...['langchain-core==1.8.3', 'langchain-protocol==0.0.20', 'langsmith==0.15.1', 'uuid_utils==0.19.0'],
    ...['PyYAML==6.0.4', 'distro==1.9.0', 'jsonpatch==1.48', 'jsonpointer==3.12', 'orjson==3.13.0'],
    ...['requests-toolbelt==1.0.0', 'tenacity==9.2.1', 'xxhash==4.1.0', 'zstandard==0.25.0'],
  ],
  /** The oldest that python/pyproject.toml supports. */
  'msal 1.35.0': ['msal==1.35.0'],
  /** The newest. */
  'msal 1.39.0': ['msal==1.39.0'],
  /** The oldest that python/pyproject.toml supports. */
  'python-socketio 5.11.0': ['python-socketio==5.11.0', 'python-engineio==4.8.0', 'msgpack==1.2.4'],
  /** The newest: that of Chainlit's libraries. */
  'python-socketio 5.18.1': ['python-socketio==5.18.1', 'python-engineio==4.15.1', 'msgpack==1.2.4'],
  mutmut: [
    ...['mutmut==3.8.1', 'coverage==7.17.5', 'libcst==1.9.0', 'setproctitle==1.3.8', 'PyYAML==6.0.4', 'textual==8.2.8'],
    ...['rich==15.0.0', 'markdown-it-py==4.3.0', 'mdit-py-plugins==0.7.0', 'mdurl==0.1.2', 'linkify-it-py==2.2.0'],
    ...['platformdirs==4.14.8', 'Pygments==2.21.0', 'toml==0.10.2'],
  ],
} as const

export type PythonPackages = keyof typeof pythonPackages

/** The folder that they are in, for `PYTHONPATH`: it comes before the libraries of the environment. */
export async function ensurePythonPackages(python: string, name: PythonPackages): Promise<string> {
  const wanted = pythonPackages[name]
  const { stdout } = await run(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'])
  const digest = createHash('sha256').update(wanted.join()).digest('hex').slice(0, 8)
  const folder = join(CACHE, `packages-${name.replace(' ', '-')}-python${stdout.trim()}-${digest}`)
  if (await isThere(folder)) return folder
  await mkdir(CACHE, { recursive: true })
  const draft = await mkdtemp(`${folder}.`)
  try {
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-compile', '--no-deps', '--retries', '2']
    await run(python, ['-m', 'pip', 'install', ...quiet, '--target', draft, ...wanted])
    // Somebody else may have been faster.
    await rename(draft, folder).catch(async (error) => ((await isThere(folder)) ? undefined : Promise.reject(error)))
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return folder
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
