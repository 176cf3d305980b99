// An app at https://app.contoso.com and its API at https://api.contoso.com, on real servers: their names lead to loopback.

import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { UsageError } from '../../../../src/cli/command.js'
import { createDoctor } from '../../../../src/cli/doctor/doctor.js'
import type { DoctorReport } from '../../../../src/cli/doctor/report.js'

export const APP = 'https://app.contoso.com'
export const API = 'https://api.contoso.com'
export const CLIENT_ID = '11111111-2222-3333-4444-555555555555'
export const ANCESTORS =
  "frame-ancestors 'self' https://*.cloud.microsoft https://teams.microsoft.com https://*.teams.microsoft.com https://*.microsoft365.com https://*.office.com https://outlook.office365.com"

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string
}
/** What is at which path; anything else answers 404. */
export type Site = Readonly<Record<string, Answer>>

const html = { 'content-type': 'text/html; charset=utf-8' }
export const SCRIPT = "import { createAuth } from 'twodoor'; createAuth(options)"
export const PAGE = '<!doctype html><title>Contoso</title><script type="module" src="/app.js"></script>'

/** An app without a fault. */
export const healthyApp: Site = {
  '/': { headers: { ...html, 'content-security-policy': ANCESTORS }, body: PAGE },
  '/app.js': { headers: { 'content-type': 'text/javascript' }, body: SCRIPT },
}
const cors = { 'access-control-allow-origin': APP, vary: 'Origin' }
export const healthyApi: Site = {
  'GET /me': {
    status: 401,
    headers: { ...cors, 'www-authenticate': 'Bearer', 'access-control-expose-headers': 'WWW-Authenticate' },
  },
  'OPTIONS /me': { status: 204, headers: { ...cors, 'access-control-allow-headers': 'Authorization' } },
}
export const page = (changes: Answer): Site => ({
  ...healthyApp,
  '/': { ...healthyApp['/'], ...changes, headers: { ...healthyApp['/']?.headers, ...changes.headers } },
})

export function siteListener(site: Site, heard: { requests: unknown[] } = { requests: [] }): RequestListener {
  return (request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    heard.requests.push({ method: request.method, url: request.url, headers: request.headers })
    const { status = 200, headers = {}, body = '' } = site[`${request.method} ${path}`] ?? site[path] ?? { status: 404 }
    response.writeHead(status, headers as Record<string, string>).end(body)
  }
}

export class Web {
  readonly #servers: Server[] = []
  readonly #places = new Map<string, string>()
  /** The origins that were asked, in order. */
  readonly asked: string[] = []

  async add(origin: string, listener: RequestListener): Promise<string> {
    const server = createServer(listener)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.#servers.push(server)
    const place = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.#places.set(origin, place)
    return place
  }

  readonly fetch: typeof fetch = (address, init) => {
    const url = new URL(String(address))
    this.asked.push(url.origin)
    const place = this.#places.get(url.origin)
    if (!place) return Promise.reject(new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } }))
    return fetch(place + url.pathname + url.search, init)
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

/** As a user would run it. */
export async function runDoctor(web: Pick<Web, 'fetch'>, folder: string, ...args: string[]) {
  const said: string[] = []
  const context = { folder, signal: new AbortController().signal, say: (line: string) => void said.push(line) }
  try {
    const exitCode = await createDoctor(web.fetch).run(args, context)
    return { exitCode, text: said.join('\n'), complaint: undefined }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return { exitCode: 2, text: said.join('\n'), complaint: error.message }
  }
}

export async function reportOf(web: Pick<Web, 'fetch'>, folder: string, ...args: string[]): Promise<DoctorReport> {
  const { text, complaint } = await runDoctor(web, folder, '--json', ...args)
  if (complaint) throw new Error(complaint)
  return JSON.parse(text) as DoctorReport
}
