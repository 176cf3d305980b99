import { createEntraEmulator, type EntraEmulator } from 'twodoor/testing'
import { type Listener, listen } from 'twodoor/testing/node'
import { isWorthTelling, lineOfRequest, requestTo } from '../../src/cli/dev/wire.js'
import type { Journal } from './journal.js'

/** Entra ID, emulated, on a port of this machine. The journal hears of each request that matters. */
export async function startEntra(
  journal: Journal,
  port: number,
): Promise<{ entra: EntraEmulator; listener: Listener }> {
  let handle = async (_request: Request): Promise<Response> => Response.error()
  const listener = await listen({ handle: (request) => handle(request) }, { port })
  const entra = await createEntraEmulator({ url: listener.url })
  handle = async (request) => {
    const response = await entra.handle(request)
    const { pathname } = new URL(request.url)
    const asked = request.method === 'OPTIONS' ? undefined : requestTo(pathname, entra)
    if (asked && isWorthTelling(asked)) journal.write({ from: 'entra', ...lineOfRequest(asked) })
    return response
  }
  return { entra, listener }
}
