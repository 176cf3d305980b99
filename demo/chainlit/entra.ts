import { createEntraEmulator, type EntraEmulator, type EntraRequest } from 'twodoor/testing'
import { type Listener, listen } from 'twodoor/testing/node'
import { isWorthTelling, lineOfRequest, requestTo } from '../../src/cli/dev/wire.js'
import type { Journal } from '../server/journal.js'
import type { ChainlitName } from './pages/config.js'

/** What the app of twodoor redeems tokens of its users for others with. */
export const CLIENT_SECRET = 'the client secret of this demo'
const OPENER_POLICY = 'cross-origin-opener-policy'

/**
 * Entra ID, and the little of Microsoft Graph that the app asks, emulated, on a port of this machine. It is one for both Chainlits: the journal of each hears of what was
 * asked for its own pages.
 */
export async function startEntra(
  journals: Readonly<Record<ChainlitName, Journal>>,
): Promise<{ entra: EntraEmulator; listener: Listener }> {
  let handle = async (_request: Request): Promise<Response> => Response.error()
  const listener = await listen({ handle: (request) => handle(request) })
  const entra = await createEntraEmulator({ url: listener.url, web: { redirectUris: [], clientSecret: CLIENT_SECRET } })
  handle = async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname.startsWith('/v1.0/')) return entra.handleGraph(request)
    const response = await entra.handle(request)
    const asked = request.method === 'OPTIONS' ? undefined : requestTo(pathname, entra)
    if (asked && isWorthTelling(asked)) tell(asked)
    // It cuts a window off from who has opened it: the stage could not bring the windows of the browser to the front.
    if (response.headers.has(OPENER_POLICY)) response.headers.delete(OPENER_POLICY)
    return response
  }

  function tell(asked: EntraRequest): void {
    const name = asked.parameters['redirect_uri']?.startsWith('http://stock.') ? 'stock' : 'twodoor'
    journals[name].write({ from: 'entra', ...lineOfRequest(asked) })
  }
  return { entra, listener }
}
