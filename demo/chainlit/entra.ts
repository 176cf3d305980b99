import { createEntraEmulator, type EntraEmulator } from 'twodoor/testing'
import { type Listener, listen } from 'twodoor/testing/node'
import type { Journal } from '../server/journal.js'
import type { ChainlitName } from './pages/config.js'

/** What Entra ID is asked by people's browsers. The keys are read by our own servers, again and again. */
const worthTelling = /\/(authorize|token|logout)$/
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
    if (worthTelling.test(pathname) && request.method !== 'OPTIONS') tell(pathname, response.status)
    // It cuts a window off from who has opened it: the stage could not bring the windows of the browser to the front.
    if (response.headers.has(OPENER_POLICY)) response.headers.delete(OPENER_POLICY)
    return response
  }

  function tell(pathname: string, status: number): void {
    const { parameters = {}, aadsts } = entra.requests.filter(({ path }) => path === pathname).at(-1) ?? {}
    const { grant_type: grant, redirect_uri: target = '' } = parameters
    const what = `${pathname.split('/').at(-1)}${grant ? ` by ${grant}` : ''}`
    const result = aadsts ? `${status} AADSTS${aadsts}` : String(status)
    const name = target.startsWith('http://stock.') ? 'stock' : 'twodoor'
    journals[name].write({ from: 'entra', what, result, tone: aadsts ? 'bad' : 'good' })
  }
  return { entra, listener }
}
