// Both doors of one app, on the origins that they have in production: the app, Entra ID, Teams and Outlook.

import { once } from 'node:events'
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Frame, Page } from 'playwright'
import { Server } from 'socket.io'
import { build, type Plugin } from 'vite'
import type { AuthOptions } from '../../src/index.js'
import {
  authenticateRequest,
  createSessions,
  createVerifier,
  protectSockets,
  TokenRefusedError,
} from '../../src/server/index.js'
import {
  createEntraEmulator,
  createMintEndpoint,
  type EntraEmulator,
  type EntraEmulatorOptions,
  type EntraUser,
  entraMint,
  entraTeamsUser,
  type TeamsSettingsChanges,
} from '../../src/testing/index.js'
import { sendWebResponse, toWebRequest } from './node-web.js'
import { type PageOptions, startWorld, type World } from './world.js'

export const appOrigin = 'https://app.contoso.example'
/** Another origin that has scripts of the app. */
export const cdnOrigin = 'https://cdn.contoso.example'
export const teamsOrigin = 'https://teams.microsoft.com'

/** Longer than any step takes on a slow machine: a page that needs it is broken. */
const PAGE_TIMEOUT_MS = 15_000

/** Asks for the app as it runs where `location.ancestorOrigins`, which cannot be taken away, does not exist. */
const WITHOUT_ANCESTORS = 'without-ancestor-origins'

/** Another origin that would like to have the token. */
const TAKES_ALL = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, client-request-id, sdkversion',
}

/** Graph takes calls from every page. */
async function withCors(request: Request, answer: (request: Request) => Promise<Response>): Promise<Response> {
  if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: TAKES_ALL })
  const response = await answer(request)
  for (const [name, value] of Object.entries(TAKES_ALL)) response.headers.set(name, value)
  return response
}

function withHeaders(response: Response, headers: Record<string, string>): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
  return response
}

/** What the app's server answers to everything but calls of its API, and `cdnOrigin` to everything. */
export type AppSite = (url: URL) => Response

/**
 * Bundles one of the pages in pages/, once for all tests of a file.
 *
 * @param globals modules to leave out, by the end of their name, and the globals of other scripts that stand in for them
 */
export async function bundle(
  name: string,
  globals: Record<string, string> = {},
  plugins: Plugin[] = [],
): Promise<string> {
  const globalOf = (id: string) => globals[Object.keys(globals).find((end) => id.endsWith(end)) ?? '']
  return bundleEntry(fileURLToPath(new URL(`./pages/${name}.ts`, import.meta.url)), globalOf, plugins)
}

/** @param plugins what the entry needs to be found */
export async function bundleEntry(
  entry: string,
  globalOf: (id: string) => string | undefined = () => undefined,
  plugins: Plugin[] = [],
): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    plugins,
    build: {
      write: false,
      minify: false,
      modulePreload: false,
      rollupOptions: {
        input: entry,
        external: (id) => globalOf(id) !== undefined,
        output: { codeSplitting: false, format: 'iife', globals: (id) => globalOf(id) ?? id },
      },
    },
  })
  const [{ output }] = (Array.isArray(result) ? result : [result]) as [{ output: { code?: string }[] }]
  return output[0]?.code ?? ''
}

/** The app as one bundle, inline in its page. */
export async function bundledApp(plugins: Plugin[] = []): Promise<AppSite> {
  const [script, phone] = await Promise.all([bundle('app', {}, plugins), bundle('teams-phone')])
  const without = script.replaceAll('.ancestorOrigins', '.noAncestorOrigins')
  return ({ pathname, searchParams }) => {
    const shell = pathname === PHONE_PATH ? `<script>${phone}</script>` : ''
    const app = searchParams.has(WITHOUT_ANCESTORS) ? without : script
    return html(`<title>App</title><body>${shell}<script>${app}</script>`)
  }
}

/** The app in the native shell of Teams on a phone. */
const PHONE_PATH = '/phone'

/** The first status after `starting`. */
export const statusOf = (page: Page | Frame) => page.evaluate(async () => (await window.app.auth.ready).status)

/** Waits until the page is in this state. */
export const until = (page: Page | Frame, status: string) =>
  page.waitForFunction((wanted) => window.app?.auth.state.status === wanted, status)

/** Signs in as a person does: a click in the app, a click at Entra ID, and back. */
export async function signIn(page: Page, user: EntraUser): Promise<void> {
  await page.evaluate(() => void window.app.auth.signIn())
  await page.click(`button[data-user="${user.username}"]`)
  await page.waitForURL(`${appOrigin}/**`)
  await until(page, 'signed-in')
}

interface HostPage {
  /** Default: Teams. */
  readonly origin?: string
  /** `false`: as in a browser that does not tell a page who frames it. Default: `true`. */
  readonly ancestorOrigins?: boolean
  /** The query of the app's URL. Default: none. */
  readonly query?: string
  prepare?(page: Page): Promise<unknown>
}

export interface Doors {
  readonly world: World
  readonly entra: EntraEmulator
  readonly adele: EntraUser
  readonly bob: EntraUser
  /** A guest. */
  readonly megan: EntraUser
  /** The key that the server should see for a user. */
  keyOf(user: EntraUser): string
  /** What the app's server was asked for, and whom it took the caller for. */
  readonly calls: { path: string; key: string | undefined; code: string | undefined }[]
  /** What the app's server knows of each WebSocket upgrade: whose session it belongs to, and whether its own page asks. */
  readonly upgrades: { key: string | undefined; isOwn: boolean }[]
  /** The connected sockets of the app's server. */
  sockets(): number
  /** The server drops every connection. */
  dropSockets(): void
  /** Headers that Entra ID sends with its pages from now on. */
  entraHeaders: Record<string, string>
  /** From now on the server refuses all tokens that were issued until now. */
  expireTokens(): void
  /** Opens the app in a tab of its own. */
  openTab(
    options?: Partial<AuthOptions>,
    page?: PageOptions & { path?: string; prepare?(page: Page): Promise<unknown> },
  ): Promise<Page>
  /** Gives a page that is about to open the app its options. */
  configure(page: Page, options: Partial<AuthOptions>): Promise<unknown>
  /** The frame that a page shows. */
  frameOf(page: Page): Promise<Frame>
  /** Gives the pages of hosts their options in the page itself, for browsers that take no script from a test. */
  configureHosts(options: TeamsSettingsChanges & { appUrl: string }): void
  /** Opens the app as a tab in Teams, or in another host. */
  openTeams(
    options?: Partial<AuthOptions>,
    host?: TeamsSettingsChanges & HostPage,
    page?: PageOptions,
  ): Promise<{ page: Page; frame: Frame }>
  /** Opens the app in Teams on a phone: at the top level, beside the object of the native shell. */
  openPhone(options?: Partial<AuthOptions>): Promise<Page>
  /** Closes the pages of a test and makes everything as it was. */
  reset(): Promise<void>
  close(): Promise<void>
}

/**
 * @param appSite default: pages/app.ts as a bundle
 * @param landings the paths that Entra ID may lead back to
 * @param registration what else the app registration says
 * @param startServer default: one with everything that the tests of a page need
 */
export async function openDoors(
  appSite?: AppSite,
  landings = ['/'],
  registration: EntraEmulatorOptions = {},
  startServer = createAppServer,
): Promise<Doors> {
  const redirectUris = landings.map((path) => appOrigin + path)
  const entra = await createEntraEmulator({ ...registration, redirectUris })
  const [adele, bob, megan] = entra.users as [EntraUser, EntraUser, EntraUser]
  const [site, hostScript] = await Promise.all([appSite ?? bundledApp(), bundle('teams')])
  const mint = createMintEndpoint(entraMint(entra))
  const server = startServer(entra, site, mint, registration.now)
  let hostOptions = ''

  const hostSite = async (request: Request): Promise<Response> => {
    if (new URL(request.url).pathname === '/mint') return mint(request)
    const style = '<style>iframe{width:100%;height:90vh}</style>'
    return html(`<title>Host</title>${style}<body><script>${hostOptions}</script><script>${hostScript}</script>`)
  }
  const portalSite = () => html(`<title>Portal</title><iframe src="${appOrigin}/"></iframe>`)
  const world = await startWorld({
    'app.contoso.example': server.http,
    'cdn.contoso.example': ({ url }) => site(new URL(url)),
    [new URL(entra.url).host]: async (request) => withHeaders(await entra.handle(request), doors.entraHeaders),
    'graph.microsoft.com': (request) => withCors(request, entra.handleGraph),
    'teams.microsoft.com': hostSite,
    'gov.teams.microsoft.us': hostSite,
    'teams.microsoftonline.cn': hostSite,
    'outlook.office.com': hostSite,
    'evil.example': hostSite,
    'elsewhere.example': () => new Response('', { headers: TAKES_ALL }),
    'portal.example': portalSite,
    'portal.contoso.example': portalSite,
    // teams-js asks for the newest list of domains; what it has built in is enough.
    'res.cdn.office.net': () =>
      Response.json({ validOrigins: [] }, { headers: { 'access-control-allow-origin': '*' } }),
  })

  const lifetimes = { ...entra.lifetimes }
  const contexts: BrowserContext[] = []
  const newPage = async (options: PageOptions) => {
    const { context, page } = await world.newPage(options)
    contexts.push(context)
    page.setDefaultTimeout(PAGE_TIMEOUT_MS)
    page.on('pageerror', (error) => world.failures.push(error))
    return page
  }
  const optionsOf = (options: Partial<AuthOptions> = {}) => ({ ...entra.authOptions(), ...options })
  const configure = (page: Page, options: Partial<AuthOptions>) =>
    page.addInitScript((config) => Object.assign(window, { config }), { options: optionsOf(options) })

  const configureHost = (page: Page, options: object) => {
    const own = { clientId: entra.clientId, user: entraTeamsUser(entra, adele.username) }
    return page.addInitScript((all) => Object.assign(window, { hostOptions: all }), { ...own, ...options })
  }

  const doors: Doors = {
    world,
    entra,
    entraHeaders: {},
    adele,
    bob,
    megan,
    calls: server.calls,
    upgrades: server.upgrades,
    configure,
    frameOf,
    configureHosts(options) {
      const own = { clientId: entra.clientId, user: entraTeamsUser(entra, adele.username), appOrigin }
      hostOptions = inline({ hostOptions: { ...own, ...options } })
    },
    keyOf: ({ objectId }) => `entra:${entra.tenant}:${objectId}`,
    sockets: () => server.io.of('/').sockets.size,
    dropSockets() {
      for (const socket of server.io.of('/').sockets.values()) socket.conn.close()
    },
    expireTokens: server.expireTokens,
    async openTab(options = {}, { path = '/', prepare, ...page } = {}) {
      const opened = await newPage(page)
      await prepare?.(opened)
      await configure(opened, options)
      await opened.goto(appOrigin + path)
      return opened
    },
    async openTeams(
      options = {},
      { origin = teamsOrigin, ancestorOrigins = true, query = '', prepare, ...host } = {},
      pageOptions = {},
    ) {
      const page = await newPage(pageOptions)
      await prepare?.(page)
      await configure(page, options)
      const search = ancestorOrigins ? query : WITHOUT_ANCESTORS
      const appUrl = `${appOrigin}/${search && `?${search}`}`
      await configureHost(page, { appUrl, appOrigin, ...host })
      await page.goto(origin)
      return { page, frame: await frameOf(page) }
    },
    async openPhone(options = {}) {
      const page = await newPage({})
      await configure(page, options)
      await configureHost(page, {})
      await page.goto(appOrigin + PHONE_PATH)
      return page
    },
    async reset() {
      await Promise.all(contexts.splice(0).map((context) => context.close()))
      entra.clearRequests()
      entra.signOutEverywhere()
      entra.faults.clear()
      Object.assign(entra.lifetimes, lifetimes)
      hostOptions = ''
      doors.entraHeaders = {}
      server.calls.length = 0
      server.upgrades.length = 0
      world.requests.length = 0
      world.frames.length = 0
    },
    async close() {
      await server.close()
      entra.dispose()
      await world.close()
    },
  }
  return doors
}

/** The frame of the app, as soon as it is there. */
async function frameOf(page: Page): Promise<Frame> {
  const handle = await page.waitForSelector('iframe')
  const frame = await handle.contentFrame()
  if (!frame) throw new Error('The host shows no frame.')
  await frame.waitForLoadState()
  return frame
}

/** The server of the app, as far as tests look into it. */
export interface AppServer extends Pick<Doors, 'calls' | 'upgrades' | 'expireTokens'> {
  readonly http: HttpServer
  readonly io: Server
  close(): unknown
}

function createAppServer(
  entra: EntraEmulator,
  site: AppSite,
  mint: (request: Request) => Promise<Response>,
  now: () => number = Date.now,
): AppServer {
  const verifier = createVerifier({ ...entra.verifierOptions(), now })
  const calls: Doors['calls'] = []
  const upgrades: Doors['upgrades'] = []
  const seen = new Set<unknown>()
  let expired = new Set<unknown>()

  const refusing = {
    ...verifier,
    async verify(token: unknown) {
      const identity = await verifier.verify(token)
      const { uti } = identity.claims
      if (expired.has(uti)) throw new TokenRefusedError('token_expired', 'The test says so.')
      seen.add(uti)
      return identity
    },
  }

  const sessions = createSessions({ verifier: refusing, secret: 'the secret of these tests, and of nothing else' })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', appOrigin)
    const path = url.pathname
    response.setHeader('date', new Date(now()).toUTCString())
    if (path === '/mint') return sendWebResponse(await mint(await toWebRequest(request, url.href)), response)
    if (path === '/api/away') return void response.writeHead(302, { location: 'https://elsewhere.example/' }).end()
    if (path === '/session') return sessions.listener(request, response)
    if (path === '/lax-session') return sessions.listener(asTopLevel(request), response)
    if (path === '/file') return sendWebResponse(Response.json((await sessions.read(request)) ?? {}), response)
    if (!path.startsWith('/api/')) return sendWebResponse(site(url), response)
    await once(request.resume(), 'close') // a body that nobody reads may never have arrived
    const { identity, refused } = await authenticateRequest(refusing, request)
    const { key } = identity ?? {}
    const { code, status = 200, headers = {} } = refused ?? {}
    calls.push({ path, key, code })
    response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify({ key, code }))
  }

  const http = createServer((request, response) => void handle(request, response))
  http.on('upgrade', async (request: IncomingMessage) => {
    const session = await sessions.read(request)
    upgrades.push({ key: session?.key, isOwn: sessions.isAllowedOrigin(request) })
  })
  const io = new Server(http)
  protectSockets(io, refusing)
  io.on('connection', (socket) => {
    socket.on('who', (answer: (key: string) => void) => answer(socket.data.auth.key))
  })
  return {
    http,
    io,
    calls,
    upgrades,
    expireTokens() {
      expired = new Set([...expired, ...seen])
    },
    close: () => io.close(),
  }
}

/** As a server takes it that knows nothing of frames. */
function asTopLevel({ method, url, headers }: IncomingMessage) {
  return { method, url, headers: { ...headers, 'x-twodoor-context': 'top' } }
}

/** A script that gives the page these globals. */
export function inline(globals: object): string {
  return `Object.assign(window, ${JSON.stringify(globals).replaceAll('<', '\\u003c')})`
}

export function html(body: string, headers: Record<string, string> = {}): Response {
  return new Response(`<!doctype html><meta charset="utf-8">${body}`, {
    headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
  })
}
