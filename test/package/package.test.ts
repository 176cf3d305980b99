import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Rolldown } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Packed, pack, root, run } from './packed.js'
import { readmeBlocks } from './readme.js'

let packed: Packed
beforeAll(async () => {
  packed = await pack()
  await packed.link('react')
})
afterAll(() => packed?.remove())

test('packs three files a source file, the CommonJS modules, the script tags and nothing else', async () => {
  const sources = (await readdir(join(root, 'src'), { recursive: true })).filter((path) => path.endsWith('.ts'))
  const modules = sources.map((path) => path.replaceAll('\\', '/').slice(0, -'.ts'.length))
  const entries = ['index', 'popup/index', 'react/index', 'server/index', 'testing/index', 'testing/node']
  const expected = [
    ...['LICENSE', 'README.md', 'package.json'],
    ...['dist/twodoor.umd.js', 'dist/twodoor.popup.js', 'dist/twodoor.chainlit.js'],
    ...modules.flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`, `dist/${name}.js.map`]),
    ...['dist/cjs/package.json', ...entries.map((name) => `dist/cjs/${name}.js`)],
    ...['dist/script/integrity.json', ...scriptParts.map((name) => `dist/script/${name}.js`)],
    ...modules.filter((name) => !/^(chainlit|cli|script-tag)\//.test(name)).map((name) => `dist/cjs/${name}.d.ts`),
  ]
  const isPart = (path: string) => /^dist\/cjs\/parts\/[a-z0-9-]+\.js$/.test(path)
  expect(packed.files.filter((path) => !isPart(path))).toEqual(expected.sort())
  expect(packed.files.filter(isPart).length).toBeLessThan(40)
})

/** What a page names, what each door needs, and what few pages do. */
const scriptParts = [
  ...['twodoor', 'sockets', 'session'],
  ...['engine', 'msal', 'teams', 'lifetime'],
  ...['account-claims', 'ask-user', 'given-client', 'lock', 'lost-response', 'messages', 'msal-popup'],
  ...['teams-popup', 'until-back', 'warnings'],
]

test('knows the hash of each file of the script tag in parts', async () => {
  const hashes = JSON.parse(await readFile(join(root, 'dist/script/integrity.json'), 'utf8')) as Record<string, string>
  expect(Object.keys(hashes).sort()).toEqual(scriptParts.map((name) => `${name}.js`).sort())
  for (const [name, hash] of Object.entries(hashes)) {
    const digest = createHash('sha384')
      .update(await readFile(join(root, 'dist/script', name)))
      .digest('base64')
    expect(hash).toBe(`sha384-${digest}`)
  }
})

test('says in the first line of the script for Chainlit which version it is, and what it hashes to', async () => {
  const script = await readFile(join(root, 'dist/twodoor.chainlit.js'), 'utf8')
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const [first = '', ...rest] = script.split('\n')
  const hash = createHash('sha256').update(rest.join('\n')).digest('hex')
  expect(first.startsWith(`/*! twodoor ${version}, MIT. SHA-256 of what follows this line: ${hash}. `)).toBe(true)
})

test('names whose work each file of the CommonJS modules has inside', async () => {
  const notice = await readFile(join(root, 'node_modules/jose/LICENSE.md'), 'utf8')
  const parts = packed.files.filter((path) => /^dist\/cjs\/.*\.js$/.test(path))
  const texts = await Promise.all(parts.map((path) => readFile(join(root, path), 'utf8')))
  const withJose = texts.filter((text) => /JOSEError|\bjose\b/.test(text))
  expect(withJose).not.toEqual([])
  for (const text of withJose) for (const line of notice.trim().split('\n')) expect(text).toContain(line)
  expect(texts.filter((text) => text.includes('Filip Skokan'))).toEqual(withJose)
})

test('brings the command twodoor, which needs no other package', async () => {
  const flags = [
    '--url',
    'https://contoso.com/',
    '--client-id',
    '11111111-2222-3333-4444-555555555555',
    '--name',
    'Contoso',
  ]
  const said = await run(packed.project, 'npx', '--no', 'twodoor', 'manifest', ...flags)
  expect(said).toMatch(/^teams-app\.zip is written/)
  expect(await readdir(packed.project)).toContain('teams-app.zip')
  await expect(run(packed.project, 'npx', '--no', 'twodoor', 'doctor', 'teams-app.zip')).rejects.toThrow(
    'Name the URL of the page',
  )
})

test('has a manifest without mistakes', async () => {
  await run(packed.project, 'publint', 'run', packed.tarball, '--strict')
})

test('resolves with its types in every kind of project', async () => {
  await run(packed.project, 'attw', packed.tarball, '--quiet')
})

test('brings no library of the browser to a server', async () => {
  const server = join(packed.project, '../server')
  await mkdir(server)
  await writeFile(join(server, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  await run(server, 'npm', 'install', packed.tarball, '--no-audit', '--no-fund', '--prefer-offline')
  const installed = await readdir(join(server, 'node_modules'))
  expect(installed.filter((name) => !name.startsWith('.')).sort()).toEqual(['jose', 'twodoor'])
  await writeFile(
    join(server, 'server.js'),
    "import { createVerifier } from 'twodoor/server'\nconsole.log(createVerifier)\n",
  )
  expect(await run(server, process.execPath, 'server.js')).toContain('createVerifier')
})

test.each(['bundler', 'nodenext'])(
  'compiles under strict settings, its own types checked too: %s',
  async (resolution) => {
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      target: 'es2022',
      lib: ['es2022', 'dom', 'dom.iterable'],
      types: [],
      moduleResolution: resolution,
      module: resolution === 'bundler' ? 'preserve' : 'nodenext',
    }
    const withNode = { ...compilerOptions, types: ['node'], typeRoots: [join(root, 'node_modules/@types')] }
    await packed.write({
      'web.ts': `import { type Auth, createAuth } from 'twodoor'
export * as testing from 'twodoor/testing'
export const auth: Auth = createAuth({ clientId: 'a', tenant: 'b', scopes: ['c'], loginHint: undefined })
export const until: Promise<number> = auth.getToken().then((token) => token.expiresOnTimestamp)
// @ts-expect-error The types are really there: this option is not.
createAuth({ clientId: 'a', tenant: 'b', scopes: ['c'], secret: 'd' })
`,
      'node.ts': `export * as server from 'twodoor/server'\nexport * as listeners from 'twodoor/testing/node'\n`,
      'tsconfig.json': JSON.stringify({ compilerOptions, files: ['web.ts'] }),
      'tsconfig.node.json': JSON.stringify({ compilerOptions: withNode, files: ['node.ts'] }),
    })
    await run(packed.project, 'tsc', '-p', 'tsconfig.json')
    await run(packed.project, 'tsc', '-p', 'tsconfig.node.json')
  },
)

test('compiles the code of the README as it stands there', async () => {
  const blocks = await readmeBlocks('ts|tsx')
  expect(blocks).toHaveLength(readmePreludes.length)
  const paths = Object.fromEntries(
    ['express', 'react', 'react/jsx-runtime', 'socket.io', 'socket.io-client'].map((name) => [
      name,
      [join(root, 'node_modules', typesOf(name))],
    ]),
  )
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    module: 'preserve',
    moduleResolution: 'bundler',
    paths,
    jsx: 'react-jsx',
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  }
  const files = blocks.map((code, i) => [`readme-${i}.tsx`, `${readmePreludes[i]}\n${code}\nexport {}\n`] as const)
  const tsconfig = JSON.stringify({ compilerOptions, files: files.map(([path]) => path) })
  await packed.write({ ...Object.fromEntries(files), 'tsconfig.readme.json': tsconfig })
  await run(packed.project, 'tsc', '-p', 'tsconfig.readme.json')
})

/** What a block of the README takes for granted, in the order of the blocks. */
const readmePreludes = [
  'declare const signInButton: HTMLButtonElement',
  `import express from 'express'
import type { Server as HttpServer } from 'node:http'
import { Server } from 'socket.io'
const app = express()
declare const httpServer: HttpServer
declare const clientId: string
declare const tenantId: string`,
  `import type { AuthOptions } from 'twodoor'
declare const options: AuthOptions`,
  '',
  `import { createAuth } from 'twodoor'
import { createVerifier } from 'twodoor/server'`,
]

function typesOf(name: string): string {
  return name.startsWith('socket') ? name : `@types/${name}`
}

test.each(['import', 'require'])('does nothing when it is loaded without a window: %s', async (how) => {
  const entries = Object.keys(packed.manifest.exports).filter((entry) => entry !== './package.json')
  const names = entries.map((entry) => entry.replace('.', 'twodoor'))
  await packed.write({ 'import.js': importQuietly })
  const seen = JSON.parse(await run(packed.project, process.execPath, 'import.js', how, ...names)) as unknown
  expect(seen).toEqual(Object.fromEntries(names.map((name) => [name, { globals: [], resources: [], requests: [] }])))
})

/** Tells for each module what its import added: globals, open resources (timers, sockets, workers), requests. */
const importQuietly = `
import { createRequire } from 'node:module'
import net from 'node:net'
const [how, ...names] = process.argv.slice(2)
const require = createRequire(import.meta.url)
const requests = []
globalThis.fetch = async (input) => { requests.push(String(input)); return new Response() }
net.Socket.prototype.connect = function (...args) { requests.push(JSON.stringify(args)); return this }
const globals = () => Reflect.ownKeys(globalThis).map(String)
const seen = {}
for (const name of names) {
  const before = { globals: globals(), resources: process.getActiveResourcesInfo() }
  await (how === 'require' ? require(name) : import(name))
  await new Promise((done) => setImmediate(done))
  seen[name] = {
    globals: globals().filter((key) => !before.globals.includes(key)),
    resources: process.getActiveResourcesInfo().filter((resource) => !before.resources.includes(resource)),
    requests: requests.splice(0),
  }
}
console.log(JSON.stringify(seen))
`

test('leaves both vendors out of the first download, and out of each other', async () => {
  await packed.write({
    'index.html': '<script type="module" src="./main.js"></script>',
    'main.js': `import { createAuth } from 'twodoor'\nconsole.log(createAuth({ clientId: '', tenant: '', scopes: [] }))\n`,
  })
  const chunks = await bundle(packed.project)
  const modules = chunks.flatMap((chunk) => chunk.moduleIds)
  expect(modules.filter((id) => /\/dist\/(server|testing|react|chainlit|script-tag)\//.test(id))).toEqual([])
  expect(vendorsIn(chunks.filter((chunk) => chunk.isEntry))).toEqual([])
  const lazy = chunks.filter((chunk) => chunk.isDynamicEntry).map((chunk) => [pathOf(chunk), vendorsIn([chunk])])
  expect(Object.fromEntries(lazy)).toEqual({
    'carriers/fetch/ask-user.js': [],
    'carriers/fetch/warnings.js': [],
    'engine.js': [],
    'sources/failures/messages.js': [],
    'sources/account-claims.js': [],
    'sources/msal/given-client.js': [],
    'sources/msal/lock.js': [],
    'sources/msal/lost-response.js': [],
    'sources/msal/popup.js': [],
    'sources/teams/popup.js': [],
    'sources/msal/library.js': ['msal'],
    'sources/teams/library.js': ['teams-js'],
  })

  function vendorsIn(wanted: Rolldown.OutputChunk[]): string[] {
    const content = withImports(wanted, chunks).flatMap((chunk) => [...chunk.moduleIds, chunk.code])
    return Object.keys(vendorTraces).filter((vendor) => content.some((text) => vendorTraces[vendor]?.test(text)))
  }
})

test('comes as few files where Vite builds the page: an entry, and for each door two and the 0.2 kB of Rolldown itself', async () => {
  await packed.write({
    'index.html': '<script type="module" src="./main.js"></script>',
    'main.js': `import { createAuth } from 'twodoor'\nconsole.log(createAuth({ clientId: '', tenant: '', scopes: [] }))\n`,
  })
  const chunks = await bundle(packed.project)
  const entry = chunks.filter((chunk) => chunk.isEntry)
  expect(withImports(entry, chunks)).toEqual(entry)
  for (const door of ['teams', 'msal']) {
    const needed = chunks.filter((chunk) => ['engine.js', `sources/${door}/library.js`].includes(pathOf(chunk)))
    const all = withImports([...entry, ...needed], chunks).filter((chunk) => !/rolldown-runtime/.test(chunk.fileName))
    expect(all.map(({ fileName }) => fileName).sort()).toEqual(
      [...entry, ...needed].map(({ fileName }) => fileName).sort(),
    )
  }
})

test('leaves jose out of what a test with createTestAuth loads', async () => {
  await packed.write({
    'index.html': '<script type="module" src="./main.js"></script>',
    'main.js': `import { createTestAuth } from 'twodoor/testing'\nconsole.log(createTestAuth('signed-in'))\n`,
  })
  const chunks = await bundle(packed.project)
  const first = withImports(
    chunks.filter((chunk) => chunk.isEntry),
    chunks,
  )
  expect(first.flatMap((chunk) => chunk.moduleIds).filter((id) => id.includes('/jose/'))).toEqual([])
})

async function bundle(project: string): Promise<Rolldown.OutputChunk[]> {
  const built = await build({ root: project, configFile: false, logLevel: 'error', build: { write: false } })
  if (Array.isArray(built) || !('output' in built)) throw new TypeError('one build has one output')
  return built.output.filter((file) => file.type === 'chunk')
}

/** By their modules, and by texts of theirs that would show code copied in another way. */
const vendorTraces: Record<string, RegExp> = {
  'teams-js': /node_modules\/@microsoft\/teams-js\/|res\.cdn\.office\.net\/teams-js/,
  msal: /node_modules\/@azure\/msal-|msal\.js\.browser/,
}

function pathOf(chunk: Rolldown.OutputChunk): string {
  return chunk.facadeModuleId?.split('/dist/').at(-1) ?? ''
}

/** The chunks and everything that a browser must download before it runs them. */
function withImports(chunks: Rolldown.OutputChunk[], all: Rolldown.OutputChunk[]): Rolldown.OutputChunk[] {
  const found = new Set(chunks)
  for (const chunk of found) {
    for (const other of all) if (chunk.imports.includes(other.fileName)) found.add(other)
  }
  return [...found]
}
