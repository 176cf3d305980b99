import { createEntraEmulator, type EntraEmulator } from 'twodoor/testing'
import { type Listener, listen } from 'twodoor/testing/node'
import type { Journal } from './journal.js'

/** What Entra ID is asked by people's browsers. The keys are read by our own server, again and again. */
const worthTelling = /\/(authorize|token|logout)$/

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
    if (worthTelling.test(pathname) && request.method !== 'OPTIONS') tell(pathname, response.status)
    return response
  }

  function tell(pathname: string, status: number): void {
    const asked = entra.requests.filter(({ path }) => path === pathname).at(-1)
    const grant = asked?.parameters['grant_type']
    const what = `${pathname.split('/').at(-1)}${grant ? ` by ${grant}` : ''}`
    const result = asked?.aadsts ? `${status} AADSTS${asked.aadsts}` : String(status)
    journal.write({ from: 'entra', what, result, tone: asked?.aadsts ? 'bad' : 'good' })
  }
  return { entra, listener }
}
