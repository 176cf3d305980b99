// Entra ID as the app and its server reach it.

import { readClaims } from '../../shared/claims.js'
import type { EntraEmulator } from '../../testing/entra/entra.js'
import type { EntraRequest } from '../../testing/entra/log.js'
import { type DevOrigins, mayAskEntra } from './gate.js'
import { isWorthTelling, lineOfRequest, requestTo, type Wire } from './wire.js'

export interface EntraSiteOptions {
  readonly entra: EntraEmulator
  readonly origins: DevOrigins
  readonly wire: Wire
  /** Called before an answer that the next start has to know of. Never rejects. */
  keep(): Promise<void>
}

export function createEntraSite({ entra, origins, wire, keep }: EntraSiteOptions) {
  return async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url)
    if (!mayAskEntra(request, origins)) return new Response('This Entra ID is for one app alone.', { status: 403 })
    if (pathname === '/') return Response.redirect(`${origins.host}/`)
    const response = await entra.handle(request)
    const asked = request.method === 'OPTIONS' ? undefined : requestTo(pathname, entra)
    if (!asked || !isWorthTelling(asked)) return response
    wire.tell({ from: 'entra', ...lineOfRequest(asked) })
    if (asked.endpoint === 'token' && response.status === 200) await seeToken(response.clone(), asked, wire)
    await keep()
    return response
  }
}

async function seeToken(response: Response, { parameters }: EntraRequest, wire: Wire): Promise<void> {
  const body = (await response.json().catch(() => ({}))) as { access_token?: unknown }
  const claims = readClaims(body.access_token)
  if (claims) wire.see({ door: 'browser', how: parameters['grant_type'] ?? '', claims })
}
