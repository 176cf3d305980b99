import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startChainlit } from '../../demo/chainlit/chainlit.js'
import { type ChainlitDemo, startChainlitDemo } from '../../demo/chainlit/demo.js'
import { ensureChainlit } from '../../scripts/chainlit.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

let python: string
let demo: ChainlitDemo
/** What is left here was left by the demo. */
let temporary: string
const before = process.env['TMPDIR']

beforeAll(async () => {
  python = await ensureChainlit()
  temporary = await mkdtemp(join(tmpdir(), 'twodoor-demo-test-'))
  process.env['TMPDIR'] = temporary
})

afterAll(async () => {
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  await rm(temporary, { recursive: true, force: true })
})

describe('the servers of the demo', () => {
  beforeAll(async () => {
    demo = await startChainlitDemo({ python })
  })

  afterAll(() => demo.close())

  it('answer under their own names only', async () => {
    const { stock, twodoor } = demo.doors
    for (const url of [demo.url, stock.browser, stock.teams, twodoor.browser, twodoor.teams]) {
      const { port, host } = new URL(url)
      expect(await ask(port, { host })).toMatchObject({ status: 200 })
      expect(await ask(port, { host: `rebound.example:${port}` })).toMatchObject({ status: 421 })
      expect(await ask(port, { host: `127.0.0.1:${port}` })).toMatchObject({ status: 421 })
    }
  })

  it('lead from the tab in Teams to the door of the browser, and nowhere else', async () => {
    const { port, origin } = new URL(demo.doors.twodoor.browser)
    const headers = { host: `chat-in-teams.localhost:${port}`, 'sec-fetch-dest': 'document' }
    expect(await ask(port, headers, '/thread/1?a=b')).toEqual({ status: 307, location: `${origin}/thread/1?a=b` })
    for (const path of ['//evil.example/', 'http://evil.example/', '/\\evil.example'])
      expect((await ask(port, headers, path)).location ?? origin).toMatch(new RegExp(`^${origin}(/|$)`))
  })

  it('obey the controls only if the stage asks', async () => {
    const { origin } = new URL(demo.url)
    const json = { 'content-type': 'application/json' }
    const order = (headers: Record<string, string>, body = '{"control":"switch"}') =>
      fetch(`${origin}/demo/control`, { method: 'POST', headers, body })
    expect((await order({ ...json, origin })).status).toBe(204)
    expect((await order({ ...json, origin: new URL(demo.doors.stock.browser).origin })).status).toBe(403)
    expect((await order({ ...json, origin: 'https://evil.example' })).status).toBe(403)
    expect((await order(json)).status).toBe(403)
    for (const body of ['{"control":"toString"}', '{"control":["switch"]}', '[]'])
      expect((await order({ ...json, origin }, body)).status).toBe(404)
  })

  it('are gone after close(), which can be called twice, with all that they started and wrote', async () => {
    expect(ownChainlits()).toHaveLength(3)
    await demo.close()
    await demo.close()
    expect(ownChainlits()).toEqual([])
    expect(await leftFolders()).toEqual([])
    for (const url of [demo.url, ...Object.values(demo.doors).flatMap(({ browser, teams }) => [browser, teams])])
      await expect(ask(new URL(url).port, {})).rejects.toThrow('ECONNREFUSED')
  })
})

describe('a Chainlit of the demo', () => {
  const options = {
    config: '[UI]\nname = "Chat"\n[meta]\ngenerated_by = "2.12.0"\n',
    publicFiles: [],
    env: {},
    secret: 'the secret of these tests, and of nothing else',
    say: () => {},
  }

  it('answers nobody but the proxy, and ends sessions for it alone', async () => {
    const app = join(root, 'demo/chainlit/stock/app.py')
    const env = {
      ENTRA_AUTHORITY: 'http://localhost:9',
      ENTRA_TENANT_ID: 'tenant',
      ENTRA_CLIENT_ID: 'client',
      OAUTH_GENERIC_CLIENT_ID: 'id',
      OAUTH_GENERIC_CLIENT_SECRET: 'secret',
      OAUTH_GENERIC_SCOPES: 'openid',
      OAUTH_GENERIC_AUTH_URL: 'http://localhost:9',
      OAUTH_GENERIC_TOKEN_URL: 'http://localhost:9',
      OAUTH_GENERIC_USER_INFO_URL: 'http://localhost:9',
    }
    const chainlit = await startChainlit({ ...options, python, app, env })
    try {
      const port = String(chainlit.port)
      for (const path of ['/', '/auth/config', '/demo/expire']) {
        expect(await ask(port, {}, path)).toMatchObject({ status: 403 })
        expect(await ask(port, { 'x-demo-key': 'another' }, path)).toMatchObject({ status: 403 })
      }
      expect(await ask(port, { 'x-demo-key': chainlit.key }, '/auth/config')).toMatchObject({ status: 200 })
      await chainlit.expire('another secret of these tests, and of nothing else')
    } finally {
      await chainlit.end()
    }
    expect(ownChainlits()).toEqual([])
  })

  it('that does not start says why, and leaves nothing', async () => {
    const app = join(root, 'demo/chainlit/stock/missing.py')
    await expect(startChainlit({ ...options, python, app })).rejects.toThrow(
      /ended while it was starting[\s\S]*missing\.py/,
    )
    const nowhere = join(root, 'no-python')
    await expect(startChainlit({ ...options, python: nowhere, app })).rejects.toThrow(/could not be started.*ENOENT/)
    expect(await leftFolders()).toEqual([])
  })
})

describe('npm run demo:chainlit', () => {
  it('tells where to go, and ends with Ctrl+C', async () => {
    const run = spawnRun({})
    const [url] = await run.line(/http:\/\/localhost:\d+\//)
    expect((await fetch(url)).status).toBe(200)
    run.child.kill('SIGINT')
    expect(await run.exit).toBe(0)
    await expect(fetch(url)).rejects.toThrow()
    expect(await leftFolders()).toEqual([])
  })

  it('says in one sentence what is missing without Python', async () => {
    const run = spawnRun({ PYTHON: join(root, 'no-python') })
    expect(await run.exit).toBe(1)
    expect(run.lines).toHaveLength(1)
    expect(run.lines[0]).toMatch(/Python 3\.10 to 3\.13.*PYTHON is .*no-python/)
  })
})

function ask(port: string, headers: Record<string, string>, path = '/') {
  return new Promise<{ status: number | undefined; location: string | undefined }>((resolve, reject) => {
    const asked = httpRequest({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      response.resume()
      resolve({ status: response.statusCode, location: response.headers.location })
    })
    asked.on('error', reject)
    asked.end()
  })
}

/** The Chainlits that this process has started and that still run. */
function ownChainlits(): string[] {
  const processes = execFileSync('ps', ['-A', '-o', 'ppid=,args='], { encoding: 'utf8' }).split('\n')
  return processes.filter((line) => line.trim().startsWith(`${process.pid} `) && line.includes('runner.py'))
}

async function leftFolders(): Promise<string[]> {
  return (await readdir(temporary)).filter((name) => name.startsWith('twodoor-'))
}

function spawnRun(env: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'demo/chainlit/run.ts')], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const readers = [child.stdout, child.stderr].map((input) => createInterface(input))
  for (const reader of readers) reader.on('line', (line) => lines.push(line))
  const exit = once(child, 'close').then(([code]) => code as number | null)
  return {
    child,
    lines,
    exit,
    /** The first line that matches, from now on. */
    line: (pattern: RegExp) =>
      new Promise<RegExpMatchArray>((resolve, reject) => {
        const look = (line: string) => {
          const match = line.match(pattern)
          if (match) resolve(match)
        }
        for (const reader of readers) reader.on('line', look)
        void exit.then(() => reject(new Error(`It ended.\n${lines.join('\n')}`)))
      }),
  }
}
