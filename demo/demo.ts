import { fileURLToPath } from 'node:url'
import { Server } from 'socket.io'
import { createVerifier, protectSockets } from 'twodoor/server'
import { createApp } from './server/app.js'
import { bundlePages } from './server/bundle.js'
import { type ChatServer, noteRenewal, openChat } from './server/chat.js'
import { createControls } from './server/controls.js'
import { startEntra } from './server/entra.js'
import { createExpiry } from './server/expiry.js'
import { createJournal } from './server/journal.js'
import { listenNear, listenOn, originOf } from './server/ports.js'
import { createTeamsHost } from './server/teams.js'
import { type AtEnd, startWithUndo } from './server/undo.js'

const pages = fileURLToPath(new URL('./pages/', import.meta.url))

export interface DemoOptions {
  /** The port of the app, which is the one to open. Without it: the first of `ports`. */
  port?: number | undefined
  /** The first of the ports that the parts of the demo get, as far as they are free. Default: 0, any free ones. */
  ports?: number
  /** How long a socket may stay after the tokens were made to expire. Default: 4,000, enough to call the API meanwhile. */
  socketGraceMs?: number
}

export interface Demo {
  /** What to open: both doors side by side. */
  readonly url: string
  readonly appUrl: string
  readonly teamsUrl: string
  readonly entraUrl: string
  /** Ends all servers and removes the bundled pages. */
  close(): Promise<void>
}

/** Starts the app server, the emulated Entra ID and the page that plays Teams, all on the loopback address. */
export function startDemo(options: DemoOptions = {}): Promise<Demo> {
  return startWithUndo((atEnd) => start(options, atEnd))
}

async function start(options: DemoOptions, atEnd: AtEnd): Promise<Omit<Demo, 'close'>> {
  const { port, ports = 0, socketGraceMs = 4_000 } = options
  const near = (place: number) => (ports === 0 ? 0 : ports + place)
  const listen = (at: number) => listenOn(at, atEnd)
  const journal = createJournal()
  const appServer = port === undefined ? await listenNear(near(0), listen) : await listen(port)
  const tabServer = await listenNear(near(1), listen)
  const teamsServer = await listenNear(near(2), listen)
  const { entra, listener } = await listenNear(near(3), (at) => startEntra(journal, at))
  atEnd(listener.close)
  const { folder, remove } = await bundlePages(pages, ['index', 'tab', 'umd', 'umd-tab', 'teams']) // last: a port that is taken shows at once
  atEnd(remove)
  const origins = { app: originOf(appServer), tab: originOf(tabServer), teams: originOf(teamsServer) }

  const expiry = createExpiry(createVerifier(entra.verifierOptions()))
  const teams = createTeamsHost({ origins, folder, entra, journal })
  const io: ChatServer = new Server()
  protectSockets(io, expiry.verifier, { onRenewed: (renewal) => noteRenewal(io, journal, renewal) })
  openChat(io, journal)
  const controls = createControls({ entra, teams, io, expiry, journal, socketGraceMs })
  appServer.on('request', createApp({ origins, folder, entra, verifier: expiry.verifier, journal, controls }))
  io.attach(appServer) // after the app: it takes its own requests away from the listeners that are there
  teamsServer.on('request', teams.server)
  // In production a browser keeps apart what an app stores in Teams and in a tab of its own. On this machine all names
  // are one site, so the same server gets a second port for the tab in Teams: another origin, another storage.
  tabServer.on('request', (...request) => appServer.emit('request', ...request))
  tabServer.on('upgrade', (...request) => appServer.emit('upgrade', ...request))
  atEnd(() => io.close())
  return { url: `${origins.app}/`, appUrl: origins.app, teamsUrl: origins.teams, entraUrl: entra.url }
}
