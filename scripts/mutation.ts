// Changes the source in thousands of small ways, one at a time, and asks whether a unit test notices: Stryker, a folder at a
// time, each with the tests of the folder of the same name. The whole takes hours on two cores, so no CI run does it; a
// folder that was run before is only run again where its source or its tests have changed.
//
//   npm run test:mutation                    all folders
//   npm run test:mutation -- tokens account  these
//   npm run test:mutation -- --survivors     asks only what survived the last run: for after tests were added
//   npm run test:mutation -- --report        prints what survived in the last runs, and runs nothing

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

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

/** Cases that the Python half has as well, with their reasons. */
const NUMBERED = 'test/unit/conformance/{tokens,reasons}.test.ts'

const verifier = (files: readonly string[], tests: string, ...more: string[]): Folder => ({
  mutate: files.map((each) => `src/server/tokens/${each}.ts`),
  tests: [`test/unit/server/tokens/${tests}.test.ts`, ...more],
  environment: 'node',
})

const folders: Record<string, Folder> = {
  tokens: own('tokens', 'happy-dom', 'test/unit/auth.test.ts'),
  account: own('account', 'happy-dom', 'test/unit/{auth,explain}.test.ts'),
  page: own('page', 'happy-dom', 'test/unit/popup/*.test.ts'),
  popup: own('popup', 'happy-dom'),
  shared: own('shared', 'happy-dom', 'test/unit/options.test.ts'),
  // In parts: the numbered cases take seconds each time, and only some of the source needs them.
  'server/tokens/rules': verifier(['claims', 'audience', 'issuers'], '{claims,audience,verify}', NUMBERED),
  'server/tokens/form': verifier(['jws', 'token-form'], '{jws,token-form}'),
  'server/tokens/verify': verifier(['verify'], 'verify', NUMBERED),
  'server/tokens/keys': verifier(['keys'], '{keys,verify}'),
  'server/tokens/options': verifier(
    ['options'],
    '{options,verify,audience,daemons}',
    'test/unit/server/{development,bad-input}.test.ts',
    'test/unit/server/{guard,on-behalf-of}/*.test.ts',
  ),
  'server/fetch': own('server/fetch', 'node', 'test/unit/server/{guard,on-behalf-of}/*.test.ts'),
  'server/guard': own('server/guard', 'node', 'test/unit/server/on-behalf-of/*.test.ts'),
  'server/on-behalf-of': own('server/on-behalf-of', 'node', 'test/unit/server/development.test.ts'),
  'server/session': own('server/session', 'node', 'test/unit/server/development.test.ts'),
  server: {
    mutate: ['src/server/*.ts'],
    tests: [
      'test/unit/server/*.test.ts',
      'test/unit/server/{fetch,guard,on-behalf-of}/**/*.test.ts',
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

/** What decides about a token, an account or an origin. */
const deciding = [
  /^src\/(shared|tokens|server\/tokens)\//,
  /^src\/account\/(account-owner|changes|check-elsewhere|other-tabs|state|store)\.ts$/,
  /^src\/server\/session\/(cookie|fetch-metadata|seal)\.ts$/,
  /^src\/carriers\/(fetch\/(call|fetch-with-token)|token-hooks)\.ts$/,
  /^src\/page\/(host|known-hosts)\.ts$/,
]

/** Survivors that change nothing that can be seen, with the reason: by file, and by the line as the mutant has it. */
const equivalent = JSON.parse(readFileSync('test/mutation/equivalent.json', 'utf8')) as Equivalent
type Equivalent = Readonly<Record<string, Readonly<Record<string, string>>>>

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

/** Also where the tests break down altogether, as with an error that nobody catches. */
const isFound = ({ status }: Mutant) => ['Killed', 'Timeout', 'RuntimeError'].includes(status)
const isMissed = ({ status }: Mutant) => status === 'Survived' || status === 'NoCoverage'

const pathOf = (name: string) => `${REPORTS}/${name.replaceAll('/', '-')}.json`
const readReport = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Report

/**
 * What seems to survive is asked once more, with a module graph for each test file: where files share one, a constant that
 * was read before the change keeps its value.
 */
function run(name: string, folder: Folder): boolean {
  return stryker(name, folder.mutate, folder) && askAgain(name, folder)
}

function askAgain(name: string, folder: Folder): boolean {
  const first = readReport(pathOf(name))
  const missed = Object.entries(first.files).flatMap(([file, { mutants }]) =>
    mutants.filter(isMissed).map((mutant) => rangeOf(file, mutant)),
  )
  if (missed.length === 0) return true
  const again = `${name}-again`
  if (!stryker(again, missed, { ...folder, isolate: true })) return false
  writeFileSync(pathOf(name), JSON.stringify(withFound(first, readReport(pathOf(again)))))
  return true
}

function stryker(name: string, mutate: readonly string[], { tests, environment, isolate = false }: Folder): boolean {
  const { status } = spawnSync('npx', ['stryker', 'run', CONFIG, '--mutate', mutate.join(',')], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      MUTATION_NAME: name.replaceAll('/', '-'),
      MUTATION_TESTS: tests.join(' '),
      MUTATION_ENVIRONMENT: environment,
      MUTATION_ISOLATE: String(isolate),
    },
  })
  return status === 0
}

function rangeOf(file: string, { location: { start, end } }: Mutant): string {
  return `${file}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`
}

/** The first report, with what only the second one has found. */
function withFound(first: Report, second: Report): Report {
  const keyOf = (file: string, mutant: Mutant) => `${rangeOf(file, mutant)} ${mutant.mutatorName} ${mutant.replacement}`
  const found = new Map(
    Object.entries(second.files).flatMap(([file, { mutants }]) =>
      mutants.filter(isFound).map((mutant) => [keyOf(file, mutant), mutant.status] as const),
    ),
  )
  const files = Object.entries(first.files).map(([file, { source, mutants }]) => {
    const merged = mutants.map((each) => ({ ...each, status: found.get(keyOf(file, each)) ?? each.status }))
    return [file, { source, mutants: merged }] as const
  })
  return { files: Object.fromEntries(files) }
}

/** A mutant with what the report says of it. */
interface Verdict {
  readonly file: string
  readonly line: number
  /** The line as the mutant has it. */
  readonly text: string
  readonly mutator: string
  readonly found: boolean
  readonly timedOut: boolean
  /** It changes the words of a message and nothing else. */
  readonly isMessage: boolean
  /** Why it changes nothing. */
  readonly why: string | undefined
}

function verdictsOf(name: string): readonly Verdict[] | undefined {
  const path = pathOf(name)
  if (!existsSync(path)) return undefined
  const { files } = readReport(path)
  return Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants.filter((mutant) => isFound(mutant) || isMissed(mutant)).map((mutant) => verdictOn(mutant, file, source)),
  )
}

function verdictOn(mutant: Mutant, file: string, source: string): Verdict {
  const { start, end } = mutant.location
  const lines = source.split('\n').slice(start.line - 1, end.line)
  const [before, last] = [lines[0]?.slice(0, start.column - 1) ?? '', lines.at(-1) ?? '']
  const text = `${before}${mutant.replacement}${last.slice(end.column - 1)}`.trim()
  const original = lines.join('\n').slice(start.column - 1)
  const found = isFound(mutant)
  return {
    file,
    line: start.line,
    text,
    mutator: mutant.mutatorName,
    found,
    timedOut: mutant.status === 'Timeout',
    isMessage: mutant.mutatorName === 'StringLiteral' && /^['"`][^'"`]*\w[,:]? \w/.test(original),
    why: found ? undefined : equivalent[file]?.[text],
  }
}

function report(name: string, verdicts: readonly Verdict[] | undefined): void {
  if (!verdicts) {
    console.log(`${name}: not run`)
    return
  }
  console.log(`${name}: ${totals(verdicts)}`)
  for (const { file, line, mutator, text, isMessage } of verdicts.filter(({ found, why }) => !found && !why))
    console.log(`  ${file}:${line} ${mutator}${isMessage ? ' (message)' : ''}: ${text}`)
  for (const [file, texts] of Object.entries(equivalent)) {
    if (!verdicts.some((each) => each.file === file)) continue
    const known = verdicts.filter((each) => each.file === file && each.why).map(({ text }) => text)
    for (const text of Object.keys(texts).filter((each) => !known.includes(each)))
      console.log(`  ${file}: listed as equivalent, and does not survive: ${text}`)
  }
}

/** Of all; without the words of messages; without these and the equivalent ones. */
function totals(verdicts: readonly Verdict[]): string {
  const told = verdicts.filter(({ isMessage }) => !isMessage)
  const real = told.filter(({ why }) => !why)
  const share = (some: readonly Verdict[]) => {
    const found = some.filter((each) => each.found).length
    return `${found} of ${some.length} found (${((100 * found) / some.length).toFixed(1)} %)`
  }
  const late = verdicts.filter(({ timedOut }) => timedOut).length
  return `${share(verdicts)}, ${late} of them by time; without messages ${share(told)}; without equivalent ones too ${share(real)}`
}

const named = process.argv.slice(2).filter((each) => !each.startsWith('--'))
const unknown = named.filter((name) => !(name in folders))
if (unknown.length > 0)
  throw new Error(`Unknown: ${unknown.join(', ')}. The folders are ${Object.keys(folders).join(', ')}.`)
const chosen = Object.entries(folders).filter(([name]) => named.length === 0 || named.includes(name))
const how = process.argv.includes('--survivors') ? askAgain : run
if (!process.argv.includes('--report'))
  for (const [name, folder] of chosen) if (!how(name, folder)) process.exitCode = 1
const all = chosen.map(([name]) => [name, verdictsOf(name)] as const)
for (const [name, verdicts] of all) report(name, verdicts)
const ran = all.flatMap(([, verdicts]) => verdicts ?? [])
const decides = ran.filter(({ file }) => deciding.some((each) => each.test(file)))
if (ran.length > 0) console.log(`all that was run: ${totals(ran)}`)
if (decides.length > 0) console.log(`what decides about a token, an account or an origin: ${totals(decides)}`)
