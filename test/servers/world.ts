// An app as it is run: nginx in front, two processes behind it, a Redis between them, and a browser that finds all of it under
// its production names.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright'
import { findProgram } from '../../scripts/programs.js'
import { type RunningEntraEmulator, startEntraEmulator } from '../../src/testing/node.js'
import makeCertificate, { certificateFile } from '../clients/certificate.js'
import { openBrowsers } from '../e2e/browsers.js'
import { bundleEntry } from '../e2e/doors.js'
import { freePort } from '../free-port.js'
import type { AppSettings, Order } from './app.js'
import { startNginx, teamSite } from './nginx.js'
import { end, type Program, startProgram } from './program.js'

const APP = fileURLToPath(new URL('app.ts', import.meta.url))
const PAGE = fileURLToPath(new URL('page.ts', import.meta.url))
export const ORIGIN = 'https://app.contoso.example'
export const ADELE = 'adele@contoso.example'

export interface ServersWorld {
  readonly entra: RunningEntraEmulator
  /** Opens the app below `/team/`, in a browser of its own. */
  openPage(): Promise<Page>
  /** Puts forward the clocks of the servers: of Entra ID, and of both processes. */
  advance(ms: number): void
  close(): Promise<void>
}

export async function startServers(): Promise<ServersWorld> {
  const undo: (() => unknown)[] = []
  const close = async () => {
    for (const each of undo.reverse()) await each()
  }
  try {
    return await start(undo, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function start(undo: (() => unknown)[], close: () => Promise<void>): Promise<ServersWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'twodoor-servers-'))
  chmodSync(folder, 0o755) // the processes of nginx are those of another user
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
  undo.push(await makeCertificate())

  let advancedMs = 0
  const now = () => Date.now() + advancedMs
  const redirectUris = [`${ORIGIN}/team/`]
  const entra = await startEntraEmulator({ url: 'https://login.microsoftonline.com', redirectUris, now })
  undo.push(entra.close)

  const redis = await freePort()
  const server = await startRedis(folder, redis)
  undo.push(server.close)
  const page = join(folder, 'page.html')
  const script = await bundleEntry(PAGE)
  writeFileSync(page, `<!doctype html><meta charset="utf-8"><title>Team</title><body><script>${script}</script>`)
  const own = { redis: `redis://127.0.0.1:${redis}`, entra: `http://127.0.0.1:${entra.port}`, page }
  const { clientId, tenant } = entra
  const apps = await Promise.all(['first', 'second'].map((name) => startApp({ ...own, name, clientId, tenant })))
  undo.push(() => Promise.all(apps.map(({ child }) => end(child))))

  const port = await freePort()
  const certificate = certificateFile()
  const key = certificate.replace('cert.pem', 'key.pem')
  const ports = apps.map((app) => app.port)
  const site = teamSite({ port, certificate, key, apps: ports, entra: entra.port })
  const nginx = await startNginx(folder, site, port)
  undo.push(nginx.close)
  const browsers = openBrowsers(port)
  undo.push(browsers.close)

  return {
    entra,
    close,
    async openPage() {
      const context = await browsers.newContext('blocked', { ignoreHTTPSErrors: true })
      const opened = await context.newPage()
      const browser = { redirectUri: '/team/' }
      await opened.addInitScript((options) => Object.assign(window, { options }), { ...entra.authOptions(), browser })
      await opened.goto(`${ORIGIN}/team/`)
      return opened
    },
    advance(advanceMs) {
      advancedMs += advanceMs
      const order: Order = { advanceMs }
      for (const { child } of apps) child.send(order)
    },
  }
}

async function startRedis(folder: string, port: number): Promise<Program> {
  const program = findProgram('redis-server')
  if (!program) throw new Error('There is no redis-server.')
  const nothingStored = ['--save', '', '--appendonly', 'no', '--dir', folder]
  return startProgram(program, ['--port', `${port}`, '--bind', '127.0.0.1', ...nothingStored], port)
}

async function startApp(settings: AppSettings): Promise<{ child: ChildProcess; port: number }> {
  const env = { ...process.env, APP: JSON.stringify(settings) }
  const child = fork(APP, { execArgv: ['--import', 'tsx'], env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${settings.name} has ended.`)))
  ended.catch(() => {})
  const [port] = (await Promise.race([once(child, 'message'), ended])) as [number]
  return { child, port }
}
