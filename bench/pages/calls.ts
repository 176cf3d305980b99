// Calls by the thousand, with a clock that can be set forward.

import { createAuth } from '../../src/index.js'
import './page.js'

const MICROSECONDS_PER_MS = 1_000
const CALLS = 1_000
/** A token is taken for good for a minute after it came, whatever the clock says. */
const GRACE_MS = 61_000

const response = new Response()
const stub = async (_input: RequestInfo | URL, _init?: RequestInit) => response
let ahead = 0

const auth = createAuth({ ...window.config.options, fetch: stub, now: () => Date.now() + ahead })

/** Microseconds a call takes. */
async function time(fetch: typeof stub): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < CALLS; i++) await fetch('/api/me')
  return ((performance.now() - start) * MICROSECONDS_PER_MS) / CALLS
}

const calls = {
  timeStub: () => time(stub),
  timeAuthFetch: () => time(auth.fetch),
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
