// Calls by the thousand, with a clock that can be set forward.

import { createAuth } from '../../src/index.js'
import './page.js'

const MICROSECONDS_PER_MS = 1_000
const CALLS = 1_000
/** A token is taken for good for a minute after it came, whatever the clock says. */
const GRACE_MS = 61_000

const init = { method: 'POST', body: '{}', headers: { accept: 'application/json', 'content-type': 'application/json' } }
const response = new Response()
const stub = async (_input: RequestInfo | URL, _init?: RequestInit) => response
let ahead = 0

const auth = createAuth({ ...window.config.options, fetch: stub, now: () => Date.now() + ahead })

/** What nobody who looks at an address and adds a header can do without. */
const floor = (input: string, init?: RequestInit) =>
  stub(new URL(input, document.baseURI), { ...init, headers: new Headers(init?.headers) })

/** Microseconds a call takes. */
async function time(
  fetch: (input: string, init?: RequestInit) => Promise<Response>,
  init?: RequestInit,
): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < CALLS; i++) await fetch('/api/me', init)
  return ((performance.now() - start) * MICROSECONDS_PER_MS) / CALLS
}

const calls = {
  timeStub: () => time(stub),
  timeFloor: (withInit: boolean) => time(floor, withInit ? init : undefined),
  timeAuthFetch: (withInit: boolean) => time(auth.fetch, withInit ? init : undefined),
  /** Sets the clock forward until the token is of no use. Returns how many different tokens a thousand callers then get. */
  async callersWithExpiredToken(): Promise<number> {
    const { expiresOnTimestamp } = await auth.getToken()
    ahead = Math.max(expiresOnTimestamp - Date.now(), ahead + GRACE_MS)
    const given = await Promise.all(Array.from({ length: CALLS }, () => auth.getToken()))
    return new Set(given.map(({ token }) => token)).size
  },
}

declare global {
  interface Window {
    calls: typeof calls
  }
}

window.auth = auth
window.calls = calls
