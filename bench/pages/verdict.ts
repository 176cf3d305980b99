// How long it takes to know that a frame is of no host.

import { createAuth, detectHost } from '../../src/index.js'
import './page.js'

const nothing = () => 'nothing'

function timeFirst(call: () => unknown): number {
  const start = performance.now()
  call()
  return performance.now() - start
}

/** Milliseconds from `createAuth()` until the host is certainly none. */
async function untilFramed(): Promise<number> {
  const start = performance.now()
  const auth = createAuth(window.config.options)
  return new Promise((resolve) => {
    const look = () => {
      const { kind, certain } = auth.state.host
      if (kind !== 'framed' || !certain) return
      auth.dispose()
      resolve(performance.now() - start)
    }
    auth.subscribe(look)
    look()
  })
}

// The first call of each is what counts: nothing is compiled yet, as at the start of a page.
const verdict = {
  nothingMs: timeFirst(nothing),
  detectHostMs: timeFirst(detectHost),
  kind: detectHost().kind,
  untilFramed,
}

declare global {
  interface Window {
    verdict: typeof verdict
  }
}

window.verdict = verdict
