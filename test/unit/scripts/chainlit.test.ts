// @vitest-environment node
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ensureChainlit } from '../../../scripts/chainlit.js'

/** Says that it is Python 3.12, and notes what it is asked to do in the folder that it belongs to. */
const PYTHON = `#!/bin/sh
here=$(dirname "$0")/..
case "$1 $2" in
  "-c "*) echo "\${VERSION:-3.12}" ;;
  "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo venv >> "$3/log" ;;
  "-m pip") if [ -n "$PIP_FAILS" ]; then echo "ERROR: No matching distribution" >&2; exit 1; fi; echo "$*" >> "$here/log" ;;
  "-m chainlit") echo started >> "$here/log" ;;
esac
`

let folder: string
let cache: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'twodoor-environments-'))
  cache = join(folder, 'cache')
  const python = join(folder, 'python')
  writeFileSync(python, PYTHON)
  chmodSync(python, 0o755)
  vi.stubEnv('PYTHON', python)
  vi.spyOn(console, 'log').mockReturnValue()
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

const logOf = (python: string) =>
  readFileSync(join(dirname(python), '../log'), 'utf8')
    .trim()
    .split('\n')

/** A process that has ended, so that nobody has its number for now. */
const endedProcess = () => spawnSync('true').pid

describe.skipIf(process.platform === 'win32')('an environment of Chainlit', () => {
  it('is made with that version, pinned dependencies and pytest, and proves that it starts', async () => {
    const [, pip = '', started] = logOf(await ensureChainlit('2.12.0', cache))
    expect(pip).toMatch(/--constraint \S+constraints\.txt chainlit==2\.12\.0 pytest$/)
    expect(started).toBe('started')
  })

  it('is made once', async () => {
    const python = await ensureChainlit('2.12.0', cache)
    expect(await ensureChainlit('2.12.0', cache)).toBe(python)
    expect(logOf(python)).toHaveLength(3)
  })

  it('is made from that of another version', async () => {
    await ensureChainlit('2.12.0', cache)
    const log = logOf(await ensureChainlit('2.9.6', cache))
    expect(log.filter((line) => line === 'venv')).toHaveLength(1)
    expect(log.at(-2)).toContain('chainlit==2.9.6')
  })

  it('is complete for everybody who wants it at the same time', async () => {
    const both = await Promise.all([ensureChainlit('2.12.0', cache), ensureChainlit('2.12.0', cache)])
    expect(new Set(both).size).toBe(1)
    expect(logOf(both[0])).toHaveLength(3)
    expect(readdirSync(cache)).toHaveLength(1)
  })

  it('is not there at all if it could not be finished', async () => {
    vi.stubEnv('PIP_FAILS', '1')
    await expect(ensureChainlit('2.12.0', cache)).rejects.toThrow(
      'The Chainlit tests need Python 3.10 to 3.13 with venv and access to the Python package registry: ERROR: No matching distribution',
    )
    expect(readdirSync(cache)).toEqual([])
  })

  it('takes away what was interrupted, and leaves alone what is being made', async () => {
    const interrupted = join(cache, `chainlit-2.12.0-python3.12-00000000.${endedProcess()}.aB3`)
    const inTheMaking = join(cache, `chainlit-2.12.0-python3.12-00000000.${process.pid}.cD4`)
    const outdated = join(cache, 'chainlit-2.12.0-python3.12-00000000')
    for (const path of [interrupted, inTheMaking, outdated]) mkdirSync(path, { recursive: true })
    await ensureChainlit('2.12.0', cache)
    expect([interrupted, inTheMaking, outdated].map(existsSync)).toEqual([false, true, false])
  })

  it.each(['2.7', '3.9', '3.14', 'no number'])('is not made with Python %s', async (version) => {
    vi.stubEnv('VERSION', version)
    await expect(ensureChainlit('2.12.0', cache)).rejects.toThrow(/^The Chainlit tests need Python .*no such Python\.$/)
  })

  it('is not made without Python', async () => {
    vi.stubEnv('PYTHON', '')
    vi.stubEnv('PATH', folder)
    rmSync(join(folder, 'python'))
    await expect(ensureChainlit('2.12.0', cache)).rejects.toThrow(/registry: there is no such Python on the path\.$/)
  })
})
