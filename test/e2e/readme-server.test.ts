// The server as the README prints it, character by character, with the tokens of an ordinary app registration.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { compileFunction } from 'node:vm'
import express, { type Request as ExpressRequest } from 'express'
import type { Frame, Page } from 'playwright'
import { Server } from 'socket.io'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { authenticateRequest, createVerifier, protectSockets, requireAuth } from '../../src/server/index.js'
import { readClaims } from '../../src/shared/claims.js'
import type { EntraEmulator } from '../../src/testing/index.js'
import { type AppServer, type AppSite, type Doors, openDoors, signIn, statusOf } from './doors.js'
import { sendWebResponse, toWebRequest } from './node-web.js'

const TEAMS_WEB = '5e3ce6c0-2b1f-4285-8d4b-75ee78787346'
const provided = { authenticateRequest, createVerifier, protectSockets, requireAuth }

/** The code block with `createVerifier({ clientId, tenants: [tenantId] })`, and what it imports from twodoor. */
function codeOfReadme(): { code: string; imported: string[] } {
  const blocks = [...readFileSync('README.md', 'utf8').matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => code)
  const [block = ''] = blocks.filter((each) => each.includes('createVerifier({ clientId, tenants: [tenantId] })'))
  const [line = '', names = ''] = block.match(/^import \{ (.*) \} from 'twodoor\/server'$/m) ?? []
  return { code: block.replace(line, ''), imported: names.split(', ') }
}

/** Runs that code with what it takes for granted: an Express app, its server, Socket.IO, and the IDs of the app. */
function startReadmeServer(
  entra: EntraEmulator,
  site: AppSite,
  mint: (request: Request) => Promise<Response>,
): AppServer {
  const app = express()
  const httpServer = createServer(app)
  const calls: AppServer['calls'] = []
  let io: Server | undefined
  app.use('/api', (request, response, next) => {
    response.on('finish', () => calls.push({ path: request.originalUrl, key: undefined, code: undefined }))
    next()
  })
  class NotedServer extends Server {
    constructor(...args: ConstructorParameters<typeof Server>) {
      super(...args)
      io = this
    }
  }
  const { code, imported } = codeOfReadme()
  const scope = { app, httpServer, Server: NotedServer, clientId: entra.clientId, tenantId: entra.tenant }
  const values = {
    ...scope,
    ...Object.fromEntries(Object.entries(provided).filter(([name]) => imported.includes(name))),
  }
  compileFunction(code, Object.keys(values))(...Object.values(values))

  if (!io) throw new Error('The code of the README made no Socket.IO server.')
  io.on('connection', (socket) => socket.on('who', (answer: (key: string) => void) => answer(socket.data.auth.key)))
  app.use(async (request: ExpressRequest, response) => {
    const url = new URL(request.originalUrl, 'https://app.contoso.example')
    if (url.pathname !== '/mint') return sendWebResponse(site(url), response)
    await sendWebResponse(await mint(await toWebRequest(request, url.href)), response)
  })
  const opened = io
  return { http: httpServer, io, calls, upgrades: [], expireTokens() {}, close: () => opened.close() }
}

describe.each([1, 2] as const)('the server of the README, with version %i tokens', (version) => {
  let doors: Doors

  beforeAll(async () => {
    doors = await openDoors(undefined, ['/'], { accessTokenVersion: version }, startReadmeServer)
    vi.stubGlobal('fetch', doors.world.fetch) // where the keys are asked for
  })
  afterEach(() => doors.reset())
  afterAll(async () => {
    vi.unstubAllGlobals()
    await doors.close()
  })

  /** The API and a socket, as the page calls them, and the token that went along. */
  async function useServer(page: Page | Frame) {
    const answer = await page.evaluate(() => window.app.me())
    const connected = await page.evaluate(() => window.app.connect())
    const claims = readClaims(await page.evaluate(async () => (await window.app.auth.getToken()).token))
    const { ver, aud, appid, azp } = claims ?? {}
    return { answer, connected, ver, aud, client: appid ?? azp }
  }

  const expected = (client: string) => ({
    answer: { status: 200, body: { key: doors.keyOf(doors.adele) } },
    connected: doors.keyOf(doors.adele),
    ver: `${version}.0`,
    aud: version === 1 ? `api://app.example/${doors.entra.clientId}` : doors.entra.clientId,
    client,
  })

  it('takes that of a browser', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    expect(await useServer(page)).toEqual(expected(doors.entra.clientId))
  })

  it('takes that of Teams SSO', async () => {
    const { frame } = await doors.openTeams({ teams: { method: 'sso' } })
    expect(await statusOf(frame)).toBe('signed-in')
    expect(await useServer(frame)).toEqual(expected(TEAMS_WEB))
  })

  it('takes that of nested app auth', async () => {
    const { frame } = await doors.openTeams({ teams: { method: 'nested' } })
    expect(await statusOf(frame)).toBe('signed-in')
    expect(await useServer(frame)).toEqual(expected(doors.entra.clientId))
  })
})
