// @vitest-environment node
// `npm run conformance`: what it prints, and its exit codes.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { createSessions, createVerifier } from '../../../src/server/index.js'
import { tokenFile, tokenOf } from '../../conformance/token-file.js'
import { token } from '../../conformance/tokens/make.js'

const RUN_MS = 60_000
const undo: (() => void)[] = []

afterEach(() => {
  for (const each of undo.splice(0)) each()
})

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  undo.push(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function run(...args: string[]): Promise<{ code: number; output: string }> {
  const argv = ['--import', 'tsx', 'scripts/conformance.ts', ...args]
  return new Promise((resolve) =>
    execFile(process.execPath, argv, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    ),
  )
}

function writeTokens(tokens: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'twodoor-conformance-'))
  undo.push(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'tokens.json')
  writeFileSync(file, JSON.stringify(tokens))
  return file
}

it('ends with 0 where nothing fails, and says what was skipped and why', { timeout: RUN_MS }, async () => {
  const fetch = async () => new Response(tokenFile.keys.body)
  const verifier = createVerifier({ ...tokenFile.verifier, fetch, onRefused: () => {} })
  const sessions = createSessions({ verifier, secret: 'a secret of tests, 32 bytes or more' })
  const url = await listen((request, response) => void sessions.listener(request, response))
  const { code, output } = await run('--session', url, '--tokens', writeTokens({ good: tokenOf({ token: token() }) }))
  expect(output).toMatch(/^passed {2}W4-01 {2}begins a session/m)
  expect(output).toMatch(/^skipped W4-07 .* - no token `other` was given$/m)
  expect(output).toMatch(/^skipped W1-01 .* - no address of a Socket.IO server was given$/m)
  expect(output).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m)
  expect(code).toBe(0)
})

it('takes tokens from a mint', { timeout: RUN_MS }, async () => {
  const asked = new Set<string | null>()
  const mint = await listen((request, response) => {
    asked.add(new URL(`${request.url}`, 'http://mint').searchParams.get('token'))
    response.end('a.b.c\n')
  })
  const url = await listen((_, response) => void response.writeHead(500).end())
  expect((await run('--session', url, '--mint', mint)).code).toBe(1)
  expect([...asked].sort()).toEqual(['expired', 'foreign', 'good', 'other'])
})

it('ends with 1 where the server does something else', { timeout: RUN_MS }, async () => {
  const url = await listen((_, response) => void response.end('{}'))
  const { code, output } = await run('--session', url)
  expect(output).toMatch(/^failed {2}W4-\d+ .* - It was answered with 200/m)
  expect(code).toBe(1)
})

it.each([
  ['no address', []],
  ['what is no address', ['localhost']],
  ['an option that it has not', ['http://localhost:1', '--tokns', 'x']],
  ['another transport', ['http://localhost:1', '--transport', 'carrier pigeon']],
  ['an address where nobody is', ['http://127.0.0.1:9']],
  ['a file that is not there', ['http://127.0.0.1:9', '--tokens', '/nowhere.json']],
])('ends with 2 for %s', { timeout: RUN_MS }, async (_, args) => {
  expect((await run(...args)).code).toBe(2)
})
