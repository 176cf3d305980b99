// Changes the source in thousands of small ways, one at a time, and asks whether a unit test notices: Stryker, a folder at a
// time, each with the tests of the folder of the same name. The whole takes hours on two cores, so no CI run does it; a
// folder that was run before is only run again where its source or its tests have changed.
//
//   npm run test:mutation                    all folders
//   npm run test:mutation -- tokens account  these
//   npm run test:mutation -- --report        prints what survived in the last runs, and runs nothing

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

interface Folder {
  readonly mutate: readonly string[]
  readonly tests: readonly string[]
  readonly environment: 'node' | 'happy-dom'
  /** Tests that replace a module need a module graph of their own. */
  readonly isolate?: boolean
}

const own = (folder: string, environment: Folder['environment'], ...more: string[]): Folder => ({
  mutate: [`src/${folder}/**/*.ts`],
  tests: [`test/unit/${folder}/**/*.test.ts`, ...more],
  environment,
})

const folders: Record<string, Folder> = {
  tokens: own('tokens', 'happy-dom', 'test/unit/auth.test.ts'),
  account: own('account', 'happy-dom', 'test/unit/{auth,explain}.test.ts'),
  page: own('page', 'happy-dom'),
  shared: own('shared', 'happy-dom', 'test/unit/options.test.ts'),
  'server/tokens': own('server/tokens', 'node', 'test/unit/conformance/tokens.test.ts'),
  'server/fetch': own('server/fetch', 'node'),
  'server/session': own('server/session', 'node'),
  server: {
    mutate: ['src/server/*.ts'],
    tests: [
      'test/unit/server/*.test.ts',
      'test/unit/server/fetch/**/*.test.ts',
      'test/unit/server/tokens/**/*.test.ts',
    ],
    environment: 'node',
  },
  'carriers/fetch': {
    mutate: ['src/carriers/*.ts', 'src/carriers/fetch/**/*.ts'],
    tests: ['test/unit/carriers/*.test.ts', 'test/unit/carriers/fetch/**/*.test.ts'],
    environment: 'happy-dom',
  },
  'carriers/session': own('carriers/session', 'happy-dom'),
  sources: own('sources', 'happy-dom'),
  'server/sockets': own('server/sockets', 'node'),
  'carriers/sockets': { ...own('carriers/sockets', 'happy-dom'), isolate: true },
}

const REPORTS = 'node_modules/.cache/twodoor/mutation'
const CONFIG = 'test/mutation/stryker.config.mjs'

interface Mutant {
  readonly status: string
  readonly mutatorName: string
  readonly replacement?: string
  readonly location: { readonly start: Position; readonly end: Position }
}
interface Position {
  readonly line: number
  readonly column: number
}
interface Report {
  readonly files: Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>
}

const isFound = ({ status }: Mutant) => status === 'Killed' || status === 'Timeout'
const isMissed = ({ status }: Mutant) => status === 'Survived' || status === 'NoCoverage'

function run(name: string, { mutate, tests, environment, isolate = false }: Folder): boolean {
  const { status } = spawnSync('npx', ['stryker', 'run', CONFIG, '--mutate', mutate.join(',')], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      MUTATION_NAME: name.replace('/', '-'),
      MUTATION_TESTS: tests.join(' '),
      MUTATION_ENVIRONMENT: environment,
      MUTATION_ISOLATE: String(isolate),
    },
  })
  return status === 0
}

function report(name: string): void {
  const path = `${REPORTS}/${name.replace('/', '-')}.json`
  if (!existsSync(path)) {
    console.log(`${name}: not run`)
    return
  }
  const { files } = JSON.parse(readFileSync(path, 'utf8')) as Report
  const mutants = Object.values(files).flatMap((file) => file.mutants)
  const found = mutants.filter(isFound).length
  const missed = mutants.filter(isMissed).length
  console.log(`${name}: ${found} of ${found + missed} found (${((100 * found) / (found + missed)).toFixed(1)} %)`)
  for (const [file, { source, mutants }] of Object.entries(files))
    for (const mutant of mutants.filter(isMissed)) console.log(`  ${file}:${describe(mutant, source)}`)
}

function describe({ location: { start, end }, mutatorName, replacement }: Mutant, source: string): string {
  const line = source.split('\n')[start.line - 1] ?? ''
  const before = line.slice(start.column - 1, end.line === start.line ? end.column - 1 : undefined)
  return `${start.line} ${mutatorName}: ${before} → ${replacement?.split('\n')[0]}`
}

const named = process.argv.slice(2).filter((each) => !each.startsWith('--'))
const unknown = named.filter((name) => !(name in folders))
if (unknown.length > 0)
  throw new Error(`Unknown: ${unknown.join(', ')}. The folders are ${Object.keys(folders).join(', ')}.`)
const chosen = Object.entries(folders).filter(([name]) => named.length === 0 || named.includes(name))
if (!process.argv.includes('--report'))
  for (const [name, folder] of chosen) if (!run(name, folder)) process.exitCode = 1
for (const [name] of chosen) report(name)
