// The page of the host, its modules, the live wire and the controls.

import { readFile } from 'node:fs/promises'
import type { MintToken } from '../../testing/teams/mint.js'
import { createMintEndpoint } from '../../testing/teams/mint-endpoint.js'
import type { Controls } from './controls.js'
import { eventStream } from './event-stream.js'
import { type DevOrigins, isFromHostPage, mayRead } from './gate.js'
import type { PageConfig } from './page/config.js'
import { documentOf } from './page/document.js'
import { styles } from './page/styles.js'
import type { Wire } from './wire.js'

export interface HostSiteOptions {
  readonly origins: DevOrigins
  readonly config: PageConfig
  readonly mint: MintToken
  readonly controls: Controls
  readonly wire: Wire
  /** Called before an answer that the next start has to know of. Never rejects. */
  keep(): Promise<void>
  /** Aborted at the end. */
  readonly ended: AbortSignal
}

/** The package itself, whose modules are what a browser can load. */
const dist = new URL('../../', import.meta.url)
/** Those that a page may have: the host's own, the Teams emulator, and what both are made of. */
const pageModule = /^\/(cli\/dev\/page|testing|testing\/teams|shared)\/[a-z0-9-]+\.js$/

export function createHostSite(options: HostSiteOptions) {
  const { origins, config, mint, controls, wire, keep, ended } = options
  const answerMint = createMintEndpoint(mint)
  const page = documentOf(config)

  async function handle(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/mint' || pathname === '/control') {
      if (!isFromHostPage(request, origins)) return refusal(403, 'This is for the page of the host alone.')
      const response = pathname === '/mint' ? await answerMint(request) : await answerControl(request)
      await keep()
      return response
    }
    if (request.method !== 'GET') return refusal(405, 'There is nothing to send here.')
    if (pathname === '/') return textResponse(page, 'text/html')
    if (!mayRead(request)) return refusal(403, 'This is for the page of the host alone.')
    if (pathname === '/events') return eventStream(wire, [request.signal, ended])
    if (pathname === '/styles.css') return textResponse(styles, 'text/css')
    if (!pageModule.test(pathname)) return refusal(404, 'There is no such page.')
    const code = await readFile(new URL(`.${pathname}`, dist), 'utf8').catch(() => undefined)
    return code === undefined ? refusal(404, 'There is no such module.') : textResponse(code, 'text/javascript')
  }

  async function answerControl(request: Request): Promise<Response> {
    const { control } = (await request.json().catch(() => ({}))) as { control?: unknown }
    const act = typeof control === 'string' ? controls.get(control) : undefined
    if (!act) return refusal(404, 'There is no such control.')
    await act()
    return new Response(null, { status: 204 })
  }

  return async (request: Request) => withPolicy(await handle(request), origins)
}

function refusal(status: number, text: string): Response {
  return new Response(text, { status, headers: { 'content-type': 'text/plain' } })
}

function textResponse(text: string, type: string): Response {
  return new Response(text, { headers: { 'content-type': `${type}; charset=utf-8` } })
}

/** The page frames the app alone, is framed by nobody, and asks nobody but this server. */
function withPolicy(response: Response, { app }: DevOrigins): Response {
  const policy = [
    "default-src 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "form-action 'none'",
    'img-src data:',
    `frame-src ${app}`,
    "frame-ancestors 'none'",
  ].join('; ')
  response.headers.set('content-security-policy', policy)
  response.headers.set('x-content-type-options', 'nosniff')
  response.headers.set('cross-origin-resource-policy', 'same-origin')
  response.headers.set('referrer-policy', 'origin')
  response.headers.set('cache-control', 'no-store')
  return response
}
