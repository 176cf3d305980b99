// Runs the cases of docs/conformance.md on the wire against a server: `npm run conformance -- <url>`. With --update it writes
// that page, test/conformance/tokens.json and the proofs in SECURITY.md anew.

import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { conformanceDocument } from '../test/conformance/document.js'
import { withProofs } from '../test/conformance/security/index.js'
import { tokenFile } from '../test/conformance/tokens/index.js'
import { runCase, wireCases } from '../test/conformance/wire/run.js'
import type { Target, TokenName, WireTokens } from '../test/conformance/wire/wire-case.js'

const USAGE =
  'npm run conformance -- <url of the Socket.IO server, with its path> [--session <url>] [--request <url>] [--namespace <name>] [--tokens <file> | --mint <url>] [--transport websocket|polling] [--parser default|msgpack]'
const TOKEN_NAMES: readonly TokenName[] = ['good', 'later', 'other', 'expired', 'foreign', 'short']

class UsageError extends Error {}

function readArguments() {
  const text = { type: 'string' } as const
  const options = {
    session: text,
    request: text,
    namespace: text,
    tokens: text,
    mint: text,
    transport: text,
    parser: text,
    update: { type: 'boolean' },
  } as const
  try {
    return parseArgs({ options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function targetOf({ values, positionals }: ReturnType<typeof readArguments>): Target {
  const [socketUrl] = positionals
  const { session: sessionUrl, transport = 'websocket', parser: encoding = 'default', tokens, mint } = values
  const { request: requestUrl, namespace: dynamicNamespace } = values
  const urls = [socketUrl, sessionUrl, requestUrl]
  if (urls.every((url) => url === undefined)) throw new UsageError('There is no address.')
  for (const url of [...urls, mint])
    if (url !== undefined && !URL.canParse(url)) throw new UsageError(`${url} is no address.`)
  if (transport !== 'websocket' && transport !== 'polling') throw new UsageError(`There is no transport ${transport}.`)
  if (encoding !== 'default' && encoding !== 'msgpack') throw new UsageError(`There is no parser ${encoding}.`)
  if (tokens !== undefined && mint !== undefined) throw new UsageError('Either --tokens or --mint.')
  const given = mint === undefined ? tokensIn(tokens) : tokensOf(mint)
  return { socketUrl, sessionUrl, requestUrl, dynamicNamespace, transport, encoding, tokens: given }
}

function tokensIn(file: string | undefined): Partial<WireTokens> {
  const read: unknown = file === undefined ? {} : JSON.parse(readFileSync(file, 'utf8'))
  const given = Object.entries(Object(read)).filter(([name]) => TOKEN_NAMES.includes(name as TokenName))
  return Object.fromEntries(given.map(([name, token]) => [name, async () => String(token)]))
}

function tokensOf(mint: string): Partial<WireTokens> {
  const fetchToken = async (name: TokenName) => {
    const url = new URL(mint)
    url.searchParams.set('token', name)
    const answer = await fetch(url)
    if (!answer.ok) throw new Error(`The mint answered ${answer.status} for the token ${name}.`)
    return (await answer.text()).trim()
  }
  return Object.fromEntries(TOKEN_NAMES.map((name) => [name, () => fetchToken(name)]))
}

async function run(target: Target): Promise<number> {
  for (const url of [target.socketUrl, target.sessionUrl, target.requestUrl])
    if (url !== undefined) await fetch(url).catch(() => Promise.reject(new UsageError(`Nobody answers at ${url}.`)))
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const each of wireCases) {
    const { status, reason } = await runCase(each, target)
    counts[status] += 1
    console.log(`${status.padEnd(8)}${each.number}  ${each.sentence}${reason === undefined ? '' : ` - ${reason}`}`)
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  return counts.failed > 0 ? 1 : 0
}

function update(): number {
  writeFileSync('test/conformance/tokens.json', tokenFile())
  writeFileSync('docs/conformance.md', conformanceDocument())
  writeFileSync('SECURITY.md', withProofs(readFileSync('SECURITY.md', 'utf8')))
  return 0
}

try {
  const given = readArguments()
  process.exitCode = given.values.update ? update() : await run(targetOf(given))
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  if (error instanceof UsageError) console.error(USAGE)
  process.exitCode = 2
}
