// What a browser downloads of twodoor, bundled, minified and gzipped, against the limits the project keeps. Fails above.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { type OutputChunk, rollup } from 'rollup'
import { minify } from 'terser'
import { withoutCarriers, withoutParts } from './without-modules.mjs'

const BYTES_PER_KB = 1000
const LAZY_LIMITS_KB: Record<string, number> = {
  'engine.js': 17.8,
  'carriers/sockets/lifetime.js': 1.6,
  'carriers/fetch/warnings.js': 1,
  'carriers/fetch/ask-user.js': 1.1,
  'sources/account-claims.js': 1,
  'sources/msal/lock.js': 1,
  'sources/msal/popup.js': 1.7,
  'sources/teams/popup.js': 1.4,
  'sources/msal/lost-response.js': 1,
  'sources/msal/given-client.js': 1.3,
  'sources/failures/messages.js': 4.4,
}
/** Of the drop-in as the Python package serves it. `''` is the module that the page waits for. */
const PAGE_LIMITS_KB: Record<string, number> = {
  '': 23.4,
  engine: 16.9,
  teams: 14.8,
  msal: 51,
  messages: 4.6,
  lock: 1,
  'msal-popup': 1.5,
  'teams-popup': 1.3,
  'popup-page': 1.5,
  'until-back': 0.5,
  'popup-channel': 0.3,
  'lost-response': 1,
  chinese: 0.9,
  french: 0.9,
  german: 0.9,
  japanese: 0.9,
  portuguese: 0.9,
  spanish: 0.9,
  'traditional-chinese': 0.9,
}
/** Of the script tag in parts: what a page names itself, and what comes when it is needed. */
const SCRIPT_LIMITS_KB: Record<string, number> = {
  twodoor: 9,
  sockets: 5.2,
  session: 4.9,
  engine: 18,
  teams: 14.8,
  msal: 51,
  messages: 4.6,
  lifetime: 1.7,
  'msal-popup': 1.5,
  'given-client': 1.4,
  'teams-popup': 1.3,
  'account-claims': 1.1,
  'ask-user': 1.1,
  warnings: 1,
  lock: 1,
  'lost-response': 1,
  'until-back': 0.5,
}
/** It never loads them: they stand where a part was taken out. */
const EMPTY_PARTS = ['account-claims', 'ask-user', 'given-client', 'warnings']
const dist = fileURLToPath(new URL('../dist', import.meta.url))

interface Row {
  readonly name: string
  readonly bytes: number
  readonly limitKb: number
}

/** The chunks of an app that imports these names and has both vendors outside. */
async function bundle(names: string, from = 'index.js'): Promise<OutputChunk[]> {
  const entry = { name: 'entry', resolveId: (id: string) => (id === 'entry' ? id : null), load: loadEntry }
  function loadEntry(id: string) {
    return id === 'entry' ? `export { ${names} } from ${JSON.stringify(`${dist}/${from}`)}` : null
  }
  const plugins = [entry, nodeResolve({ browser: true })]
  const build = await rollup({ input: 'entry', external: /^(@(microsoft|azure)\/|react$)/, plugins })
  const { output } = await build.generate({ format: 'es' })
  await build.close()
  return output.filter((file) => file.type === 'chunk')
}

/** Chunks and everything they import statically, which is what must arrive before they run. */
function withImports(wanted: OutputChunk[], chunks: OutputChunk[]): Set<OutputChunk> {
  const found = new Set(wanted)
  for (const { imports } of found) {
    for (const other of chunks) if (imports.includes(other.fileName)) found.add(other)
  }
  return found
}

async function gzippedBytes(chunks: Iterable<OutputChunk>): Promise<number> {
  let bytes = 0
  for (const { code } of chunks) {
    const minified = await minify(code, { module: true, ecma: 2020, compress: { passes: 2 } })
    bytes += gzipSync(minified.code ?? code, { level: 9 }).length
  }
  return bytes
}

/** The module that a chunk is named for: the last, which imports the others. Rollup tells it only of some. */
const pathOf = ({ moduleIds }: OutputChunk) => moduleIds.at(-1)?.replaceAll('\\', '/').split('/dist/').at(-1) ?? ''

async function firstDownload(names: string, limitKb: number, from?: string): Promise<Row> {
  const chunks = await bundle(names, from)
  const entry = chunks.filter(({ isEntry }) => isEntry)
  return { name: names, bytes: await gzippedBytes(withImports(entry, chunks)), limitKb }
}

/** What each lazily loaded part of ours adds to what is there before it, without the vendor's library. */
async function lazyParts(): Promise<Row[]> {
  const chunks = await bundle('createAuth, withSocketAuth')
  const first = withImports(
    chunks.filter(({ isEntry }) => isEntry),
    chunks,
  )
  const parts = chunks.filter((chunk) => chunk.isDynamicEntry && !pathOf(chunk).endsWith('/library.js'))
  const engine = withImports(
    parts.filter((part) => pathOf(part) === 'engine.js'),
    chunks,
  )
  return Promise.all(
    parts.map(async (part) => {
      const path = pathOf(part)
      const limitKb = LAZY_LIMITS_KB[path]
      if (!limitKb) throw new Error(`${path} is loaded lazily and has no limit yet.`)
      const before = path === 'engine.js' ? first : engine
      const added = [...withImports([part], chunks)].filter((chunk) => !before.has(chunk))
      return { name: `lazily: ${path}`, bytes: await gzippedBytes(added), limitKb }
    }),
  )
}

/** What of the script tag for Chainlit, all in one file, is ours: everything but the vendors' libraries. */
async function withoutVendors(file: string, limitKb: number): Promise<Row> {
  const external = (id: string) => id.endsWith('/library.js')
  const plugins = [withoutCarriers(), withoutParts(), nodeResolve({ browser: true })]
  const build = await rollup({ input: `${dist}/chainlit/script.js`, external, plugins })
  const { output } = await build.generate({ format: 'es', inlineDynamicImports: true })
  await build.close()
  return { name: `${file}, ours`, bytes: await gzippedBytes([output[0]]), limitKb }
}

function servedByPython(): Row[] {
  return readdirSync(`${dist}/chainlit-page`).flatMap((file) => {
    const part = file.match(/^twodoor\.chainlit\.(?:([a-z-]+)\.)?[0-9a-f]{12}\.js$/)?.[1] ?? ''
    if (EMPTY_PARTS.includes(part)) return []
    const limitKb = PAGE_LIMITS_KB[part]
    if (!limitKb) throw new Error(`${file} is loaded lazily and has no limit yet.`)
    const name = part === '' ? 'chainlit, first download' : `chainlit, lazily: ${part}`
    return [scriptTag(`chainlit-page/${file}`, limitKb, name)]
  })
}

function inParts(): Row[] {
  const names = readdirSync(`${dist}/script`).filter((file) => file.endsWith('.js'))
  return names.map((file) => {
    const limitKb = SCRIPT_LIMITS_KB[file.slice(0, -'.js'.length)]
    if (!limitKb) throw new Error(`script/${file} has no limit yet.`)
    return scriptTag(`script/${file}`, limitKb)
  })
}

function scriptTag(file: string, limitKb: number, name = file): Row {
  return { name, bytes: gzipSync(readFileSync(`${dist}/${file}`), { level: 9 }).length, limitKb }
}

const core = await firstDownload('createAuth', 7)
const withSockets = await firstDownload('createAuth, withSocketAuth', 11.4)

const rows: Row[] = [
  core,
  withSockets,
  { name: 'of which withSocketAuth', bytes: withSockets.bytes - core.bytes, limitKb: 4.4 },
  await firstDownload('AuthProvider, SignedIn, SignedOut, SignInGuard, useAuth, useToken', 1.2, 'react/index.js'),
  ...(await lazyParts()),
  scriptTag('twodoor.umd.js', 106.3),
  scriptTag('twodoor.popup.js', 19.2),
  ...inParts(),
  ...servedByPython(),
  await withoutVendors('twodoor.chainlit.js', 49.2),
  scriptTag('twodoor.chainlit.js', 113.7),
]

for (const { name, bytes, limitKb } of rows) {
  const isOver = bytes > limitKb * BYTES_PER_KB
  const size = (bytes / BYTES_PER_KB).toFixed(2)
  console.log(`${name.padEnd(30)} ${size.padStart(6)} kB gzip, limit ${limitKb} kB${isOver ? '  TOO LARGE' : ''}`)
  if (isOver) process.exitCode = 1
}
