// An app whose server and page are the code of a document, as it stands there: its first part in TypeScript is the server, its second
// one the page.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import express, { type Request as ExpressRequest } from 'express'
import { Server } from 'socket.io'
import type { Plugin } from 'vite'
import * as server from '../../src/server/index.js'
import type { EntraEmulator, EntraEmulatorOptions } from '../../src/testing/index.js'
import { type AppServer, type AppSite, appOrigin, bundleEntry, type Doors, html, openDoors } from './doors.js'
import { sendWebResponse, toWebRequest } from './node-web.js'

const repository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

export interface DocumentApp {
  readonly doors: Doors
  /** What the API has answered, in turn. */
  readonly answers: [status: number, challenge: string][]
}

export interface Document {
  /** For example `docs/on-behalf-of.md`. */
  readonly path: string
  /** What the page has beside its code, which takes `options` for granted. */
  readonly body: string
  /** What the code of the server takes for granted, beside `app`, `clientId` and `tenantId`. */
  readonly given?: ((reach: typeof fetch) => object) | undefined
  readonly registration?: EntraEmulatorOptions
}

export async function openDocumentApp({ path, body, given, registration }: Document): Promise<DocumentApp> {
  const [ofServer = '', ofPage = ''] = [...readFileSync(repository(path), 'utf8').matchAll(/^```ts\n(.*?)^```/gms)].map(
    ([, code = '']) => code,
  )
  const answers: DocumentApp['answers'] = []
  const script = await bundleEntry('page.ts', undefined, [pageOf(ofPage)])
  const shown = html(
    `<title>App</title>${body}<script>var options = window.config.options</script><script>${script}</script>`,
  )
  const start = (entra: EntraEmulator, site: AppSite, mint: Mint) =>
    startServer({ entra, site, mint, code: ofServer, given, answers })
  return { doors: await openDoors(() => shown.clone(), ['/'], registration, start), answers }
}

type Mint = (request: Request) => Promise<Response>

interface ServerParts extends Pick<Document, 'given'>, Pick<DocumentApp, 'answers'> {
  readonly entra: EntraEmulator
  readonly site: AppSite
  readonly mint: Mint
  readonly code: string
}

function pageOf(code: string): Plugin {
  return {
    name: 'page',
    enforce: 'pre',
    resolveId(id) {
      if (id === 'page.ts') return repository('page.ts')
      return id === 'twodoor' ? repository('src/index.ts') : null
    },
    load: (id) => (id === repository('page.ts') ? `${code}\nObject.assign(window, { auth })` : null),
  }
}

/** Runs the code with what it takes for granted. The names of Microsoft lead to the emulator. */
function startServer({ entra, site, mint, code, given, answers }: ServerParts): AppServer {
  const app = express()
  const http = createServer(app)
  app.use('/api', (_, response, next) => {
    response.on('finish', () =>
      answers.push([response.statusCode, String(response.getHeader('www-authenticate') ?? '')]),
    )
    next()
  })
  const reach: typeof fetch = (input, init) => {
    const request = new Request(input, init)
    return request.url.startsWith('https://graph.microsoft.com/') ? entra.handleGraph(request) : entra.fetch(request)
  }
  const provided = {
    ...server,
    createVerifier: (options: server.VerifierOptions) => server.createVerifier({ ...options, fetch: reach }),
    createOnBehalfOf: (options: server.OnBehalfOfOptions) => server.createOnBehalfOf({ ...options, fetch: reach }),
  }
  const [line = '', names = ''] = code.match(/^import \{ (.*) \} from 'twodoor\/server'$/m) ?? []
  const imported = Object.entries(provided).filter(([name]) => names.split(', ').includes(name))
  const own = { app, clientId: entra.clientId, tenantId: entra.tenant, ...given?.(reach) }
  const values = { ...own, ...Object.fromEntries(imported) }
  compileFunction(code.replace(line, ''), Object.keys(values))(...Object.values(values))
  app.use(async (request: ExpressRequest, response) => {
    const url = new URL(request.originalUrl, appOrigin)
    if (url.pathname !== '/mint') return sendWebResponse(site(url), response)
    await sendWebResponse(await mint(await toWebRequest(request, url.href)), response)
  })
  const io = new Server(http)
  return { http, io, calls: [], upgrades: [], expireTokens() {}, close: () => io.close() }
}
