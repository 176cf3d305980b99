import { mkdtemp, rm } from 'node:fs/promises'
import type { Server as HttpServer } from 'node:http'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EntraEmulator } from 'twodoor/testing'
import { ensurePythonPackages } from '../../scripts/python-packages.js'
import { bundlePages } from '../server/bundle.js'
import { createJournal, type Journal } from '../server/journal.js'
import { listenNear, listenOn, originOf } from '../server/ports.js'
import { createTeamsHost } from '../server/teams.js'
import { type AtEnd, startWithUndo } from '../server/undo.js'
import { startEntra } from './entra.js'
import { startOAuth } from './oauth.js'
import { type ChainlitName, chainlitNames, type StageConfig } from './pages/config.js'
import { createProxy } from './proxy.js'
import { settingsOf } from './settings.js'
import { type Controls, createStage } from './stage.js'
import { createWatch } from './watch.js'
import { startWorkers } from './workers.js'

/** As it is wired today there is no data layer, and with two workers nothing would work. */
const WORKERS: Readonly<Record<ChainlitName, number>> = { stock: 1, twodoor: 2 }
const pages = fileURLToPath(new URL('./pages/', import.meta.url))

export interface ChainlitDemoOptions {
  /** The Python that has Chainlit. */
  python: string
  /** The port of the stage, which is the page to open. Without it: `nearPort`. */
  port?: number | undefined
  /** The port of the stage if it is free. Default: 0, any free one. */
  nearPort?: number
}

export interface ChainlitDemo {
  /** What to open. */
  readonly url: string
  readonly entraUrl: string
  /** Where the doors of the two Chainlits lead to. */
  readonly doors: StageConfig
  /** Ends all servers and processes, and removes what they wrote. */
  close(): Promise<void>
}

/** Starts two Chainlits, the emulated Entra ID, the pages that play Teams, and the stage, all on the loopback address. */
export function startChainlitDemo(options: ChainlitDemoOptions): Promise<ChainlitDemo> {
  return startWithUndo((atEnd) => start(options, atEnd))
}

async function start(options: ChainlitDemoOptions, atEnd: AtEnd): Promise<Omit<ChainlitDemo, 'close'>> {
  const { python, port, nearPort = 0 } = options
  const listen = (at: number) => listenOn(at, atEnd)
  const journals = { stock: createJournal(), twodoor: createJournal() }
  const stage = port === undefined ? await listenNear(nearPort, listen) : await listen(port)
  const origin = originOf(stage)
  const { folder, remove } = await bundlePages(pages, ['index', 'teams'])
  atEnd(remove)
  const { entra, listener } = await startEntra(journals)
  atEnd(listener.close)
  const oauth = await startOAuth(entra)
  atEnd(oauth.listener.close)

  const context = { python, folder, entra, origin, journals, oauth: oauth.env, atEnd }
  const started = await Promise.allSettled(chainlitNames.map((name) => open(name, context)))
  const [stock, twodoor] = started.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  }) as [OpenChainlit, OpenChainlit]
  const doors = { stock: stock.doors, twodoor: twodoor.doors }
  const controls = createControls([stock, twodoor])
  stage.on('request', createStage({ origin, folder, config: doors, journals, controls }))
  return { url: `${origin}/`, entraUrl: entra.url, doors }
}

interface Context {
  readonly python: string
  readonly folder: string
  readonly entra: EntraEmulator
  /** That of the stage. */
  readonly origin: string
  readonly journals: Readonly<Record<ChainlitName, Journal>>
  readonly oauth: Readonly<Record<string, string>>
  readonly atEnd: AtEnd
}

type OpenChainlit = Awaited<ReturnType<typeof open>>

/**
 * Starts one Chainlit, what stands in front of it, and a Teams that shows it.
 *
 * In production both doors lead to one name, and browsers keep apart what it stores in Teams and in a tab. Here the tab
 * in Teams gets a name of its own, so that this also holds for what browsers do not keep apart: the `SameSite=None` cookie
 * of the stock Chainlit. Each name below `localhost` is a site of its own, so what is framed is third-party, as in Teams.
 */
async function open(name: ChainlitName, { python, folder, entra, origin, journals, oauth, atEnd }: Context) {
  const journal = journals[name]
  const chat: HttpServer = await listenOn(0, atEnd)
  const teams: HttpServer = await listenOn(0, atEnd)
  const label = name === 'twodoor' ? 'chat' : name
  const doors = { browser: originOf(chat, `${label}.localhost`), teams: originOf(chat, `${label}-in-teams.localhost`) }
  const teamsOrigin = originOf(teams, 'teams.localhost')
  const host = createTeamsHost({
    folder,
    entra,
    journal,
    origins: { app: origin, tab: doors.teams, teams: teamsOrigin },
  })
  teams.on('request', host.server)
  const settings = await settingsOf(name, { entra, origin, teamsOrigin, browserOrigin: doors.browser, oauth })
  const more = name === 'twodoor' ? { ...(await makeThreads(atEnd)), PYTHONPATH: await packagesFor(python) } : {}
  const env = { ...settings.env, ...more }
  const workers = await startWorkers(WORKERS[name], {
    python,
    ...settings,
    env,
    say: (line) => tellReason(journal, line),
  })
  atEnd(workers.end)
  const proxy = createProxy({ server: chat, workerOf: workers.of, doors, watch: createWatch(journal) })
  atEnd(proxy.cut)
  return { journal, host, workers, proxy, doors: { browser: `${doors.browser}/`, teams: `${teamsOrigin}/` } }
}

/** Threads in a file that the workers share, by Chainlit's own data layer. */
async function makeThreads(atEnd: AtEnd): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'twodoor-demo-threads-'))
  atEnd(() => rm(folder, { recursive: true, force: true }))
  return { THREADS_FILE: join(folder, 'chat.db') }
}

/** Folders with what the app needs beside Chainlit: for its threads, and for Microsoft Graph. */
async function packagesFor(python: string): Promise<string> {
  const folders: string[] = []
  for (const name of ['data layers', 'msal 1.39.0'] as const) folders.push(await ensurePythonPackages(python, name))
  return folders.join(delimiter)
}

/** The ways to make trouble. */
function createControls(chainlits: readonly OpenChainlit[]): Controls {
  function tell(what: string, result: string): void {
    for (const { journal } of chainlits) journal.write({ from: 'server', what, result, tone: 'plain' })
  }
  function refuseCookies(isRefused: boolean): void {
    for (const { proxy } of chainlits) proxy.refuseCookies(isRefused)
  }

  return {
    async expire() {
      tell('expire and drop', 'sessions are invalid, connections are cut')
      await Promise.all(chainlits.map(({ workers }) => workers.expire()))
      for (const { proxy } of chainlits) proxy.cut()
    },
    async restart() {
      tell('restart the servers', 'worker by worker')
      await Promise.all(chainlits.map(({ workers }) => workers.restart()))
    },
    block() {
      tell('block cookies', 'none gets through in Teams')
      refuseCookies(true)
    },
    allow() {
      tell('allow cookies', 'they get through again')
      refuseCookies(false)
    },
    switch() {
      const [user] = chainlits.map(({ host }) => host.switchUser())
      tell('switch the account', `Teams: ${user?.name}`)
    },
  }
}

/** What the Python half says of whom it did not let in. Never holds a token. */
function tellReason(journal: Journal, line: string): void {
  const [, level, reason] = line.match(/ - ([A-Z]+) - twodoor\.\w+ - (.*)$/) ?? []
  if (reason) journal.write({ from: 'server', what: reason, result: '', tone: level === 'INFO' ? 'plain' : 'bad' })
}
