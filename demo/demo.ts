import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { createVerifier, protectSockets } from 'twodoor/server'
import { createApp } from './server/app.js'
import { openChat } from './server/chat.js'
import { createControls } from './server/controls.js'
import { startEntra } from './server/entra.js'
import { createExpiry } from './server/expiry.js'
import { createJournal } from './server/journal.js'
import { bundlePages } from './server/pages.js'
import { createTeamsHost } from './server/teams.js'

export interface DemoOptions {
  /** The port of the app, which is the one to open. Default: 0, any free one. */
  port?: number
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
export async function startDemo({ port = 0 }: DemoOptions = {}): Promise<Demo> {
  const ends: (() => unknown)[] = []
  const close = async () => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    return { ...(await start(port, (end) => ends.push(end))), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function start(port: number, atEnd: (end: () => unknown) => void): Promise<Omit<Demo, 'close'>> {
  const journal = createJournal()
  const { folder, remove } = await bundlePages()
  atEnd(remove)
  const appServer = await listenOn(port, atEnd)
  const teamsServer = await listenOn(0, atEnd)
  const { entra, listener } = await startEntra(journal)
  atEnd(listener.close)
  // Teams has another name than the app, so that browsers keep them apart as they do in production: what the app stores
  // in Teams is not what it stores in a tab. Entra ID shares the app's name, as some browsers block foreign cookies.
  const appUrl = `http://localhost:${portOf(appServer)}`
  const teamsUrl = `http://127.0.0.1:${portOf(teamsServer)}`

  const { verifier, expireNow } = createExpiry(createVerifier(entra.verifierOptions()))
  const teams = createTeamsHost({ origin: teamsUrl, appOrigin: appUrl, folder, entra, journal })
  const io = new Server()
  protectSockets(io, verifier)
  openChat(io, journal)
  const controls = createControls({ entra, teams, io, expireNow, journal })
  const app = createApp({ origin: appUrl, teamsOrigin: teamsUrl, folder, entra, verifier, journal, controls })
  appServer.on('request', app)
  io.attach(appServer) // after the app: it takes its own requests away from the listeners that are there
  teamsServer.on('request', teams.server)
  return { url: `${appUrl}/`, appUrl, teamsUrl, entraUrl: entra.url }
}

async function listenOn(port: number, atEnd: (end: () => unknown) => void): Promise<HttpServer> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  atEnd(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return server
}

function portOf(server: HttpServer): number {
  return (server.address() as AddressInfo).port
}
