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
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ChainlitVersion, ensureChainlit } from '../../../scripts/chainlit.js'

/** Says that it is Python 3.12, and notes what it is asked to do in the folder that it belongs to. */
const PYTHON = `#!/bin/sh
here=$(dirname "$0")/..
case "$1 $2" in
  *install-package.py*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && cp "$here/log" "$3/log" && echo "wheel of $2" >> "$3/log" ;;
  "-c "*) echo "\${VERSION:-3.12}" ;;
  "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo venv >> "$3/log" ;;
  "-m pip") if [ -n "$PIP_FAILS" ]; then echo "ERROR: No matching distribution" >&2; exit 1; fi; echo "$*" >> "$here/log" ;;
  "-m chainlit") echo started >> "$here/log" ;;
esac
`

let folder: string
let cache: string
let source: string

/** The Python of an environment of these tests. */
const environment = (version: ChainlitVersion) => ensureChainlit(version, { cache, source })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'twodoor-environments-'))
  cache = join(folder, 'cache')
  source = join(folder, 'package')
  mkdirSync(join(source, 'tests'), { recursive: true })
  writeFileSync(join(source, 'code.py'), 'print(1)')
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
  it('has that version, pinned dependencies, pytest and the wheel of the package, and proves that it starts', async () => {
    const [, pip = '', started, wheel] = logOf(await environment('2.12.0'))
    expect(pip).toMatch(/--constraint \S+constraints\.txt chainlit==2\.12\.0 pytest hatchling$/)
    expect(started).toBe('started')
    expect(wheel).toBe(`wheel of ${source}`)
  })

  it('is made once', async () => {
    const python = await environment('2.12.0')
    expect(await environment('2.12.0')).toBe(python)
    expect(logOf(python)).toHaveLength(4)
  })

  it('is made from that of another version', async () => {
    await environment('2.12.0')
    const log = logOf(await environment('2.9.6'))
    expect(log.filter((line) => line === 'venv')).toHaveLength(1)
    expect(log.at(-3)).toContain('chainlit==2.9.6')
  })

  it('has the package as it is now, over the same libraries', async () => {
    const before = await environment('2.12.0')
    writeFileSync(join(source, 'tests', 'test_code.py'), 'a test is not in the wheel')
    expect(await environment('2.12.0')).toBe(before)
    writeFileSync(join(source, 'code.py'), 'print(2)')
    const after = await environment('2.12.0')
    expect(after).not.toBe(before)
    expect(logOf(after)).toHaveLength(4)
    expect(readdirSync(cache).filter((name) => name.startsWith('libraries-'))).toHaveLength(1)
  })

  it('is removed when nobody has used it for a day', async () => {
    const unused = join(cache, 'twodoor-2.12.0-python3.12-00000000-00000000')
    const used = join(cache, 'twodoor-2.12.0-python3.12-00000000-11111111')
    for (const path of [unused, used]) mkdirSync(path, { recursive: true })
    const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000)
    utimesSync(unused, twoDaysAgo, twoDaysAgo)
    await environment('2.12.0')
    expect([unused, used].map(existsSync)).toEqual([false, true])
  })

  it('is complete for everybody who wants it at the same time', async () => {
    const both = await Promise.all([environment('2.12.0'), environment('2.12.0')])
    expect(new Set(both).size).toBe(1)
    expect(logOf(both[0])).toHaveLength(4)
    expect(readdirSync(cache)).toHaveLength(2)
  })

  it('is not there at all if it could not be finished', async () => {
    vi.stubEnv('PIP_FAILS', '1')
    await expect(environment('2.12.0')).rejects.toThrow(
      'The Chainlit tests need Python 3.10 to 3.13 with venv and access to the Python package registry: ERROR: No matching distribution',
    )
    expect(readdirSync(cache)).toEqual([])
  })

  it('takes away what was interrupted, and leaves alone what is being made', async () => {
    const interrupted = join(cache, `libraries-2.12.0-python3.12-00000000.${endedProcess()}.aB3`)
    const inTheMaking = join(cache, `libraries-2.12.0-python3.12-00000000.${process.pid}.cD4`)
    const outdated = join(cache, 'libraries-2.12.0-python3.12-00000000')
    for (const path of [interrupted, inTheMaking, outdated]) mkdirSync(path, { recursive: true })
    await environment('2.12.0')
    expect([interrupted, inTheMaking, outdated].map(existsSync)).toEqual([false, true, false])
  })

  it.each(['2.7', '3.9', '3.14', 'no number'])('is not made with Python %s', async (version) => {
    vi.stubEnv('VERSION', version)
    await expect(environment('2.12.0')).rejects.toThrow(/^The Chainlit tests need Python .*no such Python\.$/)
  })

  it('is not made without Python', async () => {
    vi.stubEnv('PYTHON', '')
    vi.stubEnv('PATH', folder)
    rmSync(join(folder, 'python'))
    await expect(environment('2.12.0')).rejects.toThrow(/registry: there is no such Python on the path\.$/)
  })
})
