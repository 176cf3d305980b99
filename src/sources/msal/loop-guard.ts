// Keeps a page from redirecting for ever: a redirect that fails, or that ends where nobody takes the response, would begin
// the next one.

import type { Notes } from './redirect-notes.js'

/** In one tab no second automatic redirect within this time. */
const AUTOMATIC_PAUSE_MS = 30_000

/** Whether this tab was redirected without a click just now. */
export function isTooSoon({ lastAutomatic }: Notes, now: number): boolean {
  const last = Number(lastAutomatic.read() ?? 0)
  return Math.abs(now - last) < AUTOMATIC_PAUSE_MS
}
