// @vitest-environment node
// What `twodoor dev` writes: a line of an env file, and what outlives a restart.

import { link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import nextEnv from '@next/env'
import { loadEnv as loadViteEnv } from 'vite'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UsageError } from '../../../../src/cli/command.js'
import { readEnvTarget, writeEnv } from '../../../../src/cli/dev/env-file.js'
import { openStateFile } from '../../../../src/cli/dev/state-file.js'
import type { KeptParts } from '../../../../src/testing/entra/parts.js'

const VALUE = { clientId: 'a', quoted: `it's "$HOME"`, nested: { list: ['b'] } }
const KEPT: KeptParts = {
  keys: [],
  policies: { revocations: [], stepUps: [], consented: [], signIns: [] },
  sessions: [{ name: 's', sids: [] }],
  refreshTokens: [],
}
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twodoor-dev-'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  nextEnv.resetEnv()
  await rm(folder, { recursive: true })
})

const read = (name: string) => readFile(join(folder, name), 'utf8')

describe('the env file', () => {
  it.each([
    ['vite', '.env.development.local', 'VITE_TWODOOR'],
    ['next', '.env.development.local', 'NEXT_PUBLIC_TWODOOR'],
    ['web.env', 'web.env', 'TWODOOR'],
  ])('of %s is %s, with %s', async (name, file, variable) => {
    expect(await writeEnv(folder, readEnvTarget(name), VALUE)).toBe(`Wrote ${variable} into ${file}.`)
    expect(JSON.parse(parseEnv(await read(file))[variable] ?? '')).toEqual(VALUE)
  })

  /** What a page gets, of Vite and of Next.js. */
  async function readByPage(mode: 'development' | 'production'): Promise<(string | undefined)[]> {
    await writeEnv(folder, readEnvTarget('vite'), VALUE)
    await writeEnv(folder, readEnvTarget('next'), VALUE)
    vi.stubEnv('NODE_ENV', mode)
    const ofVite = loadViteEnv(mode, folder, 'VITE_')
    const { combinedEnv } = nextEnv.loadEnvConfig(folder, mode === 'development', { info() {}, error() {} }, true)
    return [ofVite['VITE_TWODOOR'], combinedEnv['NEXT_PUBLIC_TWODOOR']]
  }

  it('gives the same to a page, whether Vite or Next.js reads it', async () => {
    const texts = await readByPage('development')
    expect(texts.map((text) => JSON.parse(text ?? ''))).toEqual([VALUE, VALUE])
  })

  it('gives nothing to a build for production', async () => {
    expect(await readByPage('production')).toEqual([undefined, undefined])
  })

  it('keeps what is there', async () => {
    await writeFile(join(folder, '.env.development.local'), 'A=1\n# a note\nVITE_TWODOOR_X=2')
    const said = await writeEnv(folder, readEnvTarget('vite'), VALUE)
    expect(said).toBe('Wrote VITE_TWODOOR into .env.development.local, below what is there.')
    const text = await read('.env.development.local')
    expect(text.startsWith('A=1\n# a note\nVITE_TWODOOR_X=2\nVITE_TWODOOR=')).toBe(true)
    expect(text.endsWith("'\n")).toBe(true)
  })

  it('says so where it replaces another value, and where nothing is to do', async () => {
    await writeFile(join(folder, '.env.development.local'), 'VITE_TWODOOR=old\nB=2\n')
    expect(await writeEnv(folder, readEnvTarget('vite'), VALUE)).toContain(
      'Replaced VITE_TWODOOR in .env.development.local',
    )
    const text = await read('.env.development.local')
    expect(text).not.toContain('old')
    expect(text.startsWith('B=2\n')).toBe(true)
    expect(await writeEnv(folder, readEnvTarget('vite'), VALUE)).toBe(
      'VITE_TWODOOR is in .env.development.local already.',
    )
    expect(await read('.env.development.local')).toBe(text)
  })

  it('is the old one or the new one to whoever reads it, whole, and keeps its permissions', async () => {
    const path = join(folder, '.env.development.local')
    await writeFile(path, 'A=1\n', { mode: 0o640 })
    await link(path, join(folder, 'as-it-was'))
    await writeEnv(folder, readEnvTarget('vite'), VALUE)
    expect(await read('as-it-was')).toBe('A=1\n')
    expect((await stat(path)).mode & 0o777).toBe(0o640)
    expect((await readdir(folder)).sort()).toEqual(['.env.development.local', 'as-it-was'])
  })

  it('that is a link goes on to be one', async () => {
    const path = join(folder, 'shared.env')
    await writeFile(path, 'A=1\n')
    await symlink(path, join(folder, '.env.development.local'))
    await writeEnv(folder, readEnvTarget('vite'), VALUE)
    expect(await read('shared.env')).toContain('VITE_TWODOOR=')
  })

  it('that cannot be written is said in one sentence', async () => {
    await mkdir(join(folder, 'web.env'))
    const written = writeEnv(folder, readEnvTarget('web.env'), VALUE)
    await expect(written).rejects.toThrow(new UsageError('web.env cannot be written (EISDIR).'))
  })

  it('has nothing in it that dotenv-expand takes for a variable', async () => {
    await writeEnv(folder, readEnvTarget('vite'), VALUE)
    expect(await read('.env.development.local')).not.toContain('$')
  })
})

describe('the state file', () => {
  it('that cannot be replaced leaves nothing beside it', async () => {
    await mkdir(join(folder, 'node_modules'))
    const state = openStateFile(folder, 4750)
    await mkdir(join(state.path, 'in-the-way'), { recursive: true })
    await expect(state.write('app', KEPT)).rejects.toThrow()
    expect(await readdir(join(state.path, '..'))).toEqual(['dev-4750.json'])
  })

  it('is in the cache of the project, also when called in a folder of it, and nobody else can read it', async () => {
    await mkdir(join(folder, 'node_modules'))
    await mkdir(join(folder, 'src'))
    const state = openStateFile(join(folder, 'src'), 4750)
    expect(state.path).toBe(join(folder, 'node_modules/.cache/twodoor/dev-4750.json'))
    await state.write('app', KEPT)
    expect((await stat(state.path)).mode & 0o777).toBe(0o600)
    expect(await state.read('app')).toEqual(KEPT)
  })

  it('is forgotten by another app, and where it is broken or not there', async () => {
    await mkdir(join(folder, 'node_modules'))
    const state = openStateFile(folder, 4750)
    expect(await state.read('app')).toBeUndefined()
    await state.write('app', KEPT)
    expect(await state.read('another')).toBeUndefined()
    for (const text of ['{', 'null', '7', '{"version":0,"about":"app"}']) {
      await writeFile(state.path, text)
      expect(await state.read('app')).toBeUndefined()
    }
  })

  it('has what was written last, whoever writes at once', async () => {
    await mkdir(join(folder, 'node_modules'))
    const state = openStateFile(folder, 4750)
    const names = Array.from({ length: 20 }, (_, index) => `s${index}`)
    await Promise.all(names.map((name) => state.write('app', { ...KEPT, sessions: [{ name, sids: [] }] })))
    expect((await state.read('app'))?.sessions).toEqual([{ name: 's19', sids: [] }])
  })
})
