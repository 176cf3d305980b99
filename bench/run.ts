// Measures what the project promises, and prints it as a table. Not a test: figures depend on the machine and its other
// work, which is why each comes with what the same thing differs from itself. What is inconclusive counts as missed.

import { readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { findChromium } from '../scripts/chromium.js'
import { openDoors } from '../test/e2e/doors.js'
import { measureBackOnline } from './back-online.js'
import { measureCalls } from './calls.js'
import type { Row } from './compare.js'
import { measureEvaluation } from './evaluation.js'
import { measureFirstResponse } from './first-response.js'
import { measureHandshake } from './handshake.js'
import { measureIdleSockets } from './idle-sockets.js'
import { measureLiveRenewal } from './live-renewal.js'
import { buildSite, landings } from './site.js'
import { measureStorm } from './storm.js'
import { measureVerdict } from './verdict.js'

const libraries = ['@microsoft/teams-js', '@azure/msal-browser', 'socket.io-client']
const MS_PER_SECOND = 1_000

async function describeMachine(): Promise<string[]> {
  const executablePath = findChromium()
  const browser = await chromium.launch(executablePath ? { executablePath } : {})
  const chromiumVersion = browser.version()
  await browser.close()
  const [cpu] = cpus()
  return [
    `${cpus().length} × ${cpu?.model}, load ${loadavg()[0]?.toFixed(1)} at the start`,
    `Node ${process.versions.node}, Chromium ${chromiumVersion}`,
    libraries.map((name) => `${name} ${versionOf(name)}`).join(', '),
  ]
}

function versionOf(library: string): string {
  const manifest = fileURLToPath(new URL(`../node_modules/${library}/package.json`, import.meta.url))
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}

function toMarkdown(rows: readonly Row[]): string {
  const head = ['what', 'measured', 'against itself (A/A)', 'bar', 'verdict']
  const cells = rows.map(({ what, figure, spread, bar, verdict = '–' }) => [what, figure, spread, bar, verdict])
  return [head, head.map(() => '---'), ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n')
}

const startedAt = performance.now()
console.log(`${(await describeMachine()).join('\n')}\n`)
const doors = await openDoors(await buildSite(), landings)
try {
  const rows = [
    ...(await measureFirstResponse(doors)),
    ...(await measureCalls(doors)),
    ...(await measureHandshake()),
    ...(await measureLiveRenewal()),
    ...(await measureBackOnline(doors)),
    ...(await measureStorm()),
    ...(await measureIdleSockets()),
    ...(await measureVerdict(doors)),
    ...(await measureEvaluation(doors)),
  ]
  console.log(toMarkdown(rows))
  const met = rows.filter(({ verdict }) => verdict === 'met').length
  const bars = rows.filter(({ verdict }) => verdict !== undefined).length
  console.log(`\n${met} of ${bars} bars met, in ${((performance.now() - startedAt) / MS_PER_SECOND).toFixed(0)} s`)
} finally {
  await doors.close()
}
