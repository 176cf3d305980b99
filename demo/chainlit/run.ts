// npm run demo:chainlit: Chainlit as it is wired today and with twodoor, each from both doors, until Ctrl+C.

import { ensureChainlit } from '../../scripts/chainlit.js'
import { readPort } from '../server/ports.js'
import { startChainlitDemo } from './demo.js'

/** The same one each time, so that a bookmark holds. */
const NEAR_PORT = 4740

let isStopped = false

try {
  const port = readPort(process.env['PORT'])
  const python = await ensureChainlit('2.12.0')
  // From here on there are processes and folders: Ctrl+C waits until they can be ended, also when it is pressed twice.
  const stop = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => {
        isStopped = true
        resolve()
      })
  })
  console.log('\n  Building the pages, starting two Chainlits …')
  const demo = await startChainlitDemo({ python, port, nearPort: NEAR_PORT })
  if (port === undefined && new URL(demo.url).port !== String(NEAR_PORT))
    console.log(`\n  Port ${NEAR_PORT} is taken, so it is another one this time.`)
  console.log(`
  Chainlit, unmodified, from both doors. Open

    ${demo.url}

  in Chrome, Edge or Chromium. The emulated Entra ID is at ${demo.entraUrl}.
  All of it listens on this machine alone. Ctrl+C ends it.
`)
  await stop
  await demo.close()
} catch (error) {
  // In a terminal Ctrl+C ends a Chainlit that is just starting, too.
  if (!isStopped) console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
